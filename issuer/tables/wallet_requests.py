"""What wallets were asked to show, and credentials that wallets may fetch: each for minutes, and then forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class WalletRequestRow(Table):
    """One question to a wallet. Of the secrets by which a browser and a wallet know it only hashes are kept.

    browser_hash: who asks. there_hash, here_hash: by which a wallet on another device finds it, and one on the same.
    seed: of the key that the answer is encrypted to; gone when it has been answered. levels: public ids of those that
    will do, none for any badge. way: by which it was answered. code_hash: what must be brought back to see the answer
    of the same device; gone when it was. answer: what was shown, and who showed it.
    """

    __tablename__ = "wallet_requests"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    browser_hash: Mapped[str]
    there_hash: Mapped[str] = mapped_column(unique=True)
    here_hash: Mapped[str] = mapped_column(unique=True)
    seed: Mapped[bytes | None]
    levels: Mapped[list[Any]]
    query: Mapped[dict[str, Any]]
    state: Mapped[str]
    way: Mapped[str]
    code_hash: Mapped[str | None]
    answer: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (
        CheckConstraint(one_of("state", "open", "answered", "declined"), "state"),
        CheckConstraint(one_of("way", "", "here", "there"), "way"),
    )


class WalletExchangeRow(Table):
    """A credential that its holder's wallet may fetch once (VC API exchange). Of its secret only the hash is kept."""

    __tablename__ = "wallet_exchanges"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]
