"""Credentials that somebody looks for: by person, address, level, state and dates; page by page, or all their ids.

The number of questions is fixed. Names are looked for among people and levels first, which are fewer than credentials;
then an index leads to what those hold. Pages come in the order of an index that serves what is asked: what is looked
for by when it ends, in the order of its ends; by when it was earned, the last earned first; all else newest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from issuer.catalogue import (
    WITHOUT_PICTURES,
    CredentialRecord,
    Page,
    Standing,
    record_of,
    records,
    stands,
)
from issuer.cursors import cursor_at, place_of
from issuer.issuers import issuer_row
from issuer.recertification.facts import LevelKey
from issuer.store import Database
from issuer.succession.chain import indexed
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, PersonAddressRow, PersonRow, ProgramRow
from issuer.text_search import holds

MOST_AT_ONCE = 5_000
"""So many can be changed from a page at once; more are done in parts, or by the command line."""
_MOST_NAMED = 100
"""People whose ids are read first, so that an index leads to what they hold; of more, the database asks itself."""
_MOST_ADDRESSES = 500


@dataclass(frozen=True, slots=True)
class Search:
    """What must hold of a credential; what is left out does not narrow it.

    `words`: part of a person's, level's or program's name, of an e-mail address, or a credential's id. `expiring`:
    valid now, ends within so many days, and nothing has replaced it. Days include both ends; they are those of `zone`.
    """

    zone: ZoneInfo
    words: str = ""
    program: str = ""
    level: LevelKey | None = None
    standing: Standing | None = None
    expiring: int | None = None
    expires_from: date | None = None
    expires_until: date | None = None
    earned_from: date | None = None
    earned_until: date | None = None
    person_id: UUID | None = None


def find_page(
    db: Database, issuer: str | None, search: Search, *, now: datetime, after: str = "", limit: int = 50
) -> Page:
    """Issued credentials in the order of the search; `after` is a page's `next`. Raises Refused for a cursor of no
    page."""
    order = _order_of(search)
    with db.read() as session:
        query = order.sorted(_narrowed(records(), session, issuer, search, now), after).limit(limit + 1)
        rows = session.execute(query.options(*WITHOUT_PICTURES)).all()
        items = tuple(record_of(row) for row in rows[:limit])
    return Page(items, order.place(items[-1]) if len(rows) > limit else None)


def count_found(db: Database, issuer: str | None, search: Search, *, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """How many there are; `most` + 1 if there are more than `most`."""
    with db.read() as session:
        found = _narrowed(_ids(), session, issuer, search, now)
        return session.scalar(select(func.count()).select_from(found.limit(most + 1).subquery())) or 0


def ids_found(db: Database, issuer: str | None, search: Search, *, now: datetime) -> tuple[UUID, ...]:
    """The ids of all, oldest first; one more than MOST_AT_ONCE if there are too many."""
    with db.read() as session:
        found = _narrowed(_ids(), session, issuer, search, now)
        query = found.order_by(CredentialRow.created_at, CredentialRow.id).limit(MOST_AT_ONCE + 1)
        return tuple(session.scalars(query))


def person_of(db: Database, credential_id: UUID) -> UUID | None:
    """Whose credential it is; None for a document of the API."""
    query = select(AwardRow.person_id).join(CredentialRow, CredentialRow.award_id == AwardRow.id)
    with db.read() as session:
        return session.scalar(query.where(CredentialRow.id == credential_id))


class _Order(NamedTuple):
    """By a column that an index begins with, and by the credential's id where that is the same."""

    column: InstrumentedAttribute[Any]
    descending: bool

    def sorted(self, query: Select[*tuple[Any, ...]], after: str) -> Select[*tuple[Any, ...]]:
        """What comes after that place. Raises Refused."""
        place = tuple_(self.column, CredentialRow.id)
        if after:
            at, identifier = place_of(after)
            last = (at.date() if self.column is _EARNED else at, identifier)
            # As one row: taken apart, a database would walk from the beginning to the place.
            query = query.where(place < last if self.descending else place > last)
        both = (self.column, CredentialRow.id)
        return query.order_by(*(one.desc() if self.descending else one.asc() for one in both))

    def place(self, last: CredentialRecord) -> str:
        """The place after that one."""
        ends = last.valid_until if self.column is _ENDS else None
        earned = last.awarded_on if self.column is _EARNED else None
        return cursor_at(ends or earned or last.created_at, last.id)


_NEWEST: InstrumentedAttribute[Any] = CredentialRow.created_at
_ENDS: InstrumentedAttribute[Any] = CredentialRow.valid_until
_EARNED: InstrumentedAttribute[Any] = AwardRow.awarded_on


def _order_of(search: Search) -> _Order:
    if search.person_id is not None:
        return _Order(_NEWEST, descending=True)
    if search.standing is Standing.EXPIRED:
        return _Order(_ENDS, descending=True)
    if (search.expiring, search.expires_from, search.expires_until) != (None, None, None):
        return _Order(_ENDS, descending=False)
    if (search.earned_from, search.earned_until) != (None, None):
        return _Order(_EARNED, descending=True)
    return _Order(_NEWEST, descending=True)


def _ids() -> Select[*tuple[Any, ...]]:
    """What `records` finds, by id alone: an award has an issuer, and whatever else it names need not be looked at."""
    return select(CredentialRow.id).join(AwardRow, AwardRow.id == CredentialRow.award_id)


def _versions(session: Session, search: Search) -> list[int]:
    """The rows of all versions of what is looked for: few, so that a database can guess well what they come to."""
    query = (
        select(AchievementRow.id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
    )
    if search.program:
        query = query.where(ProgramRow.slug == search.program)
    if search.level is not None:
        query = query.where(ProgramRow.slug == search.level.program, LevelRow.slug == search.level.level)
    return list(session.scalars(query))


def _of_versions(versions: list[int]) -> ColumnElement[bool]:
    """`ACHIEVEMENT_ID` is one of them, column by column: of an expression over two tables no statistics are kept."""
    of_award = and_(CredentialRow.achievement_id.is_(None), AwardRow.achievement_id.in_(versions))
    return or_(of_award, CredentialRow.achievement_id.in_(versions))


def _narrowed(
    query: Select[*tuple[Any, ...]], session: Session, issuer: str | None, search: Search, now: datetime
) -> Select[*tuple[Any, ...]]:
    row = CredentialRow
    query = query.where(row.issuer_id == issuer_row(session, issuer).id, row.state == "issued")
    if search.program or search.level is not None:
        query = query.where(_of_versions(_versions(session, search)))
    if search.standing is not None:
        query = query.where(stands(search.standing, now))
    if search.person_id is not None:
        query = query.where(AwardRow.person_id == search.person_id)
    if search.expiring is not None:
        later = aliased(CredentialRow)
        replaced = select(later.id).where(later.replaces_id == row.id, later.state == "issued", indexed(later)).exists()
        ends = and_(row.valid_until >= now, row.valid_until < now + timedelta(days=search.expiring))
        query = query.where(stands(Standing.VALID, now), ends, ~replaced)
    for condition in _in_time(search):
        query = query.where(condition)
    return query.where(_holding(session, search.words)) if search.words else query


def _in_time(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.expires_from is not None:
        found.append(CredentialRow.valid_until >= _begin(search.expires_from, search.zone))
    if search.expires_until is not None and search.expires_until < date.max:
        found.append(CredentialRow.valid_until < _begin(search.expires_until + timedelta(days=1), search.zone))
    if search.earned_from is not None:
        found.append(AwardRow.awarded_on >= search.earned_from)
    if search.earned_until is not None:
        found.append(AwardRow.awarded_on <= search.earned_until)
    return found


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _holding(session: Session, words: str) -> ColumnElement[bool]:
    identifier = _identifier(words)
    if identifier is not None:
        return CredentialRow.id == identifier
    of_address = select(PersonAddressRow.person_id).where(holds(PersonAddressRow.address, words))
    if "@" in words:
        return AwardRow.person_id.in_(session.scalars(of_address.limit(_MOST_ADDRESSES)).all())
    people = session.scalars(select(PersonRow.id).where(holds(PersonRow.name, words)).limit(_MOST_NAMED + 1)).all()
    levels = session.scalars(
        select(AchievementRow.id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            or_(
                holds(AchievementRow.content["name"].as_string(), words),
                holds(LevelRow.slug, words),
                holds(ProgramRow.name, words),
            )
        )
    ).all()
    named = (
        AwardRow.person_id.in_(people)
        if len(people) <= _MOST_NAMED
        else AwardRow.person_id.in_(select(PersonRow.id).where(holds(PersonRow.name, words)))
    )
    return or_(named, _of_versions(list(levels))) if levels else named


def _identifier(words: str) -> UUID | None:
    """The id in an address of a credential, or one by itself."""
    try:
        return UUID(words.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
