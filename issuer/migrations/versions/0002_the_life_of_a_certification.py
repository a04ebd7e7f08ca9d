"""The life of a certification: directory, assignments, proposals and assessments, messages, work in bulk."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Added column by column: SQLite would copy a table to change it, and a table that others refer to cannot be copied
# while foreign keys are checked. (table, column, type on SQLite, type on PostgreSQL, constraints)
_COLUMNS = (
    ("programs", "owner_address", "VARCHAR", "VARCHAR", ""),
    ("programs", "settings", "JSON", "JSON", "DEFAULT '{}' NOT NULL"),
    ("people", "employee_number", "VARCHAR", "VARCHAR", ""),
    (
        "people",
        "manager_id",
        "CHAR(32)",
        "UUID",
        "CONSTRAINT ck_people_manager CHECK (manager_id <> id) CONSTRAINT fk_people_manager_id REFERENCES people (id)",
    ),
    ("people", "function", "VARCHAR", "VARCHAR", ""),
    ("people", "time_zone", "VARCHAR", "VARCHAR", ""),
    ("people", "joined_on", "DATE", "DATE", ""),
    ("people", "left_on", "DATE", "DATE", ""),
    ("people", "erased_at", "VARCHAR(32)", "TIMESTAMP WITH TIME ZONE", ""),
    (
        "credentials",
        "achievement_id",
        "INTEGER",
        "INTEGER",
        "CONSTRAINT fk_credentials_achievement_id REFERENCES achievements (id)",
    ),
    (
        "credentials",
        "facts",
        "JSON",
        "JSON",
        "CONSTRAINT ck_credentials_correction "
        "CHECK (replaces_id IS NOT NULL OR (facts IS NULL AND achievement_id IS NULL))",
    ),
    ("credentials", "erased_at", "VARCHAR(32)", "TIMESTAMP WITH TIME ZONE", ""),
    ("person_addresses", "ordinal", "INTEGER", "INTEGER", "DEFAULT 0 NOT NULL"),
)


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def _add_gently(table: str, column: str, kind: str, constraints: str) -> None:
    """The constraints after the column: with it, every row would be looked at while nobody may read."""
    default, *named = constraints.split("CONSTRAINT ")
    gently.add_columns(table, f"{column} {kind} {default}")
    for constraint in named:
        name, _, rule = constraint.strip().partition(" ")
        gently.constrain(table, name, rule if rule.startswith("CHECK") else f"FOREIGN KEY ({column}) {rule}")


def upgrade() -> None:
    """Add what the life of a certification needs; what is there stays as it is."""
    for table, column, sqlite_type, postgresql_type, constraints in _COLUMNS:
        if gently.on_postgresql():
            _add_gently(table, column, postgresql_type, constraints)
        else:
            gently.add_columns(table, f"{column} {sqlite_type} {constraints}")
    gently.index("ix_people_manager_id", "people", ["manager_id"])
    gently.index("ix_credentials_award_id", "credentials", ["award_id"])
    gently.index("ix_audit_events_subject", "audit_events", ["subject"])
    gently.index("uq_people_employee_number", "people", ["employee_number"], unique=True)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", instant(), nullable=False),
        sa.Column("last_done_at", instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "bulks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("cancel_asked_at", instant(), nullable=True),
        sa.Column("ended_at", instant(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ck_bulks_ended_at"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed', 'cancelled')", name="ck_bulks_state"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_bulks_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bulks"),
        sa.UniqueConstraint("issuer_id", "idempotency_key", name="uq_bulks_issuer_id_idempotency_key"),
    )
    op.create_table(
        "learning_systems",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("revoked_at", instant(), nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_learning_systems_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_learning_systems"),
        sa.UniqueConstraint("issuer_id", "name", name="uq_learning_systems_issuer_id_name"),
    )
    op.create_table(
        "memberships",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('team', 'role')", name="ck_memberships_kind"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_memberships_person_id"),
        sa.PrimaryKeyConstraint("person_id", "kind", "name", name="pk_memberships"),
    )
    op.create_index("ix_memberships_kind_name", "memberships", ["kind", "name"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("not_before", instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", instant(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("sent_at", instant(), nullable=True),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="ck_messages_sent_at"),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'handing over', 'sent', 'refused', 'unclear', 'dropped')",
            name="ck_messages_state",
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_messages_issuer_id"),
        sa.ForeignKeyConstraint(["recipient_id"], ["people.id"], name="fk_messages_recipient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_recipient_id", "messages", ["recipient_id"], unique=False)
    op.create_index("ix_messages_state", "messages", ["state", "not_before"], unique=False)
    op.create_table(
        "mentors",
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("thanked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("person_id <> mentor_id", name="ck_mentors_mentor"),
        sa.ForeignKeyConstraint(["mentor_id"], ["people.id"], name="fk_mentors_mentor_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_mentors_person_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_mentors_program_id"),
        sa.PrimaryKeyConstraint("program_id", "person_id", "mentor_id", name="pk_mentors"),
    )
    op.create_index("ix_mentors_mentor_id", "mentors", ["mentor_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("due_at", instant(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'bundled') = (message_id IS NOT NULL)", name="ck_notices_message"),
        sa.CheckConstraint("state IN ('waiting', 'bundled', 'dropped')", name="ck_notices_state"),
        sa.ForeignKeyConstraint(["about_id"], ["people.id"], name="fk_notices_about_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_notices_issuer_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_notices_message_id"),
        sa.ForeignKeyConstraint(["recipient_id"], ["people.id"], name="fk_notices_recipient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
    )
    op.create_index("ix_notices_about_id", "notices", ["about_id"], unique=False)
    op.create_index("ix_notices_message_id", "notices", ["message_id"], unique=False)
    op.create_index("ix_notices_recipient_id", "notices", ["recipient_id"], unique=False)
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=False),
        sa.Column("target_kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("due", sa.JSON(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("assigned_by", sa.String(), nullable=False),
        sa.Column("ended_at", instant(), nullable=True),
        sa.CheckConstraint("(target_kind = 'everyone') = (target = '')", name="ck_assignments_target"),
        sa.CheckConstraint("source IN ('program', 'hand')", name="ck_assignments_source"),
        sa.CheckConstraint("target_kind IN ('person', 'team', 'role', 'everyone')", name="ck_assignments_target_kind"),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name="fk_assignments_level_id"),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_target", "assignments", ["target_kind", "target"], unique=False)
    op.create_index(
        "uq_assignments_in_force",
        "assignments",
        ["level_id", "target_kind", "target"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "credits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("hundredths", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", instant(), nullable=False),
        sa.Column("withdrawn_at", instant(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.CheckConstraint("hundredths BETWEEN 1 AND 100000", name="ck_credits_hundredths"),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name="fk_credits_level_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_credits_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credits"),
        sa.UniqueConstraint("person_id", "idempotency_key", name="uq_credits_person_id_idempotency_key"),
    )
    op.create_index("ix_credits_person_id", "credits", ["person_id"], unique=False)
    op.create_table(
        "endorsements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=True),
        sa.Column("endorser_id", sa.String(), nullable=False),
        sa.Column("endorser_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", instant(), nullable=False),
        sa.Column("removed_at", instant(), nullable=True),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name="fk_endorsements_level_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_endorsements_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_endorsements"),
        sa.UniqueConstraint("digest", name="uq_endorsements_digest"),
    )
    op.create_index("ix_endorsements_program_id", "endorsements", ["program_id"], unique=False)
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("work", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed', 'cancelled')", name="ck_bulk_items_state"),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.id"], name="fk_bulk_items_bulk_id"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_bulk_items_credential_id"),
        sa.PrimaryKeyConstraint("bulk_id", "ordinal", name="pk_bulk_items"),
    )
    op.create_index("ix_bulk_items_state", "bulk_items", ["bulk_id", "state", "ordinal"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=False),
        sa.Column("achievement_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", instant(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("declaration", sa.String(), nullable=True),
        sa.Column("renews_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", instant(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("award_id", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("request_digest", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'issued') = (award_id IS NOT NULL)", name="ck_proposals_award"),
        sa.CheckConstraint(
            "state IN ('proposed', 'in assessment', 'approved', 'issued', 'declined', 'withdrawn', 'appealed')",
            name="ck_proposals_state",
        ),
        sa.CheckConstraint("round >= 1", name="ck_proposals_round"),
        sa.ForeignKeyConstraint(["achievement_id"], ["achievements.id"], name="fk_proposals_achievement_id"),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name="fk_proposals_award_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_proposals_issuer_id"),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name="fk_proposals_level_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_proposals_person_id"),
        sa.ForeignKeyConstraint(["renews_id"], ["credentials.id"], name="fk_proposals_renews_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("award_id", name="uq_proposals_award_id"),
        sa.UniqueConstraint("issuer_id", "idempotency_key", name="uq_proposals_issuer_id_idempotency_key"),
    )
    op.create_index("ix_proposals_person_id", "proposals", ["person_id"], unique=False)
    op.create_index("ix_proposals_state", "proposals", ["state", "proposed_at"], unique=False)
    op.create_index(
        "uq_proposals_running",
        "proposals",
        ["person_id", "level_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('proposed', 'in assessment', 'approved', 'appealed')"),
        postgresql_where=sa.text("state IN ('proposed', 'in assessment', 'approved', 'appealed')"),
    )
    op.create_table(
        "assessments",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("assessor_id", sa.Uuid(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("remark", sa.String(), nullable=True),
        sa.Column("at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["assessor_id"], ["people.id"], name="fk_assessments_assessor_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_assessments_proposal_id"),
        sa.PrimaryKeyConstraint("proposal_id", "round", "assessor_id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_assessor_id", "assessments", ["assessor_id"], unique=False)
    op.create_table(
        "learning_events",
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("received_at", instant(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('proposed', 'issued', 'ignored', 'refused')", name="ck_learning_events_outcome"
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_learning_events_proposal_id"),
        sa.ForeignKeyConstraint(["system_id"], ["learning_systems.id"], name="fk_learning_events_system_id"),
        sa.PrimaryKeyConstraint("system_id", "event_id", name="pk_learning_events"),
    )
