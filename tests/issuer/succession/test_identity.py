"""Issuers of one database share people, and not their word for them: none signs what another one says of somebody."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.allocation import Recipient, Wanted, allocate
from issuer.canonical_json import json_text
from issuer.issuers import create_issuer, issuer_row
from issuer.learning.judging import _NOT_OURS
from issuer.people.identity import NOBODY, identity
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import PersonAddressRow, PersonRow
from tests.issuer.succession.conftest import NOW, Works

BEN = "ben@acme.example"
PLANTED = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


@pytest.fixture
def works(sqlite_works: Works) -> Works:
    """With another issuer beside it."""
    create_issuer(sqlite_works.db, slug="other", name="Other", base_url="http://localhost:8001", actor="t", now=NOW)
    return sqlite_works


def award_of_other(works: Works, name: str = "Mallory", email: str = BEN, did: str | None = PLANTED) -> None:
    """The other issuer awards something: all of it that touches the record."""
    with works.db.write() as session:
        owner = issuer_row(session, "other")
        wanted = Wanted(
            key=sha256(f"{name}{email}".encode()).hexdigest(), digest="", request=json_text({"name": name, "did": did}),
            valid_from=NOW, valid_until=None, formats=("json",), purposes=(), document_id="urn:x",
            recipient=Recipient(name, email, did),
        )  # fmt: skip
        allocate(
            session, owner, [wanted], address=str, source="vc-api", actor="t", now=NOW, randomness=works.randomness
        )


def record(works: Works, email: str = BEN) -> tuple[str, str | None]:
    with works.db.read() as session:
        row = session.get_one(PersonRow, session.get_one(PersonAddressRow, email).person_id)
        return row.name, row.did


def subject(works: Works, one: UUID | None) -> tuple[str, str]:
    assert one is not None
    said = works.document(one)["credentialSubject"]
    return said["identifier"][0]["identityHash"], said["id"]


def renewed(works: Works, old: UUID) -> UUID | None:
    return renew(
        works.db, works.keyring, wish=RenewalWish(old, date(2026, 11, 20), results=(("exam", "90"),)), actor="t",
        now=NOW, randomness=works.randomness,
    ).successor_id  # fmt: skip


def corrected(works: Works, old: UUID, **changes: object) -> UUID | None:
    return reissue(
        works.db, works.keyring, credential_id=old, corrections=Corrections(**changes), reason="r", actor="t",  # type: ignore[arg-type]
        now=NOW, randomness=works.randomness,
    ).successor_id  # fmt: skip


def test_an_award_does_not_rewrite_whom_another_issuer_knows(works: Works) -> None:
    old = works.earned(name="Ben", email=BEN)
    award_of_other(works)
    assert record(works) == ("Ben", None)
    name, did = subject(works, renewed(works, old))
    assert name == "Ben"
    assert did.startswith("urn:uuid:")


def test_what_was_planted_before_is_not_signed_either(works: Works) -> None:
    award_of_other(works)
    assert record(works) == ("Mallory", PLANTED)
    old = works.earned(name="Ben", email=BEN)
    assert subject(works, old)[0] == "Ben", "the credential says what the award asked for"
    assert record(works) == ("Mallory", PLANTED), "others have awards of this person too"
    name, did = subject(works, renewed(works, old))
    assert name == "Ben"
    assert did.startswith("urn:uuid:")


def test_the_directory_gives_a_name_and_never_a_planted_did(works: Works) -> None:
    award_of_other(works)
    old = works.earned(name="Ben", email=BEN)
    with works.db.write() as session:
        person = session.get_one(PersonRow, session.get_one(PersonAddressRow, BEN).person_id)
        person.name, person.employee_number = "Ben Berg", "17"
    award_of_other(works, "Mallory again")
    assert record(works)[0] == "Ben Berg"
    name, did = subject(works, corrected(works, old, directory_name=True))
    assert name == "Ben Berg"
    assert did.startswith("urn:uuid:")


def test_the_award_of_the_issuer_itself_does_not_rewrite_the_directory(sqlite_works: Works) -> None:
    sqlite_works.earned(name="Ben", email=BEN)
    with sqlite_works.db.write() as session:
        session.get_one(PersonRow, session.get_one(PersonAddressRow, BEN).person_id).joined_on = date(2020, 1, 1)
    sqlite_works.earned("oath", name="Benno", email=BEN, did="did:web:ben.example")
    assert record(sqlite_works) == ("Ben", None)


def test_ones_own_word_counts_on(works: Works) -> None:
    old = works.earned(name="Ben", email=BEN)
    works.earned("oath", date(2026, 2, 10), name="Ben Berg", email=BEN, did="did:web:ben.example")
    assert record(works) == ("Ben Berg", "did:web:ben.example"), "nobody else knows him"
    award_of_other(works)
    assert subject(works, renewed(works, old)) == ("Ben Berg", "did:web:ben.example")


def test_a_correction_leads_nobodys_messages_elsewhere(works: Works) -> None:
    old = works.earned(name="Ben", email=BEN)
    award_of_other(works)
    new = corrected(works, old, name="Benno", email="away@evil.example", did="did:web:ben.example")
    assert subject(works, new) == ("Benno", "did:web:ben.example"), "the credential says it"
    assert record(works) == ("Ben", None)
    assert new is not None
    after = renewed(works, new)
    assert after is not None
    with works.db.read() as session:
        assert session.scalars(select(PersonAddressRow.address)).all() == [BEN]
        assert session.query(PersonRow).count() == 1, "its renewal is of the same person"
    assert works.view(after).request["email"] == "away@evil.example"


def test_nobody_is_signed_for_on_the_word_of_others_alone(works: Works) -> None:
    award_of_other(works)
    with works.db.read() as session:
        person_id = session.get_one(PersonAddressRow, BEN).person_id
        assert identity(session, issuer_row(session, "acme").id, person_id) == NOBODY
        assert identity(session, issuer_row(session, "other").id, person_id).name == "Mallory"
    assert "import" in _NOT_OURS
