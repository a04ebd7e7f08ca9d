"""The devices that hold passes, as Apple's protocol has them register: for each pass, with an address to push to."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from issuer.phone_passes.changes import PhonePass, as_they_stand
from issuer.store import Database, insert_missing
from issuer.tables import PassDeviceRow, PassRegistrationRow, PassTellingRow, PhonePassRow

MOST_DEVICES = 20
"""Of one pass; with another one, that which registered first is forgotten."""
_MOST_PASSES = 1_000
_LATE = timedelta(minutes=5)
"""A change may be committed so much later than it is dated: it is told again rather than missed."""


def register(db: Database, *, pass_id: UUID, library: str, push_token: str, now: datetime) -> bool:
    """The device wants to know when the pass changes. False if it did already; its push token is that of now."""
    with db.write() as session:
        named = {"library_hash": _hash(library), "push_token": push_token}
        insert_missing(session, PassDeviceRow, [named], ("library_hash",))
        device = session.scalars(
            select(PassDeviceRow).where(PassDeviceRow.library_hash == _hash(library)).with_for_update()
        ).one()
        device.push_token = push_token
        if session.get(PassRegistrationRow, (device.id, pass_id)) is not None:
            return False
        session.add(PassRegistrationRow(device_id=device.id, pass_id=pass_id, registered_at=now))
        session.flush()
        _forget_oldest(session, pass_id)
        return True


def unregister(db: Database, *, pass_id: UUID, library: str) -> bool:
    """The device does not want to know any more; False if it never did. One without passes is forgotten."""
    with db.write() as session:
        device = session.scalars(
            select(PassDeviceRow).where(PassDeviceRow.library_hash == _hash(library)).with_for_update()
        ).one_or_none()
        row = session.get(PassRegistrationRow, (device.id, pass_id)) if device is not None else None
        if device is None or row is None:
            return False
        session.delete(row)
        session.flush()
        forget_idle(session, [device.id])
        return True


def passes_of(db: Database, *, library: str, since: datetime | None, now: datetime) -> tuple[PhonePass, ...]:
    """The passes of the device that changed since then; without `since`, all."""
    with db.read() as session:
        rows = session.scalars(
            select(PhonePassRow)
            .join(PassRegistrationRow, PassRegistrationRow.pass_id == PhonePassRow.id)
            .join(PassDeviceRow, PassDeviceRow.id == PassRegistrationRow.device_id)
            .where(PassDeviceRow.library_hash == _hash(library))
            .order_by(PhonePassRow.id)
            .limit(_MOST_PASSES)
        ).all()
        found = as_they_stand(session, rows, now)
    return tuple(one for one in found if since is None or one.changed_at > since - _LATE)


def forget_device(session: Session, device_id: int) -> None:
    """It has no pass of ours any more, as Apple says."""
    for table in (PassTellingRow, PassRegistrationRow):
        session.execute(delete(table).where(table.device_id == device_id))
    session.execute(delete(PassDeviceRow).where(PassDeviceRow.id == device_id))


def forget_idle(session: Session, device_ids: list[int]) -> None:
    """Forget those of the devices that hold no pass of ours any more."""
    busy = select(PassRegistrationRow.device_id).where(PassRegistrationRow.device_id.in_(device_ids))
    for device_id in set(device_ids) - set(session.scalars(busy)):
        forget_device(session, device_id)


def _forget_oldest(session: Session, pass_id: UUID) -> None:
    ours = PassRegistrationRow.pass_id == pass_id
    over = (session.scalar(select(func.count()).select_from(PassRegistrationRow).where(ours)) or 0) - MOST_DEVICES
    if over <= 0:
        return
    oldest = session.scalars(
        select(PassRegistrationRow)
        .where(ours)
        .order_by(PassRegistrationRow.registered_at, PassRegistrationRow.device_id)
        .limit(over)
    ).all()
    gone = [row.device_id for row in oldest]
    for row in oldest:
        session.delete(row)
    session.flush()
    forget_idle(session, gone)


def _hash(library: str) -> str:
    return hashlib.sha256(library.encode()).hexdigest()
