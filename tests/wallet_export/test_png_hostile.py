"""Damaged and hostile PNGs: always a sentence, never a hang, a crash or half an answer."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.wallet_export.pictures import JSON_CREDENTIAL, JWT, chunk, chunks_of, itxt, png, with_chunks
from tests.work import work_of_at_most
from wallet_export.errors import ImageRefused, NotAnImage, NothingBaked, WalletExportError
from wallet_export.png import bake_png, unbake_png

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def header(width: int = 1, height: int = 1, *rest: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *(rest or (8, 2, 0, 0, 0))))


PIXELS = chunk(b"IDAT", zlib.compress(bytes(4)))
END = chunk(b"IEND", b"")


def test_a_png_cut_off_at_any_byte_is_refused() -> None:
    baked = bake_png(png(), JSON_CREDENTIAL)
    for length in range(len(baked)):
        with pytest.raises(WalletExportError, match=r"\.$"):
            unbake_png(baked[:length])
        with pytest.raises((NotAnImage, ImageRefused)):
            bake_png(baked[:length], JWT)


def test_a_png_with_any_byte_flipped_is_refused() -> None:
    baked = bake_png(png(), JWT)
    for position in range(len(baked)):
        damaged = bytearray(baked)
        damaged[position] ^= 0x10
        with pytest.raises((NotAnImage, ImageRefused)):
            unbake_png(bytes(damaged))


def test_a_wrong_checksum_is_named_with_its_chunk_and_place() -> None:
    image = bytearray(png())
    image[-1] ^= 1
    with pytest.raises(ImageRefused, match=rf"checksum of its IEND chunk at byte {len(image) - 12:,} is wrong"):
        unbake_png(bytes(image))


@pytest.mark.parametrize(
    ("width", "height"), [(0, 1), (1, 0), (2**31 - 1, 2**31 - 1), (2**32 - 1, 1), (16_385, 1), (10_000, 10_000)]
)
def test_a_picture_of_impossible_size_is_refused_before_anyone_decodes_it(width: int, height: int) -> None:
    with pytest.raises(ImageRefused, match="pixels"):
        bake_png(SIGNATURE + header(width, height) + PIXELS + END, JWT)


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        ([PIXELS, END], "begin with an IHDR"),
        ([chunk(b"IHDR", b"short"), PIXELS, END], "begin with an IHDR"),
        ([header(1, 1, 3, 2, 0, 0, 0), PIXELS, END], "values that PNG does not know"),
        ([header(1, 1, 8, 7, 0, 0, 0), PIXELS, END], "values that PNG does not know"),
        ([header(1, 1, 8, 2, 0, 0, 2), PIXELS, END], "values that PNG does not know"),
        ([header(), header(), PIXELS, END], "more than one IHDR"),
        ([header(), END], "no image data"),
        ([header(), PIXELS, chunk(b"IEND", b"x")], "IEND chunk is not empty"),
        ([header(), PIXELS], "cut off"),
        ([header(), PIXELS, struct.pack(">I4s", 2**31, b"tEXt"), bytes(8)], "says 2,147,483,648 bytes"),
        ([header(), chunk(b"ID\0T", b""), PIXELS, END], "a chunk's type must be there"),
        ([header(), *[chunk(b"prVt", b"")] * 20_001, PIXELS, END], "more than 20,000 chunks"),
    ],
)
def test_what_is_no_proper_png_is_refused(chunks: list[bytes], said: str) -> None:
    with pytest.raises(ImageRefused, match=said):
        bake_png(SIGNATURE + b"".join(chunks), JWT)


def test_more_than_ten_mebibytes_are_not_even_looked_at() -> None:
    with work_of_at_most(5), pytest.raises(ImageRefused, match="10,485,760"):
        unbake_png(SIGNATURE + bytes(10 * 1024 * 1024))


def test_a_compressed_chunk_cannot_blow_up() -> None:
    bomb = itxt(b"openbadgecredential", bytes(200_000_000), flag=1)
    with work_of_at_most(5), pytest.raises(ImageRefused, match="longer than 4,194,304 bytes"):
        unbake_png(with_chunks(png(), bomb))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\0\1\0\0\0not deflate", "cannot be inflated"),
        (b"\0\1\0\0\0" + zlib.compress(b"x" * 5000)[:-8], "cut off"),
        (b"\0\1\7\0\0" + zlib.compress(b"x"), "unknown compression method"),
        (b"\0\2\0\0\0x", "a field is missing"),
        (b"\0\0\0de", "a field is missing"),
        (b"\0", "a field is missing"),
        (b"\0\0\0\0\0\xff\xfe", "not UTF-8"),
    ],
)
def test_a_damaged_badge_chunk_is_refused_and_not_passed_over(body: bytes, said: str) -> None:
    sound = itxt(b"openbadgecredential", JWT.encode())
    with pytest.raises(ImageRefused, match=said):
        unbake_png(with_chunks(png(), chunk(b"iTXt", b"openbadgecredential" + body), sound))


def test_an_empty_badge_chunk_is_no_badge() -> None:
    with pytest.raises(NothingBaked, match="empty"):
        unbake_png(with_chunks(png(), itxt(b"openbadgecredential", b" ")))
    with pytest.raises(NothingBaked, match="No badge is baked"):
        unbake_png(with_chunks(png(), chunk(b"tEXt", b"openbadgecredential and more")))


def test_ten_mebibytes_of_chunks_are_read_in_bounded_time() -> None:
    image = SIGNATURE + header() + chunk(b"prVt", bytes(510)) * 19_990 + PIXELS + END
    assert len(chunks_of(image)) > 19_990
    with work_of_at_most(8):
        bake_png(image, JWT)
