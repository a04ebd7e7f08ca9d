"""Credentials baked into PNG images: one `iTXt` chunk (Open Badges 3.0, 5.3.1)."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import NamedTuple

from credentials.sentence import sentence
from wallet_export.credential_text import MAX_TEXT_BYTES, CredentialText, credential_text
from wallet_export.errors import ImageRefused, NothingBaked
from wallet_export.halves import Halves, kept
from wallet_export.png_chunks import Chunk, ChunkStart, chunk_bytes, read_chunks, write_chunks

KEYWORD = b"openbadgecredential"
OLD_KEYWORD = b"openbadges"
"""The keyword of Open Badges 2.0 and older."""

_TEXT_CHUNKS = (b"iTXt", b"tEXt", b"zTXt")
# Compression flag 0, method 0, then language tag and translated keyword, both empty.
_PREAMBLE = KEYWORD + b"\x00" + b"\x00\x00" + b"\x00" + b"\x00"


class BakedChunk(NamedTuple):
    """What was found in a PNG: the text, its keyword, its chunk's type, and how many such there are."""

    text: str
    keyword: bytes
    chunk_type: bytes
    copies: int


def bake_png(image: bytes, credential: str | CredentialText) -> bytes:
    """The same PNG with the credential baked in; raises NotAnImage, ImageRefused or NotACredential.

    Guaranteed: exactly one chunk carries a credential, directly after IHDR, uncompressed, its text as
    `credential_text` spells it; every other chunk is unchanged and in its order. A credential that was baked
    in before is replaced, of Open Badges 2.0 as well: two readers of one picture must not
    see two badges. Bytes after IEND are not copied, as they are no part of a PNG.
    """
    text = credential_text(credential) if isinstance(credential, str) else credential
    return _halves(image).join(text)


_START_OF_CHUNK = ChunkStart.of(b"iTXt", _PREAMBLE)


def _chunk(credential: CredentialText) -> tuple[bytes, ...]:
    return _START_OF_CHUNK.followed_by(credential.ascii)


@kept
def _halves(image: bytes) -> Halves:
    """The PNG's chunks before and after the credential's; raises NotAnImage or ImageRefused."""
    from openbadges_bakery import png_bakery

    others = [chunk for chunk in read_chunks(image) if _keyword(chunk) != KEYWORD]
    for chunk in others:
        # The bakery takes any chunk that begins so for an old badge and drops it, pixels included.
        if chunk.body.startswith(OLD_KEYWORD + b"\x00") and chunk.type not in _TEXT_CHUNKS:
            raise ImageRefused(
                sentence(
                    "The PNG's {decode} chunk begins like a baked badge and is none. Save the image anew without it.",
                    decode=chunk.type.decode(),
                )
            )
    place = Chunk(b"iTXt", _PREAMBLE)
    chunks = list(png_bakery.baked_chunks(iter(others), place))
    at = next(number for number, chunk in enumerate(chunks) if chunk is place)
    return Halves(write_chunks(chunks[:at]), chunk_bytes(chunks[at + 1 :]), _chunk)


def unbake_png(image: bytes) -> str:
    """The text of the first baked credential; raises NotAnImage, ImageRefused or NothingBaked."""
    return find_in_png(image).text


def find_in_png(image: bytes) -> BakedChunk:
    """The first baked credential and where it stood; raises NotAnImage, ImageRefused or NothingBaked.

    The first iTXt chunk with the keyword of Open Badges 3.0 counts. Without one, foreign
    files are read too: the same keyword in a tEXt or zTXt chunk, then Open Badges 2.0's keyword; with
    language tags; compressed, up to MAX_TEXT_BYTES.
    """
    chunks = read_chunks(image)
    for keyword in (KEYWORD, OLD_KEYWORD):
        carriers = [chunk for chunk in chunks if _keyword(chunk) == keyword]
        if carriers:
            first = min(carriers, key=lambda chunk: chunk.type != b"iTXt")
            readable_by_bakery = keyword == OLD_KEYWORD and len(carriers) == 1 and _is_plain(first)
            text = _read_by_bakery(image) if readable_by_bakery else _text(first)
            return BakedChunk(text, keyword, first.type, len(carriers))
    raise NothingBaked(sentence("No badge is baked into the PNG: it is sound, but has no `openbadgecredential` chunk."))


def _keyword(chunk: Chunk) -> bytes | None:
    if chunk.type not in _TEXT_CHUNKS:
        return None
    keyword, separator, _ = chunk.body[: len(KEYWORD) + 1].partition(b"\x00")
    return keyword if separator else None


def _read_by_bakery(image: bytes) -> str:
    """The one Open Badges 2.0 assertion in the file, of a form that openbadges-bakery reads rightly."""
    from openbadges_bakery import png_bakery

    text: str = png_bakery.unbake(BytesIO(image))
    return _nonempty(text)


def _is_plain(chunk: Chunk) -> bool:
    """Whether the chunk is one that openbadges-bakery reads: UTF-8, not compressed, without language tag."""
    preamble = OLD_KEYWORD + (b"\x00" * 5 if chunk.type == b"iTXt" else b"\x00")
    text = chunk.body.removeprefix(preamble)
    if chunk.type == b"zTXt" or text == chunk.body or b"\x00" in text or len(text) > MAX_TEXT_BYTES:
        return False
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(chunk: Chunk) -> str:
    """The text of a text chunk (PNG 11.3.3), inflated within bounds if it is compressed."""
    _, _, rest = chunk.body.partition(b"\x00")
    if chunk.type == b"iTXt":
        return _international_text(rest)
    if chunk.type == b"zTXt":
        rest = _inflate(rest[1:], rest[:1])
    try:
        return _nonempty(_bounded(rest).decode("utf-8"))
    except UnicodeDecodeError:
        return _nonempty(rest.decode("latin-1"))  # what PNG says tEXt is; old bakers wrote UTF-8 all the same


def _international_text(rest: bytes) -> str:
    flag, method, fields = rest[:1], rest[1:2], rest[2:].split(b"\x00", 2)
    if flag not in (b"\x00", b"\x01") or len(fields) != 3:
        raise ImageRefused(sentence("The PNG's iTXt chunk with the badge is damaged: a field is missing."))
    text = _inflate(fields[2], method) if flag == b"\x01" else _bounded(fields[2])
    try:
        return _nonempty(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ImageRefused(
            sentence("The text baked into the PNG is not UTF-8 (its byte {start}).", start=error.start)
        ) from None


def _inflate(compressed: bytes, method: bytes) -> bytes:
    if method != b"\x00":
        raise ImageRefused(sentence("The PNG's chunk with the badge names an unknown compression method."))
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(compressed, MAX_TEXT_BYTES + 1)
    except zlib.error:
        raise ImageRefused(sentence("The PNG's chunk with the badge is compressed and cannot be inflated.")) from None
    if not inflater.eof and len(text) <= MAX_TEXT_BYTES:
        raise ImageRefused(sentence("The PNG's chunk with the badge is compressed and cut off."))
    return _bounded(text)


def _bounded(text: bytes) -> bytes:
    if len(text) > MAX_TEXT_BYTES:
        raise ImageRefused(
            sentence(
                "The text baked into the PNG is longer than {max_text_bytes} bytes.", max_text_bytes=MAX_TEXT_BYTES
            )
        )
    return text


def _nonempty(text: str) -> str:
    if not text.strip():
        raise NothingBaked(sentence("The PNG has a chunk for a badge, and the chunk is empty."))
    return text
