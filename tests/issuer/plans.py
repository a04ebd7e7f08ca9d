"""By which way SQLite finds what it is asked for, as it says itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from issuer.store import Database

Asked = list[tuple[str, object]]


@contextmanager
def asked(db: Database, table: str) -> Iterator[Asked]:
    """The questions that name the table, with their values, while this lasts."""
    noted: Asked = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if statement.startswith("SELECT") and table in statement:
            noted.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def read_from_end_to_end(db: Database, questions: Asked, table: str, *, but: str = "no index") -> list[str]:
    """The questions for which SQLite reads the whole table; none on other databases, which decide by what is there.

    but: the index of a few of its rows, which may be read whole.
    """
    if db.engine.dialect.name != "sqlite":
        return []
    with db.engine.connect() as connection:
        return [
            statement
            for statement, values in questions
            for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
            if step.startswith(f"SCAN {table}") and but not in step
        ]
