"""Where mail for someone goes, and on whose clock: read from the rows of people, programs and addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from issuer.awards import comparable
from issuer.messages.mail_hours import narrowest
from issuer.program_settings import MailHours, settings_of
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    LevelRow,
    NoticeRow,
    PersonAddressRow,
    PersonRow,
    ProgramRow,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A program's time zone, and the hours in which it writes."""

    zone: str
    hours: MailHours


def program_clocks(session: Session, issuer_id: int) -> Mapping[str, Clock]:
    """The clock of every program of an issuer, by its short name."""
    rows = session.scalars(select(ProgramRow).where(ProgramRow.issuer_id == issuer_id))
    return {row.slug: Clock(row.time_zone, settings_of(row).mail_hours) for row in rows}


def zone_and_hours(
    own_zone: str | None, programs: Iterable[str], clocks: Mapping[str, Clock], time_zone: str
) -> tuple[ZoneInfo, MailHours]:
    """The recipient's zone (his own, else the first program's, else `time_zone`) and the hours all programs allow."""
    told = [clocks[name] for name in sorted(set(programs)) if name in clocks]
    zone = own_zone or next((clock.zone for clock in told), time_zone)
    return ZoneInfo(zone), narrowest([clock.hours for clock in told])


def programs_named(notices: Iterable[NoticeRow], of_credentials: Mapping[UUID, str]) -> set[str]:
    """The short names of the programs that notices are about; `of_credentials` gives those of credentials."""
    found = set()
    for notice in notices:
        level, credential = notice.facts.get("level"), notice.facts.get("credential")
        if isinstance(level, str):
            found.add(level.partition("/")[0])
        elif isinstance(credential, str) and UUID(credential) in of_credentials:
            found.add(of_credentials[UUID(credential)])
    return found


def programs_of_credentials(session: Session, credentials: Collection[UUID]) -> Mapping[UUID, str]:
    """The short name of each credential's program."""
    query = (
        select(CredentialRow.id, ProgramRow.slug)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(CredentialRow.id.in_(credentials))
    )
    return {row.id: row.slug for row in session.execute(query)}


def present_people_at(session: Session, addresses: Collection[str], day: date) -> Mapping[str, UUID]:
    """The people to whom these addresses belong, as they were given, and who are with the company on `day`."""
    by_form = {comparable(address): address for address in addresses}
    query = (
        select(PersonAddressRow.address, PersonAddressRow.person_id)
        .join(PersonRow, PersonRow.id == PersonAddressRow.person_id)
        .where(PersonAddressRow.address.in_(by_form))
        .where(PersonRow.erased_at.is_(None), or_(PersonRow.left_on.is_(None), PersonRow.left_on >= day))
    )
    return {by_form[address]: person for address, person in session.execute(query)}


def addresses_of(session: Session, people: Collection[UUID]) -> Mapping[UUID, str]:
    """An address for each person who has any, as it was written; of several, the main one."""
    query = (
        select(PersonAddressRow)
        .where(PersonAddressRow.person_id.in_(people))
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.person_id].append(row.shown)
    return {person: several[0] for person, several in found.items()}
