"""What holds for every answer of every route, whatever was asked."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response
from starlette.testclient import TestClient

from portal.app import ROUTED
from portal.layers.security_headers import EVERYWHERE
from portal.static_files import static_files
from tests.portal.conftest import BROWSER, House


def addresses(house: House, client: TestClient) -> list[tuple[str, str]]:
    """Every route of the application with something real in its parameters."""
    credential = client.get(f"/credentials/{house.ids['valid']}.json").json()
    level = credential["credentialSubject"]["achievement"]["id"].rsplit("/", 1)[1]
    status_list = credential["credentialStatus"]["statusListCredential"].rsplit("/", 1)[1]
    style = static_files()["page.css"]
    values = {
        "credential_id": house.ids["valid"],
        "list_id": status_list,
        "achievement_id": level,
        "version": "1",
        "slug": "brightmoor",
        "instance_name": "default",
        "program": "cloud-engineering",
        "system": "academy",
        "proposal_id": house.ids["valid"],
        "bulk_id": house.ids["valid"],
        "message_id": house.ids["valid"],
        "session_id": house.ids["valid"],
        "link_id": house.ids["valid"],
        "level": "practitioner",
        "form": "json",
        "secret": "s" * 43,
        "digest": style.digest,
        "name": style.name,
    }
    found = []
    for route in (route for module in ROUTED for route in module.router.routes):
        assert isinstance(route, APIRoute)
        path = re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], house.ids["valid"]), route.path)
        found += [(method, path) for method in route.methods]
    assert len(found) > 50
    return found


@pytest.mark.parametrize("accept", [BROWSER, {}, {"Accept": "application/json"}, {"Accept": "audio/mpeg"}])
def test_every_answer_carries_the_security_headers(house: House, client: TestClient, accept: dict[str, str]) -> None:
    asked = addresses(house, client)
    for method, path in [*asked, ("GET", "/nowhere"), ("PUT", "/verify"), ("POST", "/"), ("HEAD", "/")]:
        answer = client.request(method, path, headers=accept)
        assert answer.status_code < 500, path
        for name in EVERYWHERE:
            is_there = name in answer.headers
            assert is_there != (name == "X-Frame-Options" and is_embedded(answer)), (path, name)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'"), path
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert "strict-transport-security" in answer.headers
        assert "set-cookie" not in answer.headers


def is_embedded(answer: Response) -> bool:
    """Whether it may stand within pages of others whoever they are (docs/adr/0028)."""
    path = answer.url.path
    return path.startswith("/credentials/") and path.endswith("/embed") and answer.status_code == 200


def test_every_page_keeps_to_its_policy(house: House, client: TestClient) -> None:
    """No inline script or style, nothing from elsewhere, one h1, headings in order, every image described."""
    pages = 0
    for method, path in [*addresses(house, client), ("GET", "/nowhere")]:
        answer = client.request(method, path, headers=BROWSER)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        pages += 1
        # What is in templates and in fields is no part of the page.
        html = re.sub(r"<(template|textarea).*?</\1>", "", answer.text, flags=re.DOTALL)
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", html), path
        assert not re.search(r'(?:src|stylesheet" href)="(?:https?:)?//', html), path
        if "<script" in html:
            assert "script-src 'self'" in answer.headers["content-security-policy"], path
        levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        assert all(" alt=" in tag for tag in re.findall(r"<img[^>]*>", html)), path
        bare = is_embedded(answer) or path.startswith("/lti/")  # drawn to stand in pages of others
        landmarks = ("<main", 'lang="en"', *(() if bare else ("<header", "<footer", "<nav")))
        assert all(landmark in html for landmark in landmarks), path
    assert pages >= 8
