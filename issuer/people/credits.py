"""Continuing education: hours that count towards renewing a level, recorded once, withdrawn if they were wrong."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from issuer import audit
from issuer.awards import comparable
from issuer.errors import Fault, IdempotencyConflict, Refused, Unknown
from issuer.issuers import issuer_row
from issuer.plain_text import one_line, web_address
from issuer.store import Database
from issuer.tables import CreditRow, IssuerRow, LevelRow, PersonAddressRow, PersonRow, ProgramRow
from issuer.validity import today

COLUMNS = ("email", "program", "level", "done_on", "hours", "activity", "url", "idempotency_key")
REQUIRED = COLUMNS[:6]
_EARLIEST = date(1970, 1, 1)
_MOST_HOURS = 1_000


class CreditsRefused(Refused):
    """Hours have faults; none of them was recorded."""


@dataclass(frozen=True, slots=True)
class CreditRequest:
    """Hours (at most two decimals) that someone spent on an activity, counted for a level. `origin`: where it stands.

    Without an `idempotency_key`, person, level, day and activity make one: the same twice counts once.
    """

    email: str
    program: str
    level: str
    done_on: date
    hours: Decimal
    activity: str
    url: str | None = None
    idempotency_key: str | None = None
    origin: str = ""

    @property
    def key(self) -> str:
        """What makes it the same as one recorded before (of the same person)."""
        if self.idempotency_key is not None:
            return f"given:{self.idempotency_key}"
        made = rfc8785.dumps([self.program, self.level, self.done_on.isoformat(), self.activity])
        return f"credit:{sha256(made).hexdigest()}"


@dataclass(frozen=True, slots=True)
class CreditView:
    """Hours on record."""

    id: int
    person_id: UUID
    program: str
    level: str
    done_on: date
    hundredths: int
    activity: str
    url: str | None
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None

    @property
    def hours(self) -> Decimal:
        """In hours."""
        return Decimal(self.hundredths) / 100


@dataclass(frozen=True, slots=True)
class CreditsRecorded:
    """How many were new, and how many had been recorded before."""

    new: int
    already: int


def record_credits(
    db: Database, issuer: str | None, requests: Sequence[CreditRequest], *, actor: str, now: datetime
) -> CreditsRecorded:
    """Record hours, all or none; what was recorded before is not counted again.

    Raises CreditsRefused with every fault, IdempotencyConflict if a key was used for other hours, UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        levels = _levels(session, owner)
        people = _people(session, {comparable(one.email) for one in requests})
        faults = [fault for one in requests for fault in _faults(one, levels, people, now)]
        if faults:
            raise CreditsRefused("The list of credits", faults)
        new: dict[tuple[UUID, str], CreditRow] = {}
        conflicts: list[Fault] = []
        known = _known(session, set(people.values()))
        for one in requests:
            person = people[comparable(one.email)]
            row = CreditRow(
                person_id=person,
                level_id=levels[one.program, one.level][0],
                done_on=one.done_on,
                hundredths=int(one.hours * 100),
                activity=one.activity,
                url=one.url,
                recorded_by=actor,
                recorded_at=now,
                idempotency_key=one.key,
            )
            before = known.get((person, one.key)) or new.get((person, one.key))
            if before is None:
                new[person, one.key] = row
            elif _said(before) != _said(row):
                right = "withdraw those first, or give these an idempotency_key of their own"
                conflicts.append(Fault(one.origin, "this was recorded before with other hours", right))
        if conflicts:
            raise IdempotencyConflict(conflicts)
        session.add_all(new.values())
        session.flush()
        if new:
            details = {"new": len(new), "ids": sorted(row.id for row in new.values())[:100]}
            audit.append(
                session, at=now, actor=actor, action="credits recorded", subject=f"issuer:{owner.slug}", details=details
            )
        return CreditsRecorded(len(new), len(requests) - len(new))


def withdraw_credit(db: Database, issuer: str | None, credit_id: int, *, actor: str, now: datetime) -> CreditView:
    """Count these hours no longer. They stay on record; withdrawing twice changes nothing. Raises Unknown."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        found = session.execute(
            _rows().where(CreditRow.id == credit_id, ProgramRow.issuer_id == owner.id)
        ).one_or_none()
        if found is None:
            raise Unknown(f"there are no credits with the number {credit_id}; see `guildmark credits list`")
        row, level, program = found
        if row.withdrawn_at is None:
            row.withdrawn_at = now
            # The same hours may be recorded again later, rightly this time.
            row.idempotency_key = f"withdrawn:{row.id}:{row.idempotency_key}"
            session.flush()
            details = {"person": str(row.person_id), "hundredths": row.hundredths}
            audit.append(
                session, at=now, actor=actor, action="credits withdrawn", subject=f"credit:{row.id}", details=details
            )
        return _view(row, level, program)


def list_credits(
    session: Session, issuer_id: int, *, person_id: UUID | None = None, withdrawn: bool = False
) -> tuple[CreditView, ...]:
    """Hours on record, newest first."""
    query = _rows().where(ProgramRow.issuer_id == issuer_id)
    if person_id is not None:
        query = query.where(CreditRow.person_id == person_id)
    if not withdrawn:
        query = query.where(CreditRow.withdrawn_at.is_(None))
    rows = session.execute(query.order_by(CreditRow.done_on.desc(), CreditRow.id.desc())).all()
    return tuple(_view(*row) for row in rows)


def read_credits_csv(data: bytes) -> tuple[CreditRequest, ...]:
    """Read a file with the columns email, program, level, done_on, hours, activity, and if wanted url, idempotency_key.

    Raises CreditsRefused with every fault of its form.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        right = "save it as CSV in UTF-8, with commas"
        raise CreditsRefused("The file of credits", [Fault("", f"it cannot be read: {error}", right)]) from error
    heading = [cell.strip() for cell in rows[0]] if rows else []
    faults = [Fault("row 1", f"there is no column {one!r}", f"known are: {', '.join(COLUMNS)}")
              for one in heading if one not in COLUMNS]  # fmt: skip
    faults += [Fault("row 1", f"the column {one} is missing", f"needed are: {', '.join(REQUIRED)}")
               for one in REQUIRED if one not in heading]  # fmt: skip
    if faults:
        raise CreditsRefused("The file of credits", faults)
    requests: list[CreditRequest] = []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heading):
            what = f"it has {len(cells)} cells and the heading has {len(heading)}"
            faults.append(Fault(f"row {number}", what, "quote cells that hold commas"))
            continue
        values = {column: cell.strip() for column, cell in zip(heading, cells, strict=True) if cell.strip()}
        found = _request(f"row {number}", values, faults)
        requests += [found] if found is not None else []
    if faults:
        raise CreditsRefused("The file of credits", faults)
    return tuple(requests)


def parse_hours(text: str) -> Decimal:
    """`1.5` or `12`. Raises ValueError."""
    try:
        hours = Decimal(text.replace(",", "."))
    except InvalidOperation:
        hours = Decimal(0)
    if not re.fullmatch(r"\d{1,4}([.,]\d{1,2})?", text, re.ASCII) or not 0 < hours <= _MOST_HOURS:
        raise ValueError(f"{text!r} are no hours; write them like 1.5, at most {_MOST_HOURS}")
    return hours


def _request(row: str, values: dict[str, str], faults: list[Fault]) -> CreditRequest | None:
    before = len(faults)
    faults += [Fault(f"{row}, {one}", "this is empty", "give a value") for one in REQUIRED if one not in values]
    hours, day = Decimal(1), _EARLIEST
    try:
        hours = parse_hours(values.get("hours", "1"))
    except ValueError as error:
        what, _, right = str(error).partition("; ")
        faults.append(Fault(f"{row}, hours", what, right))
    try:
        day = date.fromisoformat(values.get("done_on", "1970-01-01"))
    except ValueError:
        what = f"{values['done_on']!r} is no day"
        faults.append(Fault(f"{row}, done_on", what, "write year-month-day, like 2026-11-22"))
    if len(faults) > before:
        return None
    return CreditRequest(
        email=values["email"],
        program=values["program"],
        level=values["level"],
        done_on=day,
        hours=hours,
        activity=values["activity"],
        url=values.get("url"),
        idempotency_key=values.get("idempotency_key"),
        origin=row,
    )


def _faults(
    one: CreditRequest,
    levels: dict[tuple[str, str], tuple[int, ZoneInfo]],
    people: dict[str, UUID],
    now: datetime,
) -> list[Fault]:
    found: list[Fault] = []
    if comparable(one.email) not in people:
        found.append(Fault("email", f"nobody has the address {one.email!r}", "see `guildmark people list`"))
    level = levels.get((one.program, one.level))
    if level is None:
        what = f"there is no level {one.level!r} of a program {one.program!r}"
        found.append(Fault("level", what, "see `guildmark program list`"))
    elif not _EARLIEST <= one.done_on <= (present := today(now, level[1])):
        found.append(Fault("done_on", f"{one.done_on} is in the future or too long ago", f"at most {present}"))
    if not 0 < one.hours <= _MOST_HOURS or one.hours * 100 % 1:
        found.append(Fault("hours", f"{one.hours} are no hours", "at most two decimals, more than zero"))
    for name, text, check in (("activity", one.activity, one_line), ("url", one.url, web_address)):
        try:
            if text is not None:
                check(text)
        except ValueError as error:
            what, _, right = str(error).partition("; ")
            found.append(Fault(name, what, right))
    return [fault.within(one.origin) for fault in found]


def _said(row: CreditRow) -> tuple[int, date, int, str, str | None]:
    return row.level_id, row.done_on, row.hundredths, row.activity, row.url


def _levels(session: Session, owner: IssuerRow) -> dict[tuple[str, str], tuple[int, ZoneInfo]]:
    rows = session.execute(
        select(ProgramRow.slug, LevelRow.slug, LevelRow.id, ProgramRow.time_zone)
        .join(LevelRow, LevelRow.program_id == ProgramRow.id)
        .where(ProgramRow.issuer_id == owner.id)
    )
    return {(program, level): (identifier, ZoneInfo(zone)) for program, level, identifier, zone in rows}


def _people(session: Session, addresses: set[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    wanted = sorted(addresses)
    for start in range(0, len(wanted), 1_000):
        rows = session.execute(
            select(PersonAddressRow.address, PersonRow.id)
            .join(PersonRow, PersonRow.id == PersonAddressRow.person_id)
            .where(PersonAddressRow.address.in_(wanted[start : start + 1_000]))
            .with_for_update(of=PersonRow)  # two who record the same hours at once wait for each other
        )
        found.update((row.address, row.id) for row in rows)
    return found


def _known(session: Session, people: set[UUID]) -> dict[tuple[UUID, str], CreditRow]:
    found: dict[tuple[UUID, str], CreditRow] = {}
    wanted = sorted(people)
    for start in range(0, len(wanted), 1_000):
        rows = session.scalars(select(CreditRow).where(CreditRow.person_id.in_(wanted[start : start + 1_000])))
        found |= {(row.person_id, row.idempotency_key): row for row in rows}
    return found


def _rows() -> Select[CreditRow, LevelRow, ProgramRow]:
    return (
        select(CreditRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == CreditRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
    )


def _view(row: CreditRow, level: LevelRow, program: ProgramRow) -> CreditView:
    return CreditView(
        id=row.id,
        person_id=row.person_id,
        program=program.slug,
        level=level.slug,
        done_on=row.done_on,
        hundredths=row.hundredths,
        activity=row.activity,
        url=row.url,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
    )
