"""A PNG datastream as its chunks: read strictly, written as they were (PNG, Third Edition, clause 5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from isal.isal_zlib import crc32  # zlib's, ten times as fast

from credentials.sentence import sentence
from wallet_export.errors import ImageRefused, NotAnImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_SIDE = 16_384
MAX_PIXELS = 64_000_000
MAX_CHUNKS = 20_000

_HEADER = struct.Struct(">I4s")
_IMAGE_HEADER = struct.Struct(">IIBBBBB")
# PNG 11.2.1, table of allowed combinations: colour type to bit depths.
_BIT_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


class Chunk(NamedTuple):
    """One chunk; length and CRC follow from these two."""

    type: bytes
    body: bytes


class ImageHeader(NamedTuple):
    """The IHDR chunk: sizes in pixels, then as PNG names them."""

    width: int
    height: int
    bit_depth: int
    colour_type: int
    compression: int
    filter: int
    interlace: int


def check_size(image: bytes) -> None:
    """Refuse an image of more than 10 MiB, before anything looks into it."""
    if len(image) > MAX_IMAGE_BYTES:
        raise ImageRefused(
            sentence(
                "The image has {number} bytes; at most {max_image_bytes} are taken. Save it smaller.",
                number=len(image),
                max_image_bytes=MAX_IMAGE_BYTES,
            )
        )


def read_chunks(image: bytes) -> list[Chunk]:
    """Every chunk from IHDR to IEND, in order; raises NotAnImage or ImageRefused.

    Guaranteed: signature, lengths and all CRCs are right; the first chunk is a possible IHDR within MAX_SIDE
    and MAX_PIXELS; there is image data; IEND ends the list. Bytes after IEND are not part of the datastream
    (PNG clause 5.6) and are left out. The compressed pixels are not decoded.
    """
    check_size(image)
    if not image.startswith(SIGNATURE):
        raise NotAnImage(sentence("The file is not a PNG: it does not begin with the PNG signature."))
    chunks: list[Chunk] = []
    position = len(SIGNATURE)
    while not chunks or chunks[-1].type != b"IEND":
        if len(chunks) == MAX_CHUNKS:
            raise ImageRefused(
                sentence(
                    "The PNG has more than {max_chunks} chunks. Save it anew in an image editor.", max_chunks=MAX_CHUNKS
                )
            )
        chunk = _read_chunk(image, position)
        position += 12 + len(chunk.body)
        chunks.append(chunk)
    _check_order(chunks)
    return chunks


def write_chunks(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The datastream of (type, body) pairs: signature, then each with its length and CRC."""
    return SIGNATURE + chunk_bytes(chunks)


def chunk_bytes(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The chunks of (type, body) pairs, each with its length and CRC."""
    return b"".join(part for kind, body in chunks for part in ChunkStart.of(kind).followed_by(body))


class ChunkStart(NamedTuple):
    """A chunk's type and how its body begins, with their CRC: the same for all chunks that begin so."""

    kind_and_body: bytes
    body_length: int
    checksum: int

    @classmethod
    def of(cls, kind: bytes, body: bytes = b"") -> ChunkStart:
        """The start of chunks of this type, whose bodies begin with these bytes."""
        return cls(kind + body, len(body), crc32(kind + body))

    def followed_by(self, rest: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        """The whole chunk in parts: length, type and the body's beginning, the rest of the body, CRC."""
        length = (self.body_length + len(rest)).to_bytes(4, "big")
        return length, self.kind_and_body, rest, crc32(rest, self.checksum).to_bytes(4, "big")


def image_header(chunk: Chunk) -> ImageHeader:
    """The IHDR chunk's fields, within what PNG allows and within our limits; raises ImageRefused."""
    if chunk.type != b"IHDR" or len(chunk.body) != 13:
        raise ImageRefused(sentence("The PNG does not begin with an IHDR chunk of 13 bytes; it is damaged."))
    header = ImageHeader(*_IMAGE_HEADER.unpack(chunk.body))
    width, height = header.width, header.height
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise ImageRefused(
            sentence(
                "The PNG says it is {width} by {height} pixels; 1 to {max_side} a side and at most "
                "{max_pixels} pixels are taken.",
                width=width,
                height=height,
                max_side=MAX_SIDE,
                max_pixels=MAX_PIXELS,
            )
        )
    possible = header.bit_depth in _BIT_DEPTHS.get(header.colour_type, ())
    if not possible or header.compression or header.filter or header.interlace > 1:
        raise ImageRefused(sentence("The PNG's IHDR chunk has values that PNG does not know; it is damaged."))
    return header


def _read_chunk(image: bytes, position: int) -> Chunk:
    if position + 12 > len(image):
        raise ImageRefused(
            sentence("The PNG is cut off at byte {number}: its IEND chunk is missing.", number=len(image))
        )
    length, kind = _HEADER.unpack_from(image, position)
    end = position + 8 + length
    # Types are four ASCII letters (PNG 5.3); anything else means that we are lost, not that a chunk is new.
    if not (kind.isalpha() and kind.isascii()):
        raise ImageRefused(
            sentence("The PNG is damaged at byte {position}: a chunk's type must be there.", position=position)
        )
    name = kind.decode("ascii")
    if end + 4 > len(image):
        raise ImageRefused(
            sentence(
                "The PNG is cut off: its {name} chunk at byte {position} says {length} bytes, and the "
                "file ends before.",
                name=name,
                position=position,
                length=length,
            )
        )
    body = image[position + 8 : end]
    if crc32(body, crc32(kind)) != int.from_bytes(image[end : end + 4], "big"):
        raise ImageRefused(
            sentence(
                "The PNG is damaged: the checksum of its {name} chunk at byte {position} is wrong.",
                name=name,
                position=position,
            )
        )
    return Chunk(kind, body)


def _check_order(chunks: list[Chunk]) -> None:
    image_header(chunks[0])
    kinds = [chunk.type for chunk in chunks]
    if kinds.count(b"IHDR") != 1:
        raise ImageRefused(sentence("The PNG has more than one IHDR chunk; it is damaged."))
    if b"IDAT" not in kinds:
        raise ImageRefused(sentence("The PNG has no image data (no IDAT chunk)."))
    if chunks[-1].body:
        raise ImageRefused(sentence("The PNG's IEND chunk is not empty; the file is damaged."))
