"""A second instance of Guildmark as the other host, over HTTP: badges go there and come from there.

Numbers are the requirements of ../shared/standards/open-badges-3.md.
"""

from __future__ import annotations

import re
from datetime import timedelta

from issuer.held import held
from issuer.people.directory import required_person
from issuer.tables import ConnectionRow, OauthClientRow
from tests.portal.elsewhere.conftest import Two
from tests.portal.elsewhere.evil import asked_for
from tests.portal.sign_in.conftest import Browser


def _kept(two: Two, *, there: bool = False) -> list[tuple[str, str, bool]]:
    house = (two.there if there else two.here).house
    with house.service.database.read() as session:
        person = required_person(session, "valid@brightmoor.example").id
    return [(one.name, one.status, one.names_holder) for one in held(house.service.database, person)]


def _ended(two: Two, browser: Browser, path: str) -> None:
    browser.get(path)
    assert two.here.post(browser, path + "/end").status_code == 303


def test_113_to_128_155_164_registration_and_the_request_for_consent(two: Two) -> None:
    browser = two.here.browser()
    path = two.here.connect(browser, two.there.base + "/ims/ob/v3p0/discovery")
    leads = two.here.leads(browser, path)
    asked = asked_for(leads)
    assert leads.startswith(two.there.base + "/oauth/authorize?")
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{two.here.base}{path}/back"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == len(asked["state"]) == 43
    assert set(asked) == {"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
                          "code_challenge_method"}  # fmt: skip
    with two.there.house.service.database.read() as session:
        registered = [row.registered for row in session.query(OauthClientRow) if str(row.id) == asked["client_id"]]
    [about] = registered
    assert {about[name].split("/")[2] for name in ("client_uri", "logo_uri", "tos_uri", "policy_uri")} == {
        two.here.base.removeprefix("http://")
    }
    assert about["redirect_uris"] == [asked["redirect_uri"]]
    logo = browser.get(about["logo_uri"].removeprefix(two.here.base))
    assert (logo.status_code, logo.headers["content-type"][:9]) == (200, "image/svg")
    assert browser.get("/terms").status_code == browser.get("/privacy").status_code == 200
    _ended(two, browser, path)


def test_130_136_139_155_164_165_badges_are_brought_and_fetched(two: Two) -> None:
    browser = two.here.browser()
    path = two.connected(browser)
    mine = two.here.house.ids["valid"]
    page = browser.get(f"/me/credentials/{mine}")
    assert f'href="/me/credentials/{mine}/elsewhere"' in page.text
    browser.get(f"/me/credentials/{mine}/elsewhere")
    sent = two.here.post(browser, f"{path}/bring/{mine}")
    assert sent.headers["location"].endswith("done=created"), sent.text
    again = two.here.post(browser, f"{path}/bring/{mine}")
    assert again.headers["location"].endswith("done=replaced")
    assert ("Certified Cloud Practitioner" in str(_kept(two, there=True))) or _kept(two, there=True)
    [(_, status, named)] = _kept(two, there=True)
    assert (status, named) == ("valid", True), "it was verified there over the network, and names her"
    theirs = two.there.browser().get("/me").text
    assert "/me/elsewhere/" in theirs, "it stands beside her own"
    browser.get(path)
    fetched = two.here.post(browser, f"{path}/fetch", which="all")
    assert fetched.headers["location"].endswith("?done=fetched&new=1&renewed=0&known=1"), fetched.text
    assert [(status, named) for _, status, named in _kept(two)] == [("valid", True)]
    page = browser.get(fetched.headers["location"]).text
    assert "Zoë Kjærsgaard" in page, "165 (4): her profile there is shown"
    again = two.here.post(browser, f"{path}/fetch", which="new")
    assert again.headers["location"].endswith("new=0&renewed=0&known=0"), "165 (3): since the last time"
    [badge] = set(re.findall(r'"(/me/elsewhere/[^"/]+)"', browser.get("/me").text))
    shown = browser.get(badge)
    assert shown.text.count('class="check check-passed"') >= 6
    assert "It names you" in shown.text
    german = browser.get(badge, **{"Accept-Language": "de"}).text
    assert "Es nennt Sie" in german
    assert "Signatur" in german
    _ended(two, browser, path)


def test_141_142_tokens_are_refreshed_and_revoked(two: Two) -> None:
    browser = two.here.browser()
    path = two.connected(browser)
    with two.here.house.service.database.read() as session:
        before = session.query(ConnectionRow).one().sealed
    two.later(timedelta(hours=2))
    browser = two.here.browser()
    browser.get(path)
    for _ in range(2):
        answer = two.here.post(browser, f"{path}/fetch", which="all")
        assert answer.status_code == 303, answer.text
    with two.here.house.service.database.read() as session:
        row = session.query(ConnectionRow).one()
        assert row.sealed != before
        assert b"client_secret" not in row.sealed
        assert row.busy_until is None
    there = two.there.browser()
    assert "/end" in there.get("/me/applications").text
    _ended(two, browser, path)
    assert "/me/applications/" not in there.get("/me/applications").text, "revoked there too"


def test_a_host_that_lets_us_in_no_more_is_connected_anew(two: Two) -> None:
    browser = two.here.browser()
    path = two.connected(browser)
    there = two.there.browser()
    [end] = re.findall(r'action="(/me/applications/[^"]+/end)"', there.get("/me/applications").text)
    two.there.post(there, end)
    browser.get(path)
    answer = two.here.post(browser, f"{path}/fetch", which="all")
    assert answer.status_code == 502
    assert "lets this server in no more" in answer.text
    assert "Connect anew" in browser.get(path).text
    assert two.here.post(browser, f"{path}/fetch", which="all").status_code == 404
    again = two.connected(browser)
    assert again != path
    assert browser.get(path).status_code == 404
    _ended(two, browser, again)


def test_126_132_135_denied_wrong_state_another_person_and_replay(two: Two) -> None:
    browser, other = two.here.browser(), two.here.browser("suspended")
    path = two.here.connect(browser, two.there.base)
    back = two.allow(two.here.leads(browser, path))
    assert browser.get(re.sub(r"state=[^&]+", "state=" + "A" * 43, back)).status_code == 410
    assert browser.get(re.sub(r"&?state=[^&]+", "", back)).status_code == 400
    assert browser.get(back + "&code=x").status_code == 400
    assert other.get(back).status_code == 410, "nobody else’s browser can use it"
    assert other.get(path).status_code == 404
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 410, "once"
    already = two.here.post(browser, "/me/hosts", address=two.there.base)
    assert already.status_code == 403 or "connected with" in already.text
    _ended(two, browser, path)
    denied = two.here.connect(browser, two.there.base)
    answer = browser.get(two.allow(two.here.leads(browser, denied), answer="deny"))
    assert (answer.status_code, "was not allowed at" in answer.text) == (400, True)
    assert browser.get(denied).status_code == 404


def test_revoked_badges_and_those_of_others_do_not_go(two: Two) -> None:
    browser = two.here.browser()
    path = two.connected(browser)
    for one in ("revoked", "suspended"):
        assert two.here.post(browser, f"{path}/bring/{two.here.house.ids[one]}").status_code in {403, 404}
    _ended(two, browser, path)
