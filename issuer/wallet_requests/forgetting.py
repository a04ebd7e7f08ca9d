"""What wallets were asked and what they may fetch is deleted as soon as it is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from issuer.store import Database
from issuer.tables import WalletExchangeRow, WalletRequestRow


def forget_what_is_over(db: Database, *, now: datetime) -> int:
    """Delete every question, answer and exchange whose time is over; how many there were."""
    tables = (WalletRequestRow, WalletExchangeRow)
    with db.read() as session:
        over = [session.scalars(select(table.id).where(table.expires_at <= now)).all() for table in tables]
    if not any(over):
        return 0  # and nothing was written, which would make the portal read everything anew
    with db.write() as session:
        for table in tables:
            session.execute(delete(table).where(table.expires_at <= now))
    return sum(map(len, over))
