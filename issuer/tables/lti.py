"""Learning platforms in whose courses levels stand (LTI 1.3), and who came from there to which level."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class LtiKeyRow(Table):
    """The key by which platforms know an issuer's tool: it signs what is put into courses, and who asks for grades."""

    __tablename__ = "lti_keys"
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"), primary_key=True)
    public: Mapped[dict[str, Any]]
    sealed_private: Mapped[bytes]
    created_at: Mapped[datetime]


class LtiPlatformRow(Table):
    """A platform as it was registered. `passing` is the percentage from which its grades count as passed."""

    __tablename__ = "lti_platforms"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    name: Mapped[str]
    iss: Mapped[str]
    client_id: Mapped[str]
    deployments: Mapped[list[Any]]
    auth_url: Mapped[str]
    token_url: Mapped[str]
    keys_url: Mapped[str]
    audience: Mapped[str]
    trusts_addresses: Mapped[bool]
    passing: Mapped[int]
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("issuer_id", "name"),
        UniqueConstraint("issuer_id", "iss", "client_id"),
        CheckConstraint("passing BETWEEN 1 AND 100", "passing"),
    )


class LtiStartRow(Table):
    """A launch that a platform began: good for one return, within a few minutes. `nonce_hash` is what it must say."""

    __tablename__ = "lti_starts"
    state_hash: Mapped[str] = mapped_column(primary_key=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platforms.id"))
    nonce_hash: Mapped[str]
    browser_hash: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LtiTicketRow(Table):
    """A launch that was taken, and goes on by one form: to a level (`open`, `link`), or back with one (`choose`).

    `browser_hash` is there if the browser that comes back proved to be the one that set out.
    """

    __tablename__ = "lti_tickets"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platforms.id"))
    kind: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    browser_hash: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (CheckConstraint(one_of("kind", "open", "link", "choose"), "kind"),)


class LtiGradeRow(Table):
    """Whose grade, in which column of a platform, is of which level: what is asked there from time to time."""

    __tablename__ = "lti_grades"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("lti_platforms.id"))
    line_item: Mapped[str]
    subject: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    program: Mapped[str]
    level: Mapped[str]
    launched_at: Mapped[datetime]
    ask_at: Mapped[datetime | None]
    fault: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("platform_id", "line_item", "subject"),
        Index("ix_lti_grades_ask_at", "ask_at"),
    )
