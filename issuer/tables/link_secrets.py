"""What the words in addresses of pages are sealed with."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table


class LinkSecretRow(Table):
    """The secret of all processes of this installation: one row, made when it is needed first."""

    __tablename__ = "link_secrets"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[bytes]
