"""StatusList2021 under proofs over RDF: lists and badges by Digital Bazaar's libraries, judged by them and by us.

The context is the only one that we wrote ourselves (ADR 0002), so it is held against the published one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from credentials import contexts
from credentials.contexts import CREDENTIALS_V1, ED25519_2020_V1, OPEN_BADGES_3_0_1, STATUS_LIST_2021_V1
from tests.credentials.badges import LIST_URL, badge
from tests.peers.company import LENGTH, Internet, badge_without_status, with_another_name, with_another_signature
from tests.peers.process import Peer
from verifier.result import CheckName, Outcome, Status

ISSUER = "https://old.example/issuer"
INDEX = 4711
SINCE = "2026-01-15T09:00:00Z"
ED25519_SIGNATURE_2020 = "Ed25519Signature2020"
SUITES = pytest.mark.parametrize(
    ("suite", "curve"),
    [
        (ED25519_SIGNATURE_2020, "Ed25519"),
        ("eddsa-rdfc-2022", "Ed25519"),
        ("ecdsa-rdfc-2019", "P-256"),
        ("ecdsa-rdfc-2019", "P-384"),
    ],
)


class OldIssuer:
    """An issuer of before Bitstring Status List: its own page lists the keys by which it ever signed."""

    def __init__(self, peer: Peer, suite: str, curve: str) -> None:
        self.peer, self.suite, self.curve = peer, suite, curve
        self.keys: list[Mapping[str, Any]] = []

    def signed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """By the library of the cryptosuite, with a key of its own."""
        if self.suite == ED25519_SIGNATURE_2020:
            document = {**document, "@context": [*document["@context"], ED25519_2020_V1]}
            answer = self.peer.ask("sign-as-in-2020", credential=document, created=SINCE)
            self._publish(answer["key"])
            return dict(answer["signed"])
        key = self.peer.ask("key-of-curve", curve=self.curve, controller=ISSUER, fragment=f"key-{len(self.keys)}")
        self._publish(key)
        signed = self.peer.ask("sign-by-suite", cryptosuite=self.suite, credential=document, key=key, created=SINCE)
        return dict(signed)

    def _publish(self, key: Mapping[str, Any]) -> None:
        self.keys.append({name: key[name] for name in ("id", "type", "controller", "publicKeyMultibase")})

    def list_of(self, purpose: str, *indexes: int) -> dict[str, Any]:
        """A signed list, made by their library, with these indexes set."""
        made = self.peer.ask("status-list-of-2021", id=LIST_URL, purpose=purpose, length=LENGTH, set=indexes)
        return self.signed({**made, "issuer": ISSUER, "issuanceDate": SINCE})

    def internet(self, status_list: Mapping[str, Any]) -> Internet:
        """The page with the keys, and the list."""
        page = {
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1"
                if self.suite != ED25519_SIGNATURE_2020
                else "https://w3id.org/security/suites/ed25519-2020/v1",
            ],
            "id": ISSUER,
            "verificationMethod": self.keys,
            "assertionMethod": [key["id"] for key in self.keys],
        }
        return Internet({ISSUER: page, LIST_URL: status_list})

    def their_verdict(self, credential: Mapping[str, Any], internet: Internet) -> dict[str, Any]:
        """What their library of the time says."""
        return dict(
            self.peer.ask(
                "verify-with-list-of-2021",
                cryptosuite=self.suite,
                credential=credential,
                documents=internet.documents(),
            )
        )


def entry(purpose: str = "revocation") -> dict[str, Any]:
    return {
        "id": f"{LIST_URL}#{INDEX}",
        "type": "StatusList2021Entry",
        "statusPurpose": purpose,
        "statusListIndex": str(INDEX),
        "statusListCredential": LIST_URL,
    }


def of_1_1(purpose: str = "revocation") -> dict[str, Any]:
    """A badge of VCDM 1.1, as those that point to such lists are."""
    document = badge(credentialStatus=entry(purpose))
    kept = {n: value for n, value in document.items() if n not in ("validFrom", "validUntil", "awardedDate")}
    return {
        **kept,
        "@context": [CREDENTIALS_V1, OPEN_BADGES_3_0_1, STATUS_LIST_2021_V1],
        "issuer": {**document["issuer"], "id": ISSUER},
        "issuanceDate": SINCE,
    }


def of_2_0() -> dict[str, Any]:
    """A badge of VCDM 2.0 that points to such a list."""
    document = badge_without_status(credentialStatus=entry())
    document["credentialStatus"] = entry()
    context = [*document["@context"], STATUS_LIST_2021_V1]
    return {**document, "@context": context, "issuer": {**document["issuer"], "id": ISSUER}}


def test_every_term_is_defined_as_it_is_published(peer: Peer) -> None:
    """Also in this order, and nothing more and nothing less."""
    published = peer.ask("context", url=STATUS_LIST_2021_V1)
    ours = contexts.load(STATUS_LIST_2021_V1)
    assert published.keys() == ours.keys() == {"@context"}
    terms, own = published["@context"], ours["@context"]
    assert terms.keys() == own.keys()
    for term, definition in terms.items():
        assert own[term] == definition, term
    assert ours == published


@SUITES
@pytest.mark.parametrize(
    ("purpose", "indexes", "status"),
    [
        ("revocation", (), Status.VALID),
        ("revocation", (INDEX - 1, INDEX + 1), Status.VALID),
        ("revocation", (INDEX,), Status.REVOKED),
        ("suspension", (), Status.VALID),
        ("suspension", (INDEX,), Status.SUSPENDED),
    ],
    ids=["not revoked", "only its neighbours revoked", "revoked", "not suspended", "suspended"],
)
def test_their_list_and_badge_are_read_alike(
    peer: Peer, suite: str, curve: str, purpose: str, indexes: tuple[int, ...], status: Status
) -> None:
    issuer = OldIssuer(peer, suite, curve)
    credential, status_list = issuer.signed(of_1_1(purpose)), issuer.list_of(purpose, *indexes)
    internet = issuer.internet(status_list)
    theirs = issuer.their_verdict(credential, internet)
    assert theirs == {"signed": True, "clear": [INDEX not in indexes], "error": None}
    verdict = internet.our_verdict(credential)
    assert verdict.status is status, verdict.sentence
    assert verdict.check(CheckName.PROOF).outcome is Outcome.PASSED
    assert internet.our_verdict(status_list).check(CheckName.PROOF).outcome is Outcome.PASSED


@SUITES
def test_a_badge_of_2_0_may_point_to_a_list_of_1_1(peer: Peer, suite: str, curve: str) -> None:
    issuer = OldIssuer(peer, suite, curve)
    credential = issuer.signed(of_2_0())
    clear, revoked = issuer.list_of("revocation"), issuer.list_of("revocation", INDEX)
    verdict = issuer.internet(clear).our_verdict(credential)
    assert verdict.status is Status.VALID, verdict.sentence
    assert issuer.internet(revoked).our_verdict(credential).status is Status.REVOKED


@SUITES
def test_both_refuse_a_list_or_a_badge_that_was_altered(peer: Peer, suite: str, curve: str) -> None:
    """The bits of another signed list, another purpose, another signature; another index, list, name or signature."""
    issuer = OldIssuer(peer, suite, curve)
    credential, revoked, clear = (
        issuer.signed(of_1_1()),
        issuer.list_of("revocation", INDEX),
        issuer.list_of("revocation"),
    )
    subject = {**revoked["credentialSubject"], "encodedList": clear["credentialSubject"]["encodedList"]}
    for broken in ({**revoked, "credentialSubject": subject}, with_another_signature(revoked)):
        internet = issuer.internet(broken)
        theirs = issuer.their_verdict(credential, internet)
        assert theirs["error"] is not None, theirs
        verdict = internet.our_verdict(credential)
        assert not verdict.verified
        assert verdict.status is Status.INVALID
        assert verdict.check(CheckName.STATUS).outcome is Outcome.FAILED

    internet = issuer.internet(clear)
    assert internet.our_verdict(credential).status is Status.VALID
    elsewhere = {**credential, "credentialStatus": {**entry(), "statusListIndex": str(INDEX + 1)}}
    for altered in (elsewhere, with_another_name(credential), with_another_signature(credential)):
        assert not issuer.their_verdict(altered, internet)["signed"]
        verdict = internet.our_verdict(altered)
        assert verdict.status is Status.INVALID
        assert verdict.check(CheckName.PROOF).outcome is Outcome.FAILED


def test_an_entry_must_be_written_in_the_terms_of_the_context(peer: Peer) -> None:
    """Under whole IRIs the signature fits too, and no reader would find the status."""
    issuer = OldIssuer(peer, "eddsa-rdfc-2022", "Ed25519")
    credential = issuer.signed(of_1_1())
    internet = issuer.internet(issuer.list_of("revocation", INDEX))
    vocabulary = "https://w3id.org/vc/status-list#"
    hidden = {
        "id": entry()["id"],
        "type": vocabulary + "StatusList2021Entry",
        vocabulary + "statusPurpose": "revocation",
        vocabulary + "statusListIndex": str(INDEX),
        vocabulary + "statusListCredential": {"id": LIST_URL},
    }
    disguised = {**credential, "credentialStatus": hidden}
    assert issuer.their_verdict(disguised, internet)["signed"]
    verdict = internet.our_verdict(disguised)
    assert verdict.status is Status.INVALID
    assert "written as an IRI" in verdict.sentence


def test_a_list_of_2_0_cannot_have_such_a_proof(peer: Peer) -> None:
    """That context defines two protected terms of VCDM 2.0 anew; so neither side knows what a list of both says."""
    issuer = OldIssuer(peer, "eddsa-rdfc-2022", "Ed25519")
    credential, status_list = issuer.signed(of_1_1()), issuer.list_of("revocation")
    newer = {n: value for n, value in status_list.items() if n != "issuanceDate"}
    newer |= {"@context": [contexts.CREDENTIALS_V2, STATUS_LIST_2021_V1], "validFrom": SINCE}
    internet = issuer.internet(newer)
    assert issuer.their_verdict(credential, internet)["error"] is not None
    verdict = internet.our_verdict(credential)
    assert verdict.status is Status.INVALID
    assert "redefine a protected term" in verdict.sentence
