"""Others' libraries and the started server, in both directions: nothing passes between them but HTTP and JSON."""

from __future__ import annotations

from typing import Any

import pytest
from openbadgeslib.ob3 import ldp
from openbadgeslib.ob3.verifier import OB3VerificationError

from keys import jwk, multikey
from keys.did import did_jwk
from keys.public_key import KeyType
from tests.conformance.issuers import Issuer, accepted, proof_of, with_proof
from tests.conformance.server import Server
from tests.credentials.badges import badge
from tests.peers.conftest import peer  # noqa: F401  (the fixture)
from tests.peers.process import Peer, PeerRefused
from tests.peers.test_openbadgeslib import Key

DIGITALBAZAAR = [
    ("eddsa-rdfc-2022", KeyType.ED25519),
    ("eddsa-jcs-2022", KeyType.ED25519),
    ("ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019-p384", KeyType.P384),
    ("ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-jcs-2019-p384", KeyType.P384),
]
EACH = pytest.mark.parametrize(("name", "curve"), DIGITALBAZAAR)


def a_badge(did: str) -> dict[str, Any]:
    document = badge()
    del document["credentialStatus"]
    return {**document, "issuer": {**document["issuer"], "id": did}}


def they_accept(peer: Peer, suite: str, credential: Any, server: Server) -> bool:  # noqa: F811
    """A refusal by exception is a refusal too. The peer gets the server's status list, if the credential names one."""
    named = credential.get("credentialStatus", {}).get("statusListCredential")
    documents = {named: server.get(named).said} if named is not None else {}
    try:
        answer = peer.ask("verify-by-suite", cryptosuite=suite, credential=credential, documents=documents)
    except PeerRefused:
        return False
    return bool(answer["verified"])


@EACH
def test_digitalbazaar_accepts_what_the_server_signs(
    peer: Peer,  # noqa: F811
    server: Server,
    name: str,
    curve: KeyType,
) -> None:
    issuer, suite = Issuer.at(server, name), name.removesuffix("-p384")
    issued = issuer.issued(a_badge(issuer.did))
    assert they_accept(peer, suite, issued, server)
    for damaged in ({**issued, "name": "Another"}, with_proof(issued, created="2020-01-01T00:00:00Z")):
        assert not they_accept(peer, suite, damaged, server)
        assert not accepted(issuer.verify(damaged))


@EACH
def test_the_server_accepts_what_digitalbazaar_signs(
    peer: Peer,  # noqa: F811
    server: Server,
    name: str,
    curve: KeyType,
) -> None:
    suite = name.removesuffix("-p384")
    key = peer.ask("key-of-curve", curve=str(curve))
    signed = peer.ask(
        "sign-by-suite",
        cryptosuite=suite,
        credential=a_badge(key["controller"]),
        key=key,
        created="2026-01-15T09:00:00Z",
    )
    verifier = Issuer.at(server, name)
    assert accepted(verifier.verify(signed))
    for damaged in ({**signed, "name": "Another"}, with_proof(signed, created="2020-01-01T00:00:00Z")):
        assert not accepted(verifier.verify(damaged))
        assert not they_accept(peer, suite, damaged, server)


def test_digitalbazaar_derives_from_and_verifies_base_proofs_of_the_server(peer: Peer, server: Server) -> None:  # noqa: F811
    issuer = Issuer.at(server, "ecdsa-sd-2023")
    mandatory = ["/issuer", "/validFrom", "/validUntil", "/credentialSubject/achievement"]
    base = issuer.issued(a_badge(issuer.did), mandatoryPointers=mandatory)
    by_us = issuer.derive(base, ["/name"]).said
    by_them = peer.ask("derive-credential", credential=base, selectivePointers=["/name"])
    for shown in (by_us, by_them):
        assert they_accept(peer, "ecdsa-sd-2023", shown, server)
        assert accepted(issuer.verify(shown))
        assert not they_accept(peer, "ecdsa-sd-2023", {**shown, "name": "Another"}, server)
        assert not accepted(issuer.verify({**shown, "name": "Another"}))


def test_three_readers_inflate_the_servers_status_list_alike(peer: Peer, issuer: Issuer) -> None:  # noqa: F811
    issued = issuer.issued()
    issuer.set_status(issued, True)
    found = issuer.server.get(issued["credentialStatus"]["statusListCredential"]).said
    read = peer.ask("read-list", encodedList=found["credentialSubject"]["encodedList"])
    assert len(set(read.values())) == 1
    assert they_accept(peer, "eddsa-rdfc-2022", found, issuer.server)
    answer = peer.ask(
        "verify-credential", credential=issued, documents={issued["credentialStatus"]["statusListCredential"]: found}
    )
    assert [entry["set"] for entry in answer["status"]] == [True]


def test_jose_accepts_the_servers_tokens(peer: Peer, enveloping: Issuer) -> None:  # noqa: F811
    token = str(enveloping.issued()["id"]).partition(",")[2]
    assert proof_is_right(peer, token, enveloping.did)
    header, payload, signature = token.split(".")
    other = str(enveloping.issued()["id"]).partition(",")[2].split(".")[1]
    assert not proof_is_right(peer, f"{header}.{other}.{signature}", enveloping.did)
    assert payload != other


def proof_is_right(peer: Peer, token: str, did: str) -> bool:  # noqa: F811
    name = did.removeprefix("did:key:")
    method = f"{did}#{name}"
    key = {"id": method, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk.to_jwk(multikey.decode(name))}
    document = {"id": did, "verificationMethod": [key], "assertionMethod": [method]}
    return bool(peer.ask("verify-jwt", token=token, didDocument=document, algorithms=["ES256"])["verified"])


def test_the_server_accepts_a_token_of_jose_under_a_did_jwk(peer: Peer, enveloping: Issuer) -> None:  # noqa: F811
    keys = peer.ask("generate-jwk", alg="ES256")
    did = did_jwk(jwk.from_jwk(keys["public"]))
    payload = {**enveloping.credential(issuer=did)}
    header = {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": f"{did}#0"}
    token = peer.ask("sign-jwt", payload=payload, header=header, key=keys["private"])
    assert accepted(enveloping.verify(token))
    assert not accepted(enveloping.verify(token[:-6] + "AAAAAA"))


def test_openbadgeslib_and_the_server_accept_each_others_badges(server: Server) -> None:
    issuer = Issuer.at(server, "eddsa-rdfc-2022")
    issued = issuer.issued(a_badge(issuer.did))
    theirs = ldp.OB3LdpVerifier.for_issuer_did(issuer.did)
    theirs.verify(issued)
    with pytest.raises(OB3VerificationError):
        theirs.verify({**issued, "name": "Another"})
    key = Key()
    signed = ldp.add_data_integrity_proof(a_badge(key.did), key.pem, key.method)
    assert accepted(issuer.verify(signed))
    assert not accepted(issuer.verify({**signed, "name": "Another"}))


def test_a_proof_is_in_an_array_or_not_as_the_peers_take_it(peer: Peer, issuer: Issuer) -> None:  # noqa: F811
    issued = issuer.issued(a_badge(issuer.did))
    for form in ([proof_of(issued)], proof_of(issued)):
        assert they_accept(peer, "eddsa-rdfc-2022", {**issued, "proof": form}, issuer.server)
        assert accepted(issuer.verify({**issued, "proof": form}))
