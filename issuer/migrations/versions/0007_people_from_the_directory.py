"""What a directory says over SCIM: user names, its own ids, groups; tokens for it; an audit trail to search."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what SCIM needs; teams and roles that are there become groups with an id."""
    _change_large_tables()
    groups = _add_groups()
    _make_groups(groups)
    op.create_table(
        "provisioned_people",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=True),
        sa.Column("user_name_key", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("formatted_name", sa.String(), nullable=True),
        sa.Column("family_name", sa.String(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=True),
        sa.Column("middle_name", sa.String(), nullable=True),
        sa.Column("honorific_prefix", sa.String(), nullable=True),
        sa.Column("honorific_suffix", sa.String(), nullable=True),
        sa.Column("user_type", sa.String(), nullable=True),
        sa.Column("preferred_language", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("manager_said", sa.String(), nullable=True),
        sa.Column("withdrawn_at", instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_provisioned_people_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_provisioned_people"),
        sa.UniqueConstraint("user_name_key", name="uq_provisioned_people_user_name_key"),
    )
    op.create_index("ix_provisioned_people_external_id", "provisioned_people", ["external_id"], unique=False)
    op.create_index("ix_provisioned_people_manager_said", "provisioned_people", ["manager_said"], unique=False)
    _allow_provisioning()


def _change_large_tables() -> None:
    if gently.on_postgresql():
        at, yes = "TIMESTAMP WITH TIME ZONE", "DEFAULT true"
    else:
        at, yes = "VARCHAR(32)", "DEFAULT 1"
    gently.add_columns("people", f"changed_at {at}")
    gently.add_columns("person_addresses", "label VARCHAR", "called_main BOOLEAN", f"listed BOOLEAN {yes} NOT NULL")
    gently.once("0007 drop index", lambda: op.execute("DROP INDEX IF EXISTS ix_audit_events_subject"))
    if gently.on_postgresql():  # as SQLite does: what begins alike stands together
        columns = ", ".join(f'ALTER COLUMN {one} TYPE VARCHAR COLLATE "C"' for one in ("actor", "action", "subject"))
        gently.once("0007 collate", lambda: op.execute(f"ALTER TABLE audit_events {columns}"))
    for columns_ in (("subject",), ("action",), ("actor", "action")):
        name = f"ix_audit_events_{'_'.join(columns_)}_sequence"
        gently.index(name, "audit_events", [*columns_, "sequence"])


def _add_groups() -> sa.Table:
    groups = op.create_table(
        "groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("created_at", instant(), nullable=True),
        sa.Column("changed_at", instant(), nullable=True),
        sa.CheckConstraint("kind IN ('team', 'role')", name="ck_groups_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("kind", "name", name="uq_groups_kind_name"),
    )
    op.create_index("ix_groups_external_id", "groups", ["external_id"], unique=False)
    return groups


def _make_groups(groups: sa.Table) -> None:
    members = sa.table("memberships", sa.column("kind", sa.String()), sa.column("name", sa.String()))
    found = op.get_bind().execute(sa.select(members.c.kind, members.c.name).distinct()).all()
    if found:
        rows = [{"id": uuid4(), "kind": kind, "name": name, "display_name": _shown(kind, name)} for kind, name in found]
        op.bulk_insert(groups, rows)


def _shown(kind: str, name: str) -> str:
    if kind == "role":
        return f"role:{name}"
    head, colon, _ = name.partition(":")
    return f"team:{name}" if colon and head.strip().lower() in {"team", "role"} else name


def _allow_provisioning() -> None:
    """A third role of tokens. SQLite cannot change a check, so the small table is written anew."""
    allowed = "role IN ('issue', 'manage', 'provision')"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("ck_api_tokens_role", "api_tokens", type_="check")
        op.create_check_constraint("ck_api_tokens_role", "api_tokens", allowed)
        return
    columns = (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=True),
        sa.Column("revoked_at", instant(), nullable=True),
    )
    now = sa.Table(
        "api_tokens",
        sa.MetaData(),
        *columns,
        sa.CheckConstraint(allowed, name="ck_api_tokens_role"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_api_tokens_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("issuer_id", "name", name="uq_api_tokens_issuer_id_name"),
        sa.UniqueConstraint("secret_hash", name="uq_api_tokens_secret_hash"),
    )
    with op.batch_alter_table("api_tokens", copy_from=now, recreate="always"):
        pass
