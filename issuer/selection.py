"""Which credentials a change is about: by person, level, words, dates or ids; and who they are, before it is done.

All that is given must hold. Days begin and end where the level's program is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from credentials.sentence import sentence
from issuer.awards import comparable
from issuer.errors import Fault, Refused
from issuer.issuers import issuer_row
from issuer.recertification.facts import LevelKey
from issuer.status_transitions import RULE
from issuer.store import Database
from issuer.succession.chain import indexed
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    LevelRow,
    PersonAddressRow,
    PersonRow,
    ProgramRow,
    StatusEntryRow,
    StatusEventRow,
)
from issuer.text_search import holds
from issuer.validity import start_of_day

_IN_ONE_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class Selection:
    """What must hold of a credential; what is left out does not narrow it, and at least one thing must be given.

    `persons` are e-mail addresses; `expiring_before` and `earned_before` exclude the day itself; `query` is looked for
    in the names of people, levels and programs; `ids` are credentials' own.
    """

    issuer: str | None = None
    persons: tuple[str, ...] = ()
    program: str | None = None
    level: LevelKey | None = None
    query: str | None = None
    expiring_before: date | None = None
    earned_before: date | None = None
    ids: tuple[UUID, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing was given: that would be everything, which nobody means."""
        return not (
            self.persons
            or self.program
            or self.level
            or self.query
            or self.expiring_before
            or self.earned_before
            or self.ids
        )


@dataclass(frozen=True, slots=True)
class Selected:
    """A credential of a selection, as a list shows it. `row` is detached: for judging, not for changing."""

    row: CredentialRow
    purposes: frozenset[str]
    person_id: UUID | None
    name: str
    program: str
    level: str
    level_name: str
    version: str
    awarded_on: date | None
    successor_id: UUID | None
    suspended_by_rule: bool = False

    @property
    def id(self) -> UUID:
        """The credential's id."""
        return self.row.id


def level_named(text: str) -> LevelKey:
    """`program/level`, as people write it. Raises Refused."""
    program, slash, level = text.strip().partition("/")
    if not (slash and program and level and "/" not in level):
        fault = Fault(
            "level",
            sentence("“{text}” names no level", text=text),
            sentence("write it as program/level, like first-aid/first-aider"),
        )
        raise Refused("The selection", [fault])
    return LevelKey(program, level)


def select_credentials(db: Database, selection: Selection) -> tuple[Selected, ...]:
    """The issued credentials that the selection means, oldest first.

    Raises Refused with every fault: nothing was given, or a person, program, level or id that is not known.
    """
    if selection.is_empty:
        fault = Fault(
            "",
            sentence("it is empty, which would be every credential"),
            sentence("name persons, a level, dates, words or ids"),
        )
        raise Refused("The selection", [fault])
    with db.read() as session:
        owner_id = issuer_row(session, selection.issuer).id
        if faults := list(_faults(session, selection, owner_id)):
            raise Refused("The selection", faults)
        conditions = _conditions(selection, owner_id)
        if not selection.ids:
            return tuple(_read(session, conditions, selection))
        found: list[Selected] = []
        for chunk in _chunks(selection.ids):
            found += _read(session, [*conditions, CredentialRow.id.in_(chunk)], selection)
        return tuple(found)


def _faults(session: Session, selection: Selection, owner_id: int) -> Iterator[Fault]:
    asked = {comparable(one): one for one in selection.persons}
    known = set(session.scalars(select(PersonAddressRow.address).where(PersonAddressRow.address.in_(asked))))
    for address, given in asked.items():
        if address not in known:
            yield Fault(
                "person",
                sentence("nobody has the address “{given}”", given=given),
                sentence("see `guildmark list` or `guildmark people list`"),
            )
    rows = session.execute(
        select(ProgramRow.slug, LevelRow.slug)
        .join(LevelRow, LevelRow.program_id == ProgramRow.id)
        .where(ProgramRow.issuer_id == owner_id)
    )
    levels = {(program, level) for program, level in rows}
    programs = {program for program, _ in levels}
    if selection.program is not None and selection.program not in programs:
        known_ones = ", ".join(sorted(programs)) or sentence("none yet")
        yield Fault(
            "program",
            sentence("there is no program “{program}”", program=selection.program),
            sentence("known are: {known}", known=known_ones),
        )
    if selection.level is not None and selection.level not in levels:
        of_it = ", ".join(f"{one}/{other}" for one, other in sorted(levels) if one == selection.level.program)
        yield Fault(
            "level",
            sentence("there is no level “{level}”", level=selection.level),
            sentence("known are: {known}", known=of_it or ", ".join(programs)),
        )
    for chunk in _chunks(selection.ids):
        there = set(
            session.scalars(
                select(CredentialRow.id).where(CredentialRow.id.in_(chunk), CredentialRow.issuer_id == owner_id)
            )
        )
        for one in chunk:
            if one not in there:
                yield Fault("ids", sentence("there is no credential {one}", one=one), sentence("leave it out"))


def _conditions(selection: Selection, owner_id: int) -> list[ColumnElement[bool]]:
    row = CredentialRow
    conditions: list[ColumnElement[bool]] = [row.issuer_id == owner_id, row.state == "issued"]
    if selection.persons:
        addresses = [comparable(one) for one in selection.persons]
        whose = select(PersonAddressRow.person_id).where(PersonAddressRow.address.in_(addresses))
        conditions.append(AwardRow.person_id.in_(whose))
    if selection.program is not None:
        conditions.append(ProgramRow.slug == selection.program)
    if selection.level is not None:
        named = and_(ProgramRow.slug == selection.level.program, LevelRow.slug == selection.level.level)
        conditions.append(named)
    if selection.earned_before is not None:
        conditions.append(AwardRow.awarded_on < selection.earned_before)
    if selection.expiring_before is not None:  # no zone is further than a day away; `_read` looks exactly
        latest = datetime.combine(selection.expiring_before, time(), tzinfo=ZoneInfo("UTC")) + timedelta(days=1)
        conditions.append(row.valid_until < latest)
    if selection.query:
        columns = (PersonRow.name, LevelRow.slug, AchievementRow.content["name"].as_string(), ProgramRow.name)
        conditions.append(or_(*(holds(column, selection.query) for column in columns)))
    return conditions


def _read(session: Session, conditions: Sequence[ColumnElement[bool]], selection: Selection) -> Iterator[Selected]:
    later = aliased(CredentialRow)
    after = select(later.id).where(later.replaces_id == CredentialRow.id, later.state == "issued", indexed(later))
    purposes = select(func.count()).where(StatusEntryRow.credential_id == CredentialRow.id)
    both = purposes.where(StatusEntryRow.purpose == "suspension")
    last_actor = (
        select(StatusEventRow.actor)
        .where(StatusEventRow.credential_id == CredentialRow.id, StatusEventRow.value.is_(None))
        .order_by(StatusEventRow.id.desc())
        .limit(1)
    )
    query = (
        select(
            CredentialRow,
            AwardRow.person_id,
            AwardRow.awarded_on,
            PersonRow.name,
            ProgramRow.slug,
            LevelRow.slug,
            AchievementRow.content["name"].as_string(),
            AchievementRow.version,
            AchievementRow.rules["time_zone"].as_string(),
            after.correlate(CredentialRow).scalar_subquery(),
            purposes.where(StatusEntryRow.purpose == "revocation").correlate(CredentialRow).scalar_subquery(),
            both.correlate(CredentialRow).scalar_subquery(),
            last_actor.correlate(CredentialRow).scalar_subquery(),
        )
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .outerjoin(PersonRow, PersonRow.id == AwardRow.person_id)
        .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
        .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(*conditions)
        .order_by(CredentialRow.created_at, CredentialRow.id)
    )
    for row in session.execute(query):
        if _in_time(row[0], row[8], selection.expiring_before):
            yield _selected(row)


def _in_time(row: CredentialRow, zone: str | None, expiring_before: date | None) -> bool:
    if expiring_before is None:
        return True
    return row.valid_until is not None and row.valid_until < start_of_day(expiring_before, ZoneInfo(zone or "UTC"))


def _selected(row: Any) -> Selected:
    (
        credential,
        person_id,
        awarded_on,
        name,
        program,
        level,
        level_name,
        version,
        _,
        successor,
        revocable,
        suspendable,
        last_actor,
    ) = row
    return Selected(
        row=credential,
        purposes=frozenset([*(["revocation"] if revocable else []), *(["suspension"] if suspendable else [])]),
        person_id=person_id,
        name=name or "",
        program=program or "",
        level=level or "",
        level_name=level_name or "a document of the API",
        version=version or "",
        awarded_on=awarded_on,
        successor_id=successor,
        suspended_by_rule=credential.suspended_at is not None and last_actor == RULE,
    )


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), _IN_ONE_QUERY):
        yield ids[start : start + _IN_ONE_QUERY]
