"""Many rows of one table in one statement, given column by column: what a batch writes, without an object for each row.

A column is either the same in all rows or has a value for each; so what is the same is converted once, and a row costs
little more than the database's own work. SQLite runs one prepared statement for all rows; PostgreSQL takes the columns
as arrays and unfolds them (`unnest`), which is one message and one plan, whatever the number of rows.

Columns of JSON take text that is JSON already (`issuer.canonical_json.json_text`): most of it is made once for many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    inspect,
    select,
)
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

from issuer.canonical_json import json_text


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN (values)` with all values in one parameter: a statement of one text, however many they are.

    For columns of texts, numbers and UUIDs.
    """
    if session.get_bind().dialect.name != "sqlite":
        from sqlalchemy.dialects.postgresql import ARRAY

        return column == func.any(bindparam(None, list(values), ARRAY(column.type)))
    texts = [value.hex for value in values] if isinstance(column.type, Uuid) else list(values)
    return column.in_(select(func.json_each(json_text(texts), type_=Text).table_valued("value").c.value))


def insert_rows(
    session: Session,
    table: type[DeclarativeBase],
    *,
    each: Mapping[str, Sequence[Any]],
    same: Mapping[str, Any] | None = None,
    unless_there: Sequence[str] = (),
) -> int:
    """Insert a row for each place of the columns `each`, which are equally long; columns `same` are so in all of them.

    With `unless_there`, columns of a unique key, rows whose key is there already are left out; one that another
    transaction is inserting is waited for. Returns how many were inserted. In the caller's transaction; what the
    session holds and has not written yet must not be needed by them.
    """
    count = len(next(iter(each.values())))
    if count == 0:
        return 0
    each, same = _parted(each, same or {}, count)
    columns = _columns(table)
    names = ", ".join(columns[name].name for name in (*each, *same))
    conflict = f" ON CONFLICT ({', '.join(unless_there)}) DO NOTHING" if unless_there else ""
    beginning = f"INSERT INTO {table.__tablename__} ({names})"
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * (len(each) + len(same)))
        rows = _rows(connection, columns, each, same)
        return connection.exec_driver_sql(f"{beginning} VALUES ({places}){conflict}", rows).rowcount
    given = _Unfolded(connection, columns, each, same)
    statement = f"{beginning} SELECT {', '.join((*given.each, *given.same))} FROM {given.table}{conflict}"  # noqa: S608
    return connection.exec_driver_sql(statement, given.parameters).rowcount


def change_rows(
    session: Session,
    table: type[DeclarativeBase],
    *,
    by: Mapping[str, Sequence[Any]],
    each: Mapping[str, Sequence[Any]],
    where: Mapping[str, Any],
) -> int:
    """Give the rows that have `by` at a place, and `where` all of them, what stands at that place of `each`.

    Returns how many there were. In the caller's transaction, as `insert_rows`.
    """
    if not next(iter(by.values())):
        return 0
    columns = _columns(table)
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        changes = ", ".join(f"{columns[name].name} = ?" for name in each)
        found = " AND ".join(f"{columns[name].name} = ?" for name in (*by, *where))
        rows = _rows(connection, columns, {**each, **by}, where)
        statement = f"UPDATE {table.__tablename__} SET {changes} WHERE {found}"  # noqa: S608
        return connection.exec_driver_sql(statement, rows).rowcount
    given = _Unfolded(connection, columns, {**each, **by}, where)
    values = (*given.each, *given.same)
    told = [f"{columns[name].name} = {value}" for name, value in zip((*each, *by, *where), values, strict=True)]
    found = " AND ".join(f"{table.__tablename__}.{one}" for one in told[len(each) :])
    statement = f"UPDATE {table.__tablename__} SET {', '.join(told[: len(each)])} FROM {given.table} WHERE {found}"  # noqa: S608
    # the places of `same` come before those of the table in an INSERT, and after them here
    return connection.exec_driver_sql(statement, given.parameters_of_table + given.parameters_of_same).rowcount


def _columns(table: type[DeclarativeBase]) -> Mapping[str, Column[Any]]:
    return dict(cast(Table, inspect(table).local_table).columns.items())


def _parted(
    each: Mapping[str, Sequence[Any]], same: Mapping[str, Any], count: int
) -> tuple[Mapping[str, Sequence[Any]], Mapping[str, Any]]:
    """Columns that happen to hold the same in all rows, but for the first, go to those that do by their nature."""
    first = next(iter(each))
    alike = {
        name: values[0]
        for name, values in each.items()
        if name != first and values[0] == values[-1] and list(values).count(values[0]) == count
    }
    return {name: values for name, values in each.items() if name not in alike}, {**same, **alike}


def _rows(
    connection: Connection,
    columns: Mapping[str, Column[Any]],
    each: Mapping[str, Sequence[Any]],
    same: Mapping[str, Any],
) -> list[tuple[Any, ...]]:
    """As SQLite's driver takes them: one prepared statement runs for all."""
    of_each = [_converted(columns[name], values, connection.dialect) for name, values in each.items()]
    of_all = [repeat(_converted(columns[name], [value], connection.dialect)[0]) for name, value in same.items()]
    return list(zip(*of_each, *of_all, strict=False))


class _Unfolded:
    """The columns as arrays that PostgreSQL unfolds: one message and one plan, whatever the number of rows.

    JSON has no arrays of its own worth the name: it travels as text and becomes JSON on arrival.
    """

    def __init__(
        self,
        connection: Connection,
        columns: Mapping[str, Column[Any]],
        each: Mapping[str, Sequence[Any]],
        same: Mapping[str, Any],
    ) -> None:
        kinds = {name: columns[name].type.compile(connection.dialect) for name in (*each, *same)}
        carried = ["text" if isinstance(columns[name].type, JSON) else kinds[name] for name in each]
        written = [_array(columns[name], values) for name, values in each.items()]
        marks = ["%s" if isinstance(one, str) else "%b" for one in written]
        places = [f"{mark}::{kind}[]" for mark, kind in zip(marks, carried, strict=True)]
        names = [f"c{place}" for place in range(len(each))]
        self.table = f"unnest({', '.join(places)}) AS given({', '.join(names)})"
        self.each = [f"given.{name}::{kinds[column]}" for name, column in zip(names, each, strict=True)]
        self.same = [f"%s::{kinds[name]}" for name in same]
        self.parameters_of_table = tuple(written)
        self.parameters_of_same = tuple(same.values())
        self.parameters = self.parameters_of_same + self.parameters_of_table


def _array(column: Column[Any], values: Sequence[Any]) -> str | list[Any]:
    """The values as the text of an array, which takes a fifth of the time that the driver takes for a list."""
    if isinstance(column.type, LargeBinary):
        return [*values]
    if isinstance(column.type, Uuid):
        return f"{{{','.join(['NULL' if value is None else value.hex for value in values])}}}"
    return f"{{{','.join(['NULL' if value is None else _quoted(str(value)) for value in values])}}}"


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _converted(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as SQLite's driver takes them."""
    if isinstance(column.type, JSON | LargeBinary):
        return values
    if isinstance(column.type, Uuid):
        return [None if value is None else value.hex for value in values]
    convert = cast(Callable[[Any], Any] | None, column.type.dialect_impl(dialect).bind_processor(dialect))
    if convert is None:
        return values
    return list(map(convert, values))
