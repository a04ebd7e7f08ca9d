"""The logos of applications, as we drew them anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table


class ApplicationLogoRow(Table):
    """The logo of an application that registered itself: PNG; null if none could be had yet.

    `tried_at` is when its server was asked last: it is not asked again for a day.
    """

    __tablename__ = "application_logos"
    client_id: Mapped[UUID] = mapped_column(ForeignKey("oauth_clients.id"), primary_key=True)
    tried_at: Mapped[datetime]
    picture: Mapped[bytes | None]
