"""Lists in blocks: changing a block is encoding the whole anew, and any reader of GZIP reads the whole."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.bitstring import MAXIMUM_LENGTH, MINIMUM_LENGTH, Bitstring
from credentials.encoded_list import BLOCK_BYTES, EncodedList
from keys import base64url

LENGTH = MINIMUM_LENGTH + BLOCK_BYTES * 8 + 4_808
"""Several blocks, and a last one that is shorter."""

INDEXES = st.integers(0, LENGTH - 1)


def with_density(length: int, density: float, seed: int = 0) -> Bitstring:
    random = Random(seed)  # noqa: S311 - the same in every run
    places = random.sample(range(length), int(length * density))
    return Bitstring.of_length(length).with_bits(dict.fromkeys(places, True))


DENSITIES = {density: with_density(LENGTH, density) for density in (0, 0.001, 0.02, 0.5)}
FULL = Bitstring(b"\xff" * (LENGTH // 8))


def inflated(text: str) -> bytes:
    return gzip.decompress(base64url.decode(text[1:]))


@pytest.mark.parametrize("bits", [*DENSITIES.values(), FULL])
def test_what_is_encoded_is_read_whole_and_split(bits: Bitstring) -> None:
    encoded = EncodedList.of(bits.data)
    assert inflated(encoded.text) == bits.data
    assert Bitstring.decode(encoded.text) == bits
    assert EncodedList.split(encoded.text) == encoded
    assert len(encoded) == len(bits)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*DENSITIES.values(), FULL]), st.dictionaries(INDEXES, st.booleans(), max_size=12))
def test_changing_bits_is_encoding_the_whole_anew(bits: Bitstring, changes: dict[int, bool]) -> None:
    edited = EncodedList.of(bits.data).with_bits(changes)
    whole = EncodedList.of(bits.with_bits(changes).data)
    assert edited.list == whole
    assert edited.inflates_as_meant()
    assert inflated(edited.list.text) == bits.with_bits(changes).data, "its CRC-32 too"


def test_a_block_that_was_compressed_wrongly_is_found() -> None:
    encoded = EncodedList.of(DENSITIES[0.02].data)
    edited = encoded.with_bits({5: not DENSITIES[0.02].get(5)})
    assert edited.inflates_as_meant()
    assert not replace(edited, list=encoded).inflates_as_meant()


def test_only_the_changed_block_is_another() -> None:
    bits = DENSITIES[0.001]
    index = next(index for index in range(BLOCK_BYTES * 8, LENGTH) if not bits.get(index))
    before, after = EncodedList.of(bits.data), EncodedList.of(bits.data).with_bits({index: True}).list
    others = [one == two for one, two in zip(before.blocks, after.blocks, strict=True)]
    assert others == [number != 1 for number in range(len(others))]


@pytest.mark.parametrize(
    "text",
    [
        "u" + base64url.encode(gzip.compress(bytes(LENGTH // 8), mtime=0)),
        EncodedList.of(FULL.data).text[:-4],
        EncodedList.of(FULL.data).text + "AAAA",
        EncodedList.of(FULL.data).text.replace("AAD__wAAAP__", "AAD__wAAAP_-", 1),
        EncodedList.of(FULL.data).text.replace("AAD__wAAAP__", "AAD__wAAAP__" * 2, 1),
        EncodedList.of(FULL.data).text.replace("AAD__wAAAP__", "AAAD__wAAAP__", 1),
        "u",
        "",
    ],
)
def test_what_is_not_in_such_blocks_is_not_split(text: str) -> None:
    assert EncodedList.split(text) is None


def test_a_block_that_is_none_is_not_changed() -> None:
    encoded = EncodedList.of(FULL.data)
    for wrong in ("AAAA", encoded.blocks[-1], ""):
        broken = EncodedList((wrong, *encoded.blocks[1:]), encoded.size, encoded.crc)
        with pytest.raises(ValueError, match="block 0"):
            broken.with_bits({0: False})
    with pytest.raises(IndexError):
        encoded.with_bits({LENGTH: True})


def test_the_longest_list_full_of_random_bits_is_read_by_a_bounded_verifier() -> None:
    """`verifier` reads 2 MiB of a list and inflates 8: what is made here stays below both."""
    data = Random(1).randbytes(MAXIMUM_LENGTH // 8)  # noqa: S311 - the same in every run
    encoded = EncodedList.of(data)
    assert len(encoded.text) < 2 * 1024 * 1024 - 2_000
    assert Bitstring.decode(encoded.text).data == data
    index = MAXIMUM_LENGTH - 1
    bit = not Bitstring(data).get(index)
    changed = encoded.with_bits({index: bit}).list
    assert zlib.crc32(Bitstring(data).with_bits({index: bit}).data) == changed.crc
    assert Bitstring.decode(changed.text) == Bitstring(data).with_bits({index: bit})


def test_a_list_says_itself_that_it_is_too_large_before_it_is_inflated() -> None:
    bomb = bytearray(gzip.compress(bytes(1_000_000)))
    bomb[-4:] = (2**31).to_bytes(4, "little")
    with pytest.raises(Exception, match="inflates to more than"):
        Bitstring.decode("u" + base64url.encode(bytes(bomb)))
