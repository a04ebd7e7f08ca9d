"""The mailed link: the same answer for everybody, one use, and no copy of it anywhere but in the mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select, text

from issuer.messages import delivery
from issuer.messages.catalogue import State, list_messages
from issuer.sign_in.one_time_links import LIFE, PATIENCE, make_link
from issuer.sign_in.sessions import list_sessions
from issuer.tables import OneTimeLinkRow, SessionRow
from portal.mail import deliver as delivering
from portal.mail.deliver import DeliveryReport, Mailing, Run
from portal.mail.smtp import Later
from portal.sign_in.own_paths import HOME, own_path
from tests.portal.sign_in.conftest import BASE, Company

ANA = "ana@brightmoor.example"


class Letterbox:
    """A mail server that takes everything, or is out of order."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.broken = False

    def __enter__(self) -> Letterbox:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def envelope(self, sender: str, recipient: str) -> None:
        if self.broken:
            raise Later("come back later")
        self.recipient = recipient

    def hand_in(self, mail: Any) -> None:
        self.mails.append(mail)

    def forget(self) -> None:
        pass

    @property
    def link(self) -> str:
        """The path of the link in the last mail; its HTML has the same."""
        plain, html = (part.get_content() for part in self.mails[-1].iter_parts())
        found = re.search(rf"{BASE}(/sign-in/link\?token=[\w-]+)", plain)
        assert found is not None
        assert f'href="{BASE}{found[1]}"' in html
        assert "one-time-link" not in plain + html
        return found[1]


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Letterbox:
    box = Letterbox()

    def deliver(service: Any, now: Any, *, only: Any = None) -> DeliveryReport:
        mailing = Mailing("badges@brightmoor.example", None, None, "UTC", service.base_url)
        return Run(service.database, mailing, lambda: box, now, only=only).all()

    monkeypatch.setattr("portal.sign_in.by_link.deliver", deliver)
    monkeypatch.setattr(delivering, "deliver", deliver)
    return box


def test_a_link_is_mailed_and_signs_in_once(company: Company, letterbox: Letterbox) -> None:
    browser = company.browser()
    page = browser.get("/sign-in?next=/me/sessions%3Fdone%3Dended").text
    assert 'type="email"' in page
    assert "company account" not in page
    answer = browser.post("/sign-in", email=" Ana@Brightmoor.example ", next="/me/sessions?done=ended")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/sent")
    assert "15 minutes" in browser.get("/sign-in/sent").text
    assert letterbox.recipient == ANA, "as the directory writes it"
    link, other = letterbox.link, company.browser()
    for _ in range(2):  # a mail scanner looks, and looks again
        assert "Sign in on this device?" in other.get(link).text
    token = link.partition("=")[2]
    answer = other.post("/sign-in/link", token=token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/sessions?done=ended")
    cookie = answer.headers.get_list("set-cookie")[0]
    assert re.fullmatch(r"__Host-guildmark=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure", cookie)
    assert "Ana Núñez" in other.get(answer.headers["location"]).text
    again = company.browser()
    assert again.get(link).status_code == 410
    assert again.post("/sign-in/link", token=token).status_code == 410
    assert again.token is None


def test_nobody_learns_whether_an_address_is_known(company: Company, letterbox: Letterbox) -> None:
    known, unknown = company.browser(), company.browser()
    answers = [
        known.post("/sign-in", email=ANA),
        unknown.post("/sign-in", email="nobody@brightmoor.example"),
        company.browser().post("/sign-in", email="gone@brightmoor.example"),
    ]
    assert len({(one.status_code, one.headers["location"], one.content) for one in answers}) == 1
    assert len(letterbox.mails) == 1, "who left, and who never was, gets none"


def test_the_link_stands_in_the_mail_alone(company: Company, letterbox: Letterbox) -> None:
    company.browser().post("/sign-in", email=ANA)
    token = letterbox.link.partition("=")[2]
    [message] = list_messages(company.db)
    assert message.state is State.SENT
    assert token not in message.text + (message.html or "")
    with company.db.read() as session:
        for table in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all():
            assert token not in str(session.execute(text(f"SELECT * FROM {table}")).all()), table  # noqa: S608


def test_a_mail_that_is_tried_again_holds_a_new_link(company: Company, letterbox: Letterbox) -> None:
    company.browser().post("/sign-in", email=ANA)
    first = letterbox.link
    [message] = list_messages(company.db)
    with company.db.write() as session:  # the server's answer was lost: an operator sends it again
        session.execute(text("UPDATE messages SET state = 'unclear', sent_at = NULL"))
    delivery.resend(company.db, message.id, actor="test", now=company.clock())
    delivering.deliver(company.service, company.clock())
    assert letterbox.link != first
    assert company.browser().get(first).status_code == 410
    assert company.browser().get(letterbox.link).status_code == 200


def test_a_mail_that_waits_too_long_is_not_sent(company: Company, letterbox: Letterbox) -> None:
    letterbox.broken = True
    company.browser().post("/sign-in", email=ANA)
    letterbox.broken = False
    company.clock.now += PATIENCE
    delivering.deliver(company.service, company.clock())
    [message] = list_messages(company.db)
    assert (message.state, letterbox.mails) == (State.DROPPED, [])


def test_mail_goes_out_at_night(company: Company, letterbox: Letterbox) -> None:
    company.clock.now = company.clock.now.replace(hour=3)
    company.browser().post("/sign-in", email=ANA)
    assert letterbox.link


def test_a_link_is_over_after_a_quarter_of_an_hour(company: Company, letterbox: Letterbox) -> None:
    company.browser().post("/sign-in", email=ANA)
    company.clock.now += LIFE + timedelta(minutes=1)
    assert company.browser().get(letterbox.link).status_code == 410
    assert company.browser().post("/sign-in/link", token=letterbox.link.partition("=")[2]).status_code == 410


def test_only_our_own_page_uses_a_link_up(company: Company, letterbox: Letterbox) -> None:
    company.browser().post("/sign-in", email=ANA)
    token = letterbox.link.partition("=")[2]
    for origin in (None, "https://evil.example"):
        assert company.browser().post("/sign-in/link", origin=origin, token=token).status_code == 403
    assert company.browser().get(letterbox.link).status_code == 200


def test_whoever_left_meanwhile_is_told_so(company: Company, letterbox: Letterbox) -> None:
    company.browser().post("/sign-in", email=ANA)
    with company.db.write() as session:
        session.execute(text("UPDATE people SET left_on = '2026-11-01' WHERE name LIKE 'Ana%'"))
    answer = company.browser().post("/sign-in/link", token=letterbox.link.partition("=")[2])
    assert answer.status_code == 403
    assert "not with the company any more" in answer.text


def test_what_is_no_address_is_said_at_the_field(company: Company, letterbox: Letterbox) -> None:
    for typed in ("", "ana", "ana@", "ana@b@c", "<b>@x.example", "a" * 250 + "@x.example"):
        answer = company.browser().post("/sign-in", email=typed, next="/me/sessions?done=ended")
        assert answer.status_code == 422
        assert 'id="email-fault"' in answer.text
        assert "<b>@" not in answer.text
        assert 'value="/me/sessions?done=ended"' in answer.text, "what was meant is kept"
    assert letterbox.mails == []


def test_the_same_address_gets_five_mails_in_a_quarter_of_an_hour(company: Company, letterbox: Letterbox) -> None:
    for _ in range(7):
        assert company.browser().post("/sign-in", email=ANA).status_code == 303
    assert len(letterbox.mails) == 5
    company.clock.now += timedelta(minutes=15)
    company.browser().post("/sign-in", email=ANA.upper())
    assert len(letterbox.mails) == 6


def test_a_network_that_asks_too_often_has_to_wait(
    opened: Callable[..., Company], letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.sign_in import by_link
    from portal.sign_in.rates import LINKS_FROM_NETWORK

    company = opened(smtp_host="localhost", mail_from="b@brightmoor.example", behind_proxy="true")
    monkeypatch.setattr(by_link, "LINKS_FROM_NETWORK", type(LINKS_FROM_NETWORK)("few", 2, timedelta(minutes=15)))

    def ask(address: str) -> int:
        browser = company.browser()
        browser.client.headers["X-Forwarded-For"] = f"198.51.100.1, {address}"
        return browser.post("/sign-in", email="x@y.example").status_code

    assert [ask("203.0.113.7") for _ in range(3)] == [303, 303, 429]
    assert ask("203.0.113.8") == 303
    assert [ask(f"2001:db8:1:2::{host}") for host in range(3)] == [303, 303, 429], "one customer, many addresses"


def test_an_operator_makes_a_link(company: Company) -> None:
    link = make_link(
        company.db,
        email=ANA,
        base_url=BASE,
        actor="test",
        now=company.clock(),
        today=company.today,
        randomness=company.random.randbytes,
    )
    browser = company.browser()
    assert browser.post("/sign-in/link", token=link.partition("=")[2]).headers["location"] == "/me"
    [session] = list_sessions(company.db, issuer=None, person_id=company.person_id(ANA), now=company.clock())
    assert session.agent == "Firefox on Linux"


def test_signing_in_anew_ends_the_session_before_and_what_is_over_is_forgotten(company: Company) -> None:
    company.signed_in("ben@brightmoor.example")
    company.clock.now += timedelta(hours=8)
    browser = company.signed_in(ANA)
    before = browser.token
    link = make_link(
        company.db,
        email=ANA,
        base_url=BASE,
        actor="test",
        now=company.clock(),
        today=company.today,
        randomness=company.random.randbytes,
    )
    assert browser.post("/sign-in/link", token=link.partition("=")[2]).status_code == 303
    with company.db.read() as session:
        assert session.scalar(select(func.count()).select_from(SessionRow)) == 1
        assert session.scalar(select(func.count()).select_from(OneTimeLinkRow)) == 0
    assert before not in [one.value for one in browser.client.cookies.jar if one.name == "__Host-guildmark"][-1:]


def link_of(company: Company) -> str:
    """The token of a link for Ana."""
    link = make_link(
        company.db,
        email=ANA,
        base_url=BASE,
        actor="test",
        now=company.clock(),
        today=company.today,
        randomness=company.random.randbytes,
    )
    return link.partition("=")[2]


def test_a_session_that_somebody_planted_becomes_nobodys(company: Company) -> None:
    """Session fixation: whoever gave a browser a cookie before its person signed in gains nothing by it."""
    stranger, browser = company.browser(), company.browser()
    strangers_own = company.signed_in("ben@brightmoor.example").token
    for planted in ("x" * 43, strangers_own):
        assert planted is not None
        browser.client.cookies.clear()
        browser.client.cookies.set("__Host-guildmark", planted, domain="badges.brightmoor.example")
        answer = browser.post("/sign-in/link", token=link_of(company))
        assert answer.status_code == 303
        (given,) = re.findall(r"__Host-guildmark=([^;]+);", answer.headers["set-cookie"])
        assert given != planted
        stranger.client.cookies.clear()
        stranger.client.cookies.set("__Host-guildmark", planted, domain="badges.brightmoor.example")
        assert "Ana" not in stranger.get("/me").text


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/", "/me\r\nX-Evil: 1", "/\\evil.example"])
def test_no_answer_leads_elsewhere_or_has_a_header_that_was_asked_for(company: Company, next_: str) -> None:
    sent = company.browser().post("/sign-in", email=ANA, next=next_)
    assert sent.status_code == 303
    assert "evil" not in str(sent.headers).lower()
    with company.db.read() as session:
        assert [one.next for one in session.scalars(select(OneTimeLinkRow))] == [HOME]
    asked = company.browser().get("/me?" + urlencode({"lang": "de\r\nX-Evil: 1", "next": next_}))
    assert "x-evil" not in asked.headers
    assert "evil" not in asked.headers.get("location", "").partition("?")[0]  # behind it, it is a value


def test_without_mail_there_is_no_such_way_in(opened: Callable[..., Company]) -> None:
    company = opened()
    assert "Nobody can sign in here yet" in company.browser().get("/sign-in").text
    assert company.browser().post("/sign-in", email=ANA).status_code == 404
    assert company.browser().get("/sign-in/sent").status_code == 404
    assert 'href="/sign-in"' not in company.browser().get("/").text


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/me\r\nSet-Cookie: x=y",
        "/sign-out",
        "me",
        "/" + "a" * 600,
        "/%0d\n",
        "/\t/evil.example",
    ],
)
def test_one_is_never_led_elsewhere(next_: str) -> None:
    assert own_path(next_) == HOME
