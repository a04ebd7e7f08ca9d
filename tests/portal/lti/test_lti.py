"""A level in a course: put there by its teacher, opened by a learner, and proposed by a grade; lies are told apart."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx2
import pytest
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from issuer.erasure import erase_person
from issuer.learning.events import list_events
from issuer.lti.platforms import Registration, add_platform, list_platforms
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.tables import IdentityRow, LtiGradeRow, LtiTicketRow, ProposalRow
from portal.app import create_app
from portal.lti.tool import own_key
from portal.service import Service
from portal.worker import run_once
from tests.portal.admin.conftest import ADA, Desk, desk, furnished
from tests.portal.conftest import BASE, BROWSER, NOW
from tests.portal.lti.platform import AGS, CLAIM, CLIENT, DEEP, DEPLOYMENT, LEARNER, Course, platform

__all__ = ["desk", "furnished"]
PROGRAM = f"""
program: safety
name: Safety
time_zone: Europe/Copenhagen
learning:
  - {{system: moodle, level: aware, verbs: [passed], activity: "{BASE}/lti/levels/safety/aware", propose: true,
     minimum: {{score.scaled: 0.85}}, results: {{quiz: score.scaled}}}}
levels:
  - {{level: aware, name: Aware, criteria: Knows., results: [{{id: quiz, name: Quiz, type: Percent}}]}}
"""
LEVEL = f"{BASE}/lti/levels/safety/aware"
COOKIE = "__Host-guildmark-lti"


@dataclass
class School:
    """The house, the platform, and a browser that goes between them."""

    desk: Desk
    service: Service
    course: Course
    client: TestClient

    def set_out(self, target: str = LEVEL, **changes: str) -> dict[str, str]:
        """Step 1 and 2: what the platform is asked."""
        answer = self.client.post("/lti/login", data=self.course.initiation(target, **changes), headers=BROWSER)
        assert answer.status_code == 303, answer.text
        return self.course.authorize(answer.headers["location"])

    def launch(self, token: str, state: str, *, tab: bool = True) -> httpx2.Response:
        headers = {**BROWSER, "Origin": self.course.url, "Sec-Fetch-Site": "cross-site"}
        headers["Sec-Fetch-Dest"] = "document" if tab else "iframe"
        return self.client.post("/lti/launch", data={"id_token": token, "state": state}, headers=headers)

    def launched(self, *, tab: bool = True, **changes: Any) -> httpx2.Response:
        asked = self.set_out()
        return self.launch(self.course.sign(self.course.claims(asked, LEVEL, **changes)), asked["state"], tab=tab)

    def send(self, path: str, **fields: str) -> httpx2.Response:
        return self.client.post(path, data=fields, headers={**BROWSER, "Origin": BASE})

    def read_grades(self) -> None:
        assert [ran.error for ran in run_once(self.service, ["grades"], force=True)] == [None]

    def rows(self, table: Any) -> list[Any]:
        with self.service.database.read() as session:
            return session.query(table).all()

    def forget_cookies(self) -> None:
        self.client.cookies.clear()


@pytest.fixture
def school(desk: Desk) -> Iterator[School]:
    with platform(desk.clock) as course:
        settings = desk.service.settings.model_copy(update={"allowed_origins": (course.url,)})
        service = replace(desk.service, settings=settings)
        apply_program(service.database, issuer=None, definition=read_program(PROGRAM.encode()), actor="t", now=NOW)
        course.redirect_uri = f"{BASE}/lti/launch"
        register(desk, service, course)
        client = TestClient(create_app(service), base_url=BASE, follow_redirects=False)
        course.tool_keys = client.get("/lti/jwks.json").json()
        yield School(desk, service, course, client)


def register(desk: Desk, service: Service, course: Course, **changes: Any) -> None:
    said = Registration(
        name="moodle",
        iss=course.url,
        client_id=CLIENT,
        deployments=(DEPLOYMENT,),
        auth_url=f"{course.url}/auth",
        token_url=f"{course.url}/token",
        keys_url=f"{course.url}/jwks",
        **{"trusts_addresses": True, "passing": 60, **changes},
    )
    assert service.keyring is not None
    add_platform(
        service.database, service.keyring, said, issuer=None, fault_of_address=lambda _: None, actor="t", now=NOW,
        randomness=secrets.token_bytes,
    )  # fmt: skip
    own_key(service, service.keyring, actor="t")


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def test_the_tool_publishes_one_key_for_signatures_and_nothing_private(school: School) -> None:
    (key,) = school.course.tool_keys["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert len(key["n"]) == 342  # 2048 bits


def test_a_learner_in_a_tab_of_its_own_is_let_in_and_sees_the_level(school: School) -> None:
    answer = school.launched()
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/me/levels/safety/aware")
    page = school.client.get("/me/levels/safety/aware", headers=BROWSER)
    assert page.status_code == 200
    assert "Aware" in page.text
    assert "Ben Okafor" in page.text


def test_the_platform_may_begin_by_a_link(school: School) -> None:
    answer = school.client.get("/lti/login", params=school.course.initiation(LEVEL), headers=BROWSER)
    school.course.authorize(answer.headers["location"])
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in (COOKIE, "SameSite=none", "Secure", "HttpOnly"))


def test_within_a_page_of_the_platform_a_button_says_as_whom_one_goes_on(school: School) -> None:
    page = school.launched(tab=False)
    assert page.status_code == 200
    assert "Ben Okafor" in page.text
    policy = page.headers["content-security-policy"]
    assert f"frame-ancestors {school.course.url};" in f"{policy};"
    assert "x-frame-options" not in page.headers
    assert "__Host-guildmark=" not in page.headers.get("set-cookie", "")
    ticket = field(page.text, "ticket")
    opened = school.send("/lti/open", ticket=ticket)
    assert opened.headers["location"].endswith("/me/levels/safety/aware")
    assert "__Host-guildmark=" in opened.headers["set-cookie"]
    assert school.send("/lti/open", ticket=ticket).status_code == 410


def test_another_site_cannot_press_the_button(school: School) -> None:
    ticket = field(school.launched(tab=False).text, "ticket")
    answer = school.client.post(
        "/lti/open", data={"ticket": ticket}, headers={**BROWSER, "Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert school.send("/lti/open", ticket=ticket).status_code == 303


def test_a_browser_that_did_not_set_out_is_not_let_in_without_being_asked(school: School) -> None:
    """Whoever makes another's browser bring his own launch signs nobody in as himself behind his back."""
    asked = school.set_out()
    school.forget_cookies()
    page = school.launch(school.course.sign(school.course.claims(asked, LEVEL)), asked["state"])
    assert page.status_code == 200
    assert "Ben Okafor" in page.text
    assert "__Host-guildmark=" not in page.headers.get("set-cookie", "")


def changed(school: School, asked: dict[str, str], **changes: Any) -> str:
    return school.course.sign(school.course.claims(asked, LEVEL, **changes))


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another nonce": ({"nonce": "n" * 43}, "another launch"),
    "no nonce": ({"nonce": None}, "another launch"),
    "another issuer": ({"iss": "https://other.example"}, "another platform"),
    "another audience": ({"aud": "somebody-else"}, "another tool"),
    "several audiences without azp": ({"aud": [CLIENT, "other"]}, "several tools"),
    "another authorized party": ({"aud": [CLIENT, "other"], "azp": "other"}, "several tools"),
    "expired": ({"exp": int(NOW.timestamp()) - 90}, "has expired"),
    "no end": ({"exp": None}, "lacks exp"),
    "an end that is true": ({"exp": True}, "lacks exp"),
    "old": ({"iat": int(NOW.timestamp()) - 3600}, "not made just now"),
    "of tomorrow": ({"iat": int(NOW.timestamp()) + 86400}, "not made just now"),
    "another deployment": ({f"{CLAIM}deployment_id": "2"}, "deployment that is not registered"),
    "no deployment": ({f"{CLAIM}deployment_id": None}, "deployment that is not registered"),
    "another version": ({f"{CLAIM}version": "1.1"}, "not of LTI version 1.3.0"),
    "another message": ({f"{CLAIM}message_type": "LtiSubmissionReviewRequest"}, "kind that is not known"),
    "roles that are no list": ({f"{CLAIM}roles": "Learner"}, "lacks roles"),
    "nobody": ({"sub": None}, "does not say who you are"),
    "a long subject": ({"sub": "x" * 256}, "does not say who you are"),
    "no link": ({f"{CLAIM}resource_link": {}}, "lacks resource_link"),
    "no target": ({f"{CLAIM}target_link_uri": None}, "lacks target_link_uri"),
    "a target elsewhere": ({f"{CLAIM}target_link_uri": "https://evil.example/lti/levels/safety/aware"}, "no level"),
    "no such level": ({f"{CLAIM}custom": {"level": "safety/none"}}, "no level that is in use"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_launch_that_says_something_else_is_told_what_is_wrong(school: School, lie: str) -> None:
    changes, why = LIES[lie]
    answer = school.launched(**changes)
    assert answer.status_code == 400
    assert why in unescape(answer.text)
    assert "__Host-guildmark=" not in answer.headers.get("set-cookie", "")
    assert school.rows(LtiTicketRow) == []


def test_a_launch_is_taken_once_whatever_it_is_sent_with(school: School) -> None:
    asked = school.set_out()
    token = school.course.sign(school.course.claims(asked, LEVEL))
    assert school.launch(token, asked["state"]).status_code == 303
    again = school.launch(token, asked["state"])
    assert again.status_code == 400
    assert "used already" in unescape(again.text)
    other = school.set_out()
    replayed = school.launch(token, other["state"])
    assert "another launch" in unescape(replayed.text)
    assert school.launch(token, "x" * 43).status_code == 400
    assert school.launch(token, "").status_code == 400


def test_a_launch_that_took_too_long_is_not_taken(school: School) -> None:
    asked = school.set_out()
    school.desk.clock.now = NOW + timedelta(minutes=11)
    answer = school.launch(school.course.sign(school.course.claims(asked, LEVEL)), asked["state"])
    assert answer.status_code == 400
    assert "longer than ten minutes" in unescape(answer.text)


def test_signatures_that_are_none(school: School) -> None:
    course = school.course

    def told(why: str, made: Callable[[dict[str, Any]], str]) -> None:
        asked = school.set_out()
        answer = school.launch(made(course.claims(asked, LEVEL)), asked["state"])
        assert answer.status_code == 400
        assert why in unescape(answer.text)

    same_name = RSAKey.generate_key(2048, {"kid": course.keys[0].kid}, private=True)
    unknown = RSAKey.generate_key(2048, {"kid": "unknown"}, private=True)
    told("signed by 'none'", lambda claims: course.forge(claims, "none"))
    told("signed by 'HS256'", lambda claims: course.forge(claims, "HS256"))
    told("signed by 'RS384'", lambda claims: course.sign(claims, alg="RS384"))
    told("not the platform’s", lambda claims: course.sign(claims, key=same_name))
    told("not the platform’s", lambda claims: course.sign(claims, jwk=same_name.as_dict(private=False), key=same_name))
    told("does not publish", lambda claims: course.sign(claims, key=unknown))

    def tampered(claims: dict[str, Any]) -> str:
        head, _, tail = course.sign(claims).split(".")
        return f"{head}.{course.sign({**claims, 'sub': 'somebody-else'}).split('.')[1]}.{tail}"

    told("not the platform’s", tampered)
    for nonsense in ("", "a.b.c", "e30.e30.", "[" * 100, "é"):
        told("", lambda _, nonsense=nonsense: nonsense)  # type: ignore[misc]


def test_a_platform_that_changes_its_key_is_asked_anew_and_not_for_every_invented_name(school: School) -> None:
    assert school.launched().status_code == 303
    asked_before = school.course.key_requests
    assert school.launched().status_code == 303
    assert school.course.key_requests == asked_before
    school.desk.clock.now += timedelta(minutes=1)
    school.course.new_key()
    assert school.launched().status_code == 303
    assert school.course.key_requests == asked_before + 1
    for _ in range(3):
        asked = school.set_out()
        unknown = RSAKey.generate_key(2048, {"kid": "invented"}, private=True)
        school.launch(school.course.sign(school.course.claims(asked, LEVEL), key=unknown), asked["state"])
    assert school.course.key_requests == asked_before + 1


def test_a_platform_that_cannot_be_reached_or_says_no(school: School) -> None:
    asked = school.set_out()
    answer = school.client.post(
        "/lti/launch", data={"state": asked["state"], "error": "login_required<b>"}, headers=BROWSER
    )
    assert answer.status_code == 400
    assert "login_required&lt;b&gt;" in answer.text
    for platform_ in list_platforms(school.service.database, None):
        assert platform_.said.keys_url.startswith(school.course.url)
    asked = school.set_out()
    token = school.course.sign(school.course.claims(asked, LEVEL))
    school.course.keys = []
    assert school.launch(token, asked["state"]).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"iss": "https://other.example"}, 404),
        ({"client_id": "another"}, 404),
        ({"login_hint": ""}, 400),
        ({"target_link_uri": "https://evil.example/"}, 400),
        ({"target_link_uri": BASE + ".evil.example/"}, 400),
    ],
)
def test_a_launch_that_begins_wrong_leads_nowhere(school: School, changes: dict[str, str], status: int) -> None:
    answer = school.client.post("/lti/login", data=school.course.initiation(LEVEL, **changes), headers=BROWSER)
    assert answer.status_code == status
    assert "location" not in answer.headers


def test_the_teacher_puts_a_level_into_the_course(school: School) -> None:
    asked = school.set_out(f"{BASE}/lti/launch")
    page = school.launch(school.course.sign(school.course.deep_claims(asked)), asked["state"], tab=False)
    assert page.status_code == 200
    assert 'value="safety/aware"' in page.text
    ticket = field(page.text, "ticket")
    wrong = school.send("/lti/choose", ticket=ticket, level="safety/none")
    assert wrong.status_code == 422
    chosen = school.send("/lti/choose", ticket=ticket, level="safety/aware", column="yes")
    assert chosen.status_code == 200
    assert f'action="{school.course.url}/content?course=9"' in chosen.text
    assert f"form-action {school.course.url};" in chosen.headers["content-security-policy"]
    claims = school.course.read_content(field(chosen.text, "JWT"))
    (item,) = claims[f"{DEEP}content_items"]
    assert item["type"] == "ltiResourceLink"
    assert item["url"] == LEVEL
    assert item["custom"] == {"level": "safety/aware"}
    assert item["lineItem"]["scoreMaximum"] == 100
    assert school.send("/lti/choose", ticket=ticket, level="safety/aware").status_code == 410
    # what was put there can be opened, by its address and by its parameter
    asked = school.set_out(item["url"])
    custom = {f"{CLAIM}custom": item["custom"]}
    launched = school.course.sign(school.course.claims(asked, f"{BASE}/lti/launch", **custom))
    assert school.launch(launched, asked["state"]).headers["location"].endswith("/me/levels/safety/aware")


def test_a_tampered_choice_is_none(school: School) -> None:
    asked = school.set_out(f"{BASE}/lti/launch")
    page = school.launch(school.course.sign(school.course.deep_claims(asked)), asked["state"], tab=False)
    chosen = school.send("/lti/choose", ticket=field(page.text, "ticket"), level="safety/aware")
    token = field(chosen.text, "JWT")
    assert "lineItem" not in school.course.read_content(token)[f"{DEEP}content_items"][0]
    head, body, tail = token.split(".")
    with pytest.raises((JoseError, ValueError)):
        school.course.read_content(f"{head}.{body[:-4]}{'AAAA' if body[-4:] != 'AAAA' else 'BBBB'}.{tail}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({f"{CLAIM}roles": [LEARNER]}, "Only who teaches"),
        ({f"{DEEP}deep_linking_settings": None}, "lacks deep_linking_settings"),
        ({f"{DEEP}deep_linking_settings": {"deep_link_return_url": "https://x.example"}}, "takes no links"),
        (
            {
                f"{DEEP}deep_linking_settings": {
                    "deep_link_return_url": "javascript:alert(1)",
                    "accept_types": ["ltiResourceLink"],
                }
            },
            "not safe",
        ),
    ],
)
def test_requests_for_content_that_are_refused(school: School, changes: dict[str, Any], why: str) -> None:
    asked = school.set_out(f"{BASE}/lti/launch")
    answer = school.launch(school.course.sign(school.course.deep_claims(asked, **changes)), asked["state"])
    assert answer.status_code == 400
    assert why in unescape(answer.text)


def test_a_grade_that_is_passed_proposes_the_award_once(school: School) -> None:
    school.launched()
    school.read_grades()
    assert school.course.refused == []
    assert school.course.asked == ["/items/5/results?type=lti&user_id=user-7"]
    assert school.rows(ProposalRow) == []
    later = timedelta(hours=1, minutes=1)
    for score, proposals, outcomes in (
        (59, 0, []),  # not passed on the platform
        (84, 0, ["ignored"]),  # passed there, and the program's rule asks for more
        (93.5, 1, ["ignored", "proposed"]),
    ):
        school.desk.clock.now += later
        school.course.grade("user-7", score)
        school.read_grades()
        assert len(school.rows(ProposalRow)) == proposals, score
        found = sorted(one.outcome for one in list_events(school.service.database, None, system="moodle"))
        assert found == outcomes
    (proposal,) = school.rows(ProposalRow)
    assert proposal.person_id == school.desk.person_id("ben@brightmoor.example")
    assert proposal.proposed_by == "learning:moodle"
    assert proposal.results in ({"quiz": "93.5"}, [["quiz", "93.5"]])
    asked = len(school.course.asked)
    school.desk.clock.now += later
    school.read_grades()
    assert len(school.course.asked) == asked  # it led to something: nothing more is asked for
    school.launched()  # until he comes again; the same grade is the same report
    school.read_grades()
    assert len(school.course.asked) == asked + 1
    assert len(school.rows(ProposalRow)) == 1


def test_the_token_for_grades_goes_to_the_platform_alone(school: School) -> None:
    elsewhere = {"scope": [f"{AGS}scope/result.readonly"], "lineitem": "https://evil.example/items/5"}
    school.launched(**{f"{AGS}claim/endpoint": elsewhere})
    school.read_grades()
    (row,) = school.rows(LtiGradeRow)
    assert "none of the platform’s addresses" in row.fault


def test_grades_that_may_not_be_read_are_not_asked_for(school: School) -> None:
    school.launched(**{f"{AGS}claim/endpoint": {"scope": [f"{AGS}scope/score"], "lineitem": f"{school.course.url}/x"}})
    school.launched(**{f"{AGS}claim/endpoint": None})
    assert school.rows(LtiGradeRow) == []


@pytest.mark.parametrize(
    "result", [{"resultScore": -1}, {"resultScore": 5, "resultMaximum": 0}, {"resultScore": "9"}, {}]
)
def test_results_that_say_nothing_lead_to_nothing(school: School, result: dict[str, Any]) -> None:
    school.launched()
    school.course.grades["user-7"] = {"userId": "user-7", **result}
    school.read_grades()
    assert school.rows(ProposalRow) == []
    assert list_events(school.service.database, None, system="moodle") == ()


def test_a_platform_that_does_not_vouch_leads_to_the_sign_in_and_asks_whose_account_it_is(school: School) -> None:
    page = school.launched(sub="user-9", email="nobody@elsewhere.example")
    assert page.status_code == 200
    assert "Sign in" in page.text
    opened = school.send("/lti/open", ticket=field(page.text, "ticket"))
    link = opened.headers["location"]
    assert link.startswith("/lti/link/") or "/lti/link/" in link
    assert school.client.get(link, headers=BROWSER).headers["location"].startswith("/sign-in?next=/lti/link/")
    for one in school.desk.browser.client.cookies.jar:
        if one.name == "__Host-guildmark":
            school.client.cookies.set(one.name, str(one.value), domain="badges.brightmoor.example")
    question = school.client.get(link, headers=BROWSER)
    assert "Is this you?" in question.text
    csrf = field(question.text, "csrf_token")
    done = school.send(link, csrf_token=csrf)
    assert done.headers["location"].endswith("/me/levels/safety/aware")
    assert school.send(link, csrf_token=csrf).status_code == 410
    assert {one.subject for one in school.rows(IdentityRow)} == {"user-9"}
    assert [one.person_id for one in school.rows(LtiGradeRow)] == [school.desk.person_id(ADA)]


def test_an_account_is_never_linked_in_a_browser_that_did_not_set_out(school: School) -> None:
    asked = school.set_out()
    school.forget_cookies()
    token = school.course.sign(school.course.claims(asked, LEVEL, sub="mallory", email=None))
    page = school.launch(token, asked["state"])
    opened = school.send("/lti/open", ticket=field(page.text, "ticket"))
    assert "/sign-in" in opened.headers["location"]
    assert "/lti/link" not in opened.headers["location"]


def test_a_link_that_is_sent_to_somebody_else_does_not_open_there(school: School) -> None:
    page = school.launched(sub="mallory", email=None)
    link = school.send("/lti/open", ticket=field(page.text, "ticket")).headers["location"]
    assert school.desk.browser.get(link).status_code == 410


def test_who_is_erased_leaves_nothing_behind(school: School) -> None:
    school.launched(tab=False)
    erase_person(school.service.database, email="ben@brightmoor.example", actor="t", now=NOW)
    assert school.rows(LtiGradeRow) == school.rows(LtiTicketRow) == school.rows(IdentityRow) == []


def test_an_admin_registers_a_platform_and_removes_it(school: School) -> None:
    desk = school.desk
    page = desk.look("/admin/lti")
    assert f"{BASE}/lti/login" in page
    assert f"{BASE}/lti/jwks.json" in page
    assert "moodle" in page
    fields = {
        "name": "canvas",
        "iss": "https://canvas.example",
        "client_id": "1000",
        "deployments": "1:a\n 2:b ",
        "auth_url": "https://canvas.example/auth",
        "token_url": "https://canvas.example/token",
        "keys_url": "https://canvas.example/jwks",
        "passing": "70",
        "trusts_addresses": "yes",
    }
    assert desk.send("/admin/lti", **fields).endswith("/admin/lti?done=added")
    canvas, moodle = list_platforms(desk.db, None)
    assert canvas.said.deployments == ("1:a", "2:b")
    assert (canvas.said.passing, canvas.said.trusts_addresses) == (70, True)
    assert "registered already" in desk.send("/admin/lti", 422, **fields)
    wrong = desk.send("/admin/lti", 422, **{**fields, "name": "Canvas!", "keys_url": "http://canvas.example/jwks"})
    assert "cannot be used" in wrong
    desk.look("/admin/lti")
    assert desk.send(f"/admin/lti/{moodle.id}/remove").endswith("done=removed")
    assert [one.said.name for one in list_platforms(desk.db, None)] == ["canvas"]
    assert "Plattform" in desk.look("/admin/lti", language="de")
