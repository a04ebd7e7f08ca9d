"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine

# Fixed width, so that SQLite compares and sorts instants as it compares text.
_TEXT_FORM = "%Y-%m-%dT%H:%M:%S.%f+00:00"
_TEXT_WIDTH = 32


# Most rows that are written or read together share their instants: the days of a validity, the moment of a batch.
_KEPT = 4_096


@lru_cache(maxsize=_KEPT)
def _as_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_TEXT_FORM)


@lru_cache(maxsize=_KEPT)
def _from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Instant(TypeDecorator[datetime]):
    """An instant: aware on the way in (anything else is refused), UTC on the way out.

    PostgreSQL keeps `timestamp with time zone`; SQLite has no such type and keeps ISO 8601 text
    with its offset, in UTC and of fixed width.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on `dialect`."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(_TEXT_WIDTH))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse an instant without offset; bring the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs an offset: {value!r}")
        return _as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back what was stored, in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _from_text(value)
        instant: datetime = value
        return instant.astimezone(UTC)
