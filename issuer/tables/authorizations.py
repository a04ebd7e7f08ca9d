"""Applications that act for a person, what he allowed them, and what they brought him from elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class OauthClientRow(Table):
    """An application that registered itself (RFC 7591). Of its secret only the hash is kept.

    `allowed_at` is when somebody allowed it something first; without that it is forgotten after a day.
    """

    __tablename__ = "oauth_clients"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str]
    registered: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)
    allowed_at: Mapped[datetime | None]


class OauthRequestRow(Table):
    """What an application asks a person for, until he answers: a few minutes."""

    __tablename__ = "oauth_requests"
    handle_hash: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("oauth_clients.id"), index=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[list[Any]]
    state: Mapped[str]
    code_challenge: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OauthGrantRow(Table):
    """What a person allowed to an application: the code of it, good once, and the family of tokens that came of it."""

    __tablename__ = "oauth_grants"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("oauth_clients.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    scopes: Mapped[list[Any]]
    redirect_uri: Mapped[str]
    code_hash: Mapped[str] = mapped_column(unique=True)
    code_challenge: Mapped[str]
    code_expires_at: Mapped[datetime]
    code_used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class OauthTokenRow(Table):
    """An access token, or a refresh token, which is good once: whoever brings a used one ends the whole grant."""

    __tablename__ = "oauth_tokens"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("oauth_grants.id"), index=True)
    kind: Mapped[str]
    scopes: Mapped[list[Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint(one_of("kind", "access", "refresh"), "kind"),)


class HeldCredentialRow(Table):
    """A badge of another issuer, as it was brought or fetched, with what our checks said at `checked_at`.

    identity_hash: of issuer and id as they are compared; a person holds each credential once. names_holder: whether one
    of its identifiers is an address of the person. picture: PNG, made harmless; null if it brought none.
    """

    __tablename__ = "held_credentials"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    identity_hash: Mapped[str]
    form: Mapped[str]
    body: Mapped[bytes]
    name: Mapped[str]
    issued_by: Mapped[str]
    valid_from: Mapped[datetime]
    status: Mapped[str]
    why: Mapped[str]
    brought_by: Mapped[str]
    received_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    names_holder: Mapped[bool]
    picture: Mapped[bytes | None]
    __table_args__ = (
        UniqueConstraint("person_id", "identity_hash"),
        CheckConstraint(one_of("form", "json", "jwt"), "form"),
    )


class HolderProfileRow(Table):
    """The profile that a person's application wrote here. It is his word alone: nothing of ours reads it."""

    __tablename__ = "holder_profiles"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    document: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
