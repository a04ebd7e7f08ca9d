"""The admin finds credentials, sees what a change would do, and has it done."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from issuer.catalogue import Standing, find_credential
from issuer.jobs.bulk import list_bulks
from tests.portal.admin.conftest import Desk

PATH = "/admin/credentials"


def fields(page: str) -> dict[str, str]:
    """What a form holds that nobody sees."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: value for name, value in found if name != "csrf_token"}


def standing(desk: Desk, which: str) -> Standing:
    found = find_credential(desk.db, UUID(desk.ids[which]))
    assert found is not None
    return found.standing(desk.clock())


def test_home_says_what_needs_somebody_and_counts(desk: Desk) -> None:
    page = desk.look("/admin")
    assert "No worker is running" in page
    assert re.search(r"<dt>Revoked</dt><dd><a [^>]*>1</a>", page)
    assert re.search(r"<dt>Suspended</dt><dd><a [^>]*>1</a>", page)
    assert "Es läuft kein" in desk.look("/admin", language="de")


@pytest.mark.parametrize(
    ("sought", "there", "not_there"),
    [
        ({}, "Zoë Kjærsgaard", ""),
        ({"q": "kjærsgaard"}, "Zoë Kjærsgaard", "Łukasz"),
        ({"q": "expired@brightmoor.example"}, "Łukasz", "Zoë"),
        ({"standing": "revoked"}, "فاطمة", "Zoë"),
        ({"level": "cloud-engineering/expert"}, "田中", "Zoë"),
        ({"level": "cloud-engineering/"}, "田中", "Nothing is found"),
        ({"earned_until": "2025-01-01"}, "Łukasz", "Zoë"),
        ({"q": "nobody-like-this"}, "Nothing is found like this", "Zoë"),
    ],
)
def test_what_is_looked_for_is_found(desk: Desk, sought: dict[str, str], there: str, not_there: str) -> None:
    page = desk.search(PATH, **sought)
    assert there in page
    assert not not_there or not_there not in page


def test_a_place_that_is_none_begins_anew(desk: Desk) -> None:
    assert "Zoë Kjærsgaard" in desk.look(PATH + "?after=nonsense")


def test_an_id_or_an_address_is_found(desk: Desk) -> None:
    page = desk.look(f"{PATH}?q={desk.ids['valid']}")
    assert "1 found" in page
    assert "Zoë Kjærsgaard" in page


def test_a_wrong_date_is_said_at_its_field_and_kept(desk: Desk) -> None:
    page = desk.look(f"{PATH}?earned_from=22.11.2026", status=422)
    assert "“22.11.2026” is no date" in page
    assert 'value="22.11.2026"' in page


def test_one_credential_shows_its_course_and_what_can_be_done(desk: Desk) -> None:
    page = desk.look(f"{PATH}/{desk.ids['suspended']}")
    assert "the yearly safety training is overdue" in page
    assert "Badge suspended" in page
    assert "change=reinstate" in page
    assert "change=suspend&" not in page
    assert "change=revoke" not in desk.look(f"{PATH}/{desk.ids['revoked']}")
    desk.look(f"{PATH}/{'0' * 8}-0000-4000-8000-{'0' * 12}", status=404)


def test_revoking_is_looked_at_confirmed_and_done_by_a_worker(desk: Desk) -> None:
    query = f"?change=revoke&id={desk.ids['valid']}&id={desk.ids['revoked']}"
    page = desk.look(f"{PATH}/change{query}")
    assert "1 credential would be changed" in page
    assert "stands so already" in page
    sent = fields(page) | {"id": [desk.ids["valid"], desk.ids["revoked"]]}
    assert "Say why" in desk.send(f"{PATH}/change", 422, **sent)
    place = desk.send(f"{PATH}/change", **sent, reason="the exam was copied")
    assert desk.send(f"{PATH}/change", **sent, reason="the exam was copied") == place, "sent twice, begun once"
    waiting = desk.browser.get(place)
    assert waiting.headers["refresh"] == "3"
    assert "0 of 1 done" in waiting.text
    desk.work()
    assert "All" not in desk.look(place)
    assert standing(desk, "valid") is Standing.REVOKED
    assert "the exam was copied" in desk.look(f"{PATH}/{desk.ids['valid']}")
    assert len(list_bulks(desk.db)) == 1


def test_all_that_are_found_are_changed_and_what_changed_meanwhile_is_shown_again(desk: Desk) -> None:
    page = desk.look(f"{PATH}/change?change=reinstate&all=yes&standing=suspended")
    assert "1 credential would be changed" in page
    sent = fields(page)
    again = desk.send(f"{PATH}/change", 409, **{**sent, "seen": "other"}, reason="the training was done")
    assert "not what you looked at before" in again
    assert "the training was done" in again
    desk.send(f"{PATH}/change", **sent, reason="the training was done")
    desk.work()
    assert standing(desk, "suspended") is Standing.VALID


def test_what_cannot_be_changed_is_named_with_the_reason(desk: Desk) -> None:
    page = desk.look(f"{PATH}/change?change=suspend&id={desk.ids['valid']}")
    assert "cannot be changed so" in page
    assert "without a suspension entry" in page


def test_renewing_looks_again_for_another_day(desk: Desk) -> None:
    page = desk.look(f"{PATH}/change?change=renew&id={desk.ids['valid']}")
    assert 'value="2026-11-22"' in page
    bad = desk.send(f"{PATH}/change", 422, change="renew", id=desk.ids["valid"], seen="x", completed_on="yesterday")
    assert "“yesterday” is no date" in bad


def test_nothing_picked_is_said(desk: Desk) -> None:
    assert "Nothing is picked" in desk.look(f"{PATH}/change?change=revoke")
    assert "Nothing is picked" in desk.look(f"{PATH}/change?change=burn&id=x")


def test_work_that_waits_is_cancelled(desk: Desk) -> None:
    page = desk.look(f"{PATH}/change?change=revoke&id={desk.ids['valid']}")
    place = desk.send(f"{PATH}/change", **fields(page), reason="oops")
    desk.look(place)
    after = desk.send(place.partition("?")[0] + "/cancel")
    assert "being cancelled" in desk.look(after)
    desk.work()
    assert standing(desk, "valid") is Standing.VALID
    assert "Cancelled" in desk.look("/admin/jobs")


def test_each_fault_of_a_correction_stands_at_its_field_in_the_readers_language(desk: Desk) -> None:
    path = f"{PATH}/{desk.ids['valid']}/correct"
    desk.look(path)
    wrong = {"name": "x" * 201, "email": "nobody", "narrative": "a\tb", "reason": "Wrong."}
    page = desk.send(path, 422, **wrong)
    for field in ("name", "email", "narrative"):
        assert f'id="{field}-fault"' in page
    assert "U+0009" in page
    desk.browser.client.headers["Accept-Language"] = "de"
    assert "„nobody“ ist keine E-Mail-Adresse" in desk.send(path, 422, **wrong)


def test_a_name_is_corrected(desk: Desk) -> None:
    path = f"{PATH}/{desk.ids['valid']}/correct"
    page = desk.look(path)
    assert "Zoë Kjærsgaard" in page
    sent = {"name": "Zoë Kjærsgaard", "email": "valid@brightmoor.example", "narrative": "", "reason": ""}
    refused = desk.send(path, 422, **sent)
    assert "Nothing is different" in refused
    assert "Say why" in refused
    place = desk.send(path, **{**sent, "name": "Zoë Kjærsgaard-Holm", "reason": "she married"})
    assert "Zoë Kjærsgaard-Holm" in desk.look(place)
    assert standing(desk, "valid") is Standing.REVOKED
