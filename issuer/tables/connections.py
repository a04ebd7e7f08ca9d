"""Other badge hosts that a person connected, so that badges go there and come from there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class ConnectionRow(Table):
    """A host, with what it gave us to act for one person. `sealed` holds the client’s secret and the tokens.

    asking ──► connected ──► lost   (its tokens are taken no more)
    state_hash: of what the host’s answer must bring, good once. busy_until: one request at a time uses its tokens.
    """

    __tablename__ = "host_connections"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    base: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    endpoints: Mapped[dict[str, Any]]
    client_id: Mapped[str]
    scopes: Mapped[list[Any]]
    sealed: Mapped[bytes]
    state_hash: Mapped[str | None]
    access_until: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    profile: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("person_id", "base"),
        CheckConstraint(one_of("state", "asking", "connected", "lost"), "state"),
        CheckConstraint("(state = 'asking') OR (state_hash IS NULL)", "state_hash"),
    )
