"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "audit_events",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("sequence >= 1", name="ck_audit_events_sequence"),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_events"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_audit_head_single"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "issuers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("base_url", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("image_media_type", sa.String(), nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issuers"),
        sa.UniqueConstraint("did", name="uq_issuers_did"),
        sa.UniqueConstraint("slug", name="uq_issuers_slug"),
    )
    op.create_index(
        "uq_issuers_default_of_base_url",
        "issuers",
        ["base_url"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )

    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=True),
        sa.Column("revoked_at", instant(), nullable=True),
        sa.CheckConstraint("role IN ('issue', 'manage')", name="ck_api_tokens_role"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_api_tokens_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("issuer_id", "name", name="uq_api_tokens_issuer_id_name"),
        sa.UniqueConstraint("secret_hash", name="uq_api_tokens_secret_hash"),
    )
    op.create_table(
        "person_addresses",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_addresses_person_id"),
        sa.PrimaryKeyConstraint("address", name="pk_person_addresses"),
    )
    op.create_index("ix_person_addresses_person_id", "person_addresses", ["person_id"], unique=False)

    op.create_table(
        "programs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_programs_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_programs"),
        sa.UniqueConstraint("issuer_id", "slug", name="uq_programs_issuer_id_slug"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("key_uri", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("public_multikey", sa.String(), nullable=False),
        sa.Column("fragment", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("retired_at", instant(), nullable=True),
        sa.Column("compromised_at", instant(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'retired', 'compromised')", name="ck_signing_keys_state"),
        sa.CheckConstraint("use IN ('data-integrity', 'jwt')", name="ck_signing_keys_use"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_signing_keys_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
        sa.UniqueConstraint("issuer_id", "fragment", name="uq_signing_keys_issuer_id_fragment"),
    )
    op.create_index(
        "uq_signing_keys_active",
        "signing_keys",
        ["issuer_id", "use"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )

    op.create_table(
        "status_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("next_sequence", sa.Integer(), nullable=False),
        sa.Column("permutation_key", sa.LargeBinary(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", instant(), nullable=True),
        sa.Column("valid_until", instant(), nullable=True),
        sa.Column("signing_key_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("purpose IN ('revocation', 'suspension')", name="ck_status_lists_purpose"),
        sa.CheckConstraint("(edition = 0) = (body IS NULL)", name="ck_status_lists_edition"),
        sa.CheckConstraint("next_sequence BETWEEN 0 AND size", name="ck_status_lists_next_sequence"),
        sa.CheckConstraint("size >= 131072 AND size % 8 = 0", name="ck_status_lists_size"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_status_lists_issuer_id"),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_keys.id"], name="fk_status_lists_signing_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_status_lists"),
        sa.UniqueConstraint("issuer_id", "purpose", "ordinal", name="uq_status_lists_issuer_id_purpose_ordinal"),
    )
    op.create_index(
        "uq_status_lists_open",
        "status_lists",
        ["issuer_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )

    op.create_table(
        "levels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_levels_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_levels"),
        sa.UniqueConstraint("program_id", "slug", name="uq_levels_program_id_slug"),
        sa.UniqueConstraint("public_id", name="uq_levels_public_id"),
    )
    op.create_table(
        "achievements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.Column("image_media_type", sa.String(), nullable=True),
        sa.Column("published_at", instant(), nullable=False),
        sa.CheckConstraint(
            "image_media_type IN ('image/png', 'image/svg+xml')", name="ck_achievements_image_media_type"
        ),
        sa.CheckConstraint("(image IS NULL) = (image_media_type IS NULL)", name="ck_achievements_image"),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name="fk_achievements_level_id"),
        sa.PrimaryKeyConstraint("id", name="pk_achievements"),
        sa.UniqueConstraint("level_id", "ordinal", name="uq_achievements_level_id_ordinal"),
        sa.UniqueConstraint("level_id", "version", name="uq_achievements_level_id_version"),
    )
    op.create_table(
        "awards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("achievement_id", sa.Integer(), nullable=True),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", instant(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("request_digest", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "source = 'vc-api' OR (achievement_id IS NOT NULL AND person_id IS NOT NULL AND awarded_on IS NOT NULL)",
            name="ck_awards_complete",
        ),
        sa.ForeignKeyConstraint(["achievement_id"], ["achievements.id"], name="fk_awards_achievement_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_awards_issuer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_awards_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_awards"),
        sa.UniqueConstraint("issuer_id", "idempotency_key", name="uq_awards_issuer_id_idempotency_key"),
    )
    op.create_index("ix_awards_achievement_id", "awards", ["achievement_id"], unique=False)
    op.create_index("ix_awards_person_id", "awards", ["person_id"], unique=False)

    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("identity_salt", sa.String(), nullable=False),
        sa.Column("valid_from", instant(), nullable=False),
        sa.Column("valid_until", instant(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("issued_at", instant(), nullable=True),
        sa.Column("voided_at", instant(), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("revoked_at", instant(), nullable=True),
        sa.Column("revocation_reason", sa.String(), nullable=True),
        sa.Column("suspended_at", instant(), nullable=True),
        sa.Column("suspension_reason", sa.String(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name="ck_credentials_issued_at"),
        sa.CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name="ck_credentials_voided_at"),
        sa.CheckConstraint(
            "state = 'issued' OR (revoked_at IS NULL AND suspended_at IS NULL)", name="ck_credentials_status"
        ),
        sa.CheckConstraint("state IN ('preparing', 'issued', 'void')", name="ck_credentials_state"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revocation_reason IS NULL)", name="ck_credentials_revocation"),
        sa.CheckConstraint("(suspended_at IS NULL) = (suspension_reason IS NULL)", name="ck_credentials_suspension"),
        sa.CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="ck_credentials_validity"),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name="fk_credentials_award_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_credentials_issuer_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["credentials.id"], name="fk_credentials_replaces_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_document_id", "credentials", ["document_id"], unique=False)
    op.create_index("ix_credentials_newest", "credentials", ["issuer_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_credentials_preparing",
        "credentials",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'preparing'"),
        postgresql_where=sa.text("state = 'preparing'"),
    )
    op.create_index(
        "ix_credentials_revoked",
        "credentials",
        ["revoked_at"],
        unique=False,
        sqlite_where=sa.text("revoked_at IS NOT NULL"),
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )
    op.create_index(
        "ix_credentials_suspended",
        "credentials",
        ["suspended_at"],
        unique=False,
        sqlite_where=sa.text("suspended_at IS NOT NULL"),
        postgresql_where=sa.text("suspended_at IS NOT NULL"),
    )
    op.create_index(
        "uq_credentials_first_of_award",
        "credentials",
        ["award_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'void' AND replaces_id IS NULL"),
        postgresql_where=sa.text("state <> 'void' AND replaces_id IS NULL"),
    )
    op.create_index(
        "uq_credentials_successor",
        "credentials",
        ["replaces_id"],
        unique=True,
        sqlite_where=sa.text("replaces_id IS NOT NULL AND state <> 'void'"),
        postgresql_where=sa.text("replaces_id IS NOT NULL AND state <> 'void'"),
    )

    op.create_table(
        "renderings",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signing_key_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("format IN ('json', 'jwt')", name="ck_renderings_format"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_renderings_credential_id"),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_keys.id"], name="fk_renderings_signing_key_id"),
        sa.PrimaryKeyConstraint("credential_id", "format", name="pk_renderings"),
    )
    op.create_table(
        "status_entries",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("purpose IN ('revocation', 'suspension')", name="ck_status_entries_purpose"),
        sa.CheckConstraint("position >= 0", name="ck_status_entries_position"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_status_entries_credential_id"),
        sa.ForeignKeyConstraint(["list_id"], ["status_lists.id"], name="fk_status_entries_list_id"),
        sa.PrimaryKeyConstraint("credential_id", "purpose", name="pk_status_entries"),
        sa.UniqueConstraint("list_id", "position", name="uq_status_entries_list_id_position"),
    )
    op.create_table(
        "status_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("bit", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.CheckConstraint("bit = (change <> 'reinstated')", name="ck_status_events_bit"),
        sa.CheckConstraint("change IN ('revoked', 'suspended', 'reinstated')", name="ck_status_events_change"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_status_events_credential_id"),
        sa.ForeignKeyConstraint(["list_id"], ["status_lists.id"], name="fk_status_events_list_id"),
        sa.PrimaryKeyConstraint("id", name="pk_status_events"),
    )
    op.create_index("ix_status_events_credential_id", "status_events", ["credential_id"], unique=False)
    op.create_index("ix_status_events_list_id_edition", "status_events", ["list_id", "edition"], unique=False)
    audit_head = sa.table("audit_head", sa.column("id"), sa.column("sequence"), sa.column("hash"))
    op.bulk_insert(audit_head, [{"id": 1, "sequence": 0, "hash": "0" * 64}])
