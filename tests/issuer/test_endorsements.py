"""Endorsements: only what verifies, is about this program and by somebody else is taken in, byte for byte."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from issuer import audit
from issuer.endorsements import (
    EMBEDDED,
    MAX_BYTES,
    MOST_OF_A_PROGRAM,
    TOKEN,
    Added,
    EndorsementRefused,
    add_endorsement,
    endorsements_of_level,
    list_endorsements,
    remove_endorsement,
    targets_of,
)
from issuer.errors import Unknown, UnknownProgram
from tests.issuer.conftest import NOW, House
from tests.wallet_export.pictures import SVG
from tests.world import Issuer, World
from verifier.result import VerificationResult
from wallet_export.svg import bake_svg


@pytest.fixture
def world() -> World:
    return World(NOW)


@pytest.fixture
def board(world: World) -> Issuer:
    return world.issuer("board.example", name="Board of Cloud Engineers")


def target(house: House, level: str | None) -> str:
    """The address that an endorsement must be about."""
    found = targets_of(house.db, None, "cloud")
    return next(address for address, slug in found.items() if slug == level)


def add(house: House, world: World, given: bytes, *, level: str | None = None, program: str = "cloud") -> Added:
    return add_endorsement(
        house.db,
        issuer=None,
        program=program,
        level=level,
        given=given,
        judge=world.verify,
        actor="anna",
        now=NOW,
        identifier=uuid4(),
    )


def refusal(house: House, world: World, given: bytes, **where: Any) -> str:
    with pytest.raises(EndorsementRefused) as refused:
        add(house, world, given, **where)
    assert list_endorsements(house.db, None) == ()
    return str(refused.value)


def events(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    found = audit.events(house.db)
    return [(one.action, one.subject, dict(one.details)) for one in found if "endorsement" in one.action]


def test_it_is_kept_as_it_was_signed_and_can_be_removed_and_taken_up_again(
    house: House, world: World, board: Issuer
) -> None:
    given = board.endorse(target(house, "associate")).json
    added = add(house, world, b"\n" + given + b"  ", level="associate")
    one = added.endorsement
    assert added.new
    assert (one.target, one.endorser_id, one.endorser_name) == ("cloud/associate", board.id, board.name)
    assert (one.media_type, one.body) == (EMBEDDED, given)

    again = add(house, world, given)
    assert not again.new
    assert again.endorsement == one
    level = UUID(target(house, "associate").rsplit("/", 1)[1])
    assert endorsements_of_level(house.db, level) == (one,)

    remove_endorsement(house.db, issuer=None, identifier=one.id, actor="anna", now=NOW)
    assert list_endorsements(house.db, None, program="cloud") == endorsements_of_level(house.db, level) == ()
    with pytest.raises(Unknown, match="endorsement list"):
        remove_endorsement(house.db, issuer=None, identifier=one.id, actor="anna", now=NOW)
    assert add(house, world, given).endorsement.id == one.id
    facts = {"endorsement": str(one.id), "sha256": one.digest, "level": "associate"}
    assert events(house) == [
        (f"endorsement {done}", "program:acme/cloud", facts) for done in ("added", "removed", "added")
    ]


def test_its_subject_decides_what_it_endorses(house: House, world: World, board: Issuer) -> None:
    """The program's page, or any of its levels; as JSON, as a token, or in a picture."""
    add(house, world, board.endorse(target(house, "expert")).jwt)
    add(house, world, board.endorse(target(house, None)).json)
    add(house, world, bake_svg(SVG, board.endorse(target(house, "associate")).json.decode()))
    found = list_endorsements(house.db, None)
    assert [one.target for one in found] == ["cloud", "cloud/associate", "cloud/expert"]
    assert [one.media_type for one in found] == [EMBEDDED, EMBEDDED, TOKEN]
    assert target(house, None) == "http://localhost:8000/programs/cloud"


def test_what_does_not_verify_is_refused_with_the_verifiers_sentence(house: House, world: World, board: Issuer) -> None:
    about = target(house, "associate")
    changed = json.loads(board.endorse(about).json)
    changed["credentialSubject"]["endorsementComment"] = "The best of all."
    sentence = refusal(house, world, json.dumps(changed).encode())
    assert "it is invalid: The signature is wrong" in sentence

    listed = board.issue()
    status = {"credentialStatus": listed.document["credentialStatus"]}
    revoked = board.endorse(about, **status).json
    board.revoke(listed)
    assert "it is revoked: The issuer revoked it." in refusal(house, world, revoked)

    world.fetcher.unreachable(board.base_url)
    assert "it is unchecked" in refusal(house, world, board.endorse(about).json)
    world.fetcher.heal()
    end = (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    brief = board.endorse(about, validUntil=end).json
    world.advance(timedelta(days=2))
    assert "it is expired" in refusal(house, world, brief)


def test_everything_that_is_wrong_is_said_at_once_and_the_network_is_not_asked(house: House, world: World) -> None:
    def never(_: bytes) -> VerificationResult:
        raise AssertionError("nobody needs to verify this")

    ours = world.issuer("other.example").issue().document
    document = {**ours, "issuer": {"id": house.issuer.did, "type": ["Profile"], "name": "Acme Academy"}}
    with pytest.raises(EndorsementRefused) as refused:
        add_endorsement(
            house.db,
            issuer=None,
            program="cloud",
            given=json.dumps(document).encode(),
            judge=never,
            actor="anna",
            now=NOW,
            identifier=uuid4(),
        )
    assert [fault.where for fault in refused.value.faults] == ["/type", "/issuer", "/credentialSubject/id"]
    assert "this credential is no endorsement (OpenBadgeCredential)" in str(refused.value)
    assert "is this issuer itself; somebody else must have signed it" in str(refused.value)


def test_what_endorses_something_else_is_refused(house: House, world: World, board: Issuer) -> None:
    elsewhere = board.endorse("https://elsewhere.example/badge").json
    assert "it endorses https://elsewhere.example/badge; it must be about" in refusal(house, world, elsewhere)
    other_level = board.endorse(target(house, "expert")).json
    assert target(house, "associate") in refusal(house, world, other_level, level="associate")
    whole = board.endorse(target(house, None)).json
    assert "it must be about" in refusal(house, world, whole, level="associate")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"", "There is nothing in it"),
        (b"hello", "neither a badge"),
        (b"https://board.example/endorsements/1", "only the address of one"),
        (b'{"type": ["Profile"]}', "not a credential"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
    ],
)
def test_what_holds_no_endorsement(house: House, world: World, given: bytes, says: str) -> None:
    assert says in refusal(house, world, given)


def test_bounds(house: House, world: World, board: Issuer) -> None:
    long = board.endorse(target(house, None), description="x" * MAX_BYTES).json
    assert "bytes; an endorsement has at most 100,000" in refusal(house, world, long)
    for _ in range(MOST_OF_A_PROGRAM):
        add(house, world, board.endorse(target(house, None)).json)
    with pytest.raises(EndorsementRefused, match="remove one first"):
        add(house, world, board.endorse(target(house, None)).json)


def test_a_program_or_level_that_is_not_there(house: House, world: World) -> None:
    for where, says in (({"program": "none"}, "known are: cloud"), ({"level": "guru"}, "it has: associate, expert")):
        with pytest.raises(UnknownProgram, match=says):
            add(house, world, b"x", **where)  # type: ignore[arg-type]
    with pytest.raises(UnknownProgram):
        list_endorsements(house.db, None, program="none")
