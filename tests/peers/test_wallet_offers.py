"""A wallet by the library that wallets are built on takes home what a served installation offers; others verify it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from credentials.proofs import compact_jws
from keys import base64url, jwk
from keys.did import did_jwk, did_key
from keys.public_key import KeyType, PublicKey
from keys.signer import generate
from tests.journeys.conftest import Company, company
from tests.peers.process import Peer


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("academy")) as made:
        yield made


def offered(academy: Company, badge: dict[str, Any], *more: str) -> dict[str, Any]:
    done = academy.command("offer", "make", badge["id"], "--json", *more)
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json
    return found


def did_document(academy: Company) -> dict[str, Any]:
    found: dict[str, Any] = academy.get("/.well-known/did.json").json()
    return found


def pages(academy: Company, credential: dict[str, Any]) -> dict[str, Any]:
    """The documents that a verifier of this credential needs."""
    did = did_document(academy)
    entries = credential["credentialStatus"]
    lists = {one["statusListCredential"] for one in (entries if isinstance(entries, list) else [entries])}
    return {did["id"]: did, **{url: academy.get(url.removeprefix(academy.base_url)).json() for url in lists}}


@pytest.mark.parametrize("by", ["jwk", "did:jwk"])
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_an_embedded_proof_comes_to_the_wallet(academy: Company, peer: Peer, by: str, alg: str) -> None:
    badge = academy.issue_one("Łukasz Wójcik", "first-aider")
    made = offered(academy, badge)
    got = peer.ask(
        "receive-offer",
        offer=made["link"],
        txCode=made["transactionCode"],
        configuration="first-aid.first-aider.ldp",
        by=by,
        alg=alg,
        notify="credential_accepted",
    )
    (credential,) = got["credentials"]
    assert credential["credentialSubject"]["id"] == got["holders"][0]["did"]
    assert credential["id"] == badge["url"]
    verdict = peer.ask("verify-credential", credential=credential, documents=pages(academy, credential))
    assert verdict["verified"], verdict
    assert not any(one["set"] for one in verdict["status"])
    assert got["version"] == "V1"


def holder(alg: str) -> tuple[dict[str, Any], PublicKey, str]:
    """A key that is given to the wallet, its public half, and a certificate of it that nobody vouches for."""
    private = ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else ed25519.Ed25519PrivateKey.generate()
    public = PublicKey.of(private.public_key())
    secret = (
        private.private_numbers().private_value.to_bytes(32)
        if isinstance(private, ec.EllipticCurvePrivateKey)
        else private.private_bytes_raw()
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A wallet")])
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(private, SHA256() if alg == "ES256" else None)
    )
    certificate = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
    return {"jwk": {**jwk.to_jwk(public), "d": base64url.encode(secret), "alg": alg}}, public, certificate


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_proof_may_name_its_key_by_did_key(academy: Company, peer: Peer, alg: str) -> None:
    held, public, _ = holder(alg)
    held["did"] = did_key(public)
    badge = academy.issue_one("Nia Okoye", "first-aider")
    got = peer.ask(
        "receive-offer",
        offer=offered(academy, badge, "--no-transaction-code")["link"],
        configuration="first-aid.first-aider.ldp",
        by="did:key",
        alg=alg,
        holders=[held],
    )
    (credential,) = got["credentials"]
    assert credential["credentialSubject"]["id"] == held["did"]
    assert peer.ask("verify-credential", credential=credential, documents=pages(academy, credential))["verified"]


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_proof_may_show_its_key_in_a_certificate(academy: Company, peer: Peer, alg: str) -> None:
    held, public, certificate = holder(alg)
    asked = {"configuration": "first-aid.first-aider.ldp", "by": "x5c", "alg": alg}
    badge = academy.issue_one("Nia Okoye", "first-aider")
    other = {**held, "did": "", "x5c": [holder(alg)[2]]}
    link = offered(academy, badge, "--no-transaction-code")["link"]
    with pytest.raises(Exception, match="invalid_proof"):
        peer.ask("receive-offer", offer=link, **asked, holders=[other])
    held |= {"did": "", "x5c": [certificate]}
    link = offered(academy, badge, "--no-transaction-code")["link"]
    (credential,) = peer.ask("receive-offer", offer=link, **asked, holders=[held])["credentials"]
    assert credential["credentialSubject"]["id"] == did_jwk(public)
    assert peer.ask("verify-credential", credential=credential, documents=pages(academy, credential))["verified"]


def test_a_certificate_and_an_attestation_where_only_keys_are_trusted_to_attest(academy: Company, peer: Peer) -> None:
    held, public, certificate = holder("ES256")
    held |= {"did": "", "x5c": [certificate]}
    provider = generate(KeyType.P256)
    now = int(datetime.now(UTC).timestamp())
    claims = {"iat": now, "exp": now + 600, "attested_keys": [jwk.to_jwk(public)]}
    attested = compact_jws.sign({"typ": "key-attestation+jwt"}, json.dumps(claims).encode(), provider)
    badge = academy.issue_one("Nia Okoye", "first-aider")
    settings = academy.home / "guildmark.toml"
    before = settings.read_text("utf-8")
    (academy.home / "attesters.json").write_text(json.dumps({"keys": [jwk.to_jwk(provider.public_key)]}), "utf-8")
    more = 'wallet_attestations_required = true\nwallet_attestation_keys_file = "attesters.json"\n'
    academy.stop()
    settings.write_text(before + more, "utf-8")
    academy.start()
    try:
        asked = {"configuration": "first-aid.first-aider.ldp", "by": "x5c", "holders": [held]}
        link = offered(academy, badge, "--no-transaction-code")["link"]
        with pytest.raises(Exception, match="requires key attestations"):  # the wallet reads that from our metadata
            peer.ask("receive-offer", offer=link, **asked)
        stray = compact_jws.sign({"typ": "key-attestation+jwt"}, json.dumps(claims).encode(), generate(KeyType.P256))
        link = offered(academy, badge, "--no-transaction-code")["link"]
        with pytest.raises(Exception, match="invalid_proof"):
            peer.ask("receive-offer", offer=link, **asked, attest=stray)
        link = offered(academy, badge, "--no-transaction-code")["link"]
        (credential,) = peer.ask("receive-offer", offer=link, **asked, attest=attested)["credentials"]
    finally:
        academy.stop()
        settings.write_text(before, "utf-8")
        academy.start()
    assert credential["credentialSubject"]["id"] == did_jwk(public)
    assert peer.ask("verify-credential", credential=credential, documents=pages(academy, credential))["verified"]


def test_a_token_comes_to_the_wallet_under_a_bound_access_token(academy: Company, peer: Peer) -> None:
    badge = academy.issue_one("Zoë Kjærsgaard", "first-aider")
    made = offered(academy, badge, "--no-transaction-code", "--by-value")
    got = peer.ask(
        "receive-offer", offer=made["link"], configuration="first-aid.first-aider.jwt", by="did:jwk", dpop=True,
        notify="credential_deleted",
    )  # fmt: skip
    (token,) = got["credentials"]
    assert got["tokenType"] == "DPoP"
    verdict = peer.ask("verify-jwt", token=token, didDocument=did_document(academy), algorithms=["RS256"])
    assert verdict["verified"], verdict
    assert verdict["payload"]["sub"] == got["holders"][0]["did"]
    assert verdict["payload"]["jti"] == badge["url"]


def test_an_sd_jwt_comes_for_each_of_three_keys_and_is_revoked_with_its_credential(
    academy: Company, peer: Peer
) -> None:
    badge = academy.issue_one("田中 さくら", "first-aider")
    made = offered(academy, badge, "--no-transaction-code")
    got = peer.ask("receive-offer", offer=made["link"], configuration="first-aid.first-aider.sd-jwt", count=3)
    assert len(got["credentials"]) == 3
    keys = [{name: value for name, value in one["jwk"].items() if value} for one in got["holders"]]
    for token, key in zip(got["credentials"], keys, strict=True):
        verdict = peer.ask("verify-sd-jwt-vc", token=token, didDocument=did_document(academy))
        assert verdict["verified"], verdict
        assert verdict["payload"]["cnf"]["jwk"] == key
        assert verdict["payload"]["recipient_name"] == "田中 さくら"
    assert academy.command("revoke", badge["id"], "--reason", "a mistake").code == 0
    verdict = peer.ask("verify-sd-jwt-vc", token=got["credentials"][0], didDocument=did_document(academy))
    assert not verdict["verified"]
    assert "tatus" in verdict["errors"][0]


def test_a_wallet_that_asks_by_identifier(academy: Company, peer: Peer) -> None:
    badge = academy.issue_one("Amina Diallo", "instructor")
    made = offered(academy, badge, "--no-transaction-code")
    got = peer.ask("receive-offer", offer=made["link"], configuration="first-aid.instructor.ldp", details=True)
    assert got["credentials"][0]["id"] == badge["url"]


def test_a_wrong_transaction_code_and_an_offer_that_was_used(academy: Company, peer: Peer) -> None:
    badge = academy.issue_one("Bo Li", "first-aider")
    made = offered(academy, badge)
    asked = {"offer": made["link"], "configuration": "first-aid.first-aider.ldp"}
    wrong = f"{(int(made['transactionCode']) + 1) % 1_000_000:06}"
    with pytest.raises(Exception, match="invalid_grant"):
        peer.ask("receive-offer", **asked, txCode=wrong)
    assert peer.ask("receive-offer", **asked, txCode=made["transactionCode"])["credentials"]
    with pytest.raises(Exception, match=r"404|offer"):
        peer.ask("receive-offer", **asked, txCode=made["transactionCode"])
    listed = academy.command("offer", "list", badge["id"], "--json").json["offers"]
    assert [one["state"] for one in listed] == ["used"]
    assert json.dumps(listed).count(made["link"]) == 0
