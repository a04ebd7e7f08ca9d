"""A workshop that makes passes, with Apple's push service and Google's wallet on this machine."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import ssl
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from issuer.jobs.job import Parts, Report
from portal.app import create_app
from portal.passes import google, push
from portal.passes.work import follow
from tests.pass_certificates import PASS_TYPE, chain
from tests.peers.loopback import served
from tests.portal.me.conftest import ANA, Workshop, built, opened_at, workshop
from tests.portal.passes.google_service import ISSUER, GoogleService
from tests.portal.passes.push_service import PushService, push_service
from tests.portal.sign_in.conftest import Browser

__all__ = ["built", "workshop"]
PHONE = "5c3d2e9f0a1b4c6d8e7f00112233aabb"
PUSH_TOKEN = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"


@dataclass
class Passes:
    """The workshop, its wallets, Ana's browser, and a phone."""

    workshop: Workshop
    apple: PushService
    google: GoogleService
    root: Path | None
    ana: Browser

    @property
    def page(self) -> str:
        """The badge's own page."""
        return f"/me/credentials/{self.workshop.badge}"

    def follow(self) -> Report:
        """One run of the job."""
        parts = Parts(
            database=self.workshop.db,
            keyring=self.workshop.service.keyring,
            clock=self.workshop.clock,
            randomness=secrets.token_bytes,
            worker=secrets.token_hex(4),
        )
        trust = None if self.root is None else partial(ssl.create_default_context, cafile=str(self.root))
        return follow(self.workshop.service, parts, keep=lambda: None, trust=trust)

    def later(self, by: timedelta) -> datetime:
        self.workshop.clock.now += by
        return self.workshop.clock.now

    def add_to_apple(self) -> dict[str, Any]:
        """Press the button, and read what the file says."""
        self.ana.get(f"{self.page}/apple-wallet")
        answer = self.ana.post(f"{self.page}/apple-wallet")
        assert answer.status_code == 303
        return said(self.ana.get(urlsplit(answer.headers["location"]).path).content)

    def phone(self, method: str, path: str, secret: str = "", **options: Any) -> httpx2.Response:
        """A phone asks."""
        headers = {"Authorization": f"ApplePass {secret}", **options.pop("headers", {})} if secret else {}
        return self.workshop.browser().client.request(method, f"/apple-wallet/v1{path}", headers=headers, **options)

    def register(self, document: dict[str, Any], device: str = PHONE, address: str = PUSH_TOKEN) -> int:
        path = f"/devices/{device}/registrations/{PASS_TYPE}/{document['serialNumber']}"
        return self.phone("POST", path, document["authenticationToken"], json={"pushToken": address}).status_code


def said(body: bytes) -> dict[str, Any]:
    """What a pass says."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        found: dict[str, Any] = json.loads(archive.read("pass.json"))
    return found


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    files = chain().written(tmp_path_factory.mktemp("certificates"))
    files["chain"] = files["root"].with_name("chain.pem")
    files["chain"].write_bytes(chain().root + chain().intermediate)
    return files


@pytest.fixture(scope="module")
def google_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def passes(
    built: tuple[Path, UUID],
    certificates: dict[str, Path],
    google_key: rsa.RSAPrivateKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Passes]:
    """Everything is set up."""
    shutil.copy(built[0] / "guildmark.db", tmp_path / "guildmark.db")
    at_google = GoogleService(google_key)
    with push_service(certificates) as apple, served(at_google.app()) as base:
        at_google.base = base
        key_file = tmp_path / "google.json"
        key_file.write_bytes(at_google.key_file())
        key_file.chmod(0o600)
        monkeypatch.setattr(google, "API", f"{base}/v1")
        monkeypatch.setattr(push, "ORIGIN", apple.origin)
        google._tokens.clear()
        google._classes.clear()
        shop = opened_at(tmp_path, built[0] / "keys")
        settings = shop.service.settings.model_copy(
            update={
                "apple_pass_certificate_file": certificates["certificate"],
                "apple_pass_key_file": certificates["key"],
                "apple_wwdr_certificate_file": certificates["intermediate"],
                "google_wallet_issuer": ISSUER,
                "google_wallet_key_file": key_file,
                "allowed_origins": (base, apple.origin),
            }
        )
        shop.service = replace(shop.service, settings=settings)
        shop.app = create_app(shop.service)
        shop.badge = built[1]
        yield Passes(shop, apple, at_google, certificates["root"], shop.signed_in(ANA))
        shop.service.close()


@pytest.fixture
def change(passes: Passes) -> Callable[[Callable[..., object]], None]:
    """Change the badge's status now."""

    def do(what: Callable[..., object]) -> None:
        shop = passes.workshop
        now = passes.later(timedelta(minutes=1))
        what(
            shop.db,
            shop.service.keyring,
            credential_id=shop.badge,
            reason="looked into",
            actor="test",
            now=now,
        )

    return do
