"""What pages and programs are told of a badge of Open Badges 2.0."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from tests.portal.conftest import BROWSER, House
from tests.verifier.test_older import ASSERTION, ISSUER, Older


@pytest.fixture
def hosted(house: House) -> bytes:
    """A hosted badge, on the internet of this house."""
    return Older(house.world).hosted(expires="2027-03-04T00:00:00Z")


def test_a_program_is_told_what_it_is(hosted: bytes, client: TestClient) -> None:
    answer = client.post("/api/verify", json={"text": hosted.decode()}).json()
    assert answer["status"] == "valid"
    assert answer["sentence"].startswith("This is an Open Badges 2.0 badge")
    assert answer["document"]["id"] == ASSERTION
    changed = json.loads(hosted) | {"evidence": "https://mallory.example"}
    forged = client.post("/api/verify", json={"text": json.dumps(changed)}).json()
    assert forged["status"] == "invalid"


@pytest.mark.parametrize("files", [1, 2])
def test_a_page_says_it_too(hosted: bytes, client: TestClient, files: int) -> None:
    answer = client.post("/verify", files=[("file", (f"{n}.json", hosted)) for n in range(files)], headers=BROWSER)
    assert answer.status_code == 200
    assert "Open Badges 2.0" in answer.text
    assert "4 March 2027" in answer.text
    assert "without an end date" not in answer.text
    assert "Old GmbH" in answer.text
    assert "Open Badges 3.0" not in answer.text.partition("<footer")[0].partition("<main")[2]
    german = client.post("/verify", files=[("file", ("1.json", hosted))], headers={**BROWSER, "Accept-Language": "de"})
    assert "Das ist ein Badge nach Open Badges 2.0" in german.text


def test_so_does_one_of_which_nothing_is_known(house: House, client: TestClient) -> None:
    house.world.fetcher.unreachable(ISSUER)
    document = Older(house.world).hosted()
    answer = client.post("/verify", files=[("file", ("1.json", document))], headers=BROWSER)
    assert answer.status_code == 200
    assert "Open Badges 2.0" in answer.text
    house.world.fetcher.heal()
