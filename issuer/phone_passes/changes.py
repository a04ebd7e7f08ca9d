"""What a pass follows: the newest credential of its line, and the last instant at which what it says changed.

Nothing of this is stored: it is read from the credentials, their status events and what the holder shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, PhonePassRow, SharingRow, StatusEventRow

_LONGEST = 1_000  # as long as a chain can be (`issuer.succession.chain`)


@dataclass(frozen=True, slots=True)
class PhonePass:
    """A pass as it stands: `id` is its serial number, `credential_id` the newest credential of its line."""

    id: UUID
    kind: str
    credential_id: UUID
    changed_at: datetime


def newest(session: Session, credential_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """For each credential the newest issued one that goes back to it: itself, if it was not replaced."""
    last = {one: one for one in credential_ids}
    for _ in range(_LONGEST):
        replaced = select(CredentialRow.replaces_id, CredentialRow.id).where(
            CredentialRow.replaces_id.in_(set(last.values())), CredentialRow.state == "issued"
        )
        following: dict[UUID, UUID] = {old: new for old, new in session.execute(replaced) if old is not None}
        if not following:
            break
        last = {first: following.get(one, one) for first, one in last.items()}
    return last


def as_they_stand(session: Session, rows: Collection[PhonePassRow], now: datetime) -> tuple[PhonePass, ...]:
    """The passes, each with its newest credential and the instant of its last change; a few questions for all."""
    last = newest(session, {row.credential_id for row in rows})
    changed = _changed(session, set(last.values()), now)
    return tuple(
        PhonePass(row.id, row.kind, last[row.credential_id], max(row.made_at, *changed[last[row.credential_id]]))
        for row in rows
    )


def _changed(session: Session, credential_ids: Collection[UUID], now: datetime) -> Mapping[UUID, list[datetime]]:
    """The instants up to now at which something changed that the pass of a credential says."""
    found: dict[UUID, list[datetime]] = {one: [] for one in credential_ids}
    rows = session.execute(
        select(
            CredentialRow.id,
            CredentialRow.issued_at,
            CredentialRow.valid_from,
            CredentialRow.valid_until,
            CredentialRow.erased_at,
            SharingRow.changed_at,
        )
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .outerjoin(
            SharingRow,
            and_(SharingRow.person_id == AwardRow.person_id, SharingRow.level_id == AchievementRow.level_id),
        )
        .where(CredentialRow.id.in_(found))
    )
    for identifier, *instants in rows:
        found[identifier] += [one for one in instants if one is not None and one <= now]
    events = (
        select(StatusEventRow.credential_id, func.max(StatusEventRow.at, type_=StatusEventRow.at.type))
        .where(StatusEventRow.credential_id.in_(found))
        .group_by(StatusEventRow.credential_id)
    )
    for identifier, at in session.execute(events):
        found[identifier].append(at)
    return found
