"""Keys of an issuer: what fits which use, rotation, and that old signatures keep verifying."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from credentials.proofs import data_integrity, jose
from issuer import audit
from issuer.api_tokens import Role, create_token, list_tokens, revoke_token
from issuer.catalogue import rendering
from issuer.documents import issue_document
from issuer.ending_keys import mark_compromised
from issuer.errors import AlreadyExists, KeyDoesNotFit, NoSigningKey, TransitionRefused, UnknownIssuer, UnknownKey
from issuer.issue import issue
from issuer.issuers import create_issuer, find_issuer
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from issuer.signing_keys import KeyState, Use, check_fit, create_initial_keys, issuer_did_document, list_keys, rotate
from issuer.store import Database
from keys.did import verification_method_key
from keys.keyring import Keyring
from keys.public_key import KeyType
from tests.issuer.conftest import NOW, PROGRAM, House


def test_an_issuer_begins_with_one_key_for_each_use(house: House) -> None:
    assert [(key.use, key.type, key.state) for key in list_keys(house.db)] == [
        (Use.DATA_INTEGRITY, KeyType.ED25519, KeyState.ACTIVE),
        (Use.JWT, KeyType.RSA, KeyState.ACTIVE),
    ]
    assert (
        create_initial_keys(house.db, house.keyring, issuer=None, actor="t", now=NOW, randomness=house.randomness) == ()
    )


def test_a_key_that_does_not_fit_is_refused_in_a_sentence(database: Database, keyring: Keyring) -> None:
    key_type = KeyType.RSA
    create_issuer(database, slug="acme", name="Acme", base_url="https://acme.example", actor="t", now=NOW)
    fault = f"A {key_type} key cannot be used for data-integrity.*Choose Ed25519, P-256, P-384"
    with pytest.raises(KeyDoesNotFit, match=fault):
        create_initial_keys(
            database, keyring, issuer=None, actor="t", now=NOW, randomness=bytes, data_integrity=key_type
        )
    assert list_keys(database) == ()
    check_fit(key_type, Use.JWT)


def test_after_a_rotation_old_credentials_still_verify_with_what_is_published(house: House) -> None:
    def issued(number: int) -> dict[str, bytes]:
        (one,) = issue(
            house.db,
            house.keyring,
            issuer=None,
            requests=[house.request(number)],
            actor="t",
            now=NOW,
            randomness=house.randomness,
        ).new
        found = {name: rendering(house.db, one.id, name) for name in ("json", "jwt")}
        return {name: secured.body for name, secured in found.items() if secured}

    bodies = [issued(1)]
    first = rotate(
        house.db, house.keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="t", now=NOW, randomness=house.randomness
    )
    rotate(
        house.db,
        house.keyring,
        issuer=None,
        use=Use.JWT,
        key_type=KeyType.P256,
        actor="t",
        now=NOW,
        randomness=house.randomness,
    )
    bodies.append(issued(2))
    assert first.retired is not None
    assert (first.retired.state, first.new.state, first.new.type) == (
        KeyState.RETIRED,
        KeyState.ACTIVE,
        KeyType.ED25519,
    )

    published = issuer_did_document(house.db)
    assert published["id"] == "did:web:localhost%3A8000"
    methods = {method["id"]: method for method in published["verificationMethod"]}
    assert len(methods) == 4
    assert set(published["assertionMethod"]) == set(methods)
    algorithms = []
    for body in bodies:
        document = json.loads(body["json"])
        (proof,) = document["proof"]
        data_integrity.verify_proof(document, proof, verification_method_key(methods[proof["verificationMethod"]]))
        token = jose.parse(body["jwt"])
        assert token.kid is not None
        jose.verify(token, verification_method_key(methods[token.kid]))
        algorithms.append(token.alg)
    assert algorithms == ["RS256", "ES256"]
    assert {method["type"] for method in methods.values()} == {"Multikey", "JsonWebKey"}
    assert [event.action for event in audit.events(house.db, after=4, limit=100)].count("key rotated") == 2


def test_a_compromised_key_is_marked_for_everyone_once_it_no_longer_signs(house: House) -> None:
    active = next(key for key in list_keys(house.db) if key.use is Use.DATA_INTEGRITY)
    arguments = {"issuer": None, "fragment": active.fragment, "reason": "laptop stolen", "actor": "t"}
    with pytest.raises(TransitionRefused, match="rotate the data-integrity key first"):
        mark_compromised(house.db, now=NOW, **arguments)  # type: ignore[arg-type]
    rotate(
        house.db, house.keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="t", now=NOW, randomness=house.randomness
    )
    later = NOW + timedelta(hours=1)
    assert mark_compromised(house.db, now=later, **arguments).state is KeyState.COMPROMISED  # type: ignore[arg-type]
    method = next(
        one for one in issuer_did_document(house.db)["verificationMethod"] if one["id"] == active.verification_method
    )
    assert method["revoked"] == "2026-11-22T11:00:00Z"
    with pytest.raises(UnknownKey):
        mark_compromised(house.db, now=NOW, **{**arguments, "fragment": "nope"})  # type: ignore[arg-type]


def test_several_issuers_each_have_their_own_did_and_keys(house: House) -> None:
    second = create_issuer(house.db, slug="beta", name="Beta", base_url="http://localhost:8000/", actor="t", now=NOW)
    assert (second.did, second.is_default) == ("did:web:localhost%3A8000:issuers:beta", False)
    assert second.did_document_url == "http://localhost:8000/issuers/beta/did.json"
    assert find_issuer(house.db).slug == "acme"
    assert list_keys(house.db, "beta") == ()
    with pytest.raises(AlreadyExists, match="choose another"):
        create_issuer(house.db, slug="beta", name="Beta", base_url="https://b.example", actor="t", now=NOW)
    with pytest.raises(NoSigningKey):
        issue(house.db, house.keyring, issuer="beta", requests=[], actor="t", now=NOW, randomness=house.randomness)


def test_no_issuer_is_guessed_among_those_of_several_base_urls(house: House) -> None:
    create_issuer(house.db, slug="beta", name="Beta", base_url="https://b.example", actor="t", now=NOW)
    by: dict[str, Any] = {"issuer": None, "actor": "t", "now": NOW}
    made: dict[str, Any] = {**by, "randomness": house.randomness}
    asking: list[Callable[[], object]] = [
        lambda: find_issuer(house.db),
        lambda: list_keys(house.db),
        lambda: issuer_did_document(house.db),
        lambda: create_initial_keys(house.db, house.keyring, **made),
        lambda: rotate(house.db, house.keyring, use=Use.JWT, **made),
        lambda: mark_compromised(house.db, fragment="f", reason="r", **by),
        lambda: issue(house.db, house.keyring, requests=[], **made),
        lambda: issue_document(house.db, house.keyring, document={}, **made),
        lambda: load_catalogue(house.db),
        lambda: apply_program(house.db, definition=read_program(PROGRAM), **by),
        lambda: create_token(house.db, name="n", role=Role.ISSUE, **made),
        lambda: list_tokens(house.db, None),
        lambda: revoke_token(house.db, name="n", **by),
    ]
    for ask in asking:
        with pytest.raises(UnknownIssuer, match=r"several default issuers \(acme, beta\); say which one with --issuer"):
            ask()
    assert find_issuer(house.db, "beta").slug == "beta"
    assert find_issuer(house.db, base_url="https://b.example").slug == "beta"
    assert find_issuer(house.db, base_url="http://localhost:8000").slug == "acme"
    with pytest.raises(UnknownIssuer, match=r"no default issuer of https://c\.example; known are: acme, beta"):
        find_issuer(house.db, base_url="https://c.example")


def test_what_a_failed_first_attempt_left_is_taken_up_and_not_in_the_way(house: House) -> None:
    wanted: dict[str, Any] = {"slug": "beta", "base_url": "https://b.example", "actor": "t", "now": NOW}
    first = create_issuer(house.db, name="Beta", **wanted)
    assert create_issuer(house.db, name="Beta Ltd", **wanted) == first, "nothing of it is changed"
    with pytest.raises(AlreadyExists, match="choose another"):
        create_issuer(house.db, name="Beta", **{**wanted, "base_url": "https://c.example"})
    with pytest.raises(AlreadyExists, match="choose another"):
        create_issuer(house.db, name="Acme", **{**wanted, "slug": "acme", "base_url": "http://localhost:8000"})
