"""Which notices are due and wait for a message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, literal_column

from issuer.tables import NoticeRow


def due_at(now: datetime) -> ColumnElement[bool]:
    """The condition, in the words of the index of waiting notices: with a value in the place of the word SQLite would
    read all that were ever sent."""
    return and_(NoticeRow.state == literal_column("'waiting'"), NoticeRow.due_at <= now)
