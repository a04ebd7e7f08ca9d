"""Programs, their levels, the published versions, and who endorses them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class ProgramRow(Table):
    """A certification program. `settings` holds what no version of a level freezes: committee, pacing, learning."""

    __tablename__ = "programs"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    time_zone: Mapped[str]
    owner_address: Mapped[str | None]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("issuer_id", "slug"),)


class LevelRow(Table):
    """A level of a program. `public_id` is in its achievement's address and never changes."""

    __tablename__ = "levels"
    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"))
    slug: Mapped[str]
    position: Mapped[int]
    public_id: Mapped[UUID] = mapped_column(unique=True)
    in_use: Mapped[bool]
    __table_args__ = (UniqueConstraint("program_id", "slug"),)


class AchievementRow(Table):
    """A published version of a level: immutable. `content` is the Achievement as it stands in credentials."""

    __tablename__ = "achievements"
    id: Mapped[int] = mapped_column(primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"))
    version: Mapped[str]
    ordinal: Mapped[int]
    content: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    content_digest: Mapped[str]
    image: Mapped[bytes | None]
    image_media_type: Mapped[str | None]
    published_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("level_id", "version"),
        UniqueConstraint("level_id", "ordinal"),
        CheckConstraint("(image IS NULL) = (image_media_type IS NULL)", "image"),
        CheckConstraint(one_of("image_media_type", "image/png", "image/svg+xml"), "image_media_type"),
    )


class EndorsementRow(Table):
    """An EndorsementCredential by a third party for a program or one of its levels, byte for byte as it was given."""

    __tablename__ = "endorsements"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"), index=True)
    level_id: Mapped[int | None] = mapped_column(ForeignKey("levels.id"))
    endorser_id: Mapped[str]
    endorser_name: Mapped[str]
    media_type: Mapped[str]
    body: Mapped[bytes]
    digest: Mapped[str] = mapped_column(unique=True)
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
