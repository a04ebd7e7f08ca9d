"""Bad input in any form: the message stands at the field, what was typed is kept, and nothing was changed.

The table names every form in which something is typed or chosen; a route that takes a form and is neither here nor
among those that have buttons only fails.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from issuer.assessment.assess import Scores, assess
from issuer.assessment.proposals import assign_assessors, propose
from issuer.assessment.wishes import Wish
from issuer.awards import Evidence
from issuer.sign_in.roles import Role
from issuer.signing_keys import KeyState, Use, list_keys, rotate
from portal.uploads import PAGES
from tests.portal.conftest import BASE, BROWSER
from tests.portal.html_forms import HtmlForm, Page
from tests.portal.me.conftest import ANA, BEN, Workshop, built, opened_at
from tests.portal.sign_in.conftest import Browser
from tests.portal.sign_in.routes import TABLE, For

__all__ = ["built"]  # a fixture

CEM, DAN = "cem@brightmoor.example", "dan@brightmoor.example"
ROWS = "email,name\nsomebody,\n"
LONG = "x" * 20_001


@dataclass(frozen=True)
class Case:
    """A form of a page, what is typed into it, and the fields at which something is wrong.

    lost: fields of which nothing is to be kept (nothing was typed, or no browser could send it). large: a field for
    a file, which gets one that is too large. marks: ids of messages that are not called as all others are.
    """

    route: str
    page: str
    typed: dict[str, str]
    faults: tuple[str, ...]
    who: str = "ada"
    lost: tuple[str, ...] = ()
    large: str = ""
    marks: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.route} {','.join(self.faults)}{' large' if self.large else ''}"


CASES = [
    Case("POST /sign-in", "/sign-in?next=/me/history", {"email": "ana at home"}, ("email",), who=""),
    Case("POST /verify/wallet", "/verify/wallet", {"level": "00000000-0000-0000-0000-000000000000"}, ("level",),
         lost=("level",)),
    Case("POST /verify", "/verify", {"text": "what is this?"}, ("text",), who="", marks={"text": "text-error"}),
    Case(
        "POST /me/levels/{program}/{level}", "/me/levels/craft/journeyman",
        {"completed_on": "soon", "link-design-note": "my note", "narrative": "Built it.", "more-1": "x",
         "more-1-name": "Notes"},
        ("completed_on", "link-design-note", "more-1"), who="ana",
    ),
    Case(
        "POST /me/levels/{program}/{level}", "/me/levels/craft/journeyman",
        {"link-design-note": "https://wiki.brightmoor.example/1", "narrative": LONG}, ("narrative",), who="ana",
    ),
    Case(
        "POST /me/levels/{program}/{level}", "/me/levels/craft/journeyman",
        {"link-design-note": "https://wiki.brightmoor.example/1", "narrative": "Built it.", "more-2-name": "Notes"},
        ("file-recording",), who="ana", large="file-recording",
    ),
    Case("POST /me/levels/{program}/{level}/renew", "/me/levels/craft/safety", {}, ("declared",), who="ana"),
    Case("POST /me/proposals/{proposal_id}/appeal", "/me/proposals/{declined}", {"reason": " "}, ("reason",), "eve"),
    Case("POST /me/proposals/{proposal_id}/appeal", "/me/proposals/{declined}", {"reason": LONG}, ("reason",), "eve"),
    Case("POST /me/credentials/{credential_id}/links", "/me/credentials/{badge}", {"label": "y" * 90}, ("label",),
         "ana"),
    Case("POST /me/wall", "/me/wall", {"audience": "the moon", "name": "initials"}, ("audience",), "ana",
         lost=("audience",)),
    Case("POST /me/hosts", "/me/applications", {"address": "not an address"}, ("address",), "ana"),
    Case(
        "POST /assess/{proposal_id}", "/assess/{open}", {"result-exam": "many", "remark": "Well argued."},
        ("result-exam",), who="cem",
    ),
    Case("POST /admin/award", "/admin/award?who={ana}&level=craft/safety",
         {"awarded_on": "soon", "result-quiz": "many", "narrative": "Knows them.", "evidence_url": "x"},
         ("awarded_on", "result-quiz", "evidence_url")),
    Case("POST /admin/award/whom", "/admin/award", {"who": "nobody-like-this", "level": "craft/safety"}, ("who",)),
    Case("POST /admin/credentials", "/admin/credentials", {"q": "Ana", "earned_from": "soon"}, ("earned_from",)),
    Case("POST /admin/audit", "/admin/audit", {"actor": "Ana", "since": "soon"}, ("since",)),
    Case("POST /admin/award/list", "/admin/award/list", {"text": "", "past": "yes"}, ("file",), lost=("text",)),
    Case("POST /admin/award/list", "/admin/award/list", {"text": ROWS, "past": "yes"}, ("file",), large="file"),
    Case("POST /admin/people/import", "/admin/people/import", {"text": "", "missing": "leave"}, ("file",),
         lost=("text",)),
    Case("POST /admin/people/import", "/admin/people/import", {"text": ROWS, "missing": "leave"}, ("file",),
         large="file"),
    Case("POST /admin/people/{person_id}/leave", "/admin/people/{ben}", {"left_on": "soon"}, ("left_on",)),
    Case("POST /admin/people/{person_id}/roles", "/admin/people/{ben}", {"role": "king"}, ("role",), lost=("role",)),
    Case("POST /admin/credentials/change", "/admin/credentials/change?change=revoke&id={badge}", {"reason": ""},
         ("reason",)),
    Case("POST /admin/credentials/change", "/admin/credentials/change?change=renew&id={badge}",
         {"completed_on": "soon", "early": "yes"}, ("completed_on",)),
    Case("POST /admin/credentials/{credential_id}/correct", "/admin/credentials/{badge}/correct",
         {"name": "Ana María", "email": "ana at home", "reason": "Misspelt.", "newest_version": "yes"}, ("email",)),
    Case("POST /admin/credentials/{credential_id}/correct", "/admin/credentials/{badge}/correct",
         {"name": "Ana María", "reason": ""}, ("reason",)),
    Case("POST /admin/tokens", "/admin/tokens", {"name": "", "role": "manage", "days": "365"}, ("name",)),
    Case("POST /admin/webhooks", "/admin/webhooks",
         {"name": "HR", "url": "http://hr.example", "kinds": "credential.issued"}, ("url",)),
    Case("POST /admin/lti", "/admin/lti", {"name": "moodle", "iss": "moodle", "passing": "80"},
         ("iss", "client_id", "deployments", "auth_url", "token_url", "keys_url")),
    Case("POST /admin/lti/register", "/admin/lti/register?openid_configuration=http://127.0.0.1:9/c&registration_token=t",
         {"name": "Moodle!", "passing": "many"}, ("name", "passing")),
    Case("POST /admin/keys/rotate", "/admin/keys", {"use": "jwt"}, ("sure-jwt",)),
    Case("POST /admin/keys/add", "/admin/keys", {"type": "RSA"}, ("type",), lost=("type",)),
    Case("POST /admin/keys/compromised", "/admin/keys/signed?key={retired}", {"reason": "A laptop was lost."},
         ("sure",)),
    Case("POST /admin/keys/compromised", "/admin/keys/signed?key={retired}", {"since": "soon"},
         ("since", "reason", "sure")),
]  # fmt: skip

BUTTONS = {
    "POST /verify/row": "scripts send it, one thing at a time",
    "POST /admin/credentials/{credential_id}/message": "one choice (tests/portal/admin/test_status_messages.py)",
    "POST /sign-in/link": "one button",
    "POST /lti/open": "one button",
    "POST /lti/choose": "one of several that are shown (tests/portal/lti)",
    "POST /lti/link/{handle}": "one button",
    "POST /admin/lti/{platform_id}/remove": "one button",
    "POST /me/sessions/{session_id}/end": "one button",
    "POST /me/sessions/end-others": "one button",
    "POST /me/sessions/end-all": "one button",
    "POST /sign-out": "one button",
    "POST /oauth/register": "machines send it, as JSON (tests/portal/oauth)",
    "POST /oauth/consent/{handle}": "two buttons",
    "POST /wallet-consent/{handle}": "one choice, which is made, and two buttons",
    "POST /me/applications/{grant_id}/end": "one button",
    "POST /me/elsewhere/{held_id}/delete": "one button",
    "POST /me/hosts/{connection_id}/fetch": "two buttons",
    "POST /me/hosts/{connection_id}/profile": "one button",
    "POST /me/hosts/{connection_id}/end": "one button",
    "POST /me/hosts/{connection_id}/bring/{credential_id}": "one button",
    "POST /me/proposals/{proposal_id}/withdraw": "one button",
    "POST /me/calendar": "one button",
    "POST /me/calendar/off": "one button",
    "POST /me/credentials/{credential_id}/show": "choices that are all made",
    "POST /me/credentials/{credential_id}/some": "ticks, none of which must be set",
    "POST /me/credentials/{credential_id}/links/{link_id}/end": "one button",
    "POST /me/credentials/{credential_id}/exchange": "one button",
    "POST /me/credentials/{credential_id}/wallet": "one button",
    "POST /me/credentials/{credential_id}/apple-wallet": "one button",
    "POST /me/credentials/{credential_id}/google-wallet": "one button",
    "POST /admin/credentials/{credential_id}/wallet": "one button",
    "POST /admin/credentials/{credential_id}/wallet/{offer_id}/end": "one button",
    "POST /me/credentials/{credential_id}/wallet/{offer_id}/end": "one button",
    "POST /verify/wallet/{request_id}/forget": "one button",
    "POST /me/wall/answer": "two buttons",
    "POST /wall/{award_id}/applause": "one button",
    "POST /wall/{award_id}/applause/end": "one button",
    "POST /admin/jobs/{bulk_id}/cancel": "one button",
    "POST /admin/messages/{message_id}/resend": "one button",
    "POST /admin/tokens/revoke": "one button",
    "POST /admin/keys/retire": "one tick (tests/portal/admin/test_house.py)",
    "POST /admin/keys/requests": "one tick (tests/portal/admin/test_two_people.py)",
    "POST /admin/keys/two": "one tick (tests/portal/admin/test_two_people.py)",
    "POST /admin/webhooks/{webhook_id}/test": "one button",
    "POST /admin/webhooks/{webhook_id}/resume": "one button",
    "POST /admin/webhooks/{webhook_id}/again/{delivery_id}": "one button",
    "POST /admin/webhooks/{webhook_id}/remove": "one tick (tests/portal/admin/test_webhooks.py)",
    "POST /admin/audit/verify": "one button",
    "POST /admin/people": "a search in which nothing is wrong (tests/portal/admin/test_sealed_search.py)",
    "POST /team": "choices that are all made (tests/portal/admin/test_sealed_search.py)",
    "POST /wall": "choices that are all made (tests/portal/admin/test_sealed_search.py)",
}
ELSEWHERE = {
    "POST /team/decisions/{proposal_id}": "the same form as /assess/{proposal_id}: tests/portal/team",
    "POST /admin/programs/": "the editor's forms: tests/portal/admin",
    "POST /admin/program-drafts/": "the editor's forms: tests/portal/admin",
    "POST /admin/new-program": "the editor's forms: tests/portal/admin",
    "POST /admin/import-program": "the editor's forms: tests/portal/admin",
    "POST /admin/duties": "tests/portal/admin",
}
"""Of whose forms other tests tell the same; by how the route begins."""


@dataclass
class House:
    """The workshop with what the forms need, and who looks at them. Every form is refused, so nothing changes."""

    workshop: Workshop
    places: dict[str, str]
    browsers: dict[str, Browser]

    def put(self, text: str) -> str:
        for name, value in self.places.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@pytest.fixture(scope="module")
def house(built: tuple[Path, UUID], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("forms")
    shutil.copy(built[0] / "guildmark.db", home / "guildmark.db")
    shutil.copytree(built[0] / "keys", home / "keys")
    workshop = opened_at(home, home / "keys")
    workshop.award("ana", "safety", date(2025, 12, 15))  # may be renewed now
    for name in ("eve", "fay"):
        workshop.award(name, "apprentice", date(2026, 2, 1))
    declined, opened = _proposed(workshop, "eve@brightmoor.example"), _proposed(workshop, "fay@brightmoor.example")
    for name in (CEM, DAN):
        _score(workshop, declined, name, "55")
    assert workshop.service.keyring is not None
    rotate(
        workshop.db, workshop.service.keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="test",
        now=workshop.clock(), randomness=workshop.random.randbytes,
    )  # fmt: skip
    retired = next(one for one in list_keys(workshop.db, None) if one.state is KeyState.RETIRED)
    yield House(
        workshop,
        {
            "badge": str(built[1]),
            "declined": str(declined),
            "open": str(opened),
            "ana": str(workshop.person_id(ANA)),
            "ben": str(workshop.person_id(BEN)),
            "retired": retired.fragment,
        },
        {
            "": workshop.browser(),
            "ana": workshop.signed_in(ANA),
            "eve": workshop.signed_in("eve@brightmoor.example"),
            "cem": workshop.signed_in(CEM, Role.ASSESSOR),
            "ada": workshop.signed_in(BEN, Role.ADMIN),
        },
    )
    workshop.service.close()


def _proposed(workshop: Workshop, email: str, level: str = "journeyman") -> UUID:
    evidence = (Evidence("https://wiki.example/1", rule="design-note"),)
    wish = Wish(email, "craft", level, date(2026, 11, 20), evidence=evidence)
    made = propose(
        workshop.db, wish, issuer=None, source="assessor", actor="test", now=workshop.clock(),
        randomness=workshop.random.randbytes,
    )  # fmt: skip
    assign_assessors(workshop.db, made.proposal.id, assessors=(CEM, DAN), actor="test", now=workshop.clock())
    return made.proposal.id


def _score(workshop: Workshop, proposal: UUID, assessor: str, exam: str) -> None:
    assess(
        workshop.db, workshop.service.keyring, proposal_id=proposal, assessor=assessor,
        scores=Scores({"exam": exam}, None, None, "Too early."), actor="test", now=workshop.clock(),
        randomness=workshop.random.randbytes,
    )  # fmt: skip


def _send(browser: Browser, form: HtmlForm, typed: dict[str, str], large: str) -> httpx2.Response:
    """The form as a browser sends it: with what stood in it, what was typed, and the file that is too large."""
    values: dict[str, Any] = {**form.sent(), **typed}
    headers = {**BROWSER, "User-Agent": browser.agent, "Origin": BASE}
    files = None
    if form.multipart:
        nothing = {one.name: ("", b"") for one in form.controls if one.kind == "file"}
        files = {**nothing, **({large: ("film.mp4", bytes(PAGES.file + 1))} if large else {})}
    return browser.client.post(form.action, data=values, files=files, headers=headers)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_message_stands_at_the_field_and_what_was_typed_is_kept(house: House, case: Case) -> None:
    browser = house.browsers[case.who]
    looked = browser.get(house.put(case.page))
    assert looked.status_code == 200, looked.text[:500]
    action = _action(case, house, looked.text)
    answer = _send(browser, Page(looked.text).form(action), case.typed, case.large)
    if answer.status_code == 303:  # a search leads to its page, which says what is wrong with it
        answer = browser.get(answer.headers["location"])
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.headers.get('location')}"
    page = Page(answer.text)
    form = page.form(action)
    for name in map(house.put, case.faults):
        mark = case.marks.get(name, f"{name}-fault")
        assert page.texts.get(mark, "").strip(), f"no message at {name}: {page.texts.get('form-faults')}"
        assert any(mark in one.described for one in form.controls), f"no control is described by {mark}"
        assert name in page.texts, "the list at the head leads to it"
    shown = form.sent()
    for name, value in case.typed.items():
        if name not in case.lost:
            assert value.strip() in [one.strip() for one in shown.get(name, [])], f"{name} was lost: {shown}"


def _action(case: Case, house: House, html: str) -> str:
    """Where the form of that route leads on this page."""
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(case.route.removeprefix("POST ")))
    found = [one.action for one in Page(html).forms if re.fullmatch(pattern, one.action)]
    assert found, f"no form of {case.route}: {[one.action for one in Page(html).forms]}"
    return found[0]


def test_every_form_is_in_the_table() -> None:
    """A form that nobody tried with bad input does not count as one that keeps it."""
    told = {case.route for case in CASES} | set(BUTTONS)
    routes = {one for whom, lines in TABLE.items() if whom not in (For.MACHINES,) for one in lines}
    forms = {one for one in routes if one.startswith("POST ") and "/api/" not in one and "/vc-api/" not in one}
    forms = {one for one in forms if not one.startswith(("POST /credentials/", "POST /scim/", *ELSEWHERE))}
    assert forms - told == set()
    assert told - routes == set(), "these are no routes any more"
