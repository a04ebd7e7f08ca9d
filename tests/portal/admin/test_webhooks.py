"""A system is told over the wire, and checks what it is told with the library that Standard Webhooks gives out."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from issuer.status import revoke
from issuer.webhooks import delivering
from issuer.webhooks.endpoints import add_webhook, list_webhooks
from issuer.webhooks.kinds import Kind
from portal.service import Service
from portal.worker import run_once
from tests.portal.admin.conftest import Desk


@dataclass
class Intranet:
    """Another system: what it was sent, and what it answers."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def intranet() -> Iterator[Intranet]:
    system = Intranet()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            system.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(system.status)
            if system.status == 302:
                self.send_header("location", system.url + "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    system.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reaching(desk: Desk, system: Intranet) -> Service:
    """The desk's service with a worker that may ask the system."""
    settings = desk.service.settings.model_copy(update={"allowed_origins": (system.url,)})
    return replace(desk.service, settings=settings)


def tell(service: Service) -> None:
    assert [ran.error for ran in run_once(service, ["webhooks"], force=True)] == [None]


def added(service: Service, url: str) -> str:
    assert service.keyring is not None
    return add_webhook(
        service.database,
        service.keyring,
        issuer=None,
        name="intranet",
        url=url,
        kinds=tuple(Kind),
        actor="test",
        now=service.clock(),
        randomness=secrets.token_bytes,
    ).secret


def test_what_is_sent_is_signed_so_that_the_receivers_library_takes_it(desk: Desk) -> None:
    with intranet() as system:
        service = reaching(desk, system)
        desk.clock.now = datetime.now(UTC)  # as the receiver's library has it
        secret = added(service, system.url + "/hooks?of=badges")
        assert service.keyring is not None
        badge = UUID(desk.ids["valid"])
        revoke(
            service.database, service.keyring, credential_id=badge, reason="an error", actor="t", now=service.clock()
        )
        tell(service)
        tell(service)
        ((headers, body),) = system.got
        assert Webhook(secret).verify(body, headers)["type"] == "credential.revoked"
        assert json.loads(body)["data"]["id"].endswith(str(badge))
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body.replace(b"revoked", b"renewed"), headers)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 44).verify(body, headers)


@pytest.mark.parametrize("status", [302, 400, 500])
def test_another_answer_is_shown_and_the_event_is_sent_again_with_the_same_id(desk: Desk, status: int) -> None:
    with intranet() as system:
        service = reaching(desk, system)
        added(service, system.url)
        (one,) = list_webhooks(service.database, None)
        desk.look(f"/admin/webhooks/{one.id}")
        assert "on its way" in desk.look(desk.send(f"/admin/webhooks/{one.id}/test"))
        system.status = status
        tell(service)
        assert f"it answered with status {status}" in desk.look(f"/admin/webhooks/{one.id}")
        system.status = 200
        desk.clock.now += timedelta(minutes=1)
        tell(service)
        assert len(system.got) == 2, "a redirect is not followed"
        first, second = (headers["webhook-id"] for headers, _ in system.got)
        assert first == second
        assert "taken" in desk.look(f"/admin/webhooks/{one.id}")
        (line,) = delivering.told(service.database, issuer=None, name="intranet")
        desk.look(desk.send(f"/admin/webhooks/{one.id}/again/{line.id}"))
        tell(service)
        assert len(system.got) == 3


def test_nobody_is_told_within_the_network_unless_the_operator_allows_it(desk: Desk) -> None:
    with intranet() as system:
        service = reaching(desk, system)
        added(service, system.url)
        delivering.send_test(
            service.database, issuer=None, name="intranet", now=service.clock(), randomness=secrets.token_bytes
        )
        tell(desk.service)
        assert system.got == []
        (line,) = delivering.told(service.database, issuer=None, name="intranet")
        assert "was not asked" in (line.fault or "") or "is not https" in (line.fault or "")


def test_an_admin_adds_one_sees_its_secret_once_and_removes_it(desk: Desk) -> None:
    desk.look("/admin/webhooks")
    sent = {"name": "HR", "url": "https://hr.example/hooks", "kinds": ["credential.issued", "credential.revoked"]}
    assert "not https" in desk.send("/admin/webhooks", 422, **{**sent, "url": "http://10.0.0.1/"})
    assert "Choose what it is to be told of" in desk.send("/admin/webhooks", 422, **{**sent, "kinds": "eaten"})
    shown = desk.send("/admin/webhooks", 200, **sent)
    found = re.search(r"whsec_[A-Za-z0-9+/=]{44}", shown)
    assert found is not None
    assert found[0] not in desk.look("/admin/webhooks")
    assert "has this name already" in desk.send("/admin/webhooks", 422, **sent)
    (one,) = list_webhooks(desk.db, None)
    assert one.kinds == (Kind.ISSUED, Kind.REVOKED)
    desk.look(f"/admin/webhooks/{one.id}")
    assert "Send a test" in desk.look(f"/admin/webhooks/{one.id}")
    assert "Tick that you have read" in desk.send(f"/admin/webhooks/{one.id}/remove", 422)
    assert list_webhooks(desk.db, None), "nothing is removed before its consequences were read"
    assert "told nothing more" in desk.look(desk.send(f"/admin/webhooks/{one.id}/remove", sure="yes"))
    desk.look(f"/admin/webhooks/{one.id}", 404)
