"""The chain of credentials that replace each other: each has at most one successor that is not void."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from issuer.tables import CredentialRow

_LONGEST = 1_000  # a chain is as long as the years of a career; this ends a loop that someone wrote into the rows


def indexed(row: type[CredentialRow]) -> ColumnElement[bool]:
    """Not void, in the very words of the index of successors: without them SQLite reads all rows to find one."""
    return row.state != literal_column("'void'")


def successor(session: Session, credential_id: UUID) -> UUID | None:
    """The issued credential that directly replaced this one, or None."""
    return session.scalars(
        select(CredentialRow.id).where(
            CredentialRow.replaces_id == credential_id, CredentialRow.state == "issued", indexed(CredentialRow)
        )
    ).one_or_none()


def newest(session: Session, credential_id: UUID) -> UUID:
    """The end of the chain: the newest issued credential that goes back to this one; itself if there is none.

    However it stands: whoever asks for the newest of a revoked one is to see that it is revoked.
    """
    for _ in range(_LONGEST):
        following = successor(session, credential_id)
        if following is None:
            return credential_id
        credential_id = following
    return credential_id


def successors(session: Session, credential_ids: Collection[UUID]) -> dict[UUID, CredentialRow]:
    """The row of each one's successor that is not void, issued or still `preparing`."""
    rows = session.scalars(
        select(CredentialRow).where(CredentialRow.replaces_id.in_(credential_ids), indexed(CredentialRow))
    )
    return {row.replaces_id: row for row in rows if row.replaces_id is not None}


def held(session: Session, credential_ids: Collection[UUID]) -> dict[UUID, CredentialRow]:
    """The rows, locked until the commit in the order of their ids: no one else gives them a successor meanwhile."""
    rows = session.scalars(
        select(CredentialRow)
        .where(CredentialRow.id.in_(credential_ids))
        .order_by(CredentialRow.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def stands(row: CredentialRow) -> bool:
    """Whether the credential may still get a successor: issued, not revoked, not suspended."""
    return row.state == "issued" and row.revoked_at is None and row.suspended_at is None
