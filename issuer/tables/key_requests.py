"""Changes of keys that one admin asks for and a second allows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class KeyRuleRow(Table):
    """An issuer whose keys are changed by two people, and since when. No row: by one."""

    __tablename__ = "key_rules"
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"), primary_key=True)
    since: Mapped[datetime]


class KeyRequestRow(Table):
    """What is asked for, exactly: the key to be replaced by its fragment, the new one by its public half and its URI.

    waiting ──► done        (a second admin allowed it: one conditional UPDATE, in the transaction that does it)
       ├──────► refused     (by another)
       └──────► withdrawn   (by who asked)

    One that waits beyond `expires_at` is over. `asked_person` is empty while only the machine asked; `on_machine` says
    that who he is was named at the command line, not shown by signing in.
    """

    __tablename__ = "key_requests"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    operation: Mapped[str]
    use: Mapped[str | None]
    further: Mapped[bool]
    replaces: Mapped[str | None]
    key_uri: Mapped[str | None]
    public_multikey: Mapped[str | None]
    asked_by: Mapped[str]
    asked_person: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    on_machine: Mapped[bool]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    settled_by: Mapped[str | None]
    settled_person: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(one_of("operation", "rotate", "add", "one person"), "operation"),
        CheckConstraint(one_of("state", "waiting", "done", "refused", "withdrawn"), "state"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", "settled_at"),
        CheckConstraint("(operation = 'one person') = (public_multikey IS NULL)", "public_multikey"),
        CheckConstraint(
            "state <> 'done' OR (asked_person IS NOT NULL AND settled_person IS NOT NULL "
            "AND asked_person <> settled_person)",
            "two",
        ),
        Index("ix_key_requests_newest", "issuer_id", "asked_at"),
        Index(
            "uq_key_requests_new",
            "public_multikey",
            unique=True,
            sqlite_where=text("state = 'done'"),
            postgresql_where=text("state = 'done'"),
        ),
    )
