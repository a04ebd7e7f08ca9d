"""SD-JWT VC: a credential of the IETF answers the same questions as a badge."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials import token_status_list
from credentials.problems import Unacceptable
from credentials.proofs import compact_jws
from credentials.proofs.sd_jwt import key_binding, token
from keys import base64url, jwk
from tests.verifier.test_enveloped import ASKED, HOLDER, sd_jwt, shown
from tests.world import Issuer, World
from verifier.result import CheckName, Outcome, Status, VerificationResult

LIST = "https://acme.example/statuses/1"


def claims(issuer: Issuer, **more: Any) -> dict[str, Any]:
    begins = int((issuer.world.now - timedelta(days=1)).timestamp())
    made = {"iss": issuer.id, "vct": "https://acme.example/operator", "iat": begins, "name": "Ada", "sub": "urn:ada"}
    return {name: value for name, value in {**made, **more}.items() if value is not None}


def issued(issuer: Issuer, *concealed: str, typ: str = token.DC_TYPE, kid: str = "", **more: Any) -> str:
    return sd_jwt(issuer, claims(issuer, **more), *concealed, typ=typ, kid=kid)


def publish(issuer: Issuer, statuses: dict[int, int], *, bits: int = 2, raw: bytes = b"", **changes: Any) -> None:
    """A list of 64 statuses at `LIST`, signed by the issuer."""
    packed = bytearray(64 * bits // 8)
    for index, status in statuses.items():
        packed[index * bits // 8] |= status << (index * bits % 8)
    listed = {"bits": bits, "lst": base64url.encode(zlib.compress(raw or bytes(packed)))}
    now = int(issuer.world.now.timestamp())
    header = {"typ": token_status_list.TYPE, "kid": issuer.kid, **changes.pop("header", {})}
    payload = {"sub": LIST, "iat": now, "exp": now + 3600, "status_list": listed, **changes}
    text = compact_jws.sign(header, json.dumps(payload).encode(), issuer.jwt_key)
    issuer.world.fetcher.serve(LIST, text.encode(), "application/statuslist+jwt")


def at(index: int) -> dict[str, Any]:
    return {"status_list": {"idx": index, "uri": LIST}}


def outcome(result: VerificationResult, name: CheckName) -> Outcome:
    return result.check(name).outcome


def test_all_questions_are_answered_in_their_order(world: World, acme: Issuer) -> None:
    publish(acme, {})
    expires = int((world.now + timedelta(days=1)).timestamp())
    result = world.verify(issued(acme, "/name", status=at(7), exp=expires))
    assert (result.status, result.form) == (Status.VALID, "sd-jwt")
    assert [check.name for check in result.checks] == list(CheckName)
    assert result.document is not None
    assert result.document["name"] == "Ada"
    world.advance(timedelta(days=2))
    publish(acme, {})
    assert world.verify(issued(acme, exp=expires)).status is Status.EXPIRED


@pytest.mark.parametrize(
    ("status", "word"),
    [(0, Status.VALID), (1, Status.REVOKED), (2, Status.SUSPENDED), (3, Status.UNCHECKED)],
)
def test_the_issuers_list_has_the_last_word(world: World, acme: Issuer, status: int, word: Status) -> None:
    publish(acme, {9: status})
    assert world.verify(issued(acme, status=at(9))).status is word
    assert world.verify(issued(acme, status=at(10))).status is Status.VALID


def test_a_list_that_cannot_be_had_leaves_it_open_and_a_wrong_one_does_not(
    world: World, acme: Issuer, mallory: Issuer
) -> None:
    badge = issued(acme, status=at(9))
    assert world.verify(badge).status is Status.UNCHECKED
    publish(acme, {}, exp=int(world.now.timestamp()) - 1)
    assert world.verify(badge).status is Status.UNCHECKED
    for change in ({"sub": LIST + "0"}, {"status_list": {"bits": 3, "lst": "AA"}}, {"status_list": "x"}):
        publish(acme, {}, **change)
        assert outcome(world.verify(badge), CheckName.STATUS) is Outcome.FAILED, change
    publish(mallory, {}, header={"kid": acme.kid})
    assert outcome(world.verify(badge), CheckName.STATUS) is Outcome.FAILED
    publish(acme, {}, header={"typ": "jwt"})
    assert world.verify(badge).status is Status.UNCHECKED
    publish(acme, {})
    assert outcome(world.verify(issued(acme, status=at(64))), CheckName.STATUS) is Outcome.FAILED
    assert world.verify(issued(acme, status={"other_list": {}})).status is Status.UNCHECKED


def test_a_list_that_would_fill_the_memory_is_not_inflated(world: World, acme: Issuer) -> None:
    bomb = base64url.encode(zlib.compress(bytes(64 * 1024 * 1024), 9))
    publish(acme, {}, status_list={"bits": 1, "lst": bomb})
    assert world.verify(issued(acme, status=at(5))).status is Status.VALID
    beyond = world.verify(issued(acme, status=at(token_status_list.MAX_BYTES * 8 + 1)))
    assert outcome(beyond, CheckName.STATUS) is Outcome.FAILED


@given(st.sampled_from([1, 2, 4, 8]), st.lists(st.integers(0, 255), min_size=1, max_size=40))
def test_what_is_packed_is_found_again(bits: int, values: list[int]) -> None:
    statuses = [value & ((1 << bits) - 1) for value in values]
    number = sum(status << (bits * place) for place, status in enumerate(statuses))
    packed = number.to_bytes(len(statuses) * bits // 8 + 1, "little")
    listed = {"bits": bits, "lst": base64url.encode(zlib.compress(packed))}
    assert [token_status_list.status_at(place, listed) for place in range(len(statuses))] == statuses


@pytest.mark.parametrize("listed", [{}, {"bits": True, "lst": "AA"}, {"bits": 1, "lst": 7}, {"bits": 1, "lst": "!"}])
def test_what_is_no_list_is_refused(listed: dict[str, Any]) -> None:
    with pytest.raises(Unacceptable):
        token_status_list.status_at(0, listed)


@pytest.mark.parametrize(
    "more",
    [{"iss": None}, {"vct": None}, {"vct": 7}, {"iss": ["x"]}, {"exp": "soon"}, {"nbf": True}, {"exp": 1e400},
     {"status": "x"}, {"cnf": "x"}, {"exp": 10**15}],
)  # fmt: skip
def test_claims_that_are_missing_or_unreadable_are_found_before_anything_is_fetched(
    world: World, acme: Issuer, more: dict[str, Any]
) -> None:
    if more.get("exp") == 1e400:
        more = {"exp": -1}
    result = world.verify(issued(acme, **more))
    assert result.status is Status.INVALID
    assert world.fetcher.requests == []


@pytest.mark.parametrize("claim", ["iss", "vct", "exp", "cnf", "status"])
def test_what_decides_over_it_may_not_be_concealed(world: World, acme: Issuer, claim: str) -> None:
    more = {"exp": 4102444800, "cnf": {"jwk": jwk.to_jwk(HOLDER.public_key)}, "status": at(9)}
    result = world.verify(issued(acme, f"/{claim}", **more))
    assert outcome(result, CheckName.CONFORMS) is Outcome.FAILED


def test_the_holder_shows_it(world: World, acme: Issuer) -> None:
    text = shown(issued(acme, "/name", "/sub", cnf={"jwk": jwk.to_jwk(HOLDER.public_key)}), "name")
    bound = key_binding.bind(text, HOLDER, nonce=ASKED.nonce, audience=ASKED.audience, now=world.now)
    assert world.verify(bound, shown_for=ASKED).status is Status.VALID
    assert world.verify(text, shown_for=ASKED).status is Status.INVALID
    world.advance(timedelta(hours=1))
    assert world.verify(bound, shown_for=ASKED).status is Status.INVALID


def test_whose_it_is(world: World, acme: Issuer) -> None:
    text = issued(acme, email="ada@acme.example")
    assert outcome(world.verify(text, recipient=("emailAddress", "ada@acme.example")), CheckName.RECIPIENT) is (
        Outcome.PASSED
    )
    assert outcome(world.verify(text, recipient=("emailAddress", "bob@acme.example")), CheckName.RECIPIENT) is (
        Outcome.FAILED
    )


def test_a_stranger_signs_none_for_the_issuer(world: World, acme: Issuer, mallory: Issuer) -> None:
    for kid in (acme.kid, mallory.kid):
        text = sd_jwt(mallory, claims(acme), typ=token.DC_TYPE, kid=kid)
        assert world.verify(text).status is Status.INVALID


def test_an_issuer_with_an_address_publishes_its_keys_in_metadata(world: World) -> None:
    issuer = world.issuer("acme.example", method="https")
    world.fetcher.sites.clear()
    address = "https://acme.example/.well-known/jwt-vc-issuer/issuer"
    key = {**jwk.to_jwk(issuer.jwt_key.public_key), "kid": "k1"}
    text = issued(issuer, kid="k1")
    assert world.verify(text).status is Status.UNCHECKED
    world.fetcher.serve(address, json.dumps({"issuer": issuer.id, "jwks": {"keys": [key]}}).encode())
    assert world.verify(text).status is Status.VALID
    assert world.verify(issued(issuer, kid="k2")).status is Status.INVALID
    keys = "https://acme.example/keys"
    world.fetcher.serve(address, json.dumps({"issuer": issuer.id, "jwks_uri": keys}).encode())
    world.fetcher.serve(keys, json.dumps({"keys": [key, "x", {"kid": "k3"}]}).encode())
    assert world.verify(text).status is Status.VALID
    for other in ({"issuer": "https://other.example", "jwks": {"keys": [key]}}, {"issuer": issuer.id}, [], "x"):
        world.fetcher.serve(address, json.dumps(other).encode())
        assert not world.verify(text).verified, other


def test_under_its_name_of_before_2024_it_is_read_as_well(world: World, acme: Issuer) -> None:
    assert world.verify(issued(acme, typ=token.VC_TYPE)).status is Status.VALID


@pytest.mark.parametrize("keys", [5, True, "x", {"a": 1}, [5]])
def test_a_key_set_that_is_none_is_no_answer(world: World, acme: Issuer, keys: Any) -> None:
    """Its issuer's metadata are read as they come: nothing in them raises."""
    named = "https://acme.example/sd"
    metadata = {"issuer": named, "jwks": {"keys": keys}}
    world.fetcher.serve("https://acme.example/.well-known/jwt-vc-issuer/sd", json.dumps(metadata).encode())
    assert not world.verify(issued(acme, iss=named, kid="1")).verified


@pytest.mark.parametrize("named", ["https://[", "https://[::1", "https://a]"])
def test_an_issuer_whose_address_cannot_be_read(world: World, acme: Issuer, named: str) -> None:
    assert not world.verify(issued(acme, iss=named, kid="1")).verified
