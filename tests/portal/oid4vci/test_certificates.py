"""Certificates in proofs and attestations (`x5c`), and copies for all keys that a proof's attestation names."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from credentials.prepared import written
from credentials.proofs import compact_jws
from issuer.offers.offers import NewOffer
from keys import jwk
from keys.did import did_jwk
from keys.errors import KeysError
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from portal.oid4vci.trust import trusted_roots
from tests.portal.oid4vci.conftest import Wallet
from tests.portal.oid4vci.test_credentials import credential_of, trusting
from tests.portal.oid4vci.test_offers import CONFIGURATIONS, error_of

LDP, JWT, SD_JWT = CONFIGURATIONS
_BEGIN, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
_ROOT, _BETWEEN = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def certificate(
    of: Any, name: str, by: ec.EllipticCurvePrivateKey, issuer: str, *, authority: bool = False, **more: Any
) -> x509.Certificate:
    common = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
    signs = more.get("signs", True)
    builder = (
        x509.CertificateBuilder()
        .subject_name(common[0])
        .issuer_name(common[1])
        .public_key(of)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(more.get("end", _END))
        .add_extension(x509.BasicConstraints(authority or more.get("ca", False), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(of), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(signs, False, not signs, False, False, authority, authority, False, False), critical=True
        )
    )
    if "critical" in more:
        odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        builder = builder.add_extension(odd, critical=more["critical"])
    return builder.sign(by, SHA256())


def public(signer: LocalSigner) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), signer.public_key.material)


ROOT = certificate(_ROOT.public_key(), "Root", _ROOT, "Root", authority=True)
BETWEEN = certificate(_BETWEEN.public_key(), "Between", _ROOT, "Root", authority=True)


def listed(*certificates: x509.Certificate) -> list[str]:
    return [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in certificates]


def chain(signer: LocalSigner, **more: Any) -> list[str]:
    return listed(certificate(public(signer), "Provider", _BETWEEN, "Between", **more), BETWEEN)


def attestation(wallet: Wallet, signer: LocalSigner, x5c: object, *keys: LocalSigner) -> str:
    now = int(wallet.shop.clock().timestamp())
    claims = {"iat": now, "exp": now + 600, "attested_keys": [jwk.to_jwk(one.public_key) for one in keys]}
    return compact_jws.sign({"typ": "key-attestation+jwt", "x5c": x5c}, written(claims), signer)


def rooted(wallet: Wallet, **settings: Any) -> None:
    """From now on certificates below the root are trusted to attest."""
    service = wallet.shop.service
    file = service.settings.home / "roots.pem"
    file.write_bytes(ROOT.public_bytes(Encoding.PEM))
    changed = service.settings.model_copy(update={"wallet_attestation_roots_file": Path("roots.pem"), **settings})
    wallet.shop.app.state.service = replace(service, settings=changed)


def subjects(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["credential"]["credentialSubject"]["id"] for one in answer.json()["credentials"]]


@pytest.fixture
def ready(wallet: Wallet, offer: Callable[..., NewOffer]) -> Wallet:
    """A wallet with a token."""
    assert wallet.redeem(offer().code).status_code == 200
    return wallet


def test_a_certificate_names_the_key_of_a_proof(ready: Wallet) -> None:
    key = generate(KeyType.P256)
    own = certificate(public(key), "Anybody", _BETWEEN, "Nobody")
    got = credential_of(ready.ask(LDP, ready.proof(key, header={"x5c": listed(own)})))
    assert got["credentialSubject"]["id"] == did_jwk(key.public_key), "like a jwk: nobody needs to vouch for it"
    other = generate(KeyType.P256)
    wrong: tuple[dict[str, Any], ...] = (
        {"x5c": chain(other)},
        {"x5c": listed(own), "jwk": jwk.to_jwk(key.public_key)},
        {"x5c": []},
        {"x5c": listed(own)[0]},
        {"x5c": [1]},
        {"x5c": ["!"]},
        {"x5c": listed(own) * 7},
        {"x5c": listed(own), "x5u": "https://wallet.example/x"},
    )
    for header in wrong:
        assert error_of(ready.ask(LDP, ready.proof(key, header=header))) == "invalid_proof", header


def test_a_root_vouches_for_who_attests(ready: Wallet) -> None:
    provider, keys = generate(KeyType.P256), [ready.key, generate(KeyType.P256), generate(KeyType.ED25519)]
    rooted(ready, wallet_attestations_required=True)
    metadata = ready.client.get("/.well-known/openid-credential-issuer/oid4vci/brightmoor").json()
    assert "attestation" in metadata["credential_configurations_supported"][LDP]["proof_types_supported"]

    def ask(x5c: object, signer: LocalSigner = provider) -> Any:
        text = attestation(ready, signer, x5c, *keys)
        return ready.ask(LDP, ready.proof(header={"jwk": jwk.to_jwk(ready.key.public_key), "key_attestation": text}))

    stranger = ec.generate_private_key(ec.SECP256R1())
    for what, x5c in {
        "another's": chain(generate(KeyType.P256)),
        "without what is between": chain(provider)[:1],
        "of somebody with the same name": listed(certificate(public(provider), "P", stranger, "Between"), BETWEEN),
        "over": chain(provider, end=datetime(2021, 1, 1, tzinfo=UTC)),
        "an authority's": chain(provider, ca=True),
        "for keys, not signatures": chain(provider, signs=False),
        "with a condition that nobody knows": chain(provider, critical=True),
        "no list": "x",
        "none": [],
    }.items():
        assert error_of(ask(x5c)) == "invalid_proof", what
    assert error_of(ready.ask(LDP)) == "invalid_proof", "one is demanded"
    answer = ask(chain(provider, critical=False))
    assert subjects(answer) == [did_jwk(one.public_key) for one in keys], "a copy for each key"


def test_a_leaf_signs_no_other_certificate(ready: Wallet) -> None:
    middle, provider = ec.generate_private_key(ec.SECP256R1()), generate(KeyType.P256)
    leaf = certificate(middle.public_key(), "Wallet", _BETWEEN, "Between")
    rooted(ready)
    below = listed(certificate(public(provider), "Below", middle, "Wallet"), leaf, BETWEEN)
    text = attestation(ready, provider, below, ready.key)
    proof = ready.proof(header={"jwk": jwk.to_jwk(ready.key.public_key), "key_attestation": text})
    assert error_of(ready.ask(LDP, proof)) == "invalid_proof"


def test_where_attestations_are_demanded_a_proofs_certificate_needs_a_root(ready: Wallet) -> None:
    provider, key = generate(KeyType.P256), generate(KeyType.P256)
    rooted(ready, wallet_attestations_required=True)
    text = attestation(ready, provider, chain(provider), key)
    stray = listed(certificate(public(key), "Anybody", _BETWEEN, "Nobody"))
    assert error_of(ready.ask(LDP, ready.proof(key, header={"x5c": stray, "key_attestation": text}))) == "invalid_proof"
    proof = ready.proof(key, header={"x5c": chain(key), "key_attestation": text})
    assert subjects(ready.ask(LDP, proof)) == [did_jwk(key.public_key)]


def test_where_keys_alone_are_trusted_the_attestation_vouches_for_a_proofs_certificate(ready: Wallet) -> None:
    provider, key, other = generate(KeyType.P256), generate(KeyType.P256), generate(KeyType.P256)
    trusting(ready, provider, wallet_attestations_required=True)
    own = listed(certificate(public(key), "Anybody", _BETWEEN, "Nobody"))

    def ask(attested: LocalSigner, by: LocalSigner = provider) -> Any:
        text = attestation(ready, by, None, attested)
        return ready.ask(LDP, ready.proof(key, header={"x5c": own, "key_attestation": text}))

    assert error_of(ready.ask(LDP, ready.proof(key, header={"x5c": own}))) == "invalid_proof", "one is demanded"
    assert error_of(ask(key, by=other)) == "invalid_proof", "signed by nobody who is trusted"
    assert error_of(ask(other)) == "invalid_proof", "for another key than the certificate's"
    assert subjects(ask(key)) == [did_jwk(key.public_key)]


def test_each_attested_key_gets_one_copy_however_many_proofs_name_it(ready: Wallet) -> None:
    provider, keys = generate(KeyType.P256), [generate(KeyType.ED25519) for _ in range(12)]

    def proofs() -> list[str]:
        text, nonce = attestation(ready, provider, None, *keys), ready.nonce()
        return [
            ready.proof(one, header={"jwk": jwk.to_jwk(one.public_key), "key_attestation": text}, nonce=nonce)
            for one in (keys[3], keys[1])
        ]

    assert subjects(ready.ask(LDP, *proofs())) == [did_jwk(keys[at].public_key) for at in (3, 1)], "nobody is trusted"
    trusting(ready, provider)
    wanted = [did_jwk(keys[at].public_key) for at in (3, 1, 0, 2, 4, 5, 6, 7, 8, 9)]
    assert subjects(ready.ask(LDP, *proofs())) == wanted, "those that signed first, ten at most"


def test_a_file_without_roots_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="cannot be read"):
        trusted_roots(tmp_path / "none.pem")
    (tmp_path / "roots.pem").write_text(json.dumps({"keys": []}))
    with pytest.raises(KeysError, match="has no certificates"):
        trusted_roots(tmp_path / "roots.pem")
