"""How large an issuer's status lists are: 131,072 entries, unless somebody wants them larger.

A larger list hides a holder in a larger crowd and is one address for more credentials; but whoever verifies one of
them fetches all of it: with 2 % revoked, 5 kB for 131,072 entries and 345 kB for 10,000,000. A list keeps its size for
ever. What changes is the list that new credentials get: the open one is closed, with the places that are left in it
unused, and one of the new size opened. Those that follow are as large as the issuer's newest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from credentials.bitstring import MAXIMUM_LENGTH, MINIMUM_LENGTH
from credentials.status_list import REVOCATION
from issuer import audit
from issuer.addresses import status_list_url
from issuer.errors import Fault, Refused
from issuer.issuers import issuer_row
from issuer.status_lists import find_open, next_list
from issuer.store import Database
from issuer.tables import StatusListRow


@dataclass(frozen=True, slots=True)
class ListSize:
    """A status list: `used` of its `size` places are given out, and it is published in `edition` (0: not yet)."""

    id: UUID
    url: str
    purpose: str
    size: int
    used: int
    is_open: bool
    edition: int
    published_at: datetime | None


def list_sizes(db: Database, issuer: str | None = None) -> tuple[ListSize, ...]:
    """All lists of an issuer, by purpose, oldest first. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        rows = session.execute(
            select(
                StatusListRow.id,
                StatusListRow.purpose,
                StatusListRow.size,
                StatusListRow.next_sequence,
                StatusListRow.is_open,
                StatusListRow.edition,
                StatusListRow.published_at,
            )
            .where(StatusListRow.issuer_id == owner.id)
            .order_by(StatusListRow.purpose, StatusListRow.ordinal)
        )
        return tuple(
            ListSize(
                row.id,
                status_list_url(owner.base_url, row.id),
                row.purpose,
                row.size,
                row.next_sequence,
                row.is_open,
                row.edition,
                row.published_at,
            )
            for row in rows
        )


def resize(
    db: Database,
    *,
    issuer: str | None,
    size: int,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> tuple[UUID, ...]:
    """From now on give new credentials places in lists of this size; the lists that were opened for it.

    Raises Refused for a size that no list has, UnknownIssuer. Where the open list is of that size, nothing changes.
    """
    _require_size(size)
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        used = session.execute(
            select(StatusListRow.purpose, StatusListRow.value_size)
            .where(StatusListRow.issuer_id == owner.id)
            .distinct()
        )
        opened = []
        for purpose, value_size in sorted({(REVOCATION, 1), *((row.purpose, row.value_size) for row in used)}):
            present = find_open(session, owner, purpose, value_size)
            if present is None or present.size != size:
                opened.append(next_list(session, owner, purpose, present, size, randomness, value_size).id)
        if opened:
            audit.append(
                session,
                at=now,
                actor=actor,
                action="status lists resized",
                subject=f"issuer:{owner.slug}",
                details={"size": size, "lists": [str(one) for one in opened]},
            )
        return tuple(opened)


def _require_size(size: int) -> None:
    if MINIMUM_LENGTH <= size <= MAXIMUM_LENGTH and size % 8 == 0:
        return
    raise Refused(
        "The size of status lists",
        [
            Fault(
                "",
                f"{size:,} is no size of a list",
                f"choose a multiple of 8 from {MINIMUM_LENGTH:,}, the standard’s smallest, to {MAXIMUM_LENGTH:,}",
            )
        ],
    )
