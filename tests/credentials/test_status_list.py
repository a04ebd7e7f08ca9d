"""Bitstring Status List: bits are kept, lists are bounded, and a wrong list is never read as a good one."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.bitstring import MAX_ENCODED_CHARACTERS
from credentials.prepared import prepare
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    RANGE_ERROR,
    STATUS_LIST_LENGTH_ERROR,
    STATUS_VERIFICATION_ERROR,
    Unacceptable,
)
from credentials.status_list import (
    MINIMUM_LENGTH,
    Bitstring,
    ReadableList,
    StatusEntry,
    read_status,
    status_entry,
    status_list_credential,
    time_to_live,
)
from keys import base64url
from tests.conftest import vectors

URL = "https://badges.example/status-lists/1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
INDEXES = st.frozensets(st.integers(0, MINIMUM_LENGTH - 1), max_size=30)


def listed(bits: Bitstring, **changes: Any) -> dict[str, Any]:
    document = status_list_credential(
        url=URL,
        issuer="did:web:badges.example",
        purpose="revocation",
        bits=bits,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=7),
        ttl=timedelta(minutes=5),
    )
    document["credentialSubject"].update(changes)
    return document


def entry(index: int = 7, **changes: Any) -> dict[str, Any]:
    return {**status_entry(list_url=URL, index=index, purpose="revocation"), **changes}


def refusal(document: dict[str, Any], about: dict[str, Any]) -> str:
    with pytest.raises(Unacceptable) as refused:
        read_status(document, about)
    return refused.value.problems[0].type


@settings(max_examples=40, deadline=None)
@given(INDEXES, INDEXES)
def test_exactly_the_bits_that_were_set_are_set(first: frozenset[int], second: frozenset[int]) -> None:
    one = Bitstring.of_length(MINIMUM_LENGTH).with_bits(dict.fromkeys(first, True))
    two = one.with_bits({index: index not in first for index in second})
    assert two.differences(one) == second
    read = Bitstring.decode(two.encode())
    assert read == two
    assert {index for index in first | second if read.get(index)} == first ^ second


def test_the_first_entry_is_the_leftmost_bit() -> None:
    assert Bitstring.of_length(MINIMUM_LENGTH).with_bits({0: True, 15: True}).data[:2] == b"\x80\x01"


def test_equal_lists_have_equal_text() -> None:
    assert Bitstring.of_length(MINIMUM_LENGTH).encode() == Bitstring.of_length(MINIMUM_LENGTH).encode()


def test_a_list_of_several_gzip_members_is_read_whole() -> None:
    data = Bitstring.of_length(MINIMUM_LENGTH).with_bits({131_000: True}).data
    encoded = "u" + base64url.encode(gzip.compress(data[:9000]) + gzip.compress(data[9000:]))
    assert Bitstring.decode(encoded).data == data


@pytest.mark.vectors
def test_the_examples_of_the_standard() -> None:
    """Each is read: the lists to their last bit, and every entry of the credentials that have one."""
    lists, entries = 0, 0
    for path in sorted(vectors("vc-bitstring-status-list").glob("*.json")):
        document = json.loads(path.read_text())
        if "BitstringStatusListCredential" in document["type"]:
            listed = ReadableList.of(document)
            assert listed.purposes == ("revocation",)
            assert not any(listed.bits.data)
            lists += 1
        status = document.get("credentialStatus", [])
        for entered in status if isinstance(status, list) else [status]:
            read = StatusEntry.of(entered)
            assert entered["id"] == f"{read.url}#{read.index}"
            entries += 1
    assert (lists, entries) == (2, 7)


def test_a_list_can_be_signed_as_it_is() -> None:
    assert prepare(listed(Bitstring.of_length(MINIMUM_LENGTH)))


@pytest.mark.parametrize(("index", "is_set"), [(7, True), (6, False), (8, False), (MINIMUM_LENGTH - 1, False)])
def test_a_status_is_read(index: int, is_set: bool) -> None:
    document = listed(Bitstring.of_length(MINIMUM_LENGTH).with_bits({7: True}))
    assert bool(read_status(document, entry(index))) is is_set
    assert time_to_live(document) == timedelta(minutes=5)


def test_a_list_for_several_purposes_serves_each() -> None:
    document = listed(Bitstring.of_length(MINIMUM_LENGTH), statusPurpose=["suspension", "revocation"])
    assert read_status(document, entry()) == 0


BOMB = "u" + base64url.encode(gzip.compress(bytes(200_000_000), compresslevel=1))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"statusPurpose": "suspension"}, STATUS_VERIFICATION_ERROR),
        ({"statusPurpose": None}, MALFORMED_VALUE_ERROR),
        ({"statusPurpose": []}, MALFORMED_VALUE_ERROR),
        ({"statusPurpose": ["revocation", 7]}, MALFORMED_VALUE_ERROR),
        ({"type": "StatusList2021"}, MALFORMED_VALUE_ERROR),
        ({"encodedList": None}, MALFORMED_VALUE_ERROR),
        ({"encodedList": "z3vQB"}, MALFORMED_VALUE_ERROR),
        ({"encodedList": "uAAAA"}, MALFORMED_VALUE_ERROR),
        ({"encodedList": "u***"}, MALFORMED_VALUE_ERROR),
        ({"encodedList": Bitstring.of_length(MINIMUM_LENGTH).encode()[1:]}, MALFORMED_VALUE_ERROR),
        ({"encodedList": Bitstring.of_length(MINIMUM_LENGTH).encode()[:-8]}, MALFORMED_VALUE_ERROR),
        ({"encodedList": "u" + "A" * MAX_ENCODED_CHARACTERS}, STATUS_VERIFICATION_ERROR),
        ({"encodedList": BOMB}, STATUS_VERIFICATION_ERROR),
        ({"encodedList": "u" + base64url.encode(gzip.compress(bytes(100)) * 20_000)}, STATUS_VERIFICATION_ERROR),
        ({"encodedList": "u" + base64url.encode(gzip.compress(bytes(100)))}, STATUS_LIST_LENGTH_ERROR),
    ],
)
def test_a_list_that_cannot_be_trusted_to_be_the_right_one_is_refused(changes: dict[str, Any], problem: str) -> None:
    assert refusal(listed(Bitstring.of_length(MINIMUM_LENGTH), **changes), entry()) == problem


def test_another_list_or_no_list_is_refused() -> None:
    document = listed(Bitstring.of_length(MINIMUM_LENGTH))
    assert refusal({**document, "id": URL + "2"}, entry()) == STATUS_VERIFICATION_ERROR
    assert refusal({**document, "type": ["VerifiableCredential"]}, entry()) == STATUS_VERIFICATION_ERROR
    assert refusal({**document, "credentialSubject": []}, entry()) == STATUS_VERIFICATION_ERROR


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"statusListIndex": str(MINIMUM_LENGTH)}, RANGE_ERROR),
        ({"statusListIndex": "9" * 5000}, RANGE_ERROR),
        ({"statusListIndex": 7}, MALFORMED_VALUE_ERROR),
        ({"statusListIndex": "-1"}, MALFORMED_VALUE_ERROR),
        ({"statusListIndex": "007"}, MALFORMED_VALUE_ERROR),
        ({"statusListIndex": "٧"}, MALFORMED_VALUE_ERROR),
        ({"statusPurpose": None}, MALFORMED_VALUE_ERROR),
        ({"statusListCredential": {}}, MALFORMED_VALUE_ERROR),
        ({"type": "StatusList2021Entry"}, STATUS_VERIFICATION_ERROR),
        ({"type": "RevocationList2020Status"}, MALFORMED_VALUE_ERROR),
        ({"type": ["BitstringStatusListEntry", "StatusList2021Entry"]}, MALFORMED_VALUE_ERROR),
        ({"id": URL}, MALFORMED_VALUE_ERROR),
        ({"statusPurpose": ["revocation"]}, MALFORMED_VALUE_ERROR),
    ],
)
def test_an_entry_that_points_nowhere_is_refused(changes: dict[str, Any], problem: str) -> None:
    assert refusal(listed(Bitstring.of_length(MINIMUM_LENGTH)), entry(**changes)) == problem


def test_no_list_is_made_too_short() -> None:
    with pytest.raises(ValueError, match="131072"):
        Bitstring.of_length(1024)


@pytest.mark.parametrize("index", [-1, MINIMUM_LENGTH])
def test_there_is_nothing_outside_a_list(index: int) -> None:
    bits = Bitstring.of_length(MINIMUM_LENGTH)
    with pytest.raises(IndexError):
        bits.get(index)
    with pytest.raises(IndexError):
        bits.with_bits({index: True})


@pytest.mark.parametrize("ttl", [True, "300000", -1, 10**13, None, [300_000]])
def test_a_time_to_live_that_is_none_is_not_kept_to(ttl: Any) -> None:
    assert time_to_live(listed(Bitstring.of_length(MINIMUM_LENGTH), ttl=ttl)) is None


def test_a_purpose_cannot_repaint_the_sentence_about_it() -> None:
    with pytest.raises(Unacceptable) as refused:
        read_status(listed(Bitstring.of_length(MINIMUM_LENGTH), statusPurpose=["\x1b[31m" * 50]), entry())
    assert refused.value.problems[0].detail.isprintable()
