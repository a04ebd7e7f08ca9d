"""Awards on their way to a decision, and what learning systems report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class ProposalRow(Table):
    """An award on its way to its decision: proposed, in assessment, approved and issued, or declined, or withdrawn.

    It is judged under one version of the level. `round` counts the courses: an appeal opens the next. `renews_id` is
    the credential that it is to renew. `award_id` is set once it was issued.
    """

    __tablename__ = "proposals"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievements.id"))
    state: Mapped[str]
    round: Mapped[int]
    source: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    completed_on: Mapped[date]
    narrative: Mapped[str | None]
    evidence: Mapped[list[Any]]
    results: Mapped[dict[str, Any]]
    declaration: Mapped[str | None]
    renews_id: Mapped[UUID | None] = mapped_column(ForeignKey("credentials.id"))
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    award_id: Mapped[UUID | None] = mapped_column(ForeignKey("awards.id"), unique=True)
    idempotency_key: Mapped[str]
    request_digest: Mapped[str]
    __table_args__ = (
        UniqueConstraint("issuer_id", "idempotency_key"),
        CheckConstraint(
            one_of("state", "proposed", "in assessment", "approved", "issued", "declined", "withdrawn", "appealed"),
            "state",
        ),
        CheckConstraint("round >= 1", "round"),
        CheckConstraint("(state = 'issued') = (award_id IS NOT NULL)", "award"),
        # One running course of a person and level: what is decided is past.
        Index(
            "uq_proposals_running",
            "person_id",
            "level_id",
            unique=True,
            sqlite_where=text("state IN ('proposed', 'in assessment', 'approved', 'appealed')"),
            postgresql_where=text("state IN ('proposed', 'in assessment', 'approved', 'appealed')"),
        ),
        Index("ix_proposals_state", "state", "proposed_at"),
    )


class AssessmentRow(Table):
    """One assessor's scoring of one candidate in one round. It is never changed."""

    __tablename__ = "assessments"
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    function: Mapped[str]
    scores: Mapped[dict[str, Any]]
    remark: Mapped[str | None]
    at: Mapped[datetime]


class LearningSystemRow(Table):
    """A system that reports what people learned; `sealed_secret` is what its webhooks are signed with."""

    __tablename__ = "learning_systems"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    name: Mapped[str]
    sealed_secret: Mapped[bytes]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("issuer_id", "name"),)


class LearningEventRow(Table):
    """A report of a learning system, taken once, and what came of it."""

    __tablename__ = "learning_events"
    system_id: Mapped[int] = mapped_column(ForeignKey("learning_systems.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    received_at: Mapped[datetime]
    outcome: Mapped[str]
    detail: Mapped[str]
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposals.id"))
    __table_args__ = (CheckConstraint(one_of("outcome", "proposed", "issued", "ignored", "refused"), "outcome"),)
