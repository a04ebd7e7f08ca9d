"""The rows of which everything is made that an issuer publishes about itself: who it is, its keys, programs and levels.

They are few and change seldom, while credentials are issued all day. Who has made something of them compares them with
those of now, and need not make it anew.
"""

from __future__ import annotations

from sqlalchemy import Table, Text, cast, select

from issuer.short_questions import Question, ShortQuestions
from issuer.tables import AchievementRow, IssuerRow, LevelRow, ProgramRow, SigningKeyRow

CatalogueRows = tuple[tuple[tuple[str | None, ...], ...], ...]
"""Compared for equality, and for nothing else; table by table."""


def _whole(table: Table) -> Question:
    """All columns but pictures, as the database writes them."""
    columns = [cast(column, Text) for column in table.c if column.name != "image"]
    return Question(select(*columns).order_by(table.c.id))


_QUESTIONS = tuple(
    _whole(row.__table__)  # type: ignore[arg-type]
    for row in (IssuerRow, SigningKeyRow, ProgramRow, LevelRow, AchievementRow)
)


def catalogue_rows(questions: ShortQuestions) -> CatalogueRows:
    """All of them, without pictures, of which they say the kind. Raises DatabaseUnreachable."""
    return tuple(tuple(questions.ask(one)) for one in _QUESTIONS)


def weight_of(rows: CatalogueRows) -> int:
    """How many bytes they are, about."""
    return sum(len(value or "") for table in rows for row in table for value in row)
