"""Presentations on the verify page and at the verification's address: who shows it, and each credential in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from credentials.contexts import CREDENTIALS_V2
from tests.portal.conftest import House
from tests.world import Issuer, World


def badge(house: House, standing: str) -> dict[str, Any]:
    found = house.service.documents.find(f"/credentials/{house.ids[standing]}", form="json")
    assert found is not None
    made: dict[str, Any] = json.loads(found.body)
    return made


@pytest.fixture(scope="module")
def holder() -> Issuer:
    return World(datetime(2026, 11, 22, tzinfo=UTC)).issuer("ada.example", method="key")


def presentation(holder: Issuer, *credentials: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder.id,
        "verifiableCredential": [*credentials],
    }


def test_the_page_shows_who_shows_it_and_each_credential(house: House, client: TestClient, holder: Issuer) -> None:
    text = json.dumps(presentation(holder, badge(house, "valid"), badge(house, "revoked")))
    answer = client.post("/verify", data={"text": text})
    page = unescape(answer.text)
    assert answer.status_code == 200
    assert "<title>Revoked: a presentation" in page
    assert "It holds 2 credentials, which somebody shows." in page
    assert "it says nothing about who presents it" in page
    assert "Credential 1" in page
    assert page.index("Zoë") < page.index("Credential 2")
    assert answer.headers["cache-control"] == "no-store"
    german = unescape(client.post("/verify", data={"text": text}, headers={"Accept-Language": "de"}).text)
    assert "Sie enthält 2 Badges, die jemand zeigt." in german
    assert "Sie sagt nicht, wer sie zeigt." in german
    as_file = client.post("/verify", files={"file": ("shown.json", text.encode())})
    assert "a presentation" in as_file.text


def test_what_is_no_good_presentation_is_said_on_its_page(client: TestClient, holder: Issuer) -> None:
    page = unescape(client.post("/verify", data={"text": json.dumps({**presentation(holder), "id": 5})}).text)
    assert "Not valid" in page
    assert "The id of a presentation must be a URL." in page
    assert "It holds no credential." in page


def test_machines_are_told_the_same(house: House, client: TestClient, holder: Issuer) -> None:
    for given in (
        {"credential": presentation(holder, badge(house, "valid"))},
        {"text": json.dumps(presentation(holder, badge(house, "valid")))},
    ):
        told = client.post("/api/verify", json=given).json()
        assert (told["verified"], told["form"], told["holder"]["outcome"]) == (True, "presentation", "skipped")
        assert [one["status"] for one in told["credentials"]] == ["valid"]


def test_what_lies_at_an_address_may_be_one(house: House, client: TestClient, holder: Issuer) -> None:
    url = "https://ada.example/shown.json"
    text = json.dumps(presentation(holder, badge(house, "valid"), badge(house, "revoked")))
    house.world.fetcher.serve(url, text.encode(), "application/vp")
    page = unescape(client.post("/verify", data={"text": url}).text)
    assert "It holds 2 credentials, which somebody shows." in page
    house.world.fetcher.requests.clear()
    told = client.post("/api/verify", json={"url": url}).json()
    assert (told["form"], told["source"], told["status"]) == ("presentation", url, "revoked")
    assert house.world.fetcher.requests == [url]


def test_one_among_several_has_its_row(house: House, client: TestClient, holder: Issuer) -> None:
    files = [
        ("file", ("shown.json", json.dumps(presentation(holder, badge(house, "valid"), badge(house, "revoked"))))),
        ("file", ("badge.json", json.dumps(badge(house, "valid")))),
        ("file", ("good.json", json.dumps(presentation(holder, badge(house, "valid"))))),
    ]
    page = unescape(client.post("/verify", files=files).text)
    assert "A presentation of 2 credentials." in page
    assert "A presentation of 1 credential." in page
    assert "Credential 2" in page
    assert "cannot be read" not in page
    rows = client.post("/verify", files=files, data={"as": "csv"}).text
    assert "shown.json" in rows
    german = client.post("/verify?lang=de", files=files).text
    assert "Eine Präsentation mit 2 Badges." in german


def test_one_row_by_itself(house: House, client: TestClient, holder: Issuer) -> None:
    text = json.dumps(presentation(holder, badge(house, "suspended")))
    row = unescape(client.post("/verify/row", files={"file": ("shown.json", text)}, data={"number": "3"}).text)
    assert 'data-kind="suspended"' in row
    assert "A presentation of 1 credential." in row
    assert "The holder’s proof" in row
