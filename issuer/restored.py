"""What must happen to a database that was restored from a backup, before it may be used.

Between the backup and the loss the issuer went on: it gave out places in its lists, revoked, suspended, opened lists.
None of it is in the backup. So that nothing is given out twice and nothing goes back from revoked:

1. Every open list is closed. The next credential opens a new one, with an id and an order of places of its own: no
   place that was given out after the backup can be given out again.
2. Editions go on far beyond those that can have been published since.
3. What copies of published lists say, that somebody kept elsewhere, is taken over if our own key signed them: what was
   revoked or suspended is so again. Of a credential that was issued after the backup nothing is left but its place and
   status; it stands in the record as an erased one does, so that its holder's badge goes on saying that it is revoked.
   A list that was opened after the backup is entered again, closed.
4. The transparency log, which went on too, is ended, and another one begun under a name and key of its own: to go on
   with it would be to show a second history of it.
5. Everybody is signed out, and links that sign in are gone: those that were used or ended since would be good again.

Without copies nobody can know what was revoked since. Whoever restores must say that he knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from credentials.instants import format_instant
from credentials.sentence import sentence
from credentials.status_list import REVOCATION
from issuer import audit
from issuer.allocation import new_id
from issuer.bulk_status import change_all
from issuer.kept_lists import KeptList
from issuer.log.growing import begin_anew, grow
from issuer.status_lists import ensure_fresh_lists
from issuer.status_slots import KEY_BYTES
from issuer.status_transitions import Change, record
from issuer.store import Database
from issuer.tables import (
    AwardRow,
    CredentialRow,
    OneTimeLinkRow,
    SessionRow,
    SignInStartRow,
    StatusEntryRow,
    StatusEventRow,
    StatusListRow,
)
from keys.keyring import Keyring

LEAP = 1_000_000
"""Editions that are left out: a list would have to be published every 26 seconds for a year to reach so many."""
REASON = sentence("Taken over from a list that was published after the backup")
_CHUNK = 500

Told = tuple[str, str, Mapping[str, object]]
"""Action, subject and details of an event of the audit trail."""


@dataclass(frozen=True, slots=True)
class Continued:
    """What was done: lists closed and entered again; credentials on record that were revoked or suspended since the
    backup; places of credentials that are not on record, which keep their status; people signed out.
    """

    closed: tuple[UUID, ...]
    entered: tuple[UUID, ...]
    changed: int
    lost: int
    signed_out: int


def go_on(
    db: Database,
    keyring: Keyring,
    *,
    kept: Sequence[KeptList],
    backup: str,
    made_at: str,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Continued:
    """Make a restored database fit to go on from, and publish its lists. `backup` names it, for the audit trail.

    Raises what the keyring raises, ListRefused, NoSigningKey. Doing it again after a failure changes nothing twice.
    """
    with db.write() as session:
        closed = _close(session)
        signed_out = session.execute(delete(SessionRow).returning(SessionRow.id)).all()
        session.execute(delete(OneTimeLinkRow))
        session.execute(delete(SignInStartRow))
        audit.append(
            session,
            at=now,
            actor=actor,
            action="backup restored",
            subject=f"backup:{backup}",
            details={"made_at": made_at, "closed_lists": [str(one) for one in closed], "kept_lists": len(kept)},
        )
    entered, changed, lost = [], 0, 0
    for one in kept:
        with db.write() as session:
            if _enter(session, one, randomness):
                entered.append(one.id)
        mine = _holders(db, one)
        change = Change.REVOKED if one.purpose == REVOCATION else Change.SUSPENDED
        finished = [row.credential_id for row in mine.values() if row.state != "preparing"]
        outcomes = change_all(
            db, keyring, credential_ids=finished, change=change, reason=REASON, actor=actor, now=now, tell=False
        )
        changed += sum(outcome.edition is not None for outcome in outcomes)
        begun = {place: row.credential_id for place, row in mine.items() if row.state == "preparing"}
        nobody = sorted(one.places - mine.keys() | begun.keys())
        for start in range(0, len(nobody), _CHUNK):
            with db.write() as session:
                events = [
                    event
                    for place in nobody[start : start + _CHUNK]
                    for event in _record_lost(session, one, place, begun.get(place), change, actor, now, randomness)
                ]
                _count_places(session, one.id)
                audit.append_all(session, at=now, actor=actor, events=events)
        lost += len(nobody)
    ensure_fresh_lists(db, keyring, now)
    if begin_anew(db, keyring, mark=format_instant(now), now=now, randomness=randomness):
        grow(db, keyring, now=now, randomness=randomness)
    return Continued(closed, tuple(entered), changed, lost, len(signed_out))


def _close(session: Session) -> tuple[UUID, ...]:
    open_lists = session.scalars(select(StatusListRow.id).where(StatusListRow.is_open).order_by(StatusListRow.id)).all()
    session.execute(update(StatusListRow).where(StatusListRow.is_open).values(is_open=False))
    # strangers have seen later editions than the one in the backup: it is published anew, numbered beyond them
    session.execute(
        update(StatusListRow)
        .where(StatusListRow.edition > 0)
        .values(edition=StatusListRow.edition + LEAP, signing_key_id=None)
    )
    return tuple(open_lists)


def _enter(session: Session, one: KeptList, randomness: Callable[[int], bytes]) -> bool:
    """Enter a list that was opened after the backup; False if it is there."""
    if session.get(StatusListRow, one.id) is not None:
        return False
    last = session.scalar(
        select(func.max(StatusListRow.ordinal)).where(
            StatusListRow.issuer_id == one.issuer_id, StatusListRow.purpose == one.purpose
        )
    )
    session.add(
        StatusListRow(
            id=one.id,
            issuer_id=one.issuer_id,
            purpose=one.purpose,
            ordinal=(last or 0) + 1,
            size=one.size,
            value_size=1,
            next_sequence=0,
            permutation_key=randomness(KEY_BYTES),
            is_open=False,
            edition=0,
        )
    )
    return True


class _Holder(NamedTuple):
    credential_id: UUID
    state: str


def _holders(db: Database, one: KeptList) -> dict[int, _Holder]:
    """Of the places that are set: those of credentials on record, whatever their status is now."""
    with db.read() as session:
        rows = session.execute(
            select(StatusEntryRow.position, CredentialRow.id, CredentialRow.state)
            .join(CredentialRow, CredentialRow.id == StatusEntryRow.credential_id)
            .where(StatusEntryRow.list_id == one.id)
        )
        return {place: _Holder(identifier, state) for place, identifier, state in rows if place in one.places}


def _record_lost(
    session: Session,
    one: KeptList,
    place: int,
    begun: UUID | None,
    change: Change,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> tuple[Told, Told]:
    """Record what is left of a credential that nobody knows any more: its place and status, as erasing leaves them.

    begun: the credential that was in the making there when the backup was made; it was finished since. Returns what
    the audit trail is to be told.
    """
    credential = session.get(CredentialRow, begun) if begun is not None else None
    if credential is None:
        credential = _entered(session, one, place, actor, now, randomness)
        session.add(StatusEntryRow(credential_id=credential.id, purpose=one.purpose, list_id=one.id, position=place))
    credential.state, credential.issued_at, credential.erased_at = "issued", now, now
    record(credential, change, REASON, now)
    session.flush()
    session.add(
        StatusEventRow(
            credential_id=credential.id,
            list_id=one.id,
            position=place,
            change=change.value,
            bit=True,
            reason=REASON,
            actor=actor,
            at=now,
            edition=None,
        )
    )
    subject = f"credential:{credential.id}"
    return ("credential issued", subject, {"lost": True}), (f"credential {change}", subject, {"lost": True})


def _entered(
    session: Session, one: KeptList, place: int, actor: str, now: datetime, randomness: Callable[[int], bytes]
) -> CredentialRow:
    name = f"lost:{one.id}:{place}"
    award = AwardRow(
        id=new_id(randomness),
        issuer_id=one.issuer_id,
        source="vc-api",
        decided_by=actor,
        decided_at=now,
        idempotency_key=name,
        request_digest=name,
        request={},
    )
    session.add(award)
    session.flush()
    credential = CredentialRow(
        id=new_id(randomness),
        issuer_id=one.issuer_id,
        award_id=award.id,
        state="preparing",
        document_id=f"{one.url}#{place}",
        formats=[],
        identity_salt="",
        valid_from=now,
        created_at=now,
    )
    session.add(credential)
    session.flush()
    return credential


def _count_places(session: Session, list_id: UUID) -> None:
    """A list has given out at least as many places as are known."""
    session.flush()
    known = session.scalar(select(func.count()).where(StatusEntryRow.list_id == list_id)) or 0
    session.execute(
        update(StatusListRow)
        .where(StatusListRow.id == list_id, StatusListRow.next_sequence < known)
        .values(next_sequence=known)
        .execution_options(synchronize_session=False)
    )
