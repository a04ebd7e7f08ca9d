"""A person’s profile goes to another host (putProfile, requirements 105, 155 and 156)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from issuer.held import profile_of, put_profile
from issuer.people.directory import required_person
from tests.portal.elsewhere.conftest import Installation, Two
from tests.portal.elsewhere.evil import EvilHost
from tests.portal.elsewhere.test_evil_hosts import connected
from tests.portal.sign_in.conftest import Browser

Evil = tuple[Installation, EvilHost]
PROFILE = "/ims/ob/v3p0/profile"


def _sent(evil: Evil, answer: Callable[[Request], Response] | None = None) -> tuple[Any, list[dict[str, Any]], str]:
    """The answer to the button, what the host was sent, and the page behind it."""
    here, host = evil
    browser = here.browser()
    path = connected(here, host, browser)
    if answer is not None:
        host.instead[PROFILE] = answer
    said = here.post(browser, f"{path}/profile")
    page = browser.get(said.headers["location"]).text if said.status_code == 303 else said.text
    here.post(browser, f"{path}/end")
    written = [json.loads(body) for method, at, _, body in host.asked if (method, at) == ("PUT", PROFILE)]
    return said, written, page


def test_105_156_another_guildmark_takes_the_whole_profile(two: Two) -> None:
    there = two.there.house
    with there.service.database.read() as session:
        person = required_person(session, "valid@brightmoor.example").id
    kept = {
        "id": "https://1edtech.org/issuers/cert",
        "type": ["Profile"],
        "name": "Old name",
        "description": "Likes clouds",
        "official": "yes",
    }
    put_profile(there.service.database, person, kept, now=there.clock())
    browser = two.here.browser()
    path = two.connected(browser)
    page = browser.get(path).text
    assert "Send my profile there" in page
    assert "Zoë Kjærsgaard" in page, "what will be sent stands there first"
    sent = two.here.post(browser, f"{path}/profile")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?done=profile"), sent.text
    assert profile_of(there.service.database, person) == {
        **kept,
        "name": "Zoë Kjærsgaard",
        "email": "valid@brightmoor.example",
    }
    page = browser.get(sent.headers["location"]).text
    assert "Your profile was sent" in page
    assert "Likes clouds" in page
    assert "Ihr Profil wurde gesendet" in browser.get(sent.headers["location"], **{"Accept-Language": "de"}).text
    two.here.post(browser, path + "/end")


def test_105_a_host_without_a_profile_gets_ours_and_one_may_think_about_it(evil: Evil) -> None:
    def later(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"imsx_codeMajor": "failure", "imsx_severity": "status"}, 404)
        return JSONResponse({"imsx_codeMajor": "processing", "imsx_severity": "status"}, 202)

    said, [profile], page = _sent(evil, later)
    assert said.headers["location"].endswith("?done=accepted")
    assert "The host will look at it" in page
    assert set(profile) == {"id", "type", "name", "email"}
    assert profile["id"].startswith("urn:uuid:")


@pytest.mark.parametrize("theirs", [{"type": ["Profile"]}, {"id": 7, "type": "Nonsense"}, {"id": "urn:x", "type": []}])
def test_what_is_no_profile_there_is_replaced(evil: Evil, theirs: dict[str, Any]) -> None:
    _, [profile], _ = _sent(evil, lambda request: JSONResponse(theirs))
    assert profile["type"] == ["Profile"]
    assert profile["id"].startswith("urn:uuid:")


def test_a_refusal_is_told_in_the_words_of_the_host(evil: Evil) -> None:
    def refuses(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"id": "urn:x", "type": ["Profile"]})
        return JSONResponse(
            {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": "No name of yours."}, 400
        )

    said, [profile], page = _sent(evil, refuses)
    assert (said.status_code, "No name of yours." in page) == (502, True)
    assert profile["id"] == "urn:x"


def test_who_did_not_allow_it_is_offered_nothing(evil: Evil) -> None:
    here, host = evil
    scopes = host.flow["flows"]["authorizationCode"]["scopes"]
    host.flow["flows"]["authorizationCode"]["scopes"] = {
        name: "" for name in scopes if not name.endswith("profile.update")
    }
    browser: Browser = here.browser()
    path = connected(here, host, browser)
    assert "Send my profile there" not in browser.get(path).text
    said = here.post(browser, f"{path}/profile")
    here.post(browser, f"{path}/end")
    assert (said.status_code, "did not allow that" in said.text) == (502, True)
    assert ("PUT", PROFILE) not in [one[:2] for one in host.asked]


_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "after", "asked"),
    [
        ({"Cache-Control": "no-store"}, timedelta(0), 2),
        ({"Cache-Control": "private, no-cache"}, timedelta(0), 2),
        ({"Cache-Control": "max-age=3000"}, timedelta(minutes=49), 1),
        ({"Cache-Control": "max-age=3000"}, timedelta(minutes=51), 2),
        ({"Cache-Control": "max-age=99999999"}, timedelta(days=8), 2),
        ({"Expires": "0"}, timedelta(0), 2),
        ({"Expires": "Wed, 01 Jan 2098 00:00:00 GMT"}, _HOUR, 1),
        ({}, _HOUR, 1),
        ({}, timedelta(hours=25), 2),
    ],
)
def test_118_the_description_is_kept_as_long_as_it_says(
    evil: Evil, headers: dict[str, str], after: timedelta, asked: int
) -> None:
    _, host = evil
    host.instead[DISCOVERY] = lambda _: JSONResponse(host.described, headers=headers)
    assert _descriptions(evil, after)[0] == asked


def test_118_who_has_it_is_told_so_and_a_moved_endpoint_is_found(evil: Evil) -> None:
    _, host = evil

    def tagged(request: Request) -> Response:
        known = request.headers.get("if-none-match") == '"one"'
        headers = {"ETag": '"one"', "Cache-Control": "max-age=60"}
        return Response(status_code=304, headers=headers) if known else JSONResponse(host.described, headers=headers)

    host.instead[DISCOVERY] = tagged
    assert _descriptions(evil, timedelta(minutes=2)) == (2, ["/token"])
    host.reset()
    host.instead[DISCOVERY] = lambda _: JSONResponse(host.described, headers={"Cache-Control": "max-age=60"})
    host.instead["/elsewhere"] = lambda _: host.right("/token")

    def move() -> None:
        host.flow["flows"]["authorizationCode"]["refreshUrl"] = host.base + "/elsewhere"

    assert _descriptions(evil, timedelta(hours=2), move) == (2, ["/token", "/elsewhere"])


def test_118_a_description_that_is_broken_for_a_day_breaks_nothing(evil: Evil) -> None:
    _, host = evil
    host.instead[DISCOVERY] = lambda _: JSONResponse(host.described, headers={"Cache-Control": "no-store"})

    def break_it() -> None:
        host.instead[DISCOVERY] = lambda _: JSONResponse({}, 500)

    assert _descriptions(evil, _HOUR * 2, break_it) == (2, ["/token", "/token"])


DISCOVERY = "/ims/ob/v3p0/discovery"


def _descriptions(evil: Evil, after: timedelta, meanwhile: Callable[[], None] = lambda: None) -> tuple[int, list[str]]:
    """How often a host was asked for its description, by connecting it and fetching once; where tokens came from."""
    here, host = evil
    browser = here.browser()
    path = connected(here, host, browser)
    meanwhile()
    here.house.clock.now += after
    browser = here.browser()
    browser.get(path)
    said = here.post(browser, f"{path}/fetch", which="all")
    assert said.status_code == 303, said.text
    here.post(browser, f"{path}/end")
    return host.paths().count(DISCOVERY), [one for one in host.paths() if one in {"/token", "/elsewhere"}]
