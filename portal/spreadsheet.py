"""Tables for spreadsheets: CSV (RFC 4180) in which nothing that people wrote is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

MEDIA_TYPE = "text/csv; charset=utf-8"
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table in UTF-8, with a byte order mark because spreadsheets guess wrong without one.

    Text that begins like a formula gets an apostrophe before it, which spreadsheets hide; numbers do not.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([harmless(value) for value in row])
    return "\ufeff".encode() + text.getvalue().encode()


def harmless(value: object) -> object:
    """The value as it may stand in a cell; None is an empty one."""
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return "" if value is None else value
