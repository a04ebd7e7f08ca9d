"""Whatever stands where in a badge, its token, its issuer's document or its status list: a result, never an error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.contexts import OPEN_BADGES_EXTENSIONS
from tests.verifier.conftest import NOW
from tests.verifier.documents import token_of, token_parts
from tests.world import CONTEXT, Issuer, World, compact_jws
from verifier.result import Outcome, Status, VerificationResult

Path = tuple[str | int, ...]

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12).filter(lambda text: not any("\ud800" <= character <= "\udfff" for character in text)),
    st.sampled_from(
        ["", "#", "did:web:", "did:jwk:", "did:key:z", "https://", "did:web:acme.example", "2026-11-22T10:00:00Z"]
    ),
    st.sampled_from(["VerifiableCredential", "EndorsementCredential", "eddsa-rdfc-2022", "0000-00-00T00:00:00Z"]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "type", "proof", "alg", "name", "@context", "x"]), inner, max_size=3),
    ),
    max_leaves=5,
)


@cache
def _scene() -> tuple[World, Issuer, dict[str, dict[str, Any]], str]:
    """One world, and in it everything that a verification reads, as JSON that can be changed."""
    world = World(NOW)
    acme, partner = world.issuer("acme.example"), world.issuer("partner.example")
    badge = acme.issue(refreshService={"id": "https://acme.example/newest", "type": "1EdTechCredentialRefresh"})
    badge.document["@context"] = [*CONTEXT, OPEN_BADGES_EXTENSIONS]
    badge.document["endorsement"] = [json.loads(partner.endorse(badge.id).json)]
    header, payload, signature = token_parts(badge.jwt)
    header["jwk"] = acme.keys_document()["verificationMethod"][1]["publicKeyJwk"]
    del payload["endorsement"]
    payload["proof"] = json.loads(badge.json)["proof"]
    payload["endorsementJwt"] = [partner.endorse(badge.id).jwt.decode()]
    listed = world.fetcher.sites[acme.list_url("revocation")].body
    parts = {
        "badge": json.loads(badge.json),
        "badge before signing": badge.document,
        "header": header,
        "payload": payload,
        "issuer's document": acme.keys_document(),
        "status list": json.loads(listed),
        "status list before signing": acme.list_document("revocation"),
    }
    world.fetcher.serve("https://acme.example/newest", badge.json)
    return world, acme, parts, signature


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _places(inner, (*path, name))


def _changed(value: Any, path: Path, replacement: Any) -> Any:
    changed = copy.deepcopy(value)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = replacement
    return changed


def _verified(name: str, part: Any) -> list[VerificationResult]:
    """The badge as JSON and as a token, rightly signed and not, with one part of the scene in another state."""
    world, acme, parts, signature = _scene()
    parts = {**parts, name: part}
    listed, badge = parts["status list"], parts["badge"]
    if name == "status list before signing":
        listed = _signed(acme, part)
    if name == "badge before signing":
        badge = _signed(acme, part)
    honest = world.fetcher.sites.copy()
    try:
        world.fetcher.serve(acme.document_url, json.dumps(parts["issuer's document"]).encode())
        world.fetcher.serve(acme.list_url("revocation"), json.dumps(listed).encode())
        inputs = [] if name in ("header", "payload") else [json.dumps(badge).encode()]
        if not name.startswith("badge"):
            inputs.append(compact_jws(parts["header"], parts["payload"], acme.jwt_key.sign))
            inputs.append(token_of(parts["header"], parts["payload"], signature))
        return [world.verify(each, refresh=True, recipient=("emailAddress", "ada@acme.example")) for each in inputs]
    finally:
        world.fetcher.sites.clear()
        world.fetcher.sites.update(honest)


def _signed(acme: Issuer, document: dict[str, Any]) -> Any:
    try:
        return json.loads(acme.sign_anything(document))
    except Exception:  # noqa: BLE001  (no canonical form: nobody can sign it, and it is looked at unsigned)
        return document


def test_the_scene_is_valid_until_something_is_changed() -> None:
    _, _, parts, _ = _scene()
    for name, part in parts.items():
        verified = [result.verified for result in _verified(name, part)]
        assert verified == {"badge": [True], "badge before signing": [True]}.get(
            name, [True, False] if name in ("header", "payload") else [True, True, False]
        )


@settings(max_examples=max(100, settings().max_examples))  # more by `make fuzz`
@given(st.data())
def test_any_json_in_any_place_gives_a_result(data: st.DataObject) -> None:
    _, _, parts, _ = _scene()
    name = data.draw(st.sampled_from(sorted(parts)))
    path = data.draw(st.sampled_from(sorted(_places(parts[name]), key=str)))
    for result in _verified(name, _changed(parts[name], path, data.draw(JSON))):
        assert all(isinstance(check.outcome, Outcome) for check in result.checks)
        json.dumps(result.as_dict(), allow_nan=False)


@pytest.mark.parametrize("algorithm", [[], {}, ["ES256"], 7, None])
def test_an_algorithm_that_is_no_text(algorithm: Any) -> None:
    """In the key that a token brings along, and in the issuer's published key: a verdict all the same."""
    _, _, parts, _ = _scene()
    brought = {**parts["header"], "jwk": {**parts["header"]["jwk"], "alg": algorithm}}
    result = _verified("header", brought)[0]
    assert (result.status, result.check("proof").outcome) == (Status.INVALID, Outcome.FAILED)
    assert "member alg must be a text" in result.sentence
    published = copy.deepcopy(parts["issuer's document"])
    published["verificationMethod"][1]["publicKeyJwk"]["alg"] = algorithm
    by_multikey, by_jwk, _ = _verified("issuer's document", published)
    assert by_multikey.verified
    assert (by_jwk.status, by_jwk.check("key-belongs-to-issuer").outcome) == (Status.INVALID, Outcome.FAILED)
