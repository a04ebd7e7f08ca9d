"""The drill for a key that somebody else may have: what it signed is found, doubted and signed anew, step by step."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from issuer.catalogue import rendering
from issuer.compromise import Compromised, compromise, signed_by
from issuer.ending_keys import mark_compromised
from issuer.errors import TransitionRefused, UnknownKey
from issuer.issue import issue
from issuer.jobs.bulk import BulkState, find_bulk
from issuer.jobs.bulk_work import work_on_bulks
from issuer.jobs.job import Parts
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import KeyState, SigningKey, Use, add_key, issuer_did_document, list_keys
from issuer.tables import CredentialRow, RenderingKeyRow
from keys.public_key import KeyType
from tests.issuer.conftest import NOW, PROGRAM, House

LATER = NOW + timedelta(hours=2)
DOUBT = NOW + timedelta(hours=1)


def issued(house: House, number: int, now: Any = NOW) -> Any:
    (one,) = issue(
        house.db, house.keyring, issuer=None, requests=[house.request(number)], actor="t", now=now,
        randomness=house.randomness,
    ).new  # fmt: skip
    return one.id


def main(house: House) -> SigningKey:
    return next(one for one in list_keys(house.db) if one.use is Use.DATA_INTEGRITY and one.state is KeyState.ACTIVE)


def drill(house: House, key: SigningKey, **changes: Any) -> Compromised:
    return compromise(
        house.db, house.keyring, issuer=None, fragment=key.fragment, since=DOUBT, reason="A laptop was stolen.",
        actor="t", now=LATER, randomness=house.randomness, **changes,
    )  # fmt: skip


def test_all_that_a_key_signed_is_found_and_signed_anew_under_another(house: House) -> None:
    key, before, after = main(house), issued(house, 1), issued(house, 2, LATER)
    found = signed_by(house.db, issuer=None, fragment=key.fragment, since=DOUBT, now=LATER)
    assert [one.id for one in found.signed] == [before, after]
    assert [one.id for one in found.doubtful] == [after]
    assert main(house) == key, "looking changes nothing"

    done = drill(house, key)
    assert done.new is not None
    assert done.bulk is not None
    assert (done.bulk.total, done.key.state) == (2, KeyState.COMPROMISED)
    methods = {one["id"]: one.get("revoked") for one in issuer_did_document(house.db)["verificationMethod"]}
    assert methods[key.verification_method] == f"{DOUBT:%Y-%m-%dT%H:%M:%SZ}"
    assert methods[done.new.verification_method] is None

    assert drill(house, key).bulk == done.bulk, "asked again, it is the same work"
    work_on_bulks(Parts(house.db, house.keyring, lambda: LATER, house.randomness, "w"))
    assert find_bulk(house.db, done.bulk.id).state is BulkState.DONE
    with house.db.read() as session:
        rows = {row.id: row for row in session.scalars(select(CredentialRow))}
    for one in (before, after):
        assert rows[one].revoked_at is not None
        (successor,) = [row for row in rows.values() if row.replaces_id == one]
        old, new = (json.loads(rendering(house.db, each, "json").body) for each in (one, successor.id))  # type: ignore[union-attr]
        assert [each["verificationMethod"] for each in new["proof"]] == [done.new.verification_method]
        assert new["credentialSubject"]["achievement"] == old["credentialSubject"]["achievement"]
    again = drill(house, key)
    assert (again.new, again.bulk) == (None, None), "nothing is left"


def test_a_further_key_is_found_in_the_sets_that_it_signed(house: House) -> None:
    made = add_key(
        house.db, house.keyring, issuer=None, key_type=KeyType.P256, actor="t", now=NOW, randomness=house.randomness
    ).new
    alone = issued(house, 1)
    definition = read_program(PROGRAM + b"\nproofs: [eddsa-rdfc-2022, ecdsa-rdfc-2019]\n")
    apply_program(house.db, issuer="acme", definition=definition, actor="t", now=NOW)
    both = issued(house, 2)
    found = signed_by(house.db, issuer=None, fragment=made.fragment, since=None, now=LATER)
    assert [one.id for one in found.signed] == [both]
    of_main = signed_by(house.db, issuer=None, fragment=main(house).fragment, since=None, now=LATER)
    assert {one.id for one in of_main.signed} == {alone, both}
    with house.db.read() as session:
        assert [row.signing_key_id for row in session.scalars(select(RenderingKeyRow))] == [made.row_id]
    done = drill(house, made)
    assert done.new is not None
    assert (done.new.type, done.new.further) == (KeyType.P256, True)
    assert done.bulk is not None
    assert done.bulk.total == 1


@pytest.mark.parametrize("house_url", ["sqlite"], indirect=True)
def test_the_instant_of_the_doubt_lies_between_the_key_and_now(house: House) -> None:
    key = main(house)
    with pytest.raises(TransitionRefused, match="is yet to come"):
        compromise(
            house.db, house.keyring, issuer=None, fragment=key.fragment, since=LATER, reason="r", actor="t", now=NOW,
            randomness=house.randomness,
        )  # fmt: skip
    assert main(house) == key, "what is refused has not rotated it first"
    drill(house, key, sign_anew=False)
    mark: Callable[[Any], SigningKey] = lambda since: mark_compromised(  # noqa: E731
        house.db, issuer=None, fragment=key.fragment, reason="r", since=since, actor="t", now=LATER
    )
    with pytest.raises(TransitionRefused, match="is yet to come"):
        mark(LATER + timedelta(seconds=1))
    assert mark(DOUBT + timedelta(minutes=1)).doubted_from == DOUBT, "a doubt is not taken back"
    assert mark(NOW - timedelta(days=1)).doubted_from == key.created_at, "but it may reach back to its beginning"
    with pytest.raises(UnknownKey):
        signed_by(house.db, issuer=None, fragment="none", since=None, now=LATER)
