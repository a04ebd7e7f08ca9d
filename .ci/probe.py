"""Asks a running server for its health and for a credential of the demo, as a stranger would, and verifies it there.

    python .ci/probe.py http://127.0.0.1:8000 guildmark-demo

Exits with a sentence if anything is not as it should be.
"""

from __future__ import annotations

import json
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 30  # seconds until the server must answer


def ask(url: str, *, accept: str = "*/*", body: Any = None) -> tuple[str, bytes]:
    """Media type and body of the answer. Exits if it is an error; raises OSError if nobody answers."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    data = None if body is None else json.dumps(body)
    method = "GET" if body is None else "POST"
    connection.request(method, parts.path, data, {"Accept": accept, "Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status >= 300:
        sys.exit(f"{url} answered {answer.status}: {content[:300]!r}")
    return answer.headers.get_content_type(), content


def wait_for(url: str) -> None:
    """Returns when something answers at the URL."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ask(url)
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"nothing answered at {url} within {PATIENCE} s")
            time.sleep(0.3)
        else:
            return


def a_valid_credential(demo: Path) -> bytes:
    """The first credential of the demo's files that has not ended and whose level cannot be suspended."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for path in sorted(demo.rglob("*.json")):
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict) or "OpenBadgeCredential" not in document.get("type", ()):
            continue
        if document.get("validUntil", now) > now and isinstance(document.get("credentialStatus"), dict):
            return path.read_bytes()
    sys.exit(f"there is no credential under {demo}")


def main() -> None:
    """Health, one credential in three forms, and its verification."""
    server, demo = sys.argv[1], Path(sys.argv[2])
    wait_for(f"{server}/healthz")
    ask(f"{server}/readyz")
    signed = a_valid_credential(demo)
    address = server + urlsplit(json.loads(signed)["id"]).path
    _, body = ask(address, accept="application/vc")
    if json.loads(body) != json.loads(signed):
        sys.exit(f"{address} serves another credential than the demo's file")
    media_type, page = ask(address, accept="text/html")
    if media_type != "text/html" or b"<html" not in page:
        sys.exit(f"{address} is no page for people but {media_type}")
    media_type, image = ask(address, accept="image/png")
    if not image.startswith(b"\x89PNG"):
        sys.exit(f"{address} is no PNG but {media_type}")
    _, verdict = ask(f"{server}/api/verify", body={"credential": json.loads(signed)})
    if json.loads(verdict).get("status") not in {"valid", "revoked"}:  # the demo revokes one of them
        sys.exit(f"the server's own verdict: {verdict.decode()[:600]}")
    print(f"{address}: health, JSON, page, PNG and verification are as they should be")  # noqa: T201


if __name__ == "__main__":
    main()
