"""Organizations that sign, their keys, and who may ask them to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class IssuerRow(Table):
    """An organization that signs."""

    __tablename__ = "issuers"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    did: Mapped[str] = mapped_column(unique=True)
    base_url: Mapped[str]
    is_default: Mapped[bool]
    profile: Mapped[dict[str, Any]]
    image_media_type: Mapped[str | None]
    image: Mapped[bytes | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        Index(
            "uq_issuers_default_of_base_url",
            "base_url",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )


class SigningKeyRow(Table):
    """The public half of a key and where its private half lies. Rows are never deleted: old signatures need them.

    Of each use one key is the main one; further ones, at most one of each type, sign proofs that it does not fit.
    """

    __tablename__ = "signing_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    key_uri: Mapped[str]
    type: Mapped[str]
    use: Mapped[str]
    public_multikey: Mapped[str]
    fragment: Mapped[str]
    state: Mapped[str]
    further: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]
    compromised_since: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("issuer_id", "fragment"),
        CheckConstraint(one_of("use", "data-integrity", "jwt"), "use"),
        CheckConstraint(one_of("state", "active", "retired", "compromised"), "state"),
        Index(
            "uq_signing_keys_active",
            "issuer_id",
            "use",
            unique=True,
            sqlite_where=text("state = 'active' AND NOT further"),
            postgresql_where=text("state = 'active' AND NOT further"),
        ),
        Index(
            "uq_signing_keys_further",
            "issuer_id",
            "type",
            unique=True,
            sqlite_where=text("state = 'active' AND further"),
            postgresql_where=text("state = 'active' AND further"),
        ),
    )


class ApiTokenRow(Table):
    """A bearer token of the HTTP API: only its hash is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    name: Mapped[str]
    role: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("issuer_id", "name"),
        CheckConstraint(one_of("role", "issue", "manage", "provision"), "role"),
    )
