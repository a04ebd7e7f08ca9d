"""The credential of one status list as a form with three gaps: since when, until when, and the list.

A list is half a megabyte of text in a credential whose every other word stays the same from edition to edition. So that
credential is prepared once, with marks in the gaps, as any other (`credentials.prepared.prepare`), and its text and its
canonical form are cut at the marks. What is put into a gap changes nothing else:

- nothing needs escaping, in JSON or in N-Quads: instants, and the alphabet of base64url behind a `u`;
- there are no blank nodes, so no label depends on what a gap holds;
- each mark is the only value of its subject and predicate, so no order of lines does.

`ListForm.of` makes sure of the last two and compares one credential with the slow road, byte for byte; it refuses to be
made otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from credentials import strict_json
from credentials.bitstring import MINIMUM_LENGTH, Bitstring
from credentials.canonical import canonicalize_slowly
from credentials.filled_list import ONLY_FORMS, FilledList
from credentials.instants import format_instant
from credentials.prepared import prepare, written
from credentials.status_list import status_list_credential

_SINCE = datetime(1000, 1, 1, tzinfo=UTC)
_UNTIL = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_LIST = "uEncodedList-GAP"
_INSTANT = "2026-11-22T10:00:00Z"
_BASE64URL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


_Pieces = tuple[bytes, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class ListForm:
    """JSON and canonical form of a list credential, each in four pieces around `since`, `until` and the list."""

    contexts: tuple[str, ...]
    json: _Pieces
    canonical: _Pieces

    @classmethod
    def of(cls, *, url: str, issuer: str, purpose: str, ttl: timedelta) -> ListForm:
        """Raises `Unacceptable` for what cannot be signed, ValueError where gaps cannot be found again for certain."""
        document = status_list_credential(
            url=url,
            issuer=issuer,
            purpose=purpose,
            bits=Bitstring.of_length(MINIMUM_LENGTH),
            valid_from=_SINCE,
            valid_until=_UNTIL,
            ttl=ttl,
        )
        real = document["credentialSubject"]["encodedList"]
        document["credentialSubject"]["encodedList"] = _LIST
        prepared = prepare(document)
        since, until, encoded = (f'"{gap}"'.encode() for gap in (format_instant(_SINCE), format_instant(_UNTIL), _LIST))
        _require_order_of_lines(prepared.canonical, (since, until, encoded))
        form = cls(
            prepared.contexts,
            _cut(prepared.json, (since, until, encoded)),
            _cut(prepared.canonical, (encoded, since, until)),
        )
        document["validFrom"] = document["validUntil"] = _INSTANT
        document["credentialSubject"]["encodedList"] = real
        filled = form._filled(_INSTANT.encode(), _INSTANT.encode(), real.encode())
        if (filled.json, filled.canonical) != (written(document), canonicalize_slowly(document)):
            raise ValueError("the form of a list credential makes another credential than it should")
        return form

    def fill(self, since: datetime, until: datetime, encoded: str) -> FilledList:
        """The credential of these values; `encoded` is an `EncodedList.text`. Raises ValueError for what is none."""
        text = encoded.encode()
        if text[:1] != b"u" or text.translate(None, _BASE64URL):
            raise ValueError("an encodedList is base64url behind a u")
        return self._filled(format_instant(since).encode(), format_instant(until).encode(), text)

    def proof_in(self, body: bytes, filled: FilledList) -> Any:
        """The `proof` in the bytes of a signed credential: every other byte must be that of `filled`.

        So what is read in these bytes is what was filled in, and its canonical form is `filled.canonical`. Raises
        ValueError where that is not so, and `Unacceptable` for proofs that are no strict JSON.
        """
        end = len(filled.json) - 1
        if not body.startswith(filled.json[:end]) or body[end : end + 1] != b",":
            raise ValueError("the signed list is not as it was meant")
        added: Mapping[str, Any] = strict_json.parse(b"{" + body[end + 1 :])
        if added.keys() != {"proof"}:
            raise ValueError("the credential is not the list's with a proof and nothing else")
        return added["proof"]

    def _filled(self, since: bytes, until: bytes, encoded: bytes) -> FilledList:
        one, two, three, four = self.json
        json = b"".join((one, since, two, until, three, encoded, four))
        one, two, three, four = self.canonical
        canonical = b"".join((one, encoded, two, since, three, until, four))
        return FilledList(json, canonical, self.contexts, ONLY_FORMS)


def _cut(whole: bytes, gaps: tuple[bytes, bytes, bytes]) -> _Pieces:
    """The four pieces between the gaps, which come in this order; the quotes of the gaps stay with the pieces."""
    places = [whole.find(gap) for gap in gaps]
    if places != sorted(places) or any(whole.count(gap) != 1 for gap in gaps):
        raise ValueError("the gaps of a list credential do not stand in it once each, in their order")
    (one, to_one), (two, to_two), (three, to_three) = (
        (place + 1, place + len(gap) - 1) for place, gap in zip(places, gaps, strict=True)
    )
    return whole[:one], whole[to_one:two], whole[to_two:three], whole[to_three:]


def _require_order_of_lines(canonical: bytes, gaps: tuple[bytes, ...]) -> None:
    lines = canonical.splitlines()
    names = [tuple(line.split(b" ", 2)[:2]) for line in lines]
    if any(part.startswith(b"_:") for line in lines for part in line.split(b" ")):
        raise ValueError("a list credential has no part without an id")
    if any(names.count(name) > 1 for name, line in zip(names, lines, strict=True) if any(gap in line for gap in gaps)):
        raise ValueError("where a line with a gap stands would depend on what is in the gap")
