"""What people are to be told, and how far each mail got."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class MessageRow(Table):
    """One mail, and how far it got.

    queued ──► claimed ──► handing over ──► sent
                  │             ├──► refused   (the server said no)
                  └──► queued   └──► unclear   (nobody can know: shown to the operator, never sent again by itself)
    """

    __tablename__ = "messages"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    recipient_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    calendar: Mapped[str | None]
    state: Mapped[str]
    not_before: Mapped[datetime]
    attempts: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    fault: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            one_of("state", "queued", "claimed", "handing over", "sent", "refused", "unclear", "dropped"), "state"
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", "sent_at"),
        Index("ix_messages_state", "state", "not_before"),
        Index("ix_messages_newest", "issuer_id", "created_at", "id"),
        Index("ix_messages_state_newest", "issuer_id", "state", "created_at", "id"),
    )


class NoticeRow(Table):
    """One fact that someone is to be told, once: `key` says which. Notices travel bundled, in messages.

    `recipient_id` or `address` says whom; `about_id` is the person it is about; `day` is the day whose bundle it
    belongs to. A notice that came too late to be of use is dropped, not sent.
    """

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    kind: Mapped[str]
    recipient_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str | None]
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    facts: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    state: Mapped[str]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"), index=True)
    __table_args__ = (
        CheckConstraint(one_of("state", "waiting", "bundled", "dropped"), "state"),
        CheckConstraint("(state = 'bundled') = (message_id IS NOT NULL)", "message"),
        Index(
            "ix_notices_waiting",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )
