"""What all rows have in common: the naming of constraints, aware instants, JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase

from issuer.column_types import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Nothing is NULL, as in every other column: constraints and queries that ask for it could not see JSON's own null.
_JSON = JSON(none_as_null=True)


class Table(DeclarativeBase):
    """The declarative base: one naming convention, aware instants, JSON for what has no columns of its own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012
        datetime: Instant,
        dict[str, Any]: _JSON,
        list[Any]: _JSON,
        bytes: LargeBinary,
    }


def one_of(column: str, *values: str) -> str:
    """The text of a check: the column holds one of these."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
