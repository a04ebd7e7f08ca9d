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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

from issuer.canonical_json import json_text


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN (values)` with all values in one parameter: a statement of one text, however many they are.

    For columns of texts, numbers and UUIDs.
    """
    if session.get_bind().dialect.name != "sqlite":
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
    same = same or {}
    count = len(next(iter(each.values())))
    if count == 0:
        return 0
    columns = cast(Table, inspect(table).local_table).columns
    taken = [columns[name] for name in (*each, *same)]
    connection = session.connection()
    conflict = f" ON CONFLICT ({', '.join(unless_there)}) DO NOTHING" if unless_there else ""
    beginning = f"INSERT INTO {table.__tablename__} ({', '.join(column.name for column in taken)})"
    write = _one_by_one if connection.dialect.name == "sqlite" else _unfolded
    return write(connection, beginning, conflict, taken, each, same)


def _one_by_one(
    connection: Connection,
    beginning: str,
    conflict: str,
    columns: Sequence[Column[Any]],
    each: Mapping[str, Sequence[Any]],
    same: Mapping[str, Any],
) -> int:
    of_each = [_converted(columns[place], values, connection.dialect) for place, values in enumerate(each.values())]
    of_all = [
        repeat(_converted(columns[len(each) + place], [value], connection.dialect)[0])
        for place, value in enumerate(same.values())
    ]
    rows = list(zip(*of_each, *of_all, strict=False))
    places = ", ".join("?" * len(columns))
    return connection.exec_driver_sql(f"{beginning} VALUES ({places}){conflict}", rows).rowcount


def _unfolded(
    connection: Connection,
    beginning: str,
    conflict: str,
    columns: Sequence[Column[Any]],
    each: Mapping[str, Sequence[Any]],
    same: Mapping[str, Any],
) -> int:
    types = [column.type.compile(connection.dialect) for column in columns]
    # JSON has no arrays of its own worth the name: it travels as text and becomes JSON on arrival
    carried = ["text" if isinstance(column.type, JSON) else kind for column, kind in zip(columns, types, strict=True)]
    arrays = ", ".join(f"%b::{kind}[]" for kind in carried[: len(each)])
    names = [f"c{place}" for place in range(len(each))]
    chosen = [f"{name}::{kind}" for name, kind in zip(names, types, strict=False)]
    chosen += [f"%s::{kind}" for kind in types[len(each) :]]
    statement = f"{beginning} SELECT {', '.join(chosen)} FROM unnest({arrays}) AS given({', '.join(names)}){conflict}"  # noqa: S608
    return connection.exec_driver_sql(statement, (*same.values(), *(list(one) for one in each.values()))).rowcount


def _converted(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as SQLite's driver takes them."""
    if isinstance(column.type, JSON | LargeBinary):
        return values
    convert = cast(Callable[[Any], Any] | None, column.type.dialect_impl(dialect).bind_processor(dialect))
    if convert is None:
        return values
    return list(map(convert, values))
