"""The document that publishes an issuer's keys, and the keys that are read out of anyone's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

import pytest
from pyld import documentloader, jsonld

from keys import jwk, multikey
from keys.did import PublishedKey, did_document, key_fragment, verification_method_key
from keys.errors import DuplicateKeyId, MalformedDid, MalformedKey, UnsupportedKey
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from tests.conftest import vectors
from tests.keys.conftest import SIGNERS

DID = "did:web:badges.example.com"
ED25519 = SIGNERS[KeyType.ED25519].public_key
RSA = SIGNERS[KeyType.RSA].public_key
RETIRED = generate(KeyType.ED25519).public_key
STOLEN = generate(KeyType.ED25519).public_key
STOLEN_AT = datetime(2026, 11, 22, 11, 0, 0, tzinfo=timezone(timedelta(hours=1)))


def an_issuers_document() -> dict[str, Any]:
    return did_document(
        DID,
        [
            PublishedKey(key_fragment(ED25519), ED25519, "Multikey"),
            PublishedKey(key_fragment(RSA), RSA, "JsonWebKey"),
            PublishedKey(key_fragment(RETIRED), RETIRED, "Multikey"),
            PublishedKey(key_fragment(STOLEN), STOLEN, "Multikey", revoked=STOLEN_AT),
        ],
        also_known_as=["https://badges.example.com/issuer"],
        services=[{"id": f"{DID}#profile", "type": "LinkedDomains", "serviceEndpoint": "https://badges.example.com"}],
    )


def test_every_key_that_ever_signed_may_have_signed_assertions() -> None:
    document = an_issuers_document()
    ids = [f"{DID}#{key_fragment(key)}" for key in (ED25519, RSA, RETIRED, STOLEN)]
    assert [method["id"] for method in document["verificationMethod"]] == ids
    assert document["assertionMethod"] == ids
    assert {method["controller"] for method in document["verificationMethod"]} == {DID}
    keys = [verification_method_key(method) for method in document["verificationMethod"]]
    assert keys == [ED25519, RSA, RETIRED, STOLEN]


def test_each_key_is_written_for_the_readers_of_its_form() -> None:
    proofs, tokens, *_ = an_issuers_document()["verificationMethod"]
    assert proofs["type"] == "Multikey"
    assert proofs["publicKeyMultibase"] == multikey.encode(ED25519)
    assert tokens["type"] == "JsonWebKey"
    assert tokens["publicKeyJwk"] == {
        **jwk.to_jwk(RSA),
        "kid": key_fragment(RSA),
        "alg": "RS256",
        "use": "sig",
    }


def test_only_a_compromised_key_is_revoked_in_utc() -> None:
    revoked = [method.get("revoked") for method in an_issuers_document()["verificationMethod"]]
    assert revoked == [None, None, None, "2026-11-22T10:00:00Z"]


def test_the_rest_of_the_document() -> None:
    document = an_issuers_document()
    assert document["@context"] == [
        "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/multikey/v1",
        "https://w3id.org/security/jwk/v1",
    ]
    assert document["id"] == DID
    assert document["alsoKnownAs"] == ["https://badges.example.com/issuer"]
    assert document["service"][0]["type"] == "LinkedDomains"
    bare = did_document(DID, [PublishedKey("k", RSA, "JsonWebKey")])
    assert bare["@context"] == ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"]
    assert set(bare) == {"@context", "id", "verificationMethod", "assertionMethod"}
    assert json.loads(json.dumps(bare)) == bare


def test_json_ld_processors_see_every_member_of_a_multikey_document() -> None:
    """With the contexts' own definitions nothing is dropped, and the relations point at the methods."""

    def load(url: str, _: object) -> dict[str, Any]:
        paths = {
            "https://www.w3.org/ns/did/v1": files(documentloader).joinpath("frozen/bundled/did-v1.jsonld"),
            "https://w3id.org/security/multikey/v1": files("openbadgeslib").joinpath(
                "ob3/contexts/security-multikey-v1.json"
            ),
        }
        return {"contextUrl": None, "documentUrl": url, "document": json.loads(paths[url].read_bytes())}

    def dropped(name: object) -> None:
        raise AssertionError(f"{name} has no meaning in JSON-LD")

    keys = [PublishedKey(key_fragment(key), key, "Multikey", STOLEN_AT) for key in (ED25519, STOLEN)]
    document = did_document(DID, keys, also_known_as=["https://badges.example.com"])
    options = {"documentLoader": load, "on_property_dropped": dropped, "base": None}
    (expanded,) = jsonld.expand(document, options)
    security = "https://w3id.org/security#"
    methods = expanded[f"{security}verificationMethod"]
    assert [method["@id"] for method in methods] == [
        reference["@id"] for reference in expanded[f"{security}assertionMethod"]
    ]
    assert set(methods[0]) == {
        "@id",
        "@type",
        f"{security}controller",
        f"{security}revoked",
        f"{security}publicKeyMultibase",
    }


def test_two_published_keys_never_share_an_id() -> None:
    for second in (PublishedKey("one", RSA, "JsonWebKey"), PublishedKey("one", ED25519, "Multikey")):
        with pytest.raises(DuplicateKeyId, match="share the id #one"):
            did_document(DID, [PublishedKey("one", ED25519, "Multikey"), second])


def test_a_fragment_is_stable_and_its_keys_alone(signer: LocalSigner) -> None:
    fragment = key_fragment(signer.public_key)
    assert (
        fragment == signer.public_key.thumbprint() == key_fragment(multikey.decode(multikey.encode(signer.public_key)))
    )
    assert fragment != key_fragment(generate(signer.public_key.type).public_key)
    PublishedKey(fragment, signer.public_key, "Multikey")


@pytest.mark.parametrize("fragment", ["", "a b", "a#b", "a/b", "ü", "a\n", '"', "x" * 201])
def test_a_fragment_is_part_of_a_url(fragment: str) -> None:
    with pytest.raises(MalformedDid, match="fragment"):
        PublishedKey(fragment, ED25519, "Multikey")


def test_a_revocation_has_a_time_zone_and_a_document_a_did() -> None:
    with pytest.raises(MalformedDid, match="time zone"):
        PublishedKey("k", ED25519, "Multikey", datetime(2026, 11, 22))  # noqa: DTZ001
    with pytest.raises(MalformedDid, match="not as JWK"):
        PublishedKey("k", ED25519, "JWK")  # type: ignore[arg-type]
    for wrong in ("", "https://badges.example.com", f"{DID}#key"):
        with pytest.raises(MalformedDid, match="is not a DID"):
            did_document(wrong, [PublishedKey("k", ED25519, "Multikey", datetime(2026, 11, 22, tzinfo=UTC))])


class TestReading:
    @pytest.mark.vectors
    @pytest.mark.parametrize(
        ("file", "key_type"),
        [
            ("08-multikey-encoding-of-a-ed25519-public-key.json", KeyType.ED25519),
            ("09-json-web-key-encoding-of-a-secp384r1-p-384-public-key.json", KeyType.P384),
            ("24-a-p-256-public-key-encoded-as-a-multikey.json", KeyType.P256),
            ("32-an-ed25519-public-key-encoded-as-a-jsonwebkey.json", KeyType.ED25519),
        ],
    )
    def test_the_methods_of_controlled_identifiers(self, file: str, key_type: KeyType) -> None:
        method = json.loads(vectors("cid", file).read_text())
        assert verification_method_key(method).type is key_type

    @pytest.mark.vectors
    def test_the_method_of_a_whole_document(self) -> None:
        file = vectors("cid", "01-controlled-identifier-document-in-json-format-using-jsonwebk.json")
        (method,) = json.loads(file.read_text())["verificationMethod"]
        assert verification_method_key(method).type is KeyType.P256

    def test_the_older_names_of_the_same_methods(self) -> None:
        text, members = multikey.encode(ED25519), jwk.to_jwk(RSA)
        for method in (
            {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": text},
            {"type": "Multikey", "publicKeyMultibase": text},
        ):
            assert verification_method_key(method) == ED25519
        assert verification_method_key({"type": "JsonWebKey2020", "publicKeyJwk": members}) == RSA

    @pytest.mark.vectors
    def test_a_method_that_publishes_its_secret_is_refused(self) -> None:
        file = vectors("cid", "10-json-web-key-encoding-of-a-secp384r1-p-384-secret-key.json")
        with pytest.raises(MalformedKey, match="publishes its secret key"):
            verification_method_key(json.loads(file.read_text()))
        for member in ("secretKeyMultibase", "privateKeyMultibase", "privateKeyJwk"):
            method = {"type": "Multikey", "publicKeyMultibase": multikey.encode(ED25519), member: "z-secret"}
            with pytest.raises(MalformedKey) as refused:
                verification_method_key(method)
            assert "z-secret" not in str(refused.value)

    @pytest.mark.parametrize(
        "method",
        [
            {},
            {"type": None},
            {"type": ["Multikey"]},
            {"type": "multikey"},
            {"type": "EcdsaSecp256k1VerificationKey2019"},
        ],
    )
    def test_other_methods_are_unsupported(self, method: dict[str, object]) -> None:
        with pytest.raises(UnsupportedKey, match="these are: Multikey"):
            verification_method_key({**method, "publicKeyMultibase": multikey.encode(ED25519)})

    @pytest.mark.parametrize(
        "method",
        [
            {"type": "Multikey"},
            {"type": "Multikey", "publicKeyMultibase": 7},
            {"type": "Multikey", "publicKeyJwk": jwk.to_jwk(ED25519)},
            {"type": "JsonWebKey"},
            {"type": "JsonWebKey", "publicKeyJwk": "text"},
            {"type": "JsonWebKey", "publicKeyMultibase": multikey.encode(ED25519)},
            {
                "type": "Multikey",
                "publicKeyMultibase": multikey.encode(ED25519),
                "publicKeyJwk": jwk.to_jwk(RSA),
            },
            {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": multikey.encode(RSA)},
        ],
    )
    def test_a_method_holds_one_key_in_its_own_form(self, method: dict[str, object]) -> None:
        with pytest.raises(MalformedKey):
            verification_method_key(method)
