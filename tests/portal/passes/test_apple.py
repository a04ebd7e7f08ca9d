"""A holder adds a badge to Apple Wallet; his phone registers, is pushed to when the badge changes, and fetches it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import structlog
from sqlalchemy import select

from issuer.sharing import Shown, show
from issuer.status import reinstate, revoke, suspend
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import PassDeviceRow
from portal.language.language import ENGLISH
from tests.pass_certificates import PASS_TYPE, TEAM
from tests.portal.me.conftest import ANA, BEN, words
from tests.portal.passes.conftest import PHONE, PUSH_TOKEN, Passes, said

Change = Callable[[Callable[..., object]], None]
LISTED = f"/devices/{PHONE}/registrations/{PASS_TYPE}"


def test_a_holder_takes_a_badge_into_apple_wallet(passes: Passes) -> None:
    page = passes.ana.get(passes.page).text
    assert "Add to Apple Wallet" in page
    assert "Add to Google Wallet" in page
    told = words(passes.ana.get(f"{passes.page}/apple-wallet").text)
    assert "Evidence is never part of it" in told
    assert "Ana Núñez" in told
    answer = passes.ana.post(f"{passes.page}/apple-wallet")
    file = passes.ana.get(f"{passes.page}/apple-wallet.pkpass")
    assert answer.headers["location"].endswith(".pkpass")
    assert file.headers["content-type"] == "application/vnd.apple.pkpass"
    assert file.headers["content-disposition"] == 'attachment; filename="apprentice.pkpass"'
    document = said(file.content)
    assert (document["passTypeIdentifier"], document["teamIdentifier"]) == (PASS_TYPE, TEAM)
    assert document["barcodes"][0]["message"].endswith(f"/credentials/{passes.workshop.badge}")
    assert document["webServiceURL"] == "https://badges.brightmoor.example/apple-wallet"
    assert "Ran the night shift" not in str(document)  # evidence
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert {"icon.png", "icon@3x.png", "logo@2x.png", "thumbnail@3x.png"} <= set(archive.namelist())
        assert '"Valid until" = "Gültig bis";' in archive.read("de.lproj/pass.strings").decode("utf-16")
    assert passes.add_to_apple()["serialNumber"] == document["serialNumber"]  # again: the same pass


def test_a_phone_is_pushed_to_and_fetches_what_changed(passes: Passes, change: Change) -> None:
    document = passes.add_to_apple()
    serial, secret = document["serialNumber"], document["authenticationToken"]
    assert (passes.register(document), passes.register(document)) == (201, 200)
    passes.later(timedelta(minutes=1))
    assert passes.follow()["told"] == 0
    path = f"/passes/{PASS_TYPE}/{serial}"
    first = passes.phone("GET", path, secret)
    assert first.headers["content-type"] == "application/vnd.apple.pkpass"
    seen = {"If-Modified-Since": first.headers["last-modified"]}
    assert passes.phone("GET", path, secret, headers=seen).status_code == 304
    known = passes.phone("GET", LISTED).json()["lastUpdated"]
    passes.later(timedelta(hours=1))
    assert passes.phone("GET", LISTED, params={"passesUpdatedSince": str(int(known) + 10**9)}).status_code == 204

    change(suspend)
    assert passes.follow() == {"changed": 1, "told": 1, "gone": 0, "failed": 0}
    assert passes.follow()["told"] == 0
    assert passes.apple.tokens == [PUSH_TOKEN]
    assert passes.apple.told[0]["apns-topic"] == PASS_TYPE
    assert passes.apple.bodies == [b"{}"]
    assert passes.apple.certificates == [PASS_TYPE]  # the connection shows the pass type's own certificate
    listed = passes.phone("GET", LISTED, params={"passesUpdatedSince": known}).json()
    assert listed["serialNumbers"] == [serial]
    assert "last-modified" not in passes.phone("GET", path, secret, headers=seen).headers  # this second is not over
    passes.later(timedelta(minutes=1))
    second = passes.phone("GET", path, secret, headers=seen)
    assert said(second.content)["voided"] is True
    assert parsedate_to_datetime(second.headers["last-modified"]) > parsedate_to_datetime(seen["If-Modified-Since"])

    change(reinstate)
    assert "voided" not in said(passes.phone("GET", path, secret).content)
    change(revoke)
    assert passes.follow()["told"] == 1
    revoked = said(passes.phone("GET", path, secret).content)
    assert revoked["voided"] is True
    assert "Add to Apple Wallet" not in passes.ana.get(passes.page).text  # no way any more
    assert passes.ana.get(f"{passes.page}/apple-wallet.pkpass").status_code == 409
    assert passes.ana.get(f"{passes.page}/apple-wallet").status_code == 409
    assert passes.phone("DELETE", f"{LISTED}/{serial}", secret).status_code == 200
    assert passes.phone("GET", LISTED).status_code == 204


def test_the_pass_shows_the_successor_and_the_name_as_it_is_shared(passes: Passes) -> None:
    document = passes.add_to_apple()
    passes.register(document)
    workshop, path = passes.workshop, f"/passes/{PASS_TYPE}/{document['serialNumber']}"
    secret, ana = document["authenticationToken"], workshop.person_id(ANA)
    now = passes.later(timedelta(minutes=1))
    wanted = Shown(full_name=False)
    show(workshop.db, person_id=ana, credential_id=workshop.badge, wanted=wanted, now=now)
    assert passes.follow()["told"] == 1
    shown = said(passes.phone("GET", path, secret).content)
    assert shown["generic"]["secondaryFields"][0]["value"] == "A. N."
    show(workshop.db, person_id=ana, credential_id=workshop.badge, wanted=Shown(page_open=False), now=now)
    assert said(passes.phone("GET", path, secret).content)["generic"]["secondaryFields"] == []
    assert workshop.service.keyring is not None
    successor = reissue(
        workshop.db, workshop.service.keyring, credential_id=workshop.badge, reason="misspelt",
        corrections=Corrections(narrative="Well done."), actor="test", now=passes.later(timedelta(minutes=1)),
        randomness=workshop.random.randbytes,
    ).successor_id  # fmt: skip
    followed = said(passes.phone("GET", path, secret).content)
    assert followed["barcodes"][0]["message"].endswith(f"/credentials/{successor}")
    assert "voided" not in followed
    assert passes.follow()["changed"] == 1


def test_nobody_else_gets_a_pass_or_registers_for_it(passes: Passes) -> None:
    document = passes.add_to_apple()
    serial, secret = document["serialNumber"], document["authenticationToken"]
    path, other = f"/passes/{PASS_TYPE}/{serial}", "00000000-0000-4000-8000-000000000000"
    for wrong in ("", secret[:-1], secret.swapcase(), "x" * 43):
        assert passes.phone("GET", path, wrong).status_code == 401
        assert passes.phone("DELETE", f"{LISTED}/{serial}", wrong).status_code == 401
        sent = passes.phone("POST", f"{LISTED}/{serial}", wrong, json={"pushToken": PUSH_TOKEN})
        assert sent.status_code == 401
    bearer = {"Authorization": f"Bearer {secret}"}
    assert passes.workshop.browser().client.get(f"/apple-wallet/v1{path}", headers=bearer).status_code == 401
    assert passes.phone("GET", f"/passes/{PASS_TYPE}/{other}", secret).status_code == 401
    assert passes.phone("GET", f"/passes/{PASS_TYPE}/none", secret).status_code == 401
    assert passes.phone("GET", f"/passes/pass.other/{serial}", secret).status_code == 404
    for bad in ({}, {"pushToken": 7}, {"pushToken": "../../x"}, {"pushToken": ""}):
        assert passes.phone("POST", f"{LISTED}/{serial}", secret, json=bad).status_code == 400
    assert passes.register(document, device="%20") == 404
    with passes.workshop.db.read() as session:
        assert session.scalars(select(PassDeviceRow)).all() == []
    ben = passes.workshop.signed_in(BEN)
    for ending in ("", ".pkpass", ".svg"):
        assert ben.get(f"{passes.page}/apple-wallet{ending}").status_code == 404
    ben.get("/me")
    assert ben.post(f"{passes.page}/apple-wallet").status_code == 404


def test_a_phone_that_is_gone_is_forgotten_and_trouble_is_met_later(passes: Passes, change: Change) -> None:
    document = passes.add_to_apple()
    passes.register(document, "gone", "aa")
    passes.register(document, "busy", "bb")
    passes.register(document, "there", "cc")
    passes.apple.answers = {"aa": (410, "Unregistered"), "bb": (429, "TooManyRequests")}
    change(suspend)
    assert passes.follow() == {"changed": 1, "told": 1, "gone": 1, "failed": 1}
    assert passes.apple.connections == 1
    passes.apple.answers = {}
    assert passes.follow()["told"] == 0
    passes.later(timedelta(minutes=2))
    assert passes.follow()["told"] == 1
    with passes.workshop.db.read() as session:
        assert set(session.scalars(select(PassDeviceRow.push_token))) == {"bb", "cc"}


def test_a_push_service_that_is_not_apples_is_told_nothing(passes: Passes, change: Change) -> None:
    passes.register(passes.add_to_apple())
    change(suspend)
    passes.root = None  # by the roots that everybody trusts it is nobody
    report = passes.follow()
    assert (report["told"], report["failed"]) == (0, 1)
    assert passes.apple.told == []


def test_what_a_phone_says_of_us_is_logged_without_ids(passes: Passes) -> None:
    line = f"Register for {PHONE}\r\nfailed with status 500"
    with structlog.testing.capture_logs() as logs:
        answer = passes.phone("POST", "/log", json={"logs": [line, 7, *["more"] * 10]})
        passes.register(passes.add_to_apple())
    assert answer.status_code == 200
    spoken = [one["said"] for one in logs if one["event"] == "a phone says"]
    assert spoken[0] == "Register for …  failed with status 500"
    assert len(spoken) == 4
    assert PHONE not in str(logs)


@pytest.mark.slow
def test_a_renewal_takes_the_pass_to_the_successor_and_its_new_end(passes: Passes) -> None:
    shop = passes.workshop
    shop.badge = shop.award("ana", "safety", date(2025, 12, 15))
    document = passes.add_to_apple()
    passes.register(document)
    before = document["expirationDate"]
    assert shop.service.keyring is not None
    wish = RenewalWish(shop.badge, shop.today, results=(("quiz", "95"),), declared=True)
    now = passes.later(timedelta(minutes=1))
    renewed = renew(
        shop.db, shop.service.keyring, wish=wish, actor="test", now=now, randomness=shop.random.randbytes
    )  # fmt: skip
    assert passes.follow() == {"changed": 1, "told": 1, "gone": 0, "failed": 0}
    path = f"/passes/{PASS_TYPE}/{document['serialNumber']}"
    after = said(passes.phone("GET", path, document["authenticationToken"]).content)
    assert after["barcodes"][0]["message"].endswith(f"/credentials/{renewed.successor_id}")
    assert after["expirationDate"] > before
    told = words(passes.ana.get(f"{passes.page}/apple-wallet").text)  # of the old one, which is valid still
    assert f"Valid until {ENGLISH.day(datetime.fromisoformat(after['expirationDate']).date())}" in told
    assert passes.add_to_apple()["serialNumber"] == document["serialNumber"]
    # The one that it replaced goes on to its own end, which is not the pass's any more.
    end = datetime.fromisoformat(before)
    passes.later(end - shop.clock.now + timedelta(days=1))
    assert passes.follow()["changed"] == 0
    passes.later(timedelta(days=365))
    assert passes.follow()["told"] == 1
