"""Systems that are told of what happens to credentials, and how each telling went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class WebhookRow(Table):
    """A system that is told, of which kinds of events, and how far it has been told.

    `trail` is the last event of the audit trail that was looked at for it, `told_until` the instant up to which it was
    told of what time alone does. It rests until `resting_until` after it could not be reached.
    """

    __tablename__ = "webhooks"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    name: Mapped[str]
    url: Mapped[str]
    kinds: Mapped[list[Any]]
    sealed_secret: Mapped[bytes]
    trail: Mapped[int]
    told_until: Mapped[datetime]
    created_at: Mapped[datetime]
    failures: Mapped[int]
    failing_since: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_why: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("issuer_id", "name"),
        CheckConstraint("failures >= 0", "failures"),
        CheckConstraint("(failures = 0) = (failing_since IS NULL)", "failing_since"),
        CheckConstraint("(stopped_at IS NULL) = (stopped_why IS NULL)", "stopped"),
    )


class WebhookDeliveryRow(Table):
    """One event on its way to one system: `key` says which event, so that none is written twice.

    waiting ──► claimed ──► delivered
       ▲           ├──► waiting   (it answered with an error, or not at all)
       └───────────┘──► given up  (tried often enough)
    """

    __tablename__ = "webhook_deliveries"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"))
    key: Mapped[str]
    kind: Mapped[str]
    body: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    answered: Mapped[int | None]
    fault: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("webhook_id", "key"),
        CheckConstraint(one_of("state", "waiting", "claimed", "delivered", "given up"), "state"),
        CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", "claimed_by"),
        CheckConstraint("(state IN ('delivered', 'given up')) = (ended_at IS NOT NULL)", "ended_at"),
        Index("ix_webhook_deliveries_newest", "webhook_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "not_before",
            "id",
            sqlite_where=text("state IN ('waiting', 'claimed')"),
            postgresql_where=text("state IN ('waiting', 'claimed')"),
        ),
        Index("ix_webhook_deliveries_ended", "ended_at"),
    )
