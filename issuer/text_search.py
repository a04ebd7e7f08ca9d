"""Texts compared without regard to case, in any script, alike on both databases.

SQLite's own `lower` knows ASCII only, and PostgreSQL's knows what the database's locale knows; so SQLite is given
Python's, and PostgreSQL is told to use ICU's. Upper case of lower case joins what either leaves apart: σ, ς and Σ; ß
and SS.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, Text, cast, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SHORTEST_INDEXED = 3
"""Characters: parts of names that are as long are found by PostgreSQL's index of trigrams; shorter ones by looking."""
SQLITE_FUNCTION = "guildmark_folded"
"""The name under which every SQLite connection knows `folded`."""


def folded(text: str | None) -> str | None:
    """The form in which two texts are compared."""
    return None if text is None else text.lower().upper()


def holds(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Whether the column's text holds `text` somewhere, whatever the case of either."""
    return _Folded(cast(column, Text)).contains(folded(text), autoescape=True)


def folding(column: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """`folded` of a column, to compare with what `folded` gives."""
    return _Folded(cast(column, Text))


class _Folded(FunctionElement[str]):
    """`folded` of a column, as each database does it."""

    type = String()
    inherit_cache = True


@compiles(_Folded, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"{SQLITE_FUNCTION}({compiler.process(element.clauses, **options)})"


@compiles(_Folded, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    return str(compiler.process(func.upper(func.lower(column.collate("und-x-icu"))), **options))
