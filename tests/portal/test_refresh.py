"""The refresh service and the answers about those who were erased, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from issuer.erasure import erase_person
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from tests.portal.conftest import BROWSER, NOW, House, build_house
from verifier.policy import ORDINARY
from verifier.result import CheckName, Outcome


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, str, str]:
    """A house in which one credential was corrected: the old one's id, and the new one's."""
    house = build_house(tmp_path_factory.mktemp("refresh"))
    old = house.ids["valid"]
    assert house.service.keyring is not None
    done = reissue(
        house.service.database,
        house.service.keyring,
        credential_id=UUID(old),
        corrections=Corrections(narrative="Well done."),
        reason="More to say.",
        actor="t",
        now=NOW + timedelta(seconds=1),
        randomness=__import__("secrets").token_bytes,
    )
    house.clock.now = NOW + timedelta(minutes=1)
    return house, old, str(done.successor_id)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_gives_the_newest_in_the_form_that_is_asked_for(corrected: tuple[House, str, str], method: str) -> None:
    house, old, new = corrected
    client = house.client()
    for of in (old, new):
        answer = client.request(method, f"/credentials/{of}/refresh")
        assert (answer.status_code, answer.json()["id"].rpartition("/")[2]) == (200, new)
        token = client.request(method, f"/credentials/{of}/refresh", headers={"Accept": "application/vc+jwt"})
        assert token.text == client.get(f"/credentials/{new}.jwt").text
        assert token.headers["content-type"].startswith("application/vc+jwt")
    assert client.request(method, f"/credentials/{old}/refresh", headers={"Accept": "image/png"}).status_code == 406
    assert client.request(method, f"/credentials/{UUID(int=1)}/refresh").status_code == 404


def test_the_page_of_the_old_one_leads_to_the_new_one(corrected: tuple[House, str, str]) -> None:
    house, old, new = corrected
    page = house.client().get(f"/credentials/{old}", headers=BROWSER).text
    assert f"/credentials/{new}" in page
    assert "superseded: More to say." in page
    assert house.service.verify(house.client().get(f"/credentials/{new}.json").content).verified


def test_a_verifier_that_asks_for_the_newest_judges_the_successor(corrected: tuple[House, str, str]) -> None:
    """It has an id of its own: the same issuer says it of the same subject and achievement, and the check says so."""
    house, old, new = corrected
    result = house.service.verify(
        house.client().get(f"/credentials/{old}.json").content, policy=replace(ORDINARY, refresh=True)
    )
    check = next(one for one in result.checks if one.name == CheckName.REFRESH)
    assert check.outcome is Outcome.PASSED
    assert f"/credentials/{new} was fetched, and is what was judged" in check.sentence
    assert result.verified
    assert not house.service.verify(house.client().get(f"/credentials/{old}.json").content).verified


def test_who_was_erased_is_gone_and_not_unknown(tmp_path: Path) -> None:
    house = build_house(tmp_path)
    one = house.ids["expired"]
    view = house.client().get(f"/credentials/{one}.json")
    assert view.status_code == 200
    from issuer.catalogue import find_credential

    found = find_credential(house.service.database, UUID(one))
    assert found is not None
    erase_person(house.service.database, email=str(found.request["email"]), actor="t", now=NOW)
    client = house.client()
    for suffix in ("", ".json", ".jwt", ".png", "/qr.png", "/refresh"):
        answer = client.get(f"/credentials/{one}{suffix}")
        assert answer.status_code == 410, suffix
        assert "erased" in answer.json()["detail"]
    page = client.get(f"/credentials/{one}", headers=BROWSER)
    assert page.status_code == 410
    assert "Łukasz" not in page.text
    assert client.get(f"/credentials/{UUID(int=1)}").status_code == 404
