"""The transparency log: its entries, the tiles of its tree, and how far it has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table


class LogRow(Table):
    """The log: one row, which whoever adds to it holds locked until he commits.

    `size` and `root` are of the tree, `checkpoint` says them signed; `trail` is the last event of the audit trail that
    was looked at.
    """

    __tablename__ = "log"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str]
    public_key: Mapped[bytes]
    key_uri: Mapped[str]
    size: Mapped[int]
    root: Mapped[bytes]
    trail: Mapped[int]
    checkpoint: Mapped[str]
    signed_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("id = 1", "single"), CheckConstraint("size >= 0 AND size <= trail", "size"))


class LogEntryRow(Table):
    """An entry, byte for byte as it was hashed, and the event of the audit trail that it tells."""

    __tablename__ = "log_entries"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(unique=True)
    entry: Mapped[bytes]
    __table_args__ = (CheckConstraint("position >= 0", "position"),)


class LogTileRow(Table):
    """Up to 256 hashes of one level of the tree, one after the other."""

    __tablename__ = "log_tiles"
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hashes: Mapped[bytes]
