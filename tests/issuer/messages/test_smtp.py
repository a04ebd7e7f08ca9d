"""Mail that really arrives, or does not: runs against a real mail server, and against one that is made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import icalendar
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from issuer.messages import delivery
from issuer.messages.catalogue import find_message
from issuer.messages.notices import Kind
from issuer.store import Database
from issuer.tables import MessageRow
from portal.mail.deliver import DeliveryReport, Mailing, Run
from portal.mail.smtp import Connection, Later, MailServer, Refused, ServerTrouble, Transport, Unclear, mail_server
from portal.settings import load_settings
from tests.issuer.messages.conftest import MONDAY, Company
from tests.issuer.messages.smtp_server import PASSWORD, Inbox, make_certificate, serving
from tests.issuer.test_crash import Crash

pytestmark = pytest.mark.parametrize("house_url", ["sqlite"], indirect=True)
MAILING = Mailing("badges@acme.example", "people@acme.example", None, "UTC", "http://localhost:8000")


def queued(company: Company, number: int = 1) -> list[UUID]:
    """So many messages in the queue."""
    for one in range(number):
        company.tell(Kind.REVOKED, company.person(f"Zoë Þ {one}"), level="cloud/expert", reason="A <b>mistake</b>.")
    company.bundle()
    return [one.id for one in company.mails() if one.state == "queued"]


def run(db: Database, inbox: Inbox, now: datetime = MONDAY, last_answer: float = 5.0) -> DeliveryReport:
    server = MailServer("127.0.0.1", inbox.port, "none", None, None, None)
    return Run(db, MAILING, lambda: Connection(server, patience=5.0, last_answer=last_answer), now).all()


def state(company: Company, message_id: UUID) -> tuple[str, str]:
    found = find_message(company.db, message_id)
    return found.state.value, found.fault or ""


def test_a_mail_is_whole_when_it_arrives(company: Company) -> None:
    ana = company.person("Zoë Kjærsgaard", address="Zoë@acme.example")
    company.required(ana)
    company.tell(Kind.ASSIGNED, ana, level="cloud/expert", required=True, due_on="2027-03-01", why="a <b>&\n.dot")
    company.bundle()
    with serving(Inbox()) as inbox:
        report = run(company.db, inbox)
    assert (report.sent, report.waiting, report.trouble) == (1, 0, None)
    (mail,) = inbox.mails
    row = company.mail()
    assert inbox.taken[0][0] == "Zoë@acme.example"
    assert mail["From"] == "Acme Academy <badges@acme.example>"
    assert (mail["Reply-To"], mail["Auto-Submitted"]) == ("people@acme.example", "auto-generated")
    assert mail["Subject"] == row.subject
    assert mail["Message-ID"] == f"<{row.id.hex}@acme.example>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == row.text
    assert "a &lt;b&gt;&amp; .dot" in html.get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_param("method")) == ("text/calendar", "PUBLISH")
    assert (
        icalendar.Calendar.from_ical(attached.get_content()).walk("VEVENT")[0]["DTSTART"].dt.isoformat() == "2027-03-01"
    )
    assert (row.state, row.sent_at) == ("sent", row.sent_at)
    with serving(Inbox()) as again:
        assert run(company.db, again, MONDAY + timedelta(days=1)).sent == 0
    assert again.taken == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_connection_is_protected_and_logged_in(company: Company, tmp_path: Path, security: str) -> None:
    queued(company)
    certificate = make_certificate(tmp_path / "mail.pem")
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    with serving(Inbox(), security=security, certificate=certificate, auth=True) as inbox:
        given_settings = {
            "GUILDMARK_SMTP_HOST": "127.0.0.1", "GUILDMARK_SMTP_PORT": str(inbox.port),
            "GUILDMARK_MAIL_FROM": "b@a.example",
            "GUILDMARK_SMTP_SECURITY": security, "GUILDMARK_SMTP_USERNAME": "badges",
            "GUILDMARK_SMTP_PASSWORD_FILE": "secret", "GUILDMARK_SMTP_CA_FILE": "mail.pem",
        }  # fmt: skip
        server = mail_server(load_settings(tmp_path, given_settings))
        assert server is not None
        assert Run(company.db, MAILING, lambda: Connection(server), MONDAY).all().sent == 1
        unknown = {name: value for name, value in given_settings.items() if name != "GUILDMARK_SMTP_CA_FILE"}
        stranger = mail_server(load_settings(tmp_path, unknown))
        assert stranger is not None
        with pytest.raises(ServerTrouble, match="certificate"):
            Connection(stranger)
        secret.write_text("wrong")
        wrong = mail_server(load_settings(tmp_path, given_settings))
        assert wrong is not None
        with pytest.raises(ServerTrouble, match="does not accept smtp_username"):
            Connection(wrong)
    assert inbox.logins == ["badges"]
    assert len(inbox.taken) == 1


@pytest.mark.parametrize(
    ("inbox", "expected"),
    [
        (Inbox(at_rcpt="450 try later"), "queued"),
        (Inbox(at_rcpt="550 no such user"), "refused"),
        (Inbox(at_mail="451 not now"), "queued"),
        (Inbox(at_mail="530 log in first"), "queued"),  # that is about us, not about this mail
        (Inbox(at_end="452 disk full"), "queued"),
        (Inbox(at_end="554 looks like spam"), "refused"),
        (Inbox(dies_after_data=True), "unclear"),
        (Inbox(hangs=True), "unclear"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "server",
)
def test_what_the_server_says_decides(company: Company, inbox: Inbox, expected: str) -> None:
    (one,) = queued(company)
    inbox.taken.clear()
    with serving(inbox):
        report = run(company.db, inbox, last_answer=0.5)
    found, fault = state(company, one)
    assert found == expected
    assert fault
    answer = inbox.at_rcpt or inbox.at_mail or inbox.at_end
    assert answer is None or answer in fault
    assert (report.unclear, report.refused) == (expected == "unclear", expected == "refused")
    assert (report.trouble is not None) == (inbox.at_mail == "530 log in first")
    with serving(Inbox()) as well:
        run(company.db, well, MONDAY + timedelta(hours=1))
    assert len(well.taken) == (expected == "queued")
    assert len(inbox.taken) + len(well.taken) <= 1


def test_one_bad_mail_does_not_hold_up_the_others(company: Company) -> None:
    bad, *_ = queued(company, 3)
    with company.db.write() as session:
        session.get_one(MessageRow, bad).subject = "Two\nlines: of a header"
    with serving(Inbox()) as inbox:
        report = run(company.db, inbox)
    assert (report.sent, report.refused) == (2, 1)
    assert "no mail can be made" in state(company, bad)[1]


def test_a_server_that_is_not_there_is_said_and_all_waits(company: Company) -> None:
    queued(company, 2)
    report = run(company.db, Inbox(port=1))
    assert "cannot be reached" in (report.trouble or "")
    assert (report.deferred, report.waiting) == (2, 2)


def test_a_rate_is_kept(company: Company) -> None:
    queued(company, 3)
    slept: list[float] = []
    mailing = Mailing("b@a.example", None, 2, "UTC", "http://localhost:8000")
    with serving(Inbox()) as inbox:
        server = MailServer("127.0.0.1", inbox.port, "none", None, None, None)
        Run(company.db, mailing, lambda: Connection(server), MONDAY, monotonic=lambda: 0.0, sleep=slept.append).all()
    assert slept == [30.0] * 3


class Imagined:
    """A mail server that answers as told, and a worker that dies where told."""

    def __init__(self, answer: str, crash: str | None, taken: list[str]) -> None:
        self._answer, self._crash, self._taken = answer, crash, taken

    def envelope(self, sender: str, recipient: str) -> None:
        self._dies("before handing over")
        if self._answer == "refused early":
            raise Refused("550")
        if self._answer == "later early":
            raise Later("450")

    def hand_in(self, mail: EmailMessage) -> None:
        self._dies("before data")
        if self._answer in {"taken", "silence"}:
            self._taken.append(mail["Message-ID"])
        self._dies("after data")
        match self._answer:
            case "later":
                raise Later("451", broken=True)
            case "refused":
                raise Refused("554")
            case "silence":
                raise Unclear("nothing")

    def forget(self) -> None:
        """Nothing to forget."""

    def _dies(self, where: str) -> None:
        if self._crash == where:
            raise Crash


ANSWERS = ["taken", "later", "refused", "silence", "later early", "refused early", "trouble"]
CRASHES = [None, None, "connecting", "before handing over", "before data", "after data"]


@pytest.mark.slow
@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ANSWERS), st.sampled_from(CRASHES), st.integers(0, 90)), max_size=6))
def test_no_schedule_of_crashes_and_retries_mails_twice(
    company: Company, runs: list[tuple[str, str | None, int]]
) -> None:
    """Each run may die at any point, and the server may say anything, or nothing at all."""
    taken: list[str] = []
    now = MONDAY
    (one,) = queued(company)
    for answer, crash, minutes in runs:
        now += timedelta(minutes=minutes)

        @contextmanager
        def connect(answer: str = answer, crash: str | None = crash) -> Iterator[Transport]:
            if crash == "connecting":
                raise Crash
            if answer == "trouble":
                raise ServerTrouble("not there")
            yield Imagined(answer, crash, taken)

        try:
            Run(company.db, MAILING, connect, now, monotonic=lambda: 0.0).all()
        except Crash:
            continue
    assert len(taken) <= 1
    final, _ = state(company, one)
    assert not (final == "sent" and not taken)
    assert not (taken and final in {"queued", "claimed", "refused"})
    with company.db.write() as session:  # out of the way of the next example
        for row in session.scalars(select(MessageRow).where(MessageRow.state != "sent")):
            row.state, row.claimed_by = "dropped", None


@pytest.mark.parametrize("step", ["claim", "read_claimed", "hand_over", "mark_sent"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_killed_around_any_step(
    company: Company, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    (one,) = queued(company)
    original = getattr(delivery, step)

    def killed(*arguments: object, **named: object) -> object:
        if after:
            original(*arguments, **named)
        raise Crash

    with serving(Inbox()) as inbox:
        with monkeypatch.context() as patch:
            patch.setattr(delivery, step, killed)
            with pytest.raises(Crash):
                run(company.db, inbox)
        for minutes in (1, 6, 30, 60):
            run(company.db, inbox, MONDAY + timedelta(minutes=minutes))
    known = len(inbox.taken)
    unknown = (step, after) in {("hand_over", True), ("mark_sent", False)}
    assert (known, state(company, one)[0]) == ((1 if step == "mark_sent" else 0, "unclear") if unknown else (1, "sent"))
