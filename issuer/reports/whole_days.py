"""Whole days between two instants, as each database reckons them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class WholeDays(FunctionElement[int]):
    """Days from the first column to the second, rounded down; never below zero."""

    type = Integer()
    inherit_cache = True


@compiles(WholeDays, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(one, **options) for one in element.clauses)
    # A tenth of a second: days as floating numbers are not exact.
    return f"max(0, CAST(julianday({end}) - julianday({begin}) + 0.000001 AS INTEGER))"


@compiles(WholeDays, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(one, **options) for one in element.clauses)
    return f"greatest(0, CAST(floor(extract(epoch FROM ({end} - {begin})) / 86400) AS integer))"
