"""Status lists: what a verifier makes of lists that are gone, old, forged, or another's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from credentials import status_list
from credentials.instants import format_instant
from credentials.memory import Memory
from credentials.problems import (
    RANGE_ERROR,
    STATUS_LIST_LENGTH_ERROR,
    STATUS_RETRIEVAL_ERROR,
    STATUS_VERIFICATION_ERROR,
)
from tests.verifier.documents import edited
from tests.world import LIST_LIFETIME, LIST_TTL, Issuer, World, payload_of
from verifier.checks import known_lists
from verifier.fetch import Fetched
from verifier.policy import ORDINARY
from verifier.result import Outcome, Status
from verifier.time_to_live import time_to_live

URL = "https://acme.example/status-lists/revocation"


def _trouble(world: World, body: bytes) -> tuple[Status, Outcome, str]:
    result = world.verify(body)
    check = result.check("status")
    assert check.problem is not None
    return result.status, check.outcome, check.problem.type


@pytest.mark.parametrize("as_jwt", [False, True])
def test_both_forms_of_a_list_are_read(world: World, acme: Issuer, as_jwt: bool) -> None:
    badge = acme.issue()
    acme.publish_list("revocation", as_jwt=as_jwt)
    assert world.verify(badge.json).status is Status.VALID
    acme.revoke(badge)
    acme.publish_list("revocation", as_jwt=as_jwt)
    assert world.verify(badge.json).status is Status.REVOKED
    served = world.fetcher.sites[URL]
    assert time_to_live(served) == LIST_TTL


def test_a_list_out_of_date_is_no_answer(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    badge.json  # noqa: B018  (signed now)
    world.advance(LIST_LIFETIME + timedelta(seconds=1))
    assert _trouble(world, badge.json) == (Status.UNCHECKED, Outcome.INCOMPLETE, STATUS_VERIFICATION_ERROR)
    acme.publish_list("revocation")
    assert world.verify(badge.json).verified


def test_a_list_from_before_the_revocation_is_no_answer_once_it_is_old(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    before = world.fetcher.sites[URL]
    acme.revoke(badge)
    world.fetcher.sites[URL] = before
    world.advance(LIST_LIFETIME + timedelta(seconds=1))
    assert world.verify(badge.json).status is Status.UNCHECKED


def test_a_forged_list(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    acme.revoke(badge)
    empty = status_list.Bitstring.of_length(status_list.MINIMUM_LENGTH).encode()

    def clear(document: dict[str, Any]) -> None:
        document["credentialSubject"]["encodedList"] = empty

    world.fetcher.serve(URL, edited(world.fetcher.sites[URL].body, clear))
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_VERIFICATION_ERROR)


def test_a_list_without_a_signature(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    world.fetcher.serve(URL, json.dumps(acme.list_document("revocation")).encode())
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_VERIFICATION_ERROR)


def test_the_list_of_another_issuer(world: World, acme: Issuer, mallory: Issuer) -> None:
    badge = acme.issue()
    document = acme.list_document("revocation") | {"issuer": mallory.id}
    world.fetcher.serve(URL, mallory.sign_anything(document))
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_VERIFICATION_ERROR)
    assert "not by the credential's issuer but by did:web:mallory.example" in world.verify(badge.json).sentence
    assert world.verify(badge.json, require_issuer_signs_status=False).verified


def test_another_list_of_the_same_issuer(world: World, acme: Issuer) -> None:
    """Both are signed by Acme; but one answers for other credentials than the other."""
    badge = acme.issue()
    acme.revoke(badge)
    other = acme.list_document("revocation") | {"id": "https://acme.example/status-lists/2"}
    other["credentialSubject"]["encodedList"] = status_list.Bitstring.of_length(131_072).encode()
    world.fetcher.serve(URL, acme.sign_anything(other))
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_VERIFICATION_ERROR)


def test_a_list_for_another_purpose(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    document = acme.list_document("revocation")
    document["credentialSubject"]["statusPurpose"] = "suspension"
    world.fetcher.serve(URL, acme.sign_anything(document))
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_VERIFICATION_ERROR)


def test_a_list_that_is_too_short(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    document = acme.list_document("revocation")
    document["credentialSubject"]["encodedList"] = status_list.Bitstring(bytes(1000)).encode()
    world.fetcher.serve(URL, acme.sign_anything(document))
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_LIST_LENGTH_ERROR)


def test_a_list_that_inflates_without_end(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    document = acme.list_document("revocation")
    document["credentialSubject"]["encodedList"] = status_list.Bitstring(bytes(64 * 1024 * 1024)).encode()
    world.fetcher.serve(URL, acme.sign_anything(document))
    assert _trouble(world, badge.json) == (Status.INVALID, Outcome.FAILED, STATUS_VERIFICATION_ERROR)


@pytest.mark.parametrize("index", ["131072", "999999999"])
def test_an_index_outside_the_list(world: World, acme: Issuer, index: str) -> None:
    badge = acme.issue()
    document = {**badge.document, "credentialStatus": {**badge.document["credentialStatus"], "statusListIndex": index}}
    assert _trouble(world, acme.sign_anything(document)) == (Status.INVALID, Outcome.FAILED, RANGE_ERROR)


@pytest.mark.parametrize("index", ["-1", "1.5", "٣", "", "0x10"])
def test_an_index_that_is_none(world: World, acme: Issuer, index: str) -> None:
    badge = acme.issue()
    document = {**badge.document, "credentialStatus": {**badge.document["credentialStatus"], "statusListIndex": index}}
    assert world.verify(acme.sign_anything(document)).status is Status.INVALID


def test_a_list_that_is_gone_slow_or_moved(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    for trouble in (world.fetcher.unreachable, world.fetcher.slow):
        trouble(URL)
        assert _trouble(world, badge.json) == (Status.UNCHECKED, Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR)
    world.fetcher.redirect(URL, "http://169.254.169.254")
    assert _trouble(world, badge.json) == (Status.UNCHECKED, Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR)
    world.fetcher.heal()
    assert world.verify(badge.json).verified


@pytest.mark.parametrize(
    "body", [b"<!doctype html><title>Sign in</title>", b"{}", b"https://acme.example/list", b"", b"\xff\xfe"]
)
def test_something_else_lies_where_the_list_should(world: World, acme: Issuer, body: bytes) -> None:
    badge = acme.issue()
    world.fetcher.serve(URL, body, "text/html")
    assert _trouble(world, badge.json) == (Status.UNCHECKED, Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR)


def test_the_list_is_not_itself_asked_for_a_status(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    document = acme.list_document("revocation")
    document["credentialStatus"] = badge.document["credentialStatus"]
    world.fetcher.serve(URL, acme.sign_anything(document))
    assert world.verify(badge.json).verified
    assert world.fetcher.requests.count(URL) == 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("RevocationList2020Status", "a RevocationList2020, the predecessor"),
        ("TokenStatus", "does not read (TokenStatus)"),
    ],
)
def test_kinds_of_status_that_are_not_read(world: World, acme: Issuer, kind: str, words: str) -> None:
    """Signed as a token: these types are of contexts that this verifier does not have."""
    badge = acme.issue(status=())
    context = [*badge.document["@context"], "https://acme.example/statuses/v1"]
    status = {"id": "https://acme.example/revoked", "type": kind}
    result = world.verify(
        acme.sign_anything_as_jwt(payload_of({**badge.document, "@context": context, "credentialStatus": status}))
    )
    assert result.status is Status.UNCHECKED
    assert words in result.sentence


def test_more_statuses_than_are_looked_up(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    entries = [
        status_list.status_entry(list_url=f"https://acme.example/{number}", index=1, purpose="of our own")
        for number in range(9)
    ]
    result = world.verify(acme.sign_anything({**badge.document, "credentialStatus": entries}))
    assert (result.status, result.check("status").outcome) == (Status.UNCHECKED, Outcome.INCOMPLETE)


def test_a_document_that_leads_to_too_many_addresses(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=("revocation", "suspension"))
    assert world.verify(badge.json, max_fetches=3).verified
    assert world.verify(badge.json, max_fetches=2).status is Status.UNCHECKED


def test_time_to_live_of_what_is_no_list(world: World, acme: Issuer) -> None:
    assert time_to_live(world.fetcher.sites[acme.document_url]) is None
    assert time_to_live(Fetched("https://x.example", b"BitstringStatusList {", "")) is None


@pytest.mark.parametrize("withdrawn_after", [None, timedelta(hours=30)])
def test_a_list_that_was_believed_is_believed_again_only_where_it_would_be_anyway(
    world: World, acme: Issuer, monkeypatch: pytest.MonkeyPatch, withdrawn_after: timedelta | None
) -> None:
    """Whatever was asked before, at whatever time: the answer is the one of a verifier that remembers nothing."""
    body, begun = acme.issue().json, world.now
    published = acme.keys_document()
    if withdrawn_after is not None:
        for method in published["verificationMethod"]:
            method["revoked"] = format_instant(begun + withdrawn_after)
    stranger = {**published, "verificationMethod": published["verificationMethod"][1:], "assertionMethod": []}
    relaxed = replace(ORDINARY, require_issuer_controls_key=False)
    asked = [
        (published, policy, begun + offset)
        for policy in (ORDINARY, relaxed)
        for offset in (
            timedelta(),
            timedelta(hours=29),
            timedelta(hours=30),
            LIST_LIFETIME,
            LIST_LIFETIME + timedelta(seconds=1),
            -timedelta(minutes=4),
            -timedelta(minutes=6),
            -timedelta(days=30),
        )
    ]
    asked += [(stranger, ORDINARY, begun), (stranger, relaxed, begun)]
    Random(7).shuffle(asked)  # noqa: S311
    found = []
    for document, policy, instant in asked:
        acme.publish_document(document)
        world.now = instant
        remembering = world.verify(body, policy)
        with monkeypatch.context() as forgetful:
            forgetful.setattr(known_lists, "_lists", Memory[Any, Any](most=8, heavy=10**8))
            assert remembering == world.verify(body, policy)
        found.append(remembering.check("status").outcome)
    # The key is withdrawn before the list is out of date: then its badges are not asked for their status any more.
    expected = {Outcome.PASSED, Outcome.SKIPPED}
    assert (expected if withdrawn_after else expected | {Outcome.INCOMPLETE}) <= set(found)
    world.now = begun
    acme.publish_document(published)
    assert world.verify(body).verified
    monkeypatch.setattr("verifier.checks.status_lists.authenticate", None)
    assert world.verify(body).verified, "the list is not authenticated again"
