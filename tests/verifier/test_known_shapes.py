"""With a memory of its own badges a verifier says exactly what it says without, whoever sends what."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.shapes import shapes as shapes_room
from tests.verifier.conftest import NOW
from tests.world import Badge, Issuer, World
from verifier.known_shapes import KnownShapes
from verifier.policy import ORDINARY
from verifier.result import Status, VerificationResult
from verifier.verify import verify


class _House:
    """An issuer with badges of one level, and a verifier that has learned them."""

    def __init__(self) -> None:
        self.world = World(NOW)
        self.acme = self.world.issuer("acme.example", name="Acme GmbH")
        self.known = KnownShapes(is_own=lambda issuer: issuer == self.acme.id)
        self.badges = [self.issue(f"person{number}@acme.example") for number in range(6)]
        for badge in self.badges:
            assert self.judge(badge.json) == self.judge(badge.json, known=None)
        self.bodies = [badge.json for badge in self.badges]

    def issue(self, recipient: str, issuer: Issuer | None = None, **members: Any) -> Badge:
        return (issuer or self.acme).issue(recipient=recipient, valid_for=timedelta(days=300), **members)

    def judge(self, body: bytes | str, known: KnownShapes | bool | None = True, **policy: Any) -> VerificationResult:
        return verify(
            body,
            resolver=self.world.resolver,
            fetcher=self.world.fetcher,
            policy=ORDINARY,
            now=self.world.now,
            shapes=self.known if known is True else known or None,
            **policy,
        )

    def assert_same(self, body: bytes | str) -> VerificationResult:
        result = self.judge(body)
        assert result == self.judge(body, known=None)
        return result


@pytest.fixture
def house() -> _House:
    return _House()


SHARED = _House()


def test_badges_of_a_known_level_are_recognized_and_judged_alike(house: _House) -> None:
    assert len(house.known) == 1
    for body in house.bodies:
        assert house.known.recognize(body) is not None
        assert house.assert_same(body).status is Status.VALID
        assert house.assert_same(body.decode()).status is Status.VALID


def test_everything_that_changes_is_still_asked(house: _House) -> None:
    badge = house.badges[0]
    house.acme.revoke(badge)
    assert house.assert_same(badge.json).status is Status.REVOKED
    assert house.assert_same(house.bodies[1]).status is Status.VALID
    house.world.advance(timedelta(days=400))
    house.world.fetcher.unreachable("https://acme.example/status")
    assert house.assert_same(house.bodies[2]).status is Status.EXPIRED
    house.world.fetcher.unreachable("https://acme.example")
    assert house.assert_same(house.bodies[2]).status is Status.UNCHECKED


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_changed_in_a_badge_is_judged_alike(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(SHARED.bodies)))
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(body) - 1))
        length = data.draw(st.sampled_from([0, 0, 1, 1, 1, 2, 20]))
        put = data.draw(
            st.sampled_from([b"", b" ", b'"', b"\\", b"\\u0061", b"{", b"}", b",", b"x", b"0", b"\xff", "é".encode()])
        )
        body[at : at + length] = put
    SHARED.assert_same(bytes(body))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20), st.integers(-3, 3), st.sampled_from(["", "x", "2026-11-22T10:00:00Z"]))
def test_whatever_the_issuer_itself_signs_is_judged_alike(text: str, days: int, instant: str) -> None:
    document = json.loads(SHARED.bodies[0])
    del document["proof"]
    document["credentialSubject"]["identifier"][0]["salt"] = text
    document["validFrom"] = instant or (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        body = SHARED.acme.sign_anything(document)
    except Exception:  # noqa: BLE001  (some of these have no canonical form at all)
        return
    SHARED.assert_same(body)


def test_members_behind_the_document_are_no_way_in(house: _House) -> None:
    body = house.bodies[0]
    for more in (b',"credentialStatus":{}', b',"validUntil":"2099-01-01T00:00:00Z"', b',"name":"x"', b',"proof":[]'):
        for at in (body.index(b',"proof"'), len(body) - 1):
            assert house.assert_same(body[:at] + more + body[at:]).status is Status.INVALID


def test_a_forged_badge_of_a_known_level_stays_a_forgery(house: _House) -> None:
    first, second = (json.loads(body) for body in house.bodies[:2])
    first["proof"] = second["proof"]
    forged = json.dumps(first, ensure_ascii=False, separators=(",", ":")).encode()
    assert house.known.recognize(forged) is not None
    assert house.assert_same(forged).status is Status.INVALID


def test_others_can_neither_fill_nor_empty_the_memory(house: _House) -> None:
    mallory = house.world.issuer("mallory.example", name="Acme GmbH")
    for number in range(shapes_room.BEFORE_LEARNING + 3):
        for body in (house.issue(f"m{number}@x.example", mallory).json, house.bodies[0][:-1] + b" }"):
            house.known._shapes._looked_at = shapes_room.PATIENCE
            house.assert_same(body)
        forged = json.loads(house.issue(f"m{number}@x.example", mallory).json)
        forged["issuer"]["id"] = house.acme.id
        house.known._shapes._looked_at = shapes_room.PATIENCE
        assert house.assert_same(json.dumps(forged)).status is Status.INVALID
    assert len(house.known) == 1
    assert house.known.recognize(house.bodies[0]) is not None


def test_a_badge_written_in_many_orders_does_not_push_out_the_real_one(house: _House) -> None:
    """Anyone who has a badge can write its members in another order, and it is as valid."""
    document = json.loads(house.bodies[0])
    proof = document.pop("proof")
    for turn in range(6):
        names = list(document)
        turned = {name: document[name] for name in [*names[turn:], *names[:turn]]}
        body = json.dumps({**turned, "proof": proof}, ensure_ascii=False, separators=(",", ":")).encode()
        house.known._shapes._looked_at = shapes_room.PATIENCE
        assert house.assert_same(body).status is Status.VALID
        assert house.known.recognize(house.bodies[1]) is not None
    assert len(house.known) <= shapes_room.MOST_SHAPES


def test_a_key_that_was_withdrawn_counts_no_more(house: _House) -> None:
    document = house.acme.keys_document()
    for method in document["verificationMethod"]:
        method["revoked"] = "2026-11-01T00:00:00Z"
    house.acme.publish_document(document)
    assert house.assert_same(house.bodies[0]).status is Status.INVALID


def test_a_status_list_that_was_believed_is_judged_anew_in_all_that_changes(house: _House) -> None:
    """Its bytes are remembered; its dates, the keys and whose it must be are not."""
    body = house.bodies[0]
    assert house.assert_same(body).status is Status.VALID
    house.world.advance(timedelta(days=30))  # the list that lies there has run out
    assert house.assert_same(body).status is Status.UNCHECKED
