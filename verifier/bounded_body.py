"""Reading an answer's body no further than is wanted, on the wire and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import httpcore2

from credentials.sentence import sentence

_GZIP_OR_ZLIB = 47  # zlib's window bits for “either, by its own header”


class BodyRefused(Exception):  # noqa: N818
    """The body was not read to its end; the message is the rest of a sentence that begins with the address."""


def read_body(response: httpcore2.Response, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """The body, at most `max_bytes` as it comes and at most as many after decompression.

    headers: names in lower case. Compression was not asked for; gzip and deflate are read all the same,
        since some servers compress regardless. Raises `BodyRefused`.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:19]) > max_bytes:
        raise _too_large(max_bytes)
    decoder = _decoder(headers.get("content-encoding", "").lower())
    read = 0
    body = bytearray()
    for chunk in response.iter_stream():
        read += len(chunk)
        # One byte more than allowed is asked for, so that “exactly full” and “too much” differ.
        body += decoder.decode(chunk, max_bytes + 1 - len(body)) if decoder else chunk
        if max(read, len(body)) > max_bytes:
            raise _too_large(max_bytes)
    if decoder and not decoder.complete:
        raise BodyRefused(sentence("broke off in the middle of its compressed answer"))
    return bytes(body)


class _Decoder:
    """Undoes gzip or deflate in bounded pieces."""

    def __init__(self) -> None:
        self._machine = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)

    @property
    def complete(self) -> bool:
        """Whether the compressed data has come to its own end."""
        return self._machine.eof

    def decode(self, chunk: bytes, limit: int) -> bytes:
        """At most `limit` (not 0) bytes of output."""
        try:
            return self._machine.decompress(self._machine.unconsumed_tail + chunk, limit)
        except zlib.error:
            raise BodyRefused(sentence("says that its answer is compressed, and it is not")) from None


def _decoder(encoding: str) -> _Decoder | None:
    if encoding in ("", "identity"):
        return None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyRefused(
            sentence("is compressed in a way that was not asked for ({encoding})", encoding=encoding[:40])
        )
    return _Decoder()


def _too_large(max_bytes: int) -> BodyRefused:
    return BodyRefused(sentence("holds more than the {max_bytes} bytes that are read", max_bytes=max_bytes))
