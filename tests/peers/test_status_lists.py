"""Bitstring Status List in both directions. To the peer a revoked badge is `verified`: read `status`."""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import Any

import pytest

from credentials.bitstring import MAXIMUM_LENGTH
from credentials.encoded_list import EncodedList
from credentials.status_list import Bitstring, status_entry
from tests.credentials.badges import ISSUER, LIST_URL, badge
from tests.peers.company import (
    DID_DOCUMENT_URL,
    LENGTH,
    SUSPENSION_LIST_URL,
    Company,
    Internet,
    unsigned_list,
)
from tests.peers.process import Peer
from tests.peers.status_forms import FORMS, WORDS, as_it_is, with_messages
from verifier.result import CheckName, Status

INDEX = 4711
SUSPENSION_INDEX = 99_999
ENTRIES = [
    status_entry(list_url=LIST_URL, index=INDEX, purpose="revocation"),
    status_entry(list_url=SUSPENSION_LIST_URL, index=SUSPENSION_INDEX, purpose="suspension"),
]


def status_as_the_peer_sees_it(peer: Peer, credential: dict[str, Any], internet: Internet) -> dict[str, bool]:
    answer = peer.ask("verify-credential", credential=credential, documents=internet.documents())
    assert answer["verified"], answer["errors"]
    return {entry["purpose"]: entry["set"] for entry in answer["status"]}


@pytest.mark.parametrize(
    ("revoked", "status"),
    [((), Status.VALID), ((INDEX,), Status.REVOKED), ((INDEX - 1, INDEX + 1), Status.VALID)],
    ids=["not revoked", "revoked", "only its neighbours revoked"],
)
def test_both_read_our_revocation_list_alike(peer: Peer, revoked: tuple[int, ...], status: Status) -> None:
    company = Company()
    internet = company.internet(revoked=revoked)
    credential = company.signed(badge())
    assert status_as_the_peer_sees_it(peer, credential, internet) == {"revocation": INDEX in revoked}
    assert internet.our_verdict(credential).status is status


@pytest.mark.parametrize(
    ("revoked", "suspended", "status"),
    [
        ((), (), Status.VALID),
        ((), (SUSPENSION_INDEX,), Status.SUSPENDED),
        ((INDEX,), (), Status.REVOKED),
        ((INDEX,), (SUSPENSION_INDEX,), Status.REVOKED),
    ],
    ids=["neither", "suspended", "revoked", "both"],
)
def test_both_read_two_entries_of_one_badge_alike(
    peer: Peer, revoked: tuple[int, ...], suspended: tuple[int, ...], status: Status
) -> None:
    company = Company()
    internet = company.internet(revoked=revoked, suspended=suspended)
    credential = company.signed(badge(credentialStatus=ENTRIES))
    seen = status_as_the_peer_sees_it(peer, credential, internet)
    assert seen == {"revocation": bool(revoked), "suspension": bool(suspended)}
    assert internet.our_verdict(credential).status is status


def test_a_list_of_the_peers_making_is_read_by_us(peer: Peer) -> None:
    key = peer.ask("generate-key", controller=ISSUER)
    made = peer.ask("status-list", id=LIST_URL, purpose="revocation", length=LENGTH, set=[0, INDEX, LENGTH - 1])
    bits = Bitstring.decode(made["credentialSubject"]["encodedList"])
    assert [index for index in (0, 1, INDEX, LENGTH - 2, LENGTH - 1) if bits.get(index)] == [
        0,
        INDEX,
        LENGTH - 1,
    ]

    document = {**made, "issuer": ISSUER, "validFrom": "2026-01-01T00:00:00Z"}
    status_list = peer.ask("issue-credential", credential=document, key=key, created="2026-01-01T00:00:00Z")
    credential = peer.ask("issue-credential", credential=badge(), key=key, created="2026-01-15T09:00:00Z")
    did_document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": ISSUER,
        "verificationMethod": [{name: key[name] for name in ("id", "type", "controller", "publicKeyMultibase")}],
        "assertionMethod": [key["id"]],
    }
    verdict = Internet({DID_DOCUMENT_URL: did_document, LIST_URL: status_list}).our_verdict(credential)
    assert verdict.status is Status.REVOKED, verdict.sentence


def test_the_encoded_list_is_equal_bit_for_bit(peer: Peer) -> None:
    """gzip bytes may differ; what is in them may not."""
    ours = unsigned_list(LIST_URL, "revocation", (1, 2, 70_000))["credentialSubject"]["encodedList"]
    made = peer.ask("status-list", id=LIST_URL, purpose="revocation", length=LENGTH, set=[1, 2, 70_000])
    assert Bitstring.decode(ours) == Bitstring.decode(made["credentialSubject"]["encodedList"])


@pytest.mark.parametrize("length", [LENGTH, 1_000_000, MAXIMUM_LENGTH])
@pytest.mark.parametrize("density", [0, 0.0001, 0.02, 1])
def test_every_reader_inflates_a_list_of_blocks_whole(peer: Peer, length: int, density: float) -> None:
    """Also after a change of a few bits, with which only their blocks are compressed anew."""
    random = Random(length)  # noqa: S311 - the same in every run
    places = random.sample(range(length), int(length * density) if density < 1 else 0)
    bits = Bitstring(b"\xff" * (length // 8)) if density == 1 else Bitstring.of_length(length)
    bits = bits.with_bits(dict.fromkeys(places, True))
    changes = {index: not bits.get(index) for index in (0, length // 3, length - 1)}
    changed = EncodedList.of(bits.data).with_bits(changes).list
    read = peer.ask("read-list", encodedList=changed.text)
    meant = sha256(bits.with_bits(changes).data).hexdigest()
    assert read == {"bitstring": meant, "zlib": meant, "stream": meant}


def test_both_refuse_a_list_that_was_altered(peer: Peer) -> None:
    """Somebody swaps the signed list's bits for an empty one, to hide a revocation."""
    company = Company()
    pages = dict(company.internet(revoked=(INDEX,)).pages)
    empty = unsigned_list(LIST_URL, "revocation", ())["credentialSubject"]["encodedList"]
    pages[LIST_URL] = {
        **pages[LIST_URL],
        "credentialSubject": {**pages[LIST_URL]["credentialSubject"], "encodedList": empty},
    }
    internet = Internet(pages)
    credential = company.signed(badge())
    assert not peer.ask("verify-credential", credential=credential, documents=internet.documents())["verified"]
    verdict = internet.our_verdict(credential)
    assert not verdict.verified
    assert verdict.check(CheckName.STATUS).problem is not None


def test_neither_calls_a_badge_valid_whose_list_cannot_be_had(peer: Peer) -> None:
    company = Company()
    internet = Internet({DID_DOCUMENT_URL: company.did_document})
    credential = company.signed(badge())
    assert not peer.ask("verify-credential", credential=credential, documents=internet.documents())["verified"]
    assert internet.our_verdict(credential).status is Status.UNCHECKED


@pytest.mark.parametrize(("name", "alike"), [("one bit", True), ("two bits", False)])
def test_a_message_of_one_bit_is_read_alike_and_of_two_by_us_alone(peer: Peer, name: str, alike: bool) -> None:
    """The peer takes every index for one of single bits: why no credential of ours has values of several (ADR 0005)."""
    company = Company()
    internet = with_messages(company, company.internet())
    credential = as_it_is(company, badge(credentialStatus=FORMS[f"revocation and a message of {name}"]))
    seen = status_as_the_peer_sees_it(peer, credential, internet)
    verdict = internet.our_verdict(credential)
    word = WORDS[1] if alike else WORDS[2]
    assert verdict.status is Status.VALID
    assert f"“{word}”" in verdict.check(CheckName.STATUS).sentence
    assert seen == {"revocation": False, "message": alike}
