"""Values of several bits: where they lie, what they are called, and what an entry must say of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.bitstring import MINIMUM_LENGTH, Bitstring
from credentials.problems import MALFORMED_VALUE_ERROR, RANGE_ERROR, STATUS_LIST_LENGTH_ERROR, Unacceptable
from credentials.status_entry import MAX_STATUS_SIZE, StatusEntry
from credentials.status_list import ReadableList, read_status, status_entry, status_list_credential
from tests.credentials.test_status_list import NOW, URL

SIZES = st.integers(1, MAX_STATUS_SIZE)
WORDS = ("ordered", "on its way", "delivered", "undefined")


def by_hand(bits: Bitstring, index: int, size: int) -> int:
    """The value, read as one would with a finger on the paper."""
    written = "".join(f"{byte:08b}" for byte in bits.data[index * size // 8 : (index + 1) * size // 8 + 1])
    start = index * size % 8
    return int(written[start : start + size], 2)


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=40, max_size=80), SIZES, st.data())
def test_a_value_is_read_as_by_hand(data: bytes, size: int, draw: st.DataObject) -> None:
    bits = Bitstring(data)
    index = draw.draw(st.integers(0, len(bits) // size - 1))
    assert bits.value(index, size) == by_hand(bits, index, size)


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=40, max_size=80), SIZES, st.data())
def test_values_that_are_written_are_read_and_leave_the_others_alone(
    data: bytes, size: int, draw: st.DataObject
) -> None:
    before = Bitstring(data)
    number = len(before) // size
    values = st.dictionaries(st.integers(0, number - 1), st.integers(0, (1 << size) - 1), max_size=6)
    changes = draw.draw(values)
    after = before.with_values(changes, size)
    for index in range(number):
        assert after.value(index, size) == changes.get(index, before.value(index, size))
    assert len(after) == len(before)


@given(SIZES)
def test_one_bit_is_the_value_of_one_bit(size: int) -> None:
    bits = Bitstring(b"\x80\x01" * 20)
    assert [bits.value(index, 1) for index in range(320)] == [int(bits.get(index)) for index in range(320)]
    for index in (-1, 320 // size):
        with pytest.raises(IndexError):
            bits.value(index, size)
    with pytest.raises(ValueError, match="from 0 to"):
        bits.with_values({0: 1 << size}, size)


def listed(bits: Bitstring, purpose: str | tuple[str, ...] = "message") -> dict[str, Any]:
    return status_list_credential(
        url=URL, issuer="did:web:x.example", purpose=purpose, bits=bits, valid_from=NOW, valid_until=NOW, ttl=NOW - NOW
    )


def entry(index: int = 7, **changes: Any) -> dict[str, Any]:
    made = status_entry(
        list_url=URL, index=index, purpose="message", messages=WORDS, references=("https://x.example/statuses",)
    )
    return {**made, **changes}


def test_an_entry_says_what_its_values_mean() -> None:
    assert entry() == {
        "id": URL + "#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "message",
        "statusListIndex": "7",
        "statusListCredential": URL,
        "statusSize": 2,
        "statusMessage": [
            {"status": "0x0", "message": "ordered"},
            {"status": "0x1", "message": "on its way"},
            {"status": "0x2", "message": "delivered"},
            {"status": "0x3", "message": "undefined"},
        ],
        "statusReference": "https://x.example/statuses",
    }
    read = StatusEntry.of(entry())
    assert [read.message(value) for value in range(4)] == list(WORDS)
    assert read.references == ("https://x.example/statuses",)


def test_the_order_of_the_messages_means_nothing() -> None:
    """An embedded proof signs a set of them: whoever passes the badge on may turn them round."""
    turned = StatusEntry.of(entry(statusMessage=entry()["statusMessage"][::-1]))
    assert [turned.message(value) for value in range(4)] == list(WORDS)


def test_one_bit_without_messages_is_set_or_unset() -> None:
    read = StatusEntry.of(status_entry(list_url=URL, index=1, purpose="revocation"))
    assert (read.message(0), read.message(1), read.size) == ("unset", "set", 1)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 10])
def test_every_state_of_a_list_is_read(size: int) -> None:
    words = tuple(f"state {value}" for value in range(1 << size))
    length = MINIMUM_LENGTH * size
    last = MINIMUM_LENGTH - 1
    bits = Bitstring.of_length(length).with_values({0: 1, 5: (1 << size) - 1, last: 1 << size - 1}, size)
    for index, value in ((0, 1), (1, 0), (4, 0), (5, (1 << size) - 1), (6, 0), (last, 1 << size - 1)):
        about = status_entry(list_url=URL, index=index, purpose="message", messages=words)
        assert read_status(listed(bits), about) == value
        assert StatusEntry.of(about).message(value) == f"state {value}"


def refusal(document: dict[str, Any], about: dict[str, Any]) -> str:
    with pytest.raises(Unacceptable) as refused:
        read_status(document, about)
    return refused.value.problems[0].type


def test_values_of_two_bits_need_twice_the_list() -> None:
    assert refusal(listed(Bitstring.of_length(MINIMUM_LENGTH)), entry()) == STATUS_LIST_LENGTH_ERROR
    enough = listed(Bitstring.of_length(2 * MINIMUM_LENGTH))
    assert read_status(enough, entry(MINIMUM_LENGTH - 1)) == 0
    assert refusal(enough, entry(MINIMUM_LENGTH)) == RANGE_ERROR


def test_a_value_that_would_hang_over_the_end_is_outside() -> None:
    """131,073 bytes are 349,528 values of three bits and one bit: not even half of another value."""
    words = tuple(map(str, range(8)))
    document = listed(Bitstring(bytes(131_073)))
    inside, outside = (
        status_entry(list_url=URL, index=i, purpose="message", messages=words) for i in (349_527, 349_528)
    )
    assert read_status(document, inside) == 0
    assert refusal(document, outside) == RANGE_ERROR


MESSAGES = [{"status": hex(value), "message": word} for value, word in enumerate(WORDS)]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"statusSize": 0}, "/statusSize"),
        ({"statusSize": -1}, "/statusSize"),
        ({"statusSize": True}, "/statusSize"),
        ({"statusSize": "2"}, "/statusSize"),
        ({"statusSize": 2.0}, "/statusSize"),
        ({"statusSize": 10**9}, "/statusSize"),
        ({"statusSize": [2]}, "/statusSize"),
        ({"statusSize": 3}, "/statusMessage"),
        ({"statusMessage": MESSAGES[:3]}, "/statusMessage"),
        ({"statusMessage": [*MESSAGES, {"status": "0x4", "message": ""}]}, "/statusMessage"),
        ({"statusMessage": [*MESSAGES[:3], MESSAGES[0]]}, "/statusMessage"),
        ({"statusMessage": [*MESSAGES[:3], {"status": "3", "message": "x"}]}, "/statusMessage"),
        ({"statusMessage": [*MESSAGES[:3], {"status": 3, "message": "x"}]}, "/statusMessage"),
        ({"statusMessage": [*MESSAGES[:3], {"status": "0x3"}]}, "/statusMessage"),
        ({"statusMessage": [*MESSAGES[:3], "0x3"]}, "/statusMessage"),
        ({"statusMessage": {"0x0": "a"}}, "/statusMessage"),
        ({"statusMessage": None}, "/statusMessage"),
        ({"statusReference": 7}, "/statusReference"),
        ({"statusReference": ["https://x.example", {}]}, "/statusReference"),
    ],
)
def test_an_entry_that_does_not_say_what_its_values_mean_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        StatusEntry.of(entry(**changes))
    assert [(one.type, one.pointer) for one in refused.value.problems] == [(MALFORMED_VALUE_ERROR, place)]


def test_several_bits_without_a_word_for_them_are_refused() -> None:
    about = entry()
    del about["statusMessage"]
    assert refusal(listed(Bitstring.of_length(2 * MINIMUM_LENGTH)), about) == MALFORMED_VALUE_ERROR


def test_everything_that_is_wrong_with_an_entry_is_said_at_once() -> None:
    with pytest.raises(Unacceptable) as refused:
        StatusEntry.of({"type": "Other", "id": URL, "statusListCredential": URL, "statusSize": 0, "statusReference": 1})
    assert {one.pointer for one in refused.value.problems} == {
        "/type", "/id", "/statusPurpose", "/statusListIndex", "/statusSize", "/statusReference",
    }  # fmt: skip


@pytest.mark.parametrize("messages", [(), ("one",)])
def test_no_entry_is_made_without_a_word_for_each_value(messages: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="message"):
        status_entry(list_url=URL, index=1, purpose="message", messages=messages)


MESSAGE_LIKE = st.dictionaries(st.sampled_from(["status", "message"]), st.one_of(st.text(), st.integers()))
ANYTHING = st.one_of(st.none(), st.integers(), st.text(), st.booleans(), st.lists(MESSAGE_LIKE))


@given(st.dictionaries(st.sampled_from(sorted(entry())), ANYTHING))
def test_whatever_an_entry_holds_it_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        read = StatusEntry.of({**entry(), **changes})
    except Unacceptable:
        return
    assert len(read.messages) in (0, 1 << read.size)
    assert read.index >= 0


def test_a_list_may_serve_several_purposes() -> None:
    document = listed(Bitstring.of_length(2 * MINIMUM_LENGTH).with_values({7: 2}, 2), ("message", "refresh"))
    assert ReadableList.of(document).purposes == ("message", "refresh")
    assert read_status(document, entry(7)) == 2
    # The same bits, read as values of one bit each: the fourteenth and fifteenth are those of the seventh of two.
    one_bit = [read_status(document, status_entry(list_url=URL, index=at, purpose="refresh")) for at in (14, 15)]
    assert one_bit == [1, 0]


# By @4sure-tech/vc-bitstring-status-lists 0.1.0-unstable.1 on 22 November 2026: of n bits, number 0 is 1, number 1 is
# all ones, number 7 is 1, number 4,711 is all ones but the highest, number 100,000 only the highest.
OF_ANOTHERS_MAKING = {
    2: "uH4sIAAAAAAAAA-3UQQ0AAAgEIG1shItuCjcfEILpAvjFSwAAAAAAAAAAAAAAAAAAAAAAAAAAAADAkSwc0MjHqWEAAA",
    3: "uH4sIAAAAAAAAA-3OAQkAQAgEsJOvZTijG-NBtgTrVADgpvc7AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACZBSALJhV9kgAA",
    5: "uH4sIAAAAAAAAA-3OQQEAIAgEsCMBlY1mNFMIny3B-iYVAABgQm8HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA4JPzAEpK1gIl9AAA",
    8: "uH4sIAAAAAAAAA-3OsQ0AIAgAMLgcP9fwAguJaS9o3mgZAAAAADBX2wEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgF-dB4es7eShhgEA",
}


@pytest.mark.parametrize("size", OF_ANOTHERS_MAKING)
def test_values_are_where_another_program_puts_them(size: int) -> None:
    """The standard does not say in which order the bits of a value come; here is one more with the highest first."""
    bits = Bitstring.decode(OF_ANOTHERS_MAKING[size])
    ones = (1 << size) - 1
    meant = {0: 1, 1: ones, 2: 0, 7: 1, 4711: ones >> 1, 4712: 0, 99_999: 0, 100_000: 1 << (size - 1)}
    assert {index: bits.value(index, size) for index in meant} == meant


_ODD = st.none() | st.integers() | st.lists(st.sampled_from(["BitstringStatusListEntry", "x"]), max_size=2)
_SAID = (
    st.sampled_from([f"{URL}#7", URL]) | _ODD,
    st.sampled_from(["BitstringStatusListEntry", "StatusList2021Entry", "x"]) | _ODD,
    st.sampled_from(["revocation", "message", ""]) | _ODD,
    st.sampled_from(["0", "7", "007", "9" * 30, "-1", "", "٧", "7 "]) | _ODD,
    st.just(URL) | _ODD,
)
_MEMBERS = ("id", "type", "statusPurpose", "statusListIndex", "statusListCredential")


def _read(status: dict[str, Any]) -> object:
    try:
        return StatusEntry.of(status)
    except Unacceptable as refusal:
        return refusal.problems


@settings(max_examples=400, deadline=None)
@given(st.tuples(*_SAID))
def test_an_entry_of_the_usual_members_is_read_as_one_that_says_more(said: tuple[Any, ...]) -> None:
    """Those are read at once; a size of one bit, which is what goes without saying, takes the long way."""
    status = dict(zip(_MEMBERS, said, strict=True))
    assert _read(status) == _read({**status, "statusSize": 1})


def test_the_usual_entry_is_among_them() -> None:
    status = status_entry(list_url=URL, index=7, purpose="revocation")
    assert tuple(status) == _MEMBERS
    assert _read(status) == _read({**status, "statusSize": 1})
    assert isinstance(_read(status), StatusEntry)
