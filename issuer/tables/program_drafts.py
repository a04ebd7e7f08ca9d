"""Drafts of programs: what an admin is writing, before any of it is published."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class ProgramDraftRow(Table):
    """The draft of a program, of which each has one at most. `text` is its file; `revision` rises with every change.

    `begun_from` is the digest of what was published when it was begun; None for a program that was not.
    """

    __tablename__ = "program_drafts"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    slug: Mapped[str]
    text: Mapped[str]
    revision: Mapped[int]
    begun_from: Mapped[str | None]
    begun_by: Mapped[str]
    begun_at: Mapped[datetime]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("issuer_id", "slug"),)


class ProgramDraftImageRow(Table):
    """A picture beside a draft, by the name that its text has for it."""

    __tablename__ = "program_draft_images"
    draft_id: Mapped[UUID] = mapped_column(ForeignKey("program_drafts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    image: Mapped[bytes]
    __table_args__ = (CheckConstraint(one_of("media_type", "image/png", "image/svg+xml"), "media_type"),)
