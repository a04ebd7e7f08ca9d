"""The rows. What must never happen is forbidden here too, in the database, and not only in the code above it.

An *award* is the decision; a *credential* is what is signed for it; its *renderings* are the exact signed bytes,
one per format, never serialized again. Status entries are rows of their own: one per credential and purpose, and
no two with the same index of a list.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, MetaData, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from issuer.column_types import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """The declarative base: one naming convention, aware instants, JSON for what has no columns of its own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary}  # noqa: RUF012


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


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
    """The public half of a key and where its private half lies. Rows are never deleted: old signatures need them."""

    __tablename__ = "signing_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    key_uri: Mapped[str]
    type: Mapped[str]
    use: Mapped[str]
    public_multikey: Mapped[str]
    fragment: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("issuer_id", "fragment"),
        CheckConstraint(_one_of("use", "data-integrity", "jwt"), "use"),
        CheckConstraint(_one_of("state", "active", "retired", "compromised"), "state"),
        Index(
            "uq_signing_keys_active",
            "issuer_id",
            "use",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )


class ProgramRow(Table):
    """A certification program."""

    __tablename__ = "programs"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    time_zone: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("issuer_id", "slug"),)


class LevelRow(Table):
    """A level of a program. `public_id` is in its achievement's address and never changes."""

    __tablename__ = "levels"
    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"))
    slug: Mapped[str]
    position: Mapped[int]
    public_id: Mapped[UUID] = mapped_column(unique=True)
    in_use: Mapped[bool]
    __table_args__ = (UniqueConstraint("program_id", "slug"),)


class AchievementRow(Table):
    """A published version of a level: immutable. `content` is the Achievement as it stands in credentials."""

    __tablename__ = "achievements"
    id: Mapped[int] = mapped_column(primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"))
    version: Mapped[str]
    ordinal: Mapped[int]
    content: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    content_digest: Mapped[str]
    image: Mapped[bytes | None]
    image_media_type: Mapped[str | None]
    published_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("level_id", "version"),
        UniqueConstraint("level_id", "ordinal"),
        CheckConstraint("(image IS NULL) = (image_media_type IS NULL)", "image"),
        CheckConstraint(_one_of("image_media_type", "image/png", "image/svg+xml"), "image_media_type"),
    )


class PersonRow(Table):
    """Someone who can hold credentials; `id` is the `urn:uuid:` of the credential's subject."""

    __tablename__ = "people"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    did: Mapped[str | None]
    created_at: Mapped[datetime]


class PersonAddressRow(Table):
    """An e-mail address of a person, in the form that is compared (`address`) and as it was written (`shown`)."""

    __tablename__ = "person_addresses"
    address: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)


class AwardRow(Table):
    """The decision: who earned what, when, on what evidence, and who decided. `request` holds the facts to sign."""

    __tablename__ = "awards"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievements.id"), index=True)
    awarded_on: Mapped[date | None]
    source: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    idempotency_key: Mapped[str]
    request_digest: Mapped[str]
    request: Mapped[dict[str, Any]]
    __table_args__ = (
        UniqueConstraint("issuer_id", "idempotency_key"),
        CheckConstraint(
            "source = 'vc-api' OR (achievement_id IS NOT NULL AND person_id IS NOT NULL AND awarded_on IS NOT NULL)",
            "complete",
        ),
    )


class StatusListRow(Table):
    """A Bitstring status list of one issuer and purpose, and its last published form."""

    __tablename__ = "status_lists"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    purpose: Mapped[str]
    ordinal: Mapped[int]
    size: Mapped[int]
    next_sequence: Mapped[int]
    permutation_key: Mapped[bytes]
    is_open: Mapped[bool]
    edition: Mapped[int]
    media_type: Mapped[str | None]
    body: Mapped[bytes | None]
    published_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    signing_key_id: Mapped[int | None] = mapped_column(ForeignKey("signing_keys.id"))
    __table_args__ = (
        UniqueConstraint("issuer_id", "purpose", "ordinal"),
        CheckConstraint(_one_of("purpose", "revocation", "suspension"), "purpose"),
        CheckConstraint("size >= 131072 AND size % 8 = 0", "size"),
        CheckConstraint("next_sequence BETWEEN 0 AND size", "next_sequence"),
        CheckConstraint("(edition = 0) = (body IS NULL)", "edition"),
        Index(
            "uq_status_lists_open",
            "issuer_id",
            "purpose",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )


class CredentialRow(Table):
    """What is signed for an award. Its bytes never change; what changes is the status strangers see."""

    __tablename__ = "credentials"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    award_id: Mapped[UUID] = mapped_column(ForeignKey("awards.id"))
    state: Mapped[str]
    document_id: Mapped[str] = mapped_column(index=True)
    formats: Mapped[list[Any]]
    identity_salt: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("credentials.id"))
    __table_args__ = (
        CheckConstraint(_one_of("state", "preparing", "issued", "void"), "state"),
        CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", "issued_at"),
        CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", "voided_at"),
        CheckConstraint("state = 'issued' OR (revoked_at IS NULL AND suspended_at IS NULL)", "status"),
        CheckConstraint("(revoked_at IS NULL) = (revocation_reason IS NULL)", "revocation"),
        CheckConstraint("(suspended_at IS NULL) = (suspension_reason IS NULL)", "suspension"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", "validity"),
        # The first credential of an award is one; a corrected one names the one that it replaces.
        Index(
            "uq_credentials_first_of_award",
            "award_id",
            unique=True,
            sqlite_where=text("state <> 'void' AND replaces_id IS NULL"),
            postgresql_where=text("state <> 'void' AND replaces_id IS NULL"),
        ),
        Index("ix_credentials_newest", "issuer_id", "created_at", "id"),
        Index(
            "ix_credentials_preparing",
            "created_at",
            sqlite_where=text("state = 'preparing'"),
            postgresql_where=text("state = 'preparing'"),
        ),
        Index(
            "ix_credentials_revoked",
            "revoked_at",
            sqlite_where=text("revoked_at IS NOT NULL"),
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
        Index(
            "ix_credentials_suspended",
            "suspended_at",
            sqlite_where=text("suspended_at IS NOT NULL"),
            postgresql_where=text("suspended_at IS NOT NULL"),
        ),
        Index(
            "uq_credentials_successor",
            "replaces_id",
            unique=True,
            sqlite_where=text("replaces_id IS NOT NULL AND state <> 'void'"),
            postgresql_where=text("replaces_id IS NOT NULL AND state <> 'void'"),
        ),
    )


class StatusEntryRow(Table):
    """The index of one credential in one list. A void credential's entry stays: the index is burnt."""

    __tablename__ = "status_entries"
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("status_lists.id"))
    position: Mapped[int]
    __table_args__ = (
        UniqueConstraint("list_id", "position"),
        CheckConstraint(_one_of("purpose", "revocation", "suspension"), "purpose"),
        CheckConstraint("position >= 0", "position"),
    )


class RenderingRow(Table):
    """One signed form of a credential, byte for byte as it was signed."""

    __tablename__ = "renderings"
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    body: Mapped[bytes]
    signing_key_id: Mapped[int] = mapped_column(ForeignKey("signing_keys.id"))
    __table_args__ = (CheckConstraint(_one_of("format", "json", "jwt"), "format"),)


class StatusEventRow(Table):
    """A bit of a list was set or cleared: why, by whom, and in which edition it was published."""

    __tablename__ = "status_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), index=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("status_lists.id"))
    position: Mapped[int]
    change: Mapped[str]
    bit: Mapped[bool]
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    edition: Mapped[int | None]
    __table_args__ = (
        CheckConstraint(_one_of("change", "revoked", "suspended", "reinstated"), "change"),
        CheckConstraint("bit = (change <> 'reinstated')", "bit"),
        Index("ix_status_events_list_id_edition", "list_id", "edition"),
    )


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
    __table_args__ = (CheckConstraint("sequence >= 1", "sequence"),)


class AuditHeadRow(Table):
    """The end of the audit chain: one row, which whoever appends holds locked until he commits."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str]
    __table_args__ = (CheckConstraint("id = 1", "single"),)


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
        CheckConstraint(_one_of("role", "issue", "manage"), "role"),
    )
