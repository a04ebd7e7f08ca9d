"""The provider of `oidc_provider.mjs` as a process, and somebody who signs in on its pages without a browser."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urljoin

import httpx2

from tests.journeys.conftest import free_port
from tests.peers.process import FOLDER

CLIENT_ID, SECRET = "guildmark: portal", "a+secret/of %40 signs: &="
ACCOUNTS: dict[str, dict[str, Any]] = {
    "ana": {"email": "ana@brightmoor.example", "email_verified": True, "name": "Ana", "groups": ["badge-admins", "x"]},
    "ben": {"email": "Ben@Home.example", "email_verified": True, "name": "Ben", "groups": []},
    "unverified": {"email": "ana@brightmoor.example", "email_verified": False, "name": "Mallory"},
    "nobody": {"email": "nobody@brightmoor.example", "email_verified": True, "name": "Nobody"},
    "gone": {"email": "gone@brightmoor.example", "email_verified": True, "name": "Gina"},
}
START_SECONDS = 20


class Ear:
    """Hears what the provider tells its clients behind the browser's back: the logout token of each, by its name."""

    def __init__(self) -> None:
        heard: dict[str, str] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                heard[unquote(self.path[1:])] = parse_qs(body)["logout_token"][0]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.heard = heard
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class OidcProvider:
    """A running provider. `accounts` may be changed: `save` tells it. `ear`: whom it tells of sign-outs."""

    base_url: str
    folder: Path

    def __post_init__(self) -> None:
        self.ear = Ear()
        self.port = free_port()
        self.issuer = f"http://localhost:{self.port}"
        self.accounts = json.loads(json.dumps(ACCOUNTS))
        self.save()

    def __enter__(self) -> OidcProvider:
        self._process = subprocess.Popen(
            ["node", str(FOLDER / "oidc_provider.mjs"), str(self.port), str(self.folder / "provider.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        while (line := self._process.stdout.readline()) and "listening" not in line:
            pass
        watchdog.cancel()
        assert line, "the provider did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.ear.close()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=10)

    def save(self) -> None:
        """Write what the provider reads."""
        client = {
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "redirect_uris": [f"{self.base_url}/sign-in/return"],
            "post_logout_redirect_uris": [f"{self.base_url}/signed-out"],
            "backchannel_logout_uri": f"{self.ear.address}/{quote(CLIENT_ID)}",
            "backchannel_logout_session_required": True,
        }
        other = {**client, "client_id": "another", "backchannel_logout_uri": f"{self.ear.address}/another"}
        settings = {"clients": [client, other], "accounts": self.accounts}
        (self.folder / "provider.json").write_text(json.dumps(settings), encoding="utf-8")

    def settings(self) -> dict[str, str]:
        """Our settings for it."""
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SECRET,
            "oidc_roles": "badge-admins=admin,badge-auditors=auditor",
        }

    @contextmanager
    def browser(self) -> Iterator[httpx2.Client]:
        """Somebody's browser, which keeps the provider's cookies."""
        with httpx2.Client(follow_redirects=False, timeout=20) as browser:
            yield browser

    def sign_in(self, address: str, login: str, browser: httpx2.Client | None = None) -> str:
        """Sign in on the provider's pages, as `login`; the address that it sends the browser back to."""
        if browser is None:
            with self.browser() as another:
                return self.sign_in(address, login, another)
        while not address.startswith(self.base_url):
            answer = browser.get(address)
            if answer.status_code == 200:
                answer = self._fill(browser, address, answer.text, login)
            assert answer.status_code in (302, 303), (answer.status_code, answer.text[:500])
            address = urljoin(address, answer.headers["location"])
        return address

    def sign_out(self, address: str, browser: httpx2.Client) -> str:
        """Sign out on the provider's page, everywhere; the address that it sends the browser back to."""
        page = browser.get(address).text
        action, secret = re.search(r'action="([^"]+)"', page), re.search(r'name="xsrf" value="([^"]+)"', page)
        assert action is not None, page[:1000]
        assert secret is not None
        answer = browser.post(urljoin(address, action[1]), data={"xsrf": secret[1], "logout": "yes"})
        assert answer.status_code in (302, 303), (answer.status_code, answer.text[:500])
        return str(answer.headers["location"])

    def _fill(self, browser: httpx2.Client, address: str, page: str, login: str) -> httpx2.Response:
        action = re.search(r'<form[^>]* action="([^"]+)"', page)
        prompt = re.search(r'name="prompt" value="(\w+)"', page)
        assert action is not None, page[:1000]
        assert prompt is not None
        form = {"prompt": prompt[1], "login": login, "password": "any"}
        return browser.post(urljoin(address, action[1]), data=form)
