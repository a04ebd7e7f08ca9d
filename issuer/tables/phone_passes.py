"""Passes in the wallets of phones, the devices that hold them, and who is still to be told that one has changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class PassHouseRow(Table):
    """One row: what the passes' own secrets are derived from, sealed; and how far changes have been looked at.

    `trail` is the last event of the audit trail that was looked at, `told_until` the instant up to which it was looked
    for credentials that expired.
    """

    __tablename__ = "pass_house"
    id: Mapped[int] = mapped_column(primary_key=True)
    sealed_secret: Mapped[bytes]
    trail: Mapped[int]
    told_until: Mapped[datetime]
    __table_args__ = (CheckConstraint("id = 1", "one"),)


class PhonePassRow(Table):
    """A pass; its id is its serial number. What it says and when that changed follows from its credential.

    The credential is the newest of its line that was looked at: a renewal takes the pass along.
    """

    __tablename__ = "phone_passes"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"))
    made_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("credential_id", "kind"),
        CheckConstraint(one_of("kind", "apple", "google"), "kind"),
    )


class PassDeviceRow(Table):
    """A device with passes of ours: the hash of how it calls itself, and the address that Apple pushes to."""

    __tablename__ = "pass_devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    library_hash: Mapped[str] = mapped_column(unique=True)
    push_token: Mapped[str]


class PassRegistrationRow(Table):
    """A device that wants to know when a pass changes."""

    __tablename__ = "pass_registrations"
    device_id: Mapped[int] = mapped_column(ForeignKey("pass_devices.id"), primary_key=True)
    pass_id: Mapped[UUID] = mapped_column(ForeignKey("phone_passes.id"), primary_key=True, index=True)
    registered_at: Mapped[datetime]


class PassTellingRow(Table):
    """Somebody who is still to be told: a device (Apple), or Google of one pass. It is gone when that was done.

    `asked` counts how often it was wanted, so that what is wanted while a worker is telling is not lost.
    """

    __tablename__ = "pass_tellings"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("pass_devices.id"), unique=True)
    pass_id: Mapped[UUID | None] = mapped_column(ForeignKey("phone_passes.id"), unique=True)
    asked: Mapped[int]
    not_before: Mapped[datetime]
    attempts: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    fault: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(device_id IS NULL) <> (pass_id IS NULL)", "whom"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", "claimed"),
        Index("ix_pass_tellings_not_before", "not_before", "id"),
    )
