"""The lines of the table, and what measures each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench import bulk, canonicalization, cold_start, issuing, lists, pictures, serving, two_workers, verifying
from tests.bench.harness import Bench, Row


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of targets."""

    number: int
    what: str
    rows: Callable[[Bench], Iterator[Row]]


LINES = (
    Line(1, "canonicalize, generic fast road", canonicalization.rows),
    Line(2, "issue one credential, library", issuing.one),
    Line(3, "issue in bulk, library", issuing.bulk),
    Line(4, "issue in bulk, all of it, on SQLite", bulk.rows),
    Line(5, "the same on PostgreSQL, two workers", two_workers.rows),
    Line(6, "verify, library", verifying.rows),
    Line(7, "verify over HTTP, one worker", serving.verify_rows),
    Line(8, "credential page and JSON, one worker", serving.page_rows),
    Line(9, "status list: change one bit and publish", lists.rows),
    Line(10, "bake a PNG of 80 kB / an SVG; QR; PDF", pictures.rows),
    Line(11, "cold start of guildmark verify FILE", cold_start.rows),
)
