"""LTI Dynamic Registration 1.0: the platform’s admin presses one button there and one here, and a launch works."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from issuer.lti.platforms import Registration, list_platforms, remove_platform
from tests.portal.admin.conftest import desk, furnished
from tests.portal.conftest import BASE, BROWSER, NOW
from tests.portal.html_forms import Page
from tests.portal.lti.platform import CLIENT, DEPLOYMENT, RESULTS
from tests.portal.lti.test_lti import School, school

__all__ = ["desk", "furnished", "school"]
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@pytest.fixture
def fresh(school: School) -> School:
    """With no platform, and the admin in the browser."""
    remove_platform(school.service.database, issuer=None, name="moodle", actor="t", now=NOW)
    school.client.cookies = school.desk.browser.client.cookies
    return school


def _invited(school: School, leave: str = "once") -> str:
    where = f"openid_configuration={quote(school.course.url + '/openid-configuration', safe='')}"
    return where + f"&registration_token={leave}"


def _sent(school: School, invitation: str, **changes: str) -> Any:
    """The answer to the form that the invitation leads to."""
    page = school.client.get(f"/admin/lti/register?{invitation}", headers=BROWSER)
    assert page.status_code == 200, page.text
    form = Page(page.text).form("/admin/lti/register")
    fields = {name: values[0] for name, values in form.sent().items() if values}
    return school.send("/admin/lti/register", **{**fields, "name": "moodle", **changes})


def test_two_buttons_and_a_launch_works(fresh: School) -> None:
    begun = fresh.client.get(f"/lti/register?{_invited(fresh)}", headers={**BROWSER, "Sec-Fetch-Dest": "iframe"})
    assert f"frame-ancestors {fresh.course.url};" in begun.headers["content-security-policy"] + ";"
    [leads] = re.findall(r'<a class="button" href="([^"]+)"', begun.text)
    tab = fresh.client.get(f"/lti/register?{_invited(fresh)}", headers={**BROWSER, "Sec-Fetch-Dest": "document"})
    assert (tab.status_code, tab.headers["location"]) == (303, unescape(leads))
    assert fresh.course.tools == [], "nobody was asked before the admin said so"
    answer = _sent(fresh, unescape(leads).partition("?")[2], passing="60 %", trusts_addresses="yes")
    assert answer.headers.get("location", answer.text).endswith("/admin/lti?done=added")
    [platform] = list_platforms(fresh.service.database, None)
    url = fresh.course.url
    assert platform.said == Registration(
        "moodle", url, CLIENT, (DEPLOYMENT,), f"{url}/auth", f"{url}/token", f"{url}/jwks", "", True, 60
    )
    [tool] = fresh.course.tools
    assert tool["redirect_uris"] == [f"{BASE}/lti/launch"]
    assert tool["initiate_login_uri"] == f"{BASE}/lti/login"
    assert tool["scope"] == RESULTS, "to read results, and nothing else"
    assert fresh.client.get(tool["jwks_uri"]).json() == fresh.course.tool_keys
    assert fresh.client.get(tool["logo_uri"]).headers["content-type"].startswith("image/svg")
    assert {one["type"] for one in tool[TOOL]["messages"]} == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    fresh.client.cookies.clear()
    assert fresh.launched().headers["location"].endswith("/me/levels/safety/aware")


def test_the_deployment_may_come_later_and_the_rest_stands_in_the_form(fresh: School) -> None:
    fresh.course.registration = {"later": True}
    answer = _sent(fresh, _invited(fresh))
    assert answer.status_code == 422
    assert "does not say the deployment ID yet" in answer.text
    form = Page(answer.text).form("/admin/lti")
    fields = {name: values[0] for name, values in form.sent().items() if values}
    assert fields["client_id"] == CLIENT
    done = fresh.send("/admin/lti", **{**fields, "deployments": DEPLOYMENT})
    assert done.headers["location"].endswith("?done=added")
    [platform] = list_platforms(fresh.service.database, None)
    assert platform.said.keys_url == f"{fresh.course.url}/jwks"


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"issuer": "https://moodle.elsewhere.example"}, "describes another platform than itself"),
        ({"registration_endpoint": "http://10.0.0.1/register"}, "does not say where tools register"),
        ({"registration_endpoint": None}, "does not say where tools register"),
        ({"jwks_uri": "http://10.0.0.1/keys"}, "This address cannot be used"),
        ({"token_endpoint": 7}, "Give the address that the platform shows"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_registered(
    fresh: School, described: dict[str, Any], said: str
) -> None:
    fresh.course.described = described
    answer = _sent(fresh, _invited(fresh))
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert fresh.course.tools == []
    assert list_platforms(fresh.service.database, None) == ()


def test_the_leave_is_not_used_up_by_a_name_that_is_taken_and_is_good_once(fresh: School) -> None:
    wrong = _sent(fresh, _invited(fresh), name="No Name!", passing="many")
    assert (wrong.status_code, fresh.course.leave) == (422, "once")
    form = Page(wrong.text).form("/admin/lti/register").sent()
    assert (form["name"], form["passing"], form["registration_token"]) == (["No Name!"], ["many"], ["once"])
    assert _sent(fresh, _invited(fresh)).headers["location"].endswith("?done=added")
    fresh.course.leave = "twice"
    again = _sent(fresh, _invited(fresh, "twice"))
    assert (again.status_code, "is registered already" in again.text, fresh.course.leave) == (422, True, "twice")
    remove_platform(fresh.service.database, issuer=None, name="moodle", actor="t", now=NOW)
    late = _sent(fresh, _invited(fresh, "once"))
    assert (late.status_code, "did not register this tool" in late.text) == (422, True)
    assert list_platforms(fresh.service.database, None) == ()


@pytest.mark.parametrize("query", ["", "?openid_configuration=", "?openid_configuration=javascript:alert(1)"])
def test_without_a_platform_there_is_nothing_to_register(fresh: School, query: str) -> None:
    page = fresh.client.get("/lti/register" + query, headers=BROWSER)
    assert (page.status_code, "is for learning platforms" in page.text) == (400, True)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    back = fresh.client.get("/admin/lti/register" + query, headers=BROWSER)
    assert (back.status_code, back.headers["location"].endswith("/admin/lti")) == (303, True)


def test_only_admins_register(fresh: School) -> None:
    fresh.client.cookies.clear()
    asked = fresh.client.get(f"/admin/lti/register?{_invited(fresh)}", headers=BROWSER)
    assert (asked.status_code, "/sign-in?next=" in asked.headers["location"]) == (303, True)
