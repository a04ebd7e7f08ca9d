"""What a company's directory says over SCIM beyond what `people` and `memberships` hold; and its groups."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class ProvisionedPersonRow(Table):
    """A person as the directory names him. Name, function, number, manager and addresses stand in `people`.

    `user_name_key` is the user name in the form that is compared; both are empty once he is withdrawn (deleted over
    SCIM; `withdrawn_at`). `manager_said` names a manager whom nobody has told us of yet.
    """

    __tablename__ = "provisioned_people"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    user_name: Mapped[str | None]
    user_name_key: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(index=True)
    formatted_name: Mapped[str | None]
    family_name: Mapped[str | None]
    given_name: Mapped[str | None]
    middle_name: Mapped[str | None]
    honorific_prefix: Mapped[str | None]
    honorific_suffix: Mapped[str | None]
    user_type: Mapped[str | None]
    preferred_language: Mapped[str | None]
    department: Mapped[str | None]
    manager_said: Mapped[str | None] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("user_name_key"),)


class GroupRow(Table):
    """A team or role with an id, whether somebody is in it or not; `memberships` say by kind and name who is."""

    __tablename__ = "groups"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    display_name: Mapped[str]
    external_id: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("kind", "name"), CheckConstraint(one_of("kind", "team", "role"), "kind"))
