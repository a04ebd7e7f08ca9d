"""Short questions to the database, asked of its driver: some microseconds instead of some hundred (SQLite).

A statement is compiled once, and a connection is kept, so that nothing is left to do for each question but the question
itself: short enough to be asked where nobody may wait. On PostgreSQL, and whenever something is wrong, the same
statement goes the ordinary way, which has the words for whatever is wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from issuer.store import Database

_DIALECT = sqlite.dialect(paramstyle="qmark")
_Process = Callable[[Any], Any] | None


class Question:
    """A statement over columns, with named values; written once, beside its meaning."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._names: Sequence[str] = compiled.positiontup or ()
        self._given = {name: _bind(bound.type) for bound, name in compiled.bind_names.items()}
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._read = tuple((at, _result(column.type)) for at, column in enumerate(statement.selected_columns))

    def values(self, given: dict[str, Any]) -> list[Any]:
        """The values in the statement's order, as SQLite's driver takes them."""
        whole = {**self._constants, **given}
        return [process(whole[name]) if (process := self._given[name]) else whole[name] for name in self._names]

    def row(self, found: Sequence[Any]) -> tuple[Any, ...]:
        """A row of the driver's as the columns' types have it."""
        return tuple(process(found[at]) if process else found[at] for at, process in self._read)


def _bind(kind: Any) -> _Process:
    processor: _Process = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return processor


def _result(kind: Any) -> _Process:
    processor: _Process = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return processor


class ShortQuestions:
    """Asks one database. Threads may share it; `close` gives the connection back.

    `is_instant`: an answer is some microseconds of reading (SQLite), and no conversation with a server.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection: Any = None
        self.is_instant = database.engine.dialect.name == "sqlite"

    def ask(self, question: Question, **given: Any) -> list[tuple[Any, ...]]:
        """The rows. Raises DatabaseUnreachable."""
        if self.is_instant:
            try:
                with self._lock:
                    found = self._cursor().execute(question.sql, question.values(given)).fetchall()
            except Exception:  # noqa: BLE001  (the ordinary way will meet it too, and say it in words)
                self.close()
            else:
                return [question.row(one) for one in found]
        with self._database.read() as session:
            return [tuple(one) for one in session.execute(question.statement, given)]

    def ask_one(self, question: Question, **given: Any) -> tuple[Any, ...] | None:
        """The only row, or None. Raises DatabaseUnreachable."""
        found = self.ask(question, **given)
        return found[0] if found else None

    def close(self) -> None:
        """Give the connection back. Another question opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.invalidate()
            self._connection = None

    def _cursor(self) -> Any:
        if self._connection is None:
            self._connection = self._database.engine.raw_connection()
        return self._connection.cursor()
