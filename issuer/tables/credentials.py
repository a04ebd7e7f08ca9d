"""Decisions, what is signed for them, and the status that strangers see."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class AwardRow(Table):
    """The decision: who earned what, when, on what evidence, and who decided. `request` holds the facts to sign."""

    __tablename__ = "awards"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievements.id"))
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
        Index("ix_awards_recent", "achievement_id", "awarded_on"),
        Index("ix_awards_newest", "issuer_id", "awarded_on", "id"),
    )


class StatusListRow(Table):
    """A Bitstring status list of one issuer and purpose, and its last published form.

    `size` counts its entries, each of which has `value_size` bits: one, but for messages.
    """

    __tablename__ = "status_lists"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    purpose: Mapped[str]
    ordinal: Mapped[int]
    size: Mapped[int]
    value_size: Mapped[int] = mapped_column(server_default="1")
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
        CheckConstraint(one_of("purpose", "revocation", "suspension", "refresh", "message"), "purpose"),
        CheckConstraint("size >= 131072 AND size % 8 = 0", "size"),
        CheckConstraint("value_size = 1 OR (purpose = 'message' AND value_size BETWEEN 1 AND 4)", "value_size"),
        CheckConstraint("next_sequence BETWEEN 0 AND size", "next_sequence"),
        CheckConstraint("(edition = 0) = (body IS NULL)", "edition"),
        Index(
            "uq_status_lists_open",
            "issuer_id",
            "purpose",
            "value_size",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )


class CredentialRow(Table):
    """What is signed for an award. Its bytes never change; what changes is the status strangers see.

    A renewal is the credential of a new award and names its predecessor (`replaces_id`). A correction is another
    credential of the same award: `facts` and `achievement_id` then stand in for what the award says.
    """

    __tablename__ = "credentials"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    award_id: Mapped[UUID] = mapped_column(ForeignKey("awards.id"), index=True)
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
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievements.id"))
    facts: Mapped[dict[str, Any] | None]
    erased_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(one_of("state", "preparing", "issued", "void"), "state"),
        CheckConstraint("replaces_id IS NOT NULL OR (facts IS NULL AND achievement_id IS NULL)", "correction"),
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
        Index("ix_credentials_ends", "issuer_id", "valid_until", "id"),
        Index("ix_credentials_begins", "issuer_id", "valid_from"),
        *(
            Index(
                f"ix_credentials_newest_{word}",
                "issuer_id",
                "created_at",
                "id",
                sqlite_where=text(f"{word}_at IS NOT NULL"),
                postgresql_where=text(f"{word}_at IS NOT NULL"),
            )
            for word in ("revoked", "suspended")
        ),
        Index(
            "ix_credentials_unsigned",
            "issuer_id",
            sqlite_where=text("state IN ('preparing', 'void')"),
            postgresql_where=text("state IN ('preparing', 'void')"),
        ),
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
    """The index of one credential in one list. A void credential's entry stays: the index is burnt.

    `value` is what a list that only tells something (`message`, `refresh`) must say of it; of lists that decide, the
    credential's own row says it.
    """

    __tablename__ = "status_entries"
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("status_lists.id"))
    position: Mapped[int]
    value: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (
        UniqueConstraint("list_id", "position"),
        CheckConstraint(one_of("purpose", "revocation", "suspension", "refresh", "message"), "purpose"),
        CheckConstraint("position >= 0", "position"),
        CheckConstraint("value = 0 OR (value > 0 AND purpose IN ('refresh', 'message'))", "value"),
        Index(
            "ix_status_entries_told",
            "list_id",
            "position",
            sqlite_where=text("value <> 0"),
            postgresql_where=text("value <> 0"),
        ),
    )


class RenderingRow(Table):
    """One signed form of a credential, byte for byte as it was signed."""

    __tablename__ = "renderings"
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    body: Mapped[bytes]
    signing_key_id: Mapped[int] = mapped_column(ForeignKey("signing_keys.id"))
    __table_args__ = (CheckConstraint(one_of("format", "json", "jwt"), "format"),)


class RenderingKeyRow(Table):
    """A further key that signed a form: of a proof set, whose first key stands in the form's own row."""

    __tablename__ = "rendering_keys"
    credential_id: Mapped[UUID] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    signing_key_id: Mapped[int] = mapped_column(ForeignKey("signing_keys.id"), primary_key=True, index=True)
    __table_args__ = (
        ForeignKeyConstraint(["credential_id", "format"], ["renderings.credential_id", "renderings.format"]),
    )


class StatusEventRow(Table):
    """A bit of a list was set or cleared: why, by whom, and in which edition it was published.

    `value` is the new value where the list only tells something (`told`), else null; `bit` says whether it is not 0.
    """

    __tablename__ = "status_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), index=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("status_lists.id"))
    position: Mapped[int]
    change: Mapped[str]
    bit: Mapped[bool]
    value: Mapped[int | None]
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    edition: Mapped[int | None]
    __table_args__ = (
        CheckConstraint(one_of("change", "revoked", "suspended", "reinstated", "told"), "change"),
        CheckConstraint("change = 'told' OR bit = (change <> 'reinstated')", "bit"),
        CheckConstraint("(change = 'told') = (value IS NOT NULL)", "value"),
        CheckConstraint("value IS NULL OR bit = (value <> 0)", "value_of_bit"),
        Index("ix_status_events_list_id_edition", "list_id", "edition"),
    )
