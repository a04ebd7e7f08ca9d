"""Hosts that mean harm, and hosts that refuse: what they can do to us, and what the person is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from portal.elsewhere.calling import MOST_PAGES
from tests.portal.elsewhere.conftest import Installation
from tests.portal.elsewhere.evil import EvilHost, asked_for
from tests.portal.sign_in.conftest import Browser

Evil = tuple[Installation, EvilHost]
LIST = "/ims/ob/v3p0/credentials"


def connected(here: Installation, host: EvilHost, browser: Browser) -> str:
    path = here.connect(browser, host.base)
    state = asked_for(here.leads(browser, path))["state"]
    answer = browser.get(f"{path}/back?code=abc&state={state}&iss={host.base}")
    assert answer.status_code == 303, answer.text
    browser.get(path)
    return path


def _fetched(evil: Evil, answer: Callable[[Request], Response]) -> tuple[int, str]:
    here, host = evil
    browser = here.browser()
    path = connected(here, host, browser)
    host.instead[LIST] = answer
    said = here.post(browser, f"{path}/fetch", which="all")
    browser.get(path)
    here.post(browser, f"{path}/end")
    return said.status_code, said.text


def _refused(evil: Evil) -> str:
    here, host = evil
    browser = here.browser()
    browser.get("/me/applications")
    answer = here.post(browser, "/me/hosts", address=host.base)
    assert answer.status_code == 400, answer.headers
    assert host.base in answer.text, "what was typed is kept"
    return answer.text


@pytest.mark.parametrize("iss", ["https://other.example", ""])
def test_136_an_answer_of_another_server_is_not_taken(evil: Evil, iss: str) -> None:
    here, host = evil
    browser = here.browser()
    path = here.connect(browser, host.base)
    state = asked_for(here.leads(browser, path))["state"]
    answer = browser.get(f"{path}/back?code=abc&state={state}" + (f"&iss={iss}" if iss else ""))
    assert (answer.status_code, "is not from" in answer.text) == (502, True)
    assert "/token" not in host.paths(), "the code of another server goes nowhere"


def test_136_139_141_how_tokens_are_asked_for_and_shown(evil: Evil) -> None:
    here, host = evil
    browser = here.browser()
    path = connected(here, host, browser)
    [(_, _, headers, body)] = [one for one in host.asked if one[1] == "/token"]
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode() == "c:s%3Ae+c"
    form = dict(pair.split("=", 1) for pair in body.decode().split("&"))
    assert set(form) == {"grant_type", "code", "redirect_uri", "scope", "code_verifier"}
    host.instead[LIST] = lambda request: JSONResponse({}, 401)
    assert here.post(browser, f"{path}/fetch", which="all").status_code == 502
    refreshes = [one[3].decode() for one in host.asked if one[1] == "/token"][1:]
    assert len(refreshes) == 1
    assert "grant_type=refresh_token&refresh_token=rt&scope=" in refreshes[0]
    assert [one[2]["authorization"] for one in host.asked if one[1] == LIST] == ["Bearer at", "Bearer at"]


def test_165_endless_pages_come_to_an_end(evil: Evil) -> None:
    def page(request: Request) -> Response:
        at = int(request.query_params.get("offset", "0")) + 1
        link = f'<{evil[1].base}{LIST}?offset={at}>; rel="next"'
        return JSONResponse({"credential": [], "compactJwsString": []}, headers={"Link": link})

    status, said = _fetched(evil, page)
    assert (status, "There are more than fit in one go" in said) == (200, True)
    assert evil[1].paths().count(LIST) == MOST_PAGES


def test_165_a_circle(evil: Evil) -> None:
    link = f'<{evil[1].base}{LIST}?limit=25&offset=0>; rel="next"'
    status, said = _fetched(evil, lambda _: JSONResponse({"credential": []}, headers={"Link": link}))
    assert (status, "in a circle" in said) == (502, True)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:1/ims/ob/v3p0/credentials",
        "http://169.254.169.254/latest/meta-data",
        "//10.0.0.1/ims/ob/v3p0/credentials",
        "/internal",
    ],
)
def test_111_the_list_goes_on_at_its_own_place_only(evil: Evil, link: str) -> None:
    status, said = _fetched(evil, lambda _: JSONResponse({}, headers={"Link": f'<{link}>; rel="first next"'}))
    assert (status, "goes on somewhere else" in said) == (502, True)


def test_huge_answers_are_not_read(evil: Evil) -> None:
    status, said = _fetched(evil, lambda _: Response(b"[" * 5_000_000, media_type="application/json"))
    assert (status, "did not answer" in said) == (502, True)
    status, said = _fetched(evil, lambda _: Response(b'{"credential":' + b"[" * 50_000, media_type="application/json"))
    assert (status, "something that is not what was asked for" in said) == (502, True)


def test_redirects_are_not_followed(evil: Evil) -> None:
    status, said = _fetched(evil, lambda _: RedirectResponse("http://169.254.169.254/latest"))
    assert (status, "sends us elsewhere" in said) == (502, True)
    evil[1].instead["/ims/ob/v3p0/discovery"] = lambda _: RedirectResponse("http://127.0.0.1:22/")
    assert "does not describe an Open Badges 3.0 API" in _refused(evil)


@pytest.mark.parametrize("place", ["authorizationUrl", "tokenUrl"])
@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://10.0.0.1/x", "https://a@b.example/", 7, None])
def test_117_endpoints_that_nobody_should_go_to(evil: Evil, place: str, url: object) -> None:
    evil[1].flow["flows"]["authorizationCode"][place] = url
    assert "its service description lacks it" in _refused(evil)


def test_private_addresses_are_not_asked(evil: Evil) -> None:
    here, _ = evil
    browser = here.browser()
    browser.get("/me/applications")
    for address in ("http://169.254.169.254", "https://127.0.0.1:1", "https://[::1]", "http://localhost:22"):
        answer = here.post(browser, "/me/hosts", address=address)
        assert (answer.status_code, "has no public https address" in answer.text) == (400, True), address
    for address in ("", "javascript:alert(1)", "https://a b", "https://x.example/?q=1", "ftp://x.example"):
        answer = here.post(browser, "/me/hosts", address=address)
        assert (answer.status_code, "is no address of a host" in answer.text) == (400, True), address
    assert "That is this server itself" in here.post(browser, "/me/hosts", address=here.base).text


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (403, {}, "does not allow this"),
        (404, {}, "does not know what was asked for"),
        (429, {"Retry-After": "120"}, "is busy. Try again in 2 minutes."),
        (503, {}, "is busy. Try again in 30 minutes."),
        (500, {}, "has trouble of its own"),
        (400, {}, "refuses this"),
    ],
)
def test_106_108_112_refusals_in_words(evil: Evil, status: int, headers: dict[str, str], said: str) -> None:
    info = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": "Because <b>I</b> say so\u202e.",
        "imsx_codeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldName": "x", "imsx_codeMinorFieldValue": "?"}]},
    }
    got, page = _fetched(evil, lambda _: JSONResponse(info, status, headers))
    assert (got, said in page) == (502, True)
    assert "Because &lt;b&gt;I&lt;/b&gt; say so" in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "given",
    [{}, {"client_id": "c"}, {"client_id": 7, "client_secret": "s"}, {"client_id": "c\n", "client_secret": "s"}],
)
def test_124_registrations_that_say_nothing(evil: Evil, given: dict[str, object]) -> None:
    evil[1].instead["/register"] = lambda _: JSONResponse(given, 201)
    assert "without saying how it is known" in _refused(evil)


def test_125_a_refused_registration(evil: Evil) -> None:
    evil[1].instead["/register"] = lambda _: JSONResponse(
        {"error": "invalid_redirect_uri", "error_description": "no http"}, 400
    )
    assert "invalid_redirect_uri: no http" in _refused(evil)


@pytest.mark.parametrize(
    "given",
    [{"access_token": "a b", "token_type": "bearer"}, {"access_token": "x\r\nEvil: 1", "token_type": "bearer"},
     {"access_token": "at", "token_type": "mac"}, {"token_type": "bearer"}],
)  # fmt: skip
def test_137_tokens_that_cannot_be_used(evil: Evil, given: dict[str, str]) -> None:
    here, host = evil
    host.instead["/token"] = lambda _: JSONResponse(given)
    browser = here.browser()
    path = here.connect(browser, host.base)
    state = asked_for(here.leads(browser, path))["state"]
    answer = browser.get(f"{path}/back?code=abc&state={state}&iss={host.base}")
    assert (answer.status_code, "no token that can be used" in answer.text) == (502, True)


def test_165_forged_badges_are_not_kept_and_101_tokens_go_as_text(evil: Evil) -> None:
    here, host = evil
    forged = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"]}
    status, said = _fetched(evil, lambda _: JSONResponse({"credential": [forged, 7], "compactJwsString": ["a.b.c"]}))
    assert (status, "This badge is not kept" in said) == (200, True)
    browser = here.browser()
    path = connected(here, host, browser)
    host.instead[LIST] = lambda _: Response(status_code=304)
    mine = here.house.ids["valid"]
    browser.get(f"/me/credentials/{mine}/elsewhere")
    assert here.post(browser, f"{path}/bring/{mine}").headers["location"].endswith("done=newer")
    [(_, _, headers, body)] = [one for one in host.asked if one[:2] == ("POST", LIST)]
    assert headers["content-type"] == "text/plain", "it says that it takes compact JWS only"
    assert json.loads(base64.urlsafe_b64decode(body.split(b".")[0] + b"=="))["alg"]
    browser.get(path)
    here.post(browser, f"{path}/end")


def test_one_at_a_time(evil: Evil) -> None:
    from issuer.connections import claim, connections
    from issuer.people.directory import required_person

    here, host = evil
    browser = here.browser()
    path = connected(here, host, browser)
    db, now = here.house.service.database, here.house.clock()
    with db.read() as session:
        person = required_person(session, "valid@brightmoor.example").id
    [one] = [each for each in connections(db, person, now=now) if path.endswith(str(each.id))]
    assert claim(db, one.id, person_id=person, now=now) is not None
    answer = here.post(browser, f"{path}/fetch", which="all")
    assert (answer.status_code, "on its way to or from this host already" in answer.text) == (502, True)
