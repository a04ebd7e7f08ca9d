"""Who agreed to be celebrated on the wall, and who applauded whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class WallChoiceRow(Table):
    """What somebody agreed to. Without a row he was not asked yet, and is not on the wall.

    `audience` sees what he earns; `thanked`: colleagues read his name where he accompanied somebody as a mentor.
    """

    __tablename__ = "wall_choices"
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    audience: Mapped[str]
    full_name: Mapped[bool]
    thanked: Mapped[bool]
    changed_at: Mapped[datetime]
    __table_args__ = (CheckConstraint(one_of("audience", "nobody", "colleagues", "everybody"), "audience"),)


class ApplauseRow(Table):
    """Somebody applauds an award; taking it back deletes the row."""

    __tablename__ = "applause"
    award_id: Mapped[UUID] = mapped_column(ForeignKey("awards.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    given_at: Mapped[datetime]
