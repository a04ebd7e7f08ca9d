"""Work that runs by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class BulkRow(Table):
    """Work on many rows, with progress to watch: issuing a list, revoking a selection."""

    __tablename__ = "bulks"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    kind: Mapped[str]
    state: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    total: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    cancel_asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    fault: Mapped[str | None]
    idempotency_key: Mapped[str]
    __table_args__ = (
        UniqueConstraint("issuer_id", "idempotency_key"),
        CheckConstraint(one_of("state", "waiting", "done", "failed", "cancelled"), "state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", "ended_at"),
    )


class BulkItemRow(Table):
    """One item of a bulk: what is to be done, and what became of it."""

    __tablename__ = "bulk_items"
    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulks.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    work: Mapped[dict[str, Any]]
    state: Mapped[str]
    credential_id: Mapped[UUID | None] = mapped_column(ForeignKey("credentials.id"))
    fault: Mapped[str | None]
    __table_args__ = (
        CheckConstraint(one_of("state", "waiting", "done", "failed", "cancelled"), "state"),
        Index("ix_bulk_items_state", "bulk_id", "state", "ordinal"),
    )


class LeaseRow(Table):
    """Who does a job now, and until when he may be believed to. Rows are the truth; a lease only saves double work."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
    last_done_at: Mapped[datetime | None]
