"""Who is signed in to the portal, how he came in, and what he may do there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class SessionRow(Table):
    """A browser in which a person is signed in. Of its token only the hash is kept; whoever signs out deletes the row.

    `roles` are those that the provider's groups gave at sign-in. `sealed_id_token` opens only with the session's token:
    the provider wants to see it again when the person signs out there.
    """

    __tablename__ = "sessions"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    way: Mapped[str]
    roles: Mapped[list[Any]]
    agent: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    idle_until: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    provider: Mapped[str | None]
    provider_session: Mapped[str | None]
    sealed_id_token: Mapped[bytes | None]
    __table_args__ = (
        CheckConstraint(one_of("way", "provider", "link"), "way"),
        CheckConstraint("(way = 'provider') = (provider IS NOT NULL)", "provider"),
        CheckConstraint("idle_until <= ends_at", "idle_until"),
    )


class IdentityRow(Table):
    """Who somebody is at an OpenID provider: its issuer and his subject there, which it gives to nobody else."""

    __tablename__ = "identities"
    provider: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    linked_at: Mapped[datetime]


class RoleGrantRow(Table):
    """A role that somebody was given for an issuer. Taking it away deletes the row; the audit trail tells of both."""

    __tablename__ = "role_grants"
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
    __table_args__ = (CheckConstraint(one_of("role", "admin", "auditor", "assessor"), "role"),)


class SignInStartRow(Table):
    """A sign-in at the provider that a browser began: good for one return, by the same browser, in a few minutes."""

    __tablename__ = "sign_in_starts"
    state_hash: Mapped[str] = mapped_column(primary_key=True)
    browser_hash: Mapped[str]
    next: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLinkRow(Table):
    """A link that signs a person in, once. Its token is made when its mail is sent, and only the hash is kept.

    `expires_at` is when the mail is of no use any more, and once it was sent, when the link is.
    """

    __tablename__ = "one_time_links"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    next: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInRateRow(Table):
    """How often something was asked for in one stretch of time; `key` is a hash of what it is counted for."""

    __tablename__ = "sign_in_rates"
    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int]


class ProviderSignOutRow(Table):
    """A logout token of the provider that was taken, by the hash of its `jti`, so that it is not taken twice."""

    __tablename__ = "provider_sign_outs"
    provider: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    forget_at: Mapped[datetime] = mapped_column(index=True)
