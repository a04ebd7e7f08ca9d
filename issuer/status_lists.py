"""Status lists: slots given out, bits published as a signed credential (Bitstring Status List 1.0).

One list per issuer and purpose is open; when it is full, another opens. The entries of one credential for revocation
and suspension are independent slots of two lists, each with a permutation key of its own: most credentials have no
suspension entry at all, so a shared index would leave holes in one list or tie the two lists' lives together, and two
different indexes tell a stranger nothing that one would not.

A list is never published on trust: `issuer.list_editions` says what an edition is and what is compared when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from credentials.bitstring import MINIMUM_LENGTH
from issuer.errors import ListRefused
from issuer.issuers import issuer_row
from issuer.list_editions import LIST_VALIDITY, TTL, compare, locked_list, publish
from issuer.signing_keys import KeyState, Use, active_key, opened
from issuer.status_slots import KEY_BYTES, slots
from issuer.store import Database
from issuer.tables import IssuerRow, SigningKeyRow, StatusEventRow, StatusListRow
from keys.keyring import Keyring

__all__ = [
    "LIST_VALIDITY",
    "RENEWED_AFTER",
    "TTL",
    "compare_lists",
    "ensure_fresh_list",
    "ensure_fresh_lists",
    "take_slots",
]

RENEWED_AFTER = timedelta(days=1)
"""A list older than this is signed anew, so that what is served is valid for six days at least."""


def take_slots(
    session: Session,
    owner: IssuerRow,
    purpose: str,
    count: int,
    randomness: Callable[[int], bytes],
    *,
    value_size: int = 1,
) -> list[tuple[UUID, int]]:
    """Give out `count` slots of the issuer's lists for a purpose and for values of so many bits: (list, index) of each,
    used by no one before.

    One UPDATE … RETURNING takes a whole range of the counter, so two callers can never be given the same; where the
    range does not fit, what is left of the list is taken and the next list opened. The caller's transaction keeps or
    drops the slots as a whole.
    """
    taken: list[tuple[UUID, int]] = []
    while len(taken) < count:
        one = _open_list(session, owner, purpose, randomness, value_size)
        wanted = min(count - len(taken), one.size - one.next_sequence)
        end = session.execute(
            update(StatusListRow)
            .where(
                StatusListRow.id == one.id,
                StatusListRow.is_open,
                StatusListRow.next_sequence + wanted <= StatusListRow.size,
            )
            .values(next_sequence=StatusListRow.next_sequence + wanted)
            .returning(StatusListRow.next_sequence)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if end is not None:
            taken += [(one.id, index) for index in slots(range(end - wanted, end), one.size, one.permutation_key)]
    return taken


@dataclass(frozen=True, slots=True)
class OpenList:
    """The list that slots are taken from; its published body, which may be large, is not read for that."""

    id: UUID
    size: int
    next_sequence: int
    permutation_key: bytes

    @property
    def has_room(self) -> bool:
        """Whether a slot is left."""
        return self.next_sequence < self.size


def _open_list(
    session: Session, owner: IssuerRow, purpose: str, randomness: Callable[[int], bytes], value_size: int
) -> OpenList:
    """The open list with at least one slot left; opens the first one, or the next when the present one is full."""
    one = find_open(session, owner, purpose, value_size)
    if one is not None and one.has_room:
        return one
    issuer_row(session, owner.slug, lock=True)  # from here to the commit no one else opens a list of this issuer
    one = find_open(session, owner, purpose, value_size)
    if one is not None and one.has_room:
        return one
    newest = session.scalars(
        select(StatusListRow.size)
        .where(StatusListRow.issuer_id == owner.id)
        .order_by(StatusListRow.ordinal.desc())
        .limit(1)
    ).one_or_none()
    size = one.size if one is not None else newest or MINIMUM_LENGTH
    return next_list(session, owner, purpose, one, size, randomness, value_size)


def next_list(
    session: Session,
    owner: IssuerRow,
    purpose: str,
    before: OpenList | None,
    size: int,
    randomness: Callable[[int], bytes],
    value_size: int = 1,
) -> OpenList:
    """Close the list before, if there is one, and open the next. The caller holds the issuer's lock."""
    if before is not None:
        session.execute(
            update(StatusListRow)
            .where(StatusListRow.id == before.id)
            .values(is_open=False)
            .execution_options(synchronize_session=False)
        )
    last = session.scalar(
        select(func.max(StatusListRow.ordinal)).where(
            StatusListRow.issuer_id == owner.id, StatusListRow.purpose == purpose
        )
    )
    fresh = StatusListRow(
        id=UUID(bytes=randomness(16), version=4),
        issuer_id=owner.id,
        purpose=purpose,
        ordinal=(last or 0) + 1,
        size=size,
        value_size=value_size,
        next_sequence=0,
        permutation_key=randomness(KEY_BYTES),
        is_open=True,
        edition=0,
    )
    session.add(fresh)
    session.flush()
    return OpenList(fresh.id, fresh.size, 0, fresh.permutation_key)


def find_open(session: Session, owner: IssuerRow, purpose: str, value_size: int = 1) -> OpenList | None:
    """The issuer's open list for a purpose and values of that size, if it has one."""
    row = session.execute(
        select(
            StatusListRow.id,
            StatusListRow.size,
            StatusListRow.next_sequence,
            StatusListRow.permutation_key,
        ).where(
            StatusListRow.issuer_id == owner.id,
            StatusListRow.purpose == purpose,
            StatusListRow.value_size == value_size,
            StatusListRow.is_open,
        )
    ).one_or_none()
    return OpenList(*row) if row is not None else None


def ensure_fresh_list(db: Database, keyring: Keyring, list_id: UUID, now: datetime) -> bool:
    """Publish a list that was never published, has events waiting, is older than RENEWED_AFTER, or was signed by a key
    that is no longer trusted; True if it was published. Safe to call before every delivery.

    A list that is old is compared with all rows before it is signed anew. Raises what `list_editions.publish` raises.
    """
    with db.read() as session:
        due = _why_due(session, list_id, now)
        if due is None:
            return False
        owner = session.scalars(
            select(IssuerRow)
            .join(StatusListRow, StatusListRow.issuer_id == IssuerRow.id)
            .where(StatusListRow.id == list_id)
        ).one()
        key = active_key(session, owner, Use.DATA_INTEGRITY)
        if due is _Due.OLD:
            compare(session, list_id)
    opened(keyring, key)  # unsealing takes a moment: not within the transaction
    with db.write() as session:
        one = locked_list(session, list_id)
        if _why_due(session, list_id, now) is None:
            return False
        publish(session, keyring, one, now)
        return True


def ensure_fresh_lists(db: Database, keyring: Keyring, now: datetime, ids: Iterable[UUID] | None = None) -> int:
    """`ensure_fresh_list` for these lists, or for all; how many were published.

    A list that is refused does not hold up the others: ListRefused is raised when all have had their turn.
    """
    published, refused = 0, []
    for list_id in _all(db) if ids is None else ids:
        try:
            published += ensure_fresh_list(db, keyring, list_id, now)
        except ListRefused as refusal:
            refused.append(str(refusal))
    if refused:
        raise ListRefused("; ".join(refused))
    return published


def compare_lists(db: Database) -> int:
    """Compare every list with all rows; how many there are. Raises ListRefused, naming every list that differs."""
    ids, refused = _all(db), []
    for list_id in ids:
        try:
            with db.read() as session:
                compare(session, list_id)
        except ListRefused as refusal:
            refused.append(str(refusal))
    if refused:
        raise ListRefused("; ".join(refused))
    return len(ids)


def _all(db: Database) -> Sequence[UUID]:
    with db.read() as session:
        return session.scalars(select(StatusListRow.id).order_by(StatusListRow.id)).all()


class _Due(Enum):
    """Why a list must be published."""

    NEVER = auto()
    WAITING = auto()
    OLD = auto()
    DISTRUSTED = auto()


def _why_due(session: Session, list_id: UUID, now: datetime) -> _Due | None:
    found = session.execute(
        select(StatusListRow.published_at, SigningKeyRow.state, _WAITING)
        .outerjoin(SigningKeyRow, SigningKeyRow.id == StatusListRow.signing_key_id)
        .where(StatusListRow.id == list_id)
    ).one_or_none()
    if found is None:
        return None
    published_at, key_state, waiting = found
    if published_at is None:
        return _Due.NEVER
    if now >= published_at + RENEWED_AFTER:
        return _Due.OLD
    if key_state in (None, KeyState.COMPROMISED):
        return _Due.DISTRUSTED
    return _Due.WAITING if waiting else None


_WAITING = (
    select(StatusEventRow.id)
    .where(StatusEventRow.list_id == StatusListRow.id, StatusEventRow.edition.is_(None))
    .correlate(StatusListRow)
    .exists()
)
