"""What holders show of their credentials, to whom they gave links, and the addresses of their calendars."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table


class SharingRow(Table):
    """What strangers see of a person's credentials of one level. Without a row: everything."""

    __tablename__ = "sharing"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"), primary_key=True)
    page_open: Mapped[bool]
    full_name: Mapped[bool]
    evidence: Mapped[bool]
    changed_at: Mapped[datetime]


class ShareLinkRow(Table):
    """An address that shows one credential whole. Of its secret only the hash is kept; ending it deletes the row.

    `label` is the holder's note for whom it is.
    """

    __tablename__ = "share_links"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), index=True)
    label: Mapped[str]
    created_at: Mapped[datetime]


class CalendarFeedRow(Table):
    """The address at which calendars find a person's due dates; another one replaces it."""

    __tablename__ = "calendar_feeds"
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
