"""Who is to be told that a pass changed: found in the audit trail and the calendar, told by any number of workers.

The trail has every change in the order of its commits, so none is missed; what time alone does is read from the
credentials' dates. A telling is a row until it was done; a worker takes it by a claim that ends by itself, so one that
dies delays it only. To tell twice is harmless: the phone asks what is new, and Google is sent what holds now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from issuer.phone_passes.devices import forget_device, forget_idle
from issuer.store import Database, insert_missing
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import (
    AchievementRow,
    AuditEventRow,
    AwardRow,
    CredentialRow,
    PassDeviceRow,
    PassHouseRow,
    PassRegistrationRow,
    PassTellingRow,
    PhonePassRow,
)

PAGE = 500
CLAIM = timedelta(minutes=5)
"""Longer than telling a batch may take."""
PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 300, 600, 1440))
"""After each try that came to nothing; after the last it is given up until the pass changes again."""
_SUBJECT = "credential:"
_ACTIONS = frozenset(
    f"credential {word}" for word in ("issued", "renewed", "reissued", "revoked", "suspended", "reinstated")
)


@dataclass(frozen=True, slots=True)
class Telling:
    """One that a worker has taken: a device by its push token, or a pass at Google."""

    id: int
    asked: int
    device_id: int | None
    push_token: str
    pass_id: UUID | None


def collect(db: Database, *, now: datetime, pause: Callable[[], None]) -> int:
    """Write down who is to be told of what changed since the last look; returns how many passes changed.

    `pause` is called between two transactions.
    """
    changed = 0
    more = True
    while more:
        pause()
        with db.write() as session:
            house = session.get(PassHouseRow, 1, with_for_update=True)
            if house is None:
                return changed
            events = session.scalars(
                select(AuditEventRow)
                .where(AuditEventRow.sequence > house.trail)
                .order_by(AuditEventRow.sequence)
                .limit(PAGE)
            ).all()
            touched = [
                UUID(one.subject.removeprefix(_SUBJECT))
                for one in events
                if one.action in _ACTIONS and one.subject.startswith(_SUBJECT)
            ]
            moved = _take_along(session, touched)
            house.trail = events[-1].sequence if events else house.trail
            more = len(events) == PAGE
            if not more:
                touched += _turned(session, house.told_until, now)
                house.told_until = max(house.told_until, now)
            changed += owe(session, {*_passes_of(session, touched), *moved}, now)
    return changed


def owe(session: Session, pass_ids: Collection[UUID], now: datetime) -> int:
    """Whoever holds these passes is to be told; returns how many passes there are of them."""
    rows = session.scalars(select(PhonePassRow).where(PhonePassRow.id.in_(pass_ids))).all()
    devices = session.scalars(
        select(PassRegistrationRow.device_id)
        .where(PassRegistrationRow.pass_id.in_([row.id for row in rows if row.kind == "apple"]))
        .distinct()
    )
    blank = {"asked": 0, "not_before": now, "attempts": 0}
    at_google = [{**blank, "pass_id": row.id} for row in rows if row.kind == "google"]
    on_devices = [{**blank, "device_id": one} for one in devices]
    insert_missing(session, PassTellingRow, at_google, ("pass_id",))
    insert_missing(session, PassTellingRow, on_devices, ("device_id",))
    session.execute(
        update(PassTellingRow)
        .where(
            or_(
                PassTellingRow.pass_id.in_([one["pass_id"] for one in at_google]),
                PassTellingRow.device_id.in_([one["device_id"] for one in on_devices]),
            )
        )
        .values(asked=PassTellingRow.asked + 1, not_before=now, attempts=0)
        .execution_options(synchronize_session=False)
    )
    return len(rows)


def owe_level(session: Session, *, person_id: UUID, level_id: int, now: datetime) -> None:
    """What a person shows of the credentials of a level changed, and so what the passes of these say."""
    of_level = (
        select(PhonePassRow.id)
        .join(CredentialRow, CredentialRow.id == PhonePassRow.credential_id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .where(AwardRow.person_id == person_id, AchievementRow.level_id == level_id)
    )
    owe(session, session.scalars(of_level).all(), now)


def forget(session: Session, credential_ids: Collection[UUID], now: datetime) -> None:
    """Their holder is erased: his devices are forgotten, and Google is to be told that the passes say nothing more."""
    rows = session.scalars(select(PhonePassRow).where(PhonePassRow.credential_id.in_(credential_ids))).all()
    apple = [row.id for row in rows if row.kind == "apple"]
    gone = delete(PassRegistrationRow).where(PassRegistrationRow.pass_id.in_(apple))
    devices = list(session.scalars(gone.returning(PassRegistrationRow.device_id)))
    session.execute(delete(PhonePassRow).where(PhonePassRow.id.in_(apple)).execution_options(synchronize_session=False))
    forget_idle(session, devices)
    owe(session, [row.id for row in rows if row.kind == "google"], now)


def claim(db: Database, *, worker: str, now: datetime, most: int, google: bool) -> tuple[Telling, ...]:
    """Take up to `most` that are due: of passes at Google, or of devices. The worker's until CLAIM is over."""
    whom = PassTellingRow.pass_id.is_not(None) if google else PassTellingRow.device_id.is_not(None)
    with db.write() as session:
        rows = session.execute(
            select(PassTellingRow, PassDeviceRow.push_token)
            .outerjoin(PassDeviceRow, PassDeviceRow.id == PassTellingRow.device_id)
            .where(
                whom,
                PassTellingRow.not_before <= now,
                or_(PassTellingRow.claimed_until.is_(None), PassTellingRow.claimed_until <= now),
            )
            .order_by(PassTellingRow.not_before, PassTellingRow.id)
            .limit(most)
            .with_for_update(of=PassTellingRow, skip_locked=True)
        ).all()
        for row, _ in rows:
            row.claimed_by, row.claimed_until = worker, now + CLAIM
            row.attempts += 1
        return tuple(Telling(row.id, row.asked, row.device_id, token or "", row.pass_id) for row, token in rows)


def done(db: Database, telling: Telling, *, worker: str, now: datetime, forget_pass: bool = False) -> None:
    """It was told. If it was wanted again meanwhile, it waits again. forget_pass: the pass is not needed any more."""
    with db.write() as session:
        row = _claimed(session, telling, worker)
        if row is None:
            return
        if row.asked != telling.asked:
            row.claimed_by = row.claimed_until = None
            row.attempts, row.not_before = 0, now
            return
        session.delete(row)
        session.flush()
        if forget_pass:
            session.execute(delete(PhonePassRow).where(PhonePassRow.id == telling.pass_id))


def gone(db: Database, telling: Telling, *, worker: str) -> None:
    """The device does not take pushes for our passes any more, finally: it is forgotten."""
    with db.write() as session:
        if _claimed(session, telling, worker) is not None and telling.device_id is not None:
            forget_device(session, telling.device_id)


def failed(db: Database, telling: Telling, *, fault: str, worker: str, now: datetime) -> None:
    """The try came to nothing; another comes after a pause, or none until the pass changes again."""
    with db.write() as session:
        row = _claimed(session, telling, worker)
        if row is None:
            return
        row.claimed_by = row.claimed_until = None
        if row.attempts > len(PAUSES) and row.asked == telling.asked:
            session.delete(row)
            return
        row.fault = fault[:300]
        row.not_before = now + PAUSES[min(row.attempts, len(PAUSES)) - 1]


def _claimed(session: Session, telling: Telling, worker: str) -> PassTellingRow | None:
    row = session.get(PassTellingRow, telling.id, with_for_update=True)
    return row if row is not None and row.claimed_by == worker else None


def _passes_of(session: Session, credential_ids: Collection[UUID]) -> list[UUID]:
    return list(session.scalars(select(PhonePassRow.id).where(PhonePassRow.credential_id.in_(credential_ids))))


def _take_along(session: Session, credential_ids: Collection[UUID]) -> list[UUID]:
    """Passes of what these credentials replace become passes of these, unless there is one of that kind already."""
    successors = session.execute(
        select(CredentialRow.replaces_id, CredentialRow.id)
        .where(
            CredentialRow.id.in_(credential_ids),
            CredentialRow.state == "issued",
            CredentialRow.replaces_id.is_not(None),
        )
        .order_by(CredentialRow.issued_at)
    ).all()
    moved = []
    for old, new in successors:
        for row in session.scalars(select(PhonePassRow).where(PhonePassRow.credential_id == old)).all():
            same = PhonePassRow.credential_id == new, PhonePassRow.kind == row.kind
            if session.scalar(select(PhonePassRow.id).where(*same)) is None:
                row.credential_id = new
            moved.append(row.id)
        session.flush()
    return moved


def _turned(session: Session, since: datetime, until: datetime) -> list[UUID]:
    """Credentials with passes that expired or became valid in between."""
    return list(
        session.scalars(
            select(CredentialRow.id)
            .join(PhonePassRow, PhonePassRow.credential_id == CredentialRow.id)
            .where(
                or_(
                    (CredentialRow.valid_until >= since) & (CredentialRow.valid_until < until),
                    (CredentialRow.valid_from > since) & (CredentialRow.valid_from <= until),
                )
            )
        )
    )
