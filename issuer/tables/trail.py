"""The audit trail."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table


class AuditEventRow(Table):
    """One link of the audit chain."""

    __tablename__ = "audit_events"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (
        CheckConstraint("sequence >= 1", "sequence"),
        Index("ix_audit_events_subject_sequence", "subject", "sequence"),
        Index("ix_audit_events_action_sequence", "action", "sequence"),
        Index("ix_audit_events_actor_action_sequence", "actor", "action", "sequence"),
    )


class AuditHeadRow(Table):
    """The end of the audit chain: one row, which whoever appends holds locked until he commits."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str]
    __table_args__ = (CheckConstraint("id = 1", "single"),)
