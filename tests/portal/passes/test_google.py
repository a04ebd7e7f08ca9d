"""A holder adds a badge to Google Wallet: the pass lies at Google, the link names it, and changes reach it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from issuer.erasure import erase_person
from issuer.sharing import Shown, show
from issuer.status import revoke, suspend
from issuer.tables import PassTellingRow, PhonePassRow
from tests.portal.me.conftest import ANA, BEN, words
from tests.portal.passes.conftest import Passes
from tests.portal.passes.google_service import EMAIL, ISSUER

Change = Callable[[Callable[..., object]], None]


def add(passes: Passes) -> str:
    """Press the button; the link that saves the pass."""
    told = words(passes.ana.get(f"{passes.page}/google-wallet").text)
    assert "goes to Google when you press the button" in told
    assert passes.google.asked == []
    assert passes.ana.post(f"{passes.page}/google-wallet").status_code == 303
    page = passes.ana.get(f"{passes.page}/google-wallet").text
    found = re.search(r'href="(https://pay\.google\.com/gp/v/save/[^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def the_object(passes: Passes) -> dict[str, Any]:
    [found] = passes.google.objects.values()
    return found


def test_a_holder_takes_a_badge_into_google_wallet(passes: Passes) -> None:
    link = add(passes)
    document = the_object(passes)
    claims = passes.google.read(link.rpartition("/")[2], audience="google", options={"verify_iat": False})
    assert claims["typ"] == "savetowallet"
    assert claims["iss"] == EMAIL
    assert claims["origins"] == ["https://badges.brightmoor.example"]
    assert claims["payload"] == {"genericObjects": [{"id": document["id"], "classId": document["classId"]}]}
    assert len(link) < 1_800  # what Google recommends
    assert "Ana" not in str(claims)
    assert document["id"].startswith(f"{ISSUER}.pass-")
    assert document["state"] == "ACTIVE"
    assert document["header"]["defaultValue"]["value"] == "Apprentice"
    assert document["barcode"]["value"].endswith(f"/credentials/{passes.workshop.badge}")
    german = [one["localizedHeader"]["translatedValues"][0]["value"] for one in document["textModulesData"]]
    assert {"Status", "Gültig bis", "Verliehen am"} <= set(german)
    assert "Ran the night shift" not in str(document)
    assert passes.ana.get(f"{passes.page}/google-wallet.svg").headers["content-type"] == "image/svg+xml"
    passes.ana.get(f"{passes.page}/google-wallet")
    assert passes.ana.post(f"{passes.page}/google-wallet").status_code == 303  # again: the same pass
    assert len(passes.google.objects) == 1
    assert len(passes.google.tokens) == 1


def test_what_changes_reaches_google(passes: Passes, change: Change) -> None:
    add(passes)
    change(suspend)
    assert passes.follow() == {"changed": 1, "told": 1, "gone": 0, "failed": 0}
    assert the_object(passes)["state"] == "INACTIVE"
    assert passes.google.asked[-1] == "PATCH genericObject"
    wanted = Shown(full_name=False)
    workshop, now = passes.workshop, passes.later(timedelta(minutes=1))
    show(workshop.db, person_id=workshop.person_id(ANA), credential_id=workshop.badge, wanted=wanted, now=now)
    assert passes.follow()["told"] == 1
    assert "Núñez" not in str(the_object(passes))
    assert "A. N." in str(the_object(passes))
    passes.google.objects.clear()  # somebody took it away in Google's console
    change(revoke)
    assert passes.follow()["told"] == 1
    assert the_object(passes)["state"] == "INACTIVE"
    assert "Add to Google Wallet" not in passes.ana.get(passes.page).text
    assert passes.ana.get(f"{passes.page}/google-wallet").status_code == 409
    assert passes.ana.get(f"{passes.page}/google-wallet.svg").status_code == 404


@pytest.mark.slow
def test_google_in_trouble_is_told_later_and_an_old_token_is_renewed(passes: Passes, change: Change) -> None:
    add(passes)
    change(suspend)
    passes.google.trouble = 503
    assert passes.follow()["failed"] == 1
    with passes.workshop.db.read() as session:
        assert (
            session.scalars(select(PassTellingRow.fault)).one() == "PATCH of genericObject was answered with status 503"
        )
    passes.google.trouble = 0
    passes.google.tokens.append("another")  # what we hold does not count any more
    passes.later(timedelta(minutes=2))
    assert passes.follow()["told"] == 1
    assert len(passes.google.tokens) == 3
    passes.google.trouble = 500
    passes.ana.get(passes.page)
    assert passes.ana.post(f"{passes.page}/google-wallet").status_code == 409  # suspended
    with passes.workshop.db.read() as session:
        assert session.scalars(select(PassTellingRow)).all() == []


def test_google_that_cannot_be_reached_is_said_on_the_page(passes: Passes) -> None:
    passes.google.trouble = 500
    passes.ana.get(f"{passes.page}/google-wallet")
    answer = passes.ana.post(f"{passes.page}/google-wallet")
    assert answer.status_code == 503
    assert "Google could not be reached" in answer.text


def test_of_who_is_erased_google_keeps_nothing(passes: Passes) -> None:
    add(passes)
    erase_person(passes.workshop.db, email=ANA, actor="test", now=passes.later(timedelta(minutes=1)))
    assert passes.follow()["told"] == 1
    document = the_object(passes)
    assert document["state"] == "INACTIVE"
    assert not any(one in str(document) for one in ("Ana", "Apprentice", str(passes.workshop.badge)))
    with passes.workshop.db.read() as session:
        assert session.scalars(select(PhonePassRow)).all() == []


def test_another_cannot_make_it(passes: Passes) -> None:
    ben = passes.workshop.signed_in(BEN)
    ben.get("/me")
    assert ben.post(f"{passes.page}/google-wallet").status_code == 404
    assert ben.get(f"{passes.page}/google-wallet").status_code == 404
    assert passes.google.asked == []
