"""Proofs and tokens: nobody but the key's holder signed anything, and what he signed is read the same by everybody."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from credentials import canonical
from credentials.prepared import prepare
from credentials.problems import Unacceptable
from credentials.proofs import compact_jws, cose, data_integrity, jose, vc_claim
from credentials.proofs.sd_jwt import disclosures, key_binding
from credentials.proofs.sd_jwt import token as sd_jwt
from credentials.proofs.sd_jwt.key_binding import Asked
from credentials.proofs.selective import ecdsa_sd_2023, pointers
from credentials.proofs.selective.proof_values import is_base, read_base, read_derived
from keys import base64url, jwk
from keys.algorithms import KeyType
from keys.errors import KeysError
from tests.credentials.badges import KEY_ID, badge
from tests.fuzz import mutators
from tests.fuzz.fixed import private_key, signer
from tests.fuzz.mutators import Plain, cbor, json_tree
from tests.fuzz.target import NOTHING, NOW, json_of, object_of, require, taken, target, text_of
from tests.world import compact_jws as compact
from tests.world import payload_of
from verifier.older import assertion
from wallet_export import certificate_chains

VERIFY = ("Verification",)
WALLETS = ("Wallets (OpenID4VCI)",)
ISSUER, HOLDER = signer("issuer"), signer("holder")
KID = "did:web:badges.example#key-1"
TYPES = ("vc+sd-jwt", "dc+sd-jwt", "vc+jwt", "jwt")


def _token(payload: dict[str, Any], **header: Any) -> bytes:
    return compact({"alg": "EdDSA", "typ": "JWT", "kid": KID, **header}, payload, ISSUER.sign)


@cache
def _tokens() -> tuple[bytes, ...]:
    count = iter(range(1000))
    claims = {**badge(), "cnf": {"jwk": jwk.to_jwk(HOLDER.public_key)}}
    concealed = ("/name", "/credentialSubject/achievement/tag/0", "/credentialSubject")
    hidden = sd_jwt.issue(
        claims,
        ISSUER,
        typ="vc+sd-jwt",
        kid=KID,
        concealed=concealed,
        randomness=lambda size: bytes([next(count)]) * size,
    )
    bound = key_binding.bind(hidden, HOLDER, nonce="n", audience="https://a.example", now=NOW)
    older = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": "urn:uuid:1",
        "issuedOn": "2020-01-01",
    }
    return _token(payload_of(badge())), hidden.encode(), bound.encode(), _token(older)


def _signed_texts() -> frozenset[str]:
    return frozenset(text.decode().split("~")[0] for text in _tokens())


def _certain(token: compact_jws.CompactJws | jose.UnverifiedJwt, text: str) -> None:
    """What verifies, the issuer signed, but for how its signature is spelled."""
    whole = getattr(token, "text", "") or getattr(token, "token", "")
    require(whole in _signed_texts(), "only what was signed verifies", text)


@target(
    "credentials.proofs.compact_jws:read",
    "credentials.proofs.compact_jws:verify_text",
    "credentials.proofs.jose:parse",
    "credentials.proofs.vc_claim:decoded",
    "credentials.proofs.sd_jwt.token:read",
    "credentials.proofs.sd_jwt.disclosures:read",
    "verifier.older.assertion:of_token",
    entries=VERIFY,
    seeds=_tokens,
    mutator=mutators.token,
    most_bytes=8192,
)
def tokens(data: bytes) -> None:
    """Tokens whose signature nobody could make anew: whatever else is changed, they do not verify."""
    text = text_of(data)
    plain = taken(Unacceptable, compact_jws.read, text, types=TYPES)
    if plain is not NOTHING and taken(Unacceptable, compact_jws.verify, plain, ISSUER.public_key) is None:
        _certain(plain, text)
    found = taken(Unacceptable, jose.parse, data)
    if found is not NOTHING:
        jose.check_claims(found)
        jose.expiry_claim(found)
        if taken(Unacceptable, jose.verify, found, ISSUER.public_key) is None:
            _certain(found, text)
    taken(Unacceptable, disclosures.read, text)
    taken(Unacceptable, assertion.of_token, text)
    shown = taken(Unacceptable, sd_jwt.read, text, types=TYPES)
    if shown is not NOTHING:
        _sd_jwt(shown, text)


def _sd_jwt(shown: sd_jwt.SdJwt, text: str) -> None:
    again = sd_jwt.read(sd_jwt.shown(shown, lambda _: True), types=TYPES)
    require(again.claims == shown.claims, "showing all shows the same", text)
    require("_sd" not in json.dumps(shown.claims) or '"_sd"' not in str(shown.claims), "no digests are left", text)
    if (
        taken(Unacceptable, key_binding.check, shown, Asked("n", "https://a.example"), NOW) is None
        and taken(Unacceptable, compact_jws.verify, shown.token, ISSUER.public_key) is None
    ):
        require(text.strip() == _tokens()[2].decode(), "the holder signed this alone", text)


def _signing_inputs() -> Iterator[bytes]:
    for payload in (
        payload_of(badge()),
        {"vc": badge(), "iss": "did:web:a.example", "jti": "urn:1"},
        {"nbf": 1e9, "exp": 1},
    ):
        yield json.dumps({"header": {"alg": "EdDSA", "typ": "JWT", "kid": KID}, "payload": payload}).encode()
    brought = {"alg": "EdDSA", "typ": "vc+jwt", "jwk": jwk.to_jwk(ISSUER.public_key)}
    yield json.dumps({"header": brought, "payload": badge()}).encode()


@target(
    "credentials.proofs.jose:parse",
    "credentials.proofs.compact_jws:read",
    "credentials.proofs.vc_claim:decoded",
    entries=VERIFY,
    seeds=_signing_inputs,
    mutator=json_tree,
    most_bytes=6000,
)
def signed_tokens(data: bytes) -> None:
    """Any header and payload, rightly signed: read or refused; `none` and secrets never verify."""
    value = object_of(data)
    if value is None or not isinstance(value.get("header"), dict) or not isinstance(value.get("payload"), dict):
        return
    token = compact(value["header"], value["payload"], ISSUER.sign)
    found = taken(Unacceptable, jose.parse, token)
    if found is NOTHING:
        return
    jose.check_claims(found)
    jose.expiry_claim(found)
    if isinstance(found.payload.get("vc"), dict):
        vc_claim.decoded(found.payload)
    verified = taken(Unacceptable, jose.verify, found, ISSUER.public_key) is None
    require(not verified or value["header"].get("alg") in ("EdDSA", "Ed25519"), "the algorithm of the key", value)
    require(taken(Unacceptable, jose.verify, found, HOLDER.public_key) is NOTHING, "another's key", value)


@cache
def _messages() -> tuple[bytes, ...]:
    made = {"typ": "vc+cose", "content_type": "vc", "kid": KID}
    return cose.sign(b'{"name":"x"}', ISSUER, **made), cose.sign(json.dumps(badge()).encode(), ISSUER, **made)


@target("credentials.proofs.cose:read", entries=VERIFY, seeds=_messages, mutator=cbor)
def messages(data: bytes) -> None:
    """COSE: what verifies was signed."""
    found = taken(Unacceptable, cose.read, data, types=("vc+cose",), content_type="vc")
    cose.is_cose(data)
    if found is not NOTHING and taken(Unacceptable, cose.verify, found, ISSUER.public_key) is None:
        known = [cose.read(one, types=("vc+cose",), content_type="vc") for one in _messages()]
        require((found.signed, found.payload) in [(one.signed, one.payload) for one in known], "was signed", data)


@cache
def _secured() -> tuple[dict[str, Any], ...]:
    created = datetime(2026, 1, 15, 9, tzinfo=UTC)
    one = data_integrity.add_proof(prepare(badge()), ISSUER, verification_method=KEY_ID, created=created)
    counted = iter(range(1000))
    several = ecdsa_sd_2023.sign(
        prepare(badge()),
        signer("issuer", KeyType.P256),
        verification_method=KEY_ID,
        created=created,
        mandatory=("/issuer", "/validFrom"),
        randomness=lambda size: bytes([next(counted)]) * size,
    )
    base = json.loads(several.body)
    shown = ecdsa_sd_2023.derive(base, ("/credentialSubject/achievement/name",))
    return json.loads(one.body), base, shown


@cache
def _canonical() -> bytes:
    return canonical.canonicalize(badge())


@target(
    "credentials.proofs.data_integrity:check_form",
    "credentials.proofs.data_integrity:verify_proof",
    "credentials.proofs.data_integrity:proofs_of",
    "credentials.proofs.data_integrity:secured_by",
    "credentials.proofs.data_integrity:verify_checked_proof",
    "credentials.proofs.cryptosuite:Cryptosuite.verify",
    entries=VERIFY,
    seeds=lambda: (json.dumps(_secured()[0]).encode(),),
    mutator=json_tree,
    most_bytes=6000,
)
def embedded_proofs(data: bytes) -> None:
    """What verifies has the canonical form of what was signed."""
    document = object_of(data)
    if document is None:
        return
    proofs = taken(Unacceptable, data_integrity.proofs_of, document)
    for proof in proofs if proofs is not NOTHING else ():
        taken(Unacceptable, data_integrity.secured_by, document, proof)
        taken(Unacceptable, data_integrity.check_form, proof)
        if taken(Unacceptable, data_integrity.verify_proof, document, proof, ISSUER.public_key) is None:
            plain = {name: value for name, value in document.items() if name != "proof"}
            require(canonical.canonicalize(plain) == _canonical(), "the same dataset", document)


@target(
    "credentials.proofs.selective.ecdsa_sd_2023:verify",
    "credentials.proofs.selective.suite:SelectiveSuite.verify",
    "credentials.proofs.selective.statements:of_revealed",
    "credentials.proofs.selective.statements:of_document",
    entries=VERIFY,
    mutator=json_tree,
    most_bytes=8192,
    seeds=lambda: (json.dumps(one).encode() for one in _secured()[1:]),
)
def selective_proofs(data: bytes) -> None:
    """What is shown of a badge and verifies says nothing that the badge did not."""
    document = object_of(data)
    if document is None:
        return
    proofs = taken(Unacceptable, data_integrity.proofs_of, document)
    key = signer("issuer", KeyType.P256).public_key
    for proof in (proofs if proofs is not NOTHING else ())[:2]:
        if taken(Unacceptable, data_integrity.verify_proof, document, proof, key) is None:
            plain = {name: value for name, value in document.items() if name != "proof"}
            lines = len(canonical.canonicalize(plain).splitlines())
            require(lines <= len(_canonical().splitlines()), "nothing besides", document)


def _values() -> Iterator[bytes]:
    for document in _secured()[1:]:
        proof = document["proof"][0] if isinstance(document["proof"], list) else document["proof"]
        yield base64url.decode(proof["proofValue"][1:])


@target(
    "credentials.proofs.selective.proof_values:read_base",
    "credentials.proofs.selective.proof_values:read_derived",
    entries=VERIFY,
    seeds=_values,
    mutator=lambda *given: _behind(3, *given),
)
def proof_values(data: bytes) -> None:
    """A value that is read is written as one that is read as the same."""
    text = "u" + base64url.encode(data)
    for reader in (read_base, read_derived):
        value: Any = taken(Unacceptable, reader, text)
        require(value is NOTHING or reader(value.text()) == value, "read(write(x)) is x", text)
    is_base(text)


def _behind(length: int, data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """CBOR behind a header that mostly stays."""
    if Random(seed).random() < 0.1:
        return plain(data, most)
    return data[:length] + cbor(data[length:], max(1, most - length), seed, plain)


@target(
    "credentials.proofs.selective.pointers:checked",
    "credentials.proofs.selective.pointers:select",
    entries=("Verification",),
    mutator=json_tree,
    most_bytes=1024,
    seeds=lambda: (
        json.dumps(
            {"document": {"a": [{"id": "x", "b": 1}, "c"], "~/": 1}, "pointers": ["/a/0/b", "/~0~1", ""]}
        ).encode(),
    ),
)
def json_pointers(data: bytes) -> None:
    """Pointers that are taken lead to something."""
    value = object_of(data)
    if value is not None and isinstance(value.get("document"), dict):
        checked = taken(Unacceptable, pointers.checked, value.get("pointers"), value["document"])
        if checked is not NOTHING:
            taken(Unacceptable, pointers.select, value["document"], checked)


def _certificate(name: str, key: str, by: str, *, authority: bool) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(private_key(key, KeyType.P256).public_key())
        .serial_number(1000 + len(name))
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private_key(key, KeyType.P256).public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(private_key(by, KeyType.P256).public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, authority, authority, False, False), critical=True
        )
    )
    from cryptography.hazmat.primitives import hashes

    return builder.sign(private_key(by, KeyType.P256), hashes.SHA256(), ecdsa_deterministic=True)


@cache
def _root() -> x509.Certificate:
    return _certificate("root", "root", "root", authority=True)


@cache
def _chain() -> tuple[str, ...]:
    between = _certificate("between", "between", "root", authority=True)
    leaf = _certificate("leaf", "leaf", "between", authority=False)
    return tuple(base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in (leaf, between))


def _certificates(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """A list of certificates: one of them changed by its bytes, or the list by its tree."""
    random = Random(seed)
    try:
        listed = json.loads(data)
        if random.random() < 0.2:
            return json_tree(data, most, seed, plain)
        at = random.randrange(len(listed))
        der = base64.b64decode(listed[at])
        listed[at] = base64.b64encode(plain(der, len(der) + 32)).decode()
        made = json.dumps(listed).encode()
    except (ValueError, TypeError, LookupError):
        return plain(data, most)
    return made if len(made) <= most else plain(data, most)


@target(
    "wallet_export.certificate_chains:leaf_key",
    "wallet_export.certificate_chains:vouched_key",
    entries=WALLETS,
    seeds=lambda: (json.dumps(_chain()).encode(), json.dumps(_chain()[:1]).encode()),
    mutator=_certificates,
)
def certificates(data: bytes) -> None:
    """A root vouches for no key but the leaf's."""
    listed = json_of(data)
    taken(KeysError, certificate_chains.leaf_key, listed)
    key = taken(KeysError, certificate_chains.vouched_key, listed, [_root()], NOW)
    if key is not NOTHING:
        known = [signer(name, KeyType.P256).public_key for name in ("leaf", "between")]
        require(key == known[0], "the leaf's key", listed)


@target(
    "wallet_export.certificate_chains:read_roots",
    entries=("Command line",),
    seeds=lambda: (
        _root().public_bytes(Encoding.PEM),
        b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ),
)
def roots(data: bytes) -> None:
    """Certificates of a PEM file, which can be written again."""
    read = taken(KeysError, certificate_chains.read_roots, data)
    for one in read if read is not NOTHING else ():
        one.public_bytes(Encoding.DER)
