"""The entry in a LinkedIn profile: the holder's page offers it filled in, for what others may see."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

from tests.portal.me.conftest import ANA, Workshop, words
from tests.portal.me.test_sharing import choose


def test_the_holder_s_page_fills_in_linkedin_s_form(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    choose(ana, workshop)
    page = ana.get(f"/me/credentials/{workshop.badge}").text
    (link,) = re.findall(r'href="(https://www\.linkedin\.com/profile/[^"]*)"', page)
    values = {name: value for name, (value,) in parse_qs(urlsplit(html.unescape(link)).query).items()}
    assert values["startTask"] == "CERTIFICATION_NAME"
    assert values["name"] == "Apprentice"
    assert values["certId"] == str(workshop.badge)
    assert values["certUrl"].endswith(f"/credentials/{workshop.badge}")
    assert (values["expirationYear"], values["expirationMonth"]) == ("2027", "1")
    said = words(page)
    for value in (values["name"], values["organizationName"], values["certUrl"], "1 / 2027"):
        assert value in said, "the same values stand beside the link"


def test_each_value_can_be_copied_where_scripts_run(workshop: Workshop) -> None:
    answer = workshop.signed_in(ANA).get(f"/me/credentials/{workshop.badge}")
    copied = re.findall(r'<button[^>]* data-copy="([^"]+)"[^>]* hidden>', answer.text)
    assert {"linkedin-name", "linkedin-url", "embed-code", "its-address"} <= set(copied)
    for name in copied:
        assert answer.text.count(f'id="{name}"') == 1, name
    assert re.search(r'src="/static/[^"]*copy[^"]*"', answer.text)
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_a_closed_page_is_not_led_to(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    choose(ana, workshop, page="closed")
    assert "linkedin.com" not in ana.get(f"/me/credentials/{workshop.badge}").text
    choose(ana, workshop)
