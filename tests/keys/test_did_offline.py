"""did:key and did:jwk resolve without a network, to the key that they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import base64url, jwk
from keys.did import did_jwk, did_key, is_did, resolve_offline, verification_method_key
from keys.errors import KeysError, MalformedDid, UnsupportedKey
from keys.public_key import KeyType
from keys.signer import LocalSigner
from tests.keys.conftest import SIGNERS
from tests.work import work_of_at_most


def of_json(text: str | bytes) -> str:
    return "did:jwk:" + base64url.encode(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("make", [did_key, did_jwk])
def test_the_document_holds_the_key_for_both_relations(make: object, signer: LocalSigner) -> None:
    did = make(signer.public_key)  # type: ignore[operator]
    assert is_did(did)
    document = resolve_offline(did)
    (method,) = document["verificationMethod"]
    assert document["id"] == method["controller"] == did
    assert document["assertionMethod"] == document["authentication"] == [method["id"]]
    assert method["id"].startswith(f"{did}#")
    assert document["@context"][0] == "https://www.w3.org/ns/did/v1"
    assert verification_method_key(method) == signer.public_key


def test_the_example_of_the_did_key_method() -> None:
    did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    document = resolve_offline(did)
    assert document["verificationMethod"] == [
        {
            "id": f"{did}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        }
    ]
    assert did_key(verification_method_key(document["verificationMethod"][0])) == did


def test_the_example_of_the_did_jwk_method() -> None:
    did = (
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAi"
        "LCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    document = resolve_offline(did)
    (method,) = document["verificationMethod"]
    assert method["id"] == f"{did}#0"
    assert method["publicKeyJwk"] == {
        "crv": "P-256",
        "kty": "EC",
        "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
        "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE",
    }
    assert did_jwk(verification_method_key(method)) == did


def test_a_peers_did_jwk_keeps_the_members_that_it_gave() -> None:
    members = {**jwk.to_jwk(SIGNERS[KeyType.P256].public_key), "use": "sig", "kid": "1"}
    (method,) = resolve_offline(of_json(json.dumps(members, indent=1)))["verificationMethod"]
    assert method["publicKeyJwk"] == members


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        "did:key:6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "did:key:1.1:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "did:web:example.com",
        "did:example:123",
        "https://example.com",
        "did:jwk:",
        "did:jwk:e30=",
        "did:jwk:!",
        of_json("[]"),
        of_json("null"),
        of_json("{"),
        of_json(b"\xff"),
        of_json("[" * 3000),
        of_json('{"kty":NaN}'),
        of_json('{"kty":"OKP",' + json.dumps(jwk.to_jwk(SIGNERS[KeyType.P256].public_key))[1:]),
        of_json('{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}'),
        of_json(json.dumps({**jwk.to_jwk(SIGNERS[KeyType.P256].public_key), "d": "AQ"})),
    ],
    ids=lambda did: did[:40],
)
def test_what_holds_no_usable_key_is_refused(did: str) -> None:
    with pytest.raises(MalformedDid):
        resolve_offline(did)


@pytest.mark.parametrize(
    "did",
    [
        "did:key:zUC7EK3ZakmukHhuncwkbySmomv3FmrkmS36E4Ks5rsb6VQSRpoCrx6Hb8e2Nk6UvJFSdyw9NK1scFXJp21gNNYFjVWNgaqyGnkyh"
        "tagagCpQb5B7tagJu3HDbjQ8h5ypoHjwBb",
        of_json('{"kty":"OKP","crv":"X25519","use":"enc","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}'),
        of_json(json.dumps({**jwk.to_jwk(SIGNERS[KeyType.P256].public_key), "use": "enc"})),
    ],
    ids=["BLS12-381", "X25519", "encryption"],
)
def test_a_key_of_another_kind_is_unsupported(did: str) -> None:
    with pytest.raises(UnsupportedKey):
        resolve_offline(did)


def test_a_hostile_length_costs_nothing() -> None:
    with work_of_at_most(5):
        for did in ("did:key:z" + "2" * 3_000_000, "did:jwk:" + "e" * 3_000_000, "did:web:" + ":" * 3_000_000):
            with pytest.raises(MalformedDid):
                resolve_offline(did)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["did:key:z", "did:jwk:", "did:jwk:ey", ""]), st.text("abZ019:%-_.#{}é", max_size=60))
def test_any_text_is_a_document_or_a_keys_error(beginning: str, text: str) -> None:
    try:
        document = resolve_offline(beginning + text)
    except KeysError:
        return
    assert document["id"] == beginning + text
