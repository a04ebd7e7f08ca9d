"""Mail as an operator meets it: settings, the commands, and the outbox of whoever develops."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from issuer.messages.bundling import bundle
from issuer.messages.notices import Kind, Notice, put
from issuer.reports.attention import attention
from issuer.tables import IssuerRow, MessageRow, PersonRow
from portal.admin.home_view import points_of
from portal.app import create_app
from portal.home import FILE_NAME
from portal.mail.deliver import deliver
from portal.mail.health import mail_health
from portal.pages.outbox import is_loopback
from portal.settings import SettingsRefused, load_settings
from portal.worker import all_jobs
from tests.issuer.messages.smtp_server import Inbox, serving
from tests.journeys.command import run
from tests.portal.conftest import NOW, House, build_house

MONDAY = NOW.replace(day=23)
HOME = ("127.0.0.1", 50_000)
SMTP = 'smtp_host = "mail.example"\nmail_from = "badges@example.org"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('smtp_host = "mail.example"', "but not mail_from"),
        (SMTP + 'smtp_username = "x"', "belong together"),
        (SMTP + 'smtp_username = "x"\nsmtp_password = "hidden"\nsmtp_security = "none"', "travel unprotected"),
        (SMTP + 'smtp_username = "x"\nsmtp_password = "hidden"\nsmtp_password_file = "f"', "both set"),
        (SMTP + 'smtp_security = "ssl"', "smtp_security"),
        (SMTP + "mail_rate = 0", "mail_rate"),
        ('mail_from = "a@b\\r\\nBcc: c@d"', "is no e-mail address"),
        ('mail_reply_to = "Ana <a@b>"', "is no e-mail address"),
        ('smtp_host = "mail.example; rm"\nmail_from = "a@b"', "smtp_host"),
    ],
)
def test_a_mail_setting_that_is_wrong_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(tmp_path, {})
    assert sentence in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house at a loopback address, with one message in its queue."""
    house = build_house(tmp_path_factory.mktemp("office"), "http://localhost:8000")
    db = house.service.database
    with db.write() as session:
        owner = session.scalars(select(IssuerRow.id)).one()
        person = session.scalars(select(PersonRow.id).where(PersonRow.name == "Zoë Kjærsgaard")).one()
        facts = {"level": "cloud-engineering/expert", "due_on": "2027-03-01", "required": False, "why": "<b>why</b>"}
        put(session, [Notice("t:1", Kind.DEPENDENT, owner, {**facts, "effect": "require again"}, NOW, person)], NOW)
    assert bundle(db, now=MONDAY, time_zone="UTC").messages >= 1
    yield house
    house.service.close()


@pytest.fixture
def outbox(office: House) -> Iterator[TestClient]:
    with TestClient(create_app(office.service), base_url="http://localhost:8000", client=HOME) as client:
        yield client


def test_without_a_server_messages_wait_and_that_is_said(office: House) -> None:
    report = deliver(office.service, MONDAY)
    assert (report.configured, report.sent, report.trouble) == (False, 0, None)
    assert report.waiting >= 1


def test_the_outbox_shows_what_would_be_sent(office: House, outbox: TestClient) -> None:
    with office.service.database.read() as session:
        row = next(one for one in session.scalars(select(MessageRow)) if one.calendar)
    listed = outbox.get("/outbox")
    assert f'href="/outbox/{row.id}"' in listed.text
    page = outbox.get(f"/outbox/{row.id}")
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert re.search(r"<iframe[^>]* sandbox></iframe>", page.text)
    assert not re.search(r"<style|\sstyle=|<script", listed.text + page.text)
    mail = outbox.get(f"/outbox/{row.id}/mail.html")
    assert mail.headers["content-security-policy"].endswith("sandbox")
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert "is required of you again" in mail.text
    calendar = outbox.get(f"/outbox/{row.id}/dates.ics")
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert calendar.text.startswith("BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize(
    ("base_url", "client"),
    [
        ("http://evil.example", HOME),  # a name that was made to point here
        ("http://localhost:8000", ("192.0.2.7", 50_000)),
    ],
)
def test_nobody_else_sees_it(office: House, base_url: str, client: tuple[str, int]) -> None:
    with TestClient(create_app(office.service), base_url=base_url, client=client) as stranger:
        assert stranger.get("/outbox").status_code == 404


def test_a_public_server_has_none(house: House) -> None:
    with TestClient(create_app(house.service), base_url="http://localhost", client=HOME) as client:
        assert client.get("/outbox").status_code == 404


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.9", True), ("[::1]", True), ("a.localhost", True), ("localhost.example", False),
     ("10.0.0.1", False), (None, False), ("10.127.0.1", False)],
)  # fmt: skip
def test_what_is_this_machine(host: str | None, *, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.slow
def test_the_commands_of_an_operator(office: House) -> None:
    home = ("--home", str(office.service.settings.home))
    (office.service.settings.home / FILE_NAME).write_text('base_url = "http://localhost:8000"\n')
    listed = json.loads(run("messages", "list", "--state", "queued", "--json", *home).out)
    identifier = listed["messages"][0]["id"]
    assert listed["counts"]["queued"] == len(listed["messages"])
    assert "Hello " in run("messages", "show", identifier, *home).out
    again = run("messages", "resend", identifier, *home)
    assert (again.code, "only unclear, refused and dropped ones" in again.err) == (1, True)
    tried = run("messages", "test", "a@b.example", *home)
    assert (tried.code, "no mail server is set" in tried.err) == (1, True)
    assert "no message's id" in run("messages", "show", "x", *home).err


@pytest.mark.enable_socket
def test_a_mail_server_that_is_down_is_told_of_and_has_its_mail_when_it_is_back(office: House) -> None:
    """Nothing is lost meanwhile; the doctor and the admin's page say how many wait, and since when."""
    inbox = Inbox()
    with serving(inbox):
        port = inbox.port
    settings = office.service.settings.model_copy(
        update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "mail_from": "b@example.org"}
    )
    service = replace(office.service, settings=settings)
    waiting = deliver(service, MONDAY).waiting
    assert waiting >= 1

    def points() -> list[str]:
        found = attention(service.database, None, jobs=all_jobs(service), now=MONDAY)
        return [f"{one.what} {one.why}" for one in points_of(found, locked=False, mails=True, zone=UTC)]

    assert any(f"{waiting} message" in one and "waits since" in one for one in points()), points()
    health = mail_health(settings, service.database)
    assert "cannot be reached" in health.fault
    assert f"{waiting} wait for it" in health.fault
    assert f"{MONDAY:%Y-%m-%d}" in health.fault
    with serving(inbox):
        again = replace(service, settings=settings.model_copy(update={"smtp_port": inbox.port}))
        report = deliver(again, MONDAY + timedelta(hours=1))
        assert (report.sent, report.waiting) == (waiting, 0)
        assert mail_health(again.settings, service.database) == (f"127.0.0.1:{inbox.port}, 0 in the queue", "", "")
    assert len(inbox.taken) == waiting
    assert not any("for the mail server" in one for one in points())
