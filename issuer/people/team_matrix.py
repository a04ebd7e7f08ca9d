"""A manager's people and their levels: who reports to him, where each of them stands, filtered, sorted and in pages.

Where he has more than `MOST_AT_ONCE` people, only the page that he looks at is judged, and there are no figures, no
filter by state and no order but that by name: no page reads more than it shows, whoever asks. Where more than
`MOST_COUNTED` are below him, nobody walks down to all of them: people come in the order of their names, each is asked
whether he is among them by walking up, and a page begins after the last one of the page before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from issuer.issuers import issuer_row
from issuer.people.facts import levels_of, people_facts
from issuer.people.targets import present
from issuer.people.team_cells import Cell, CellState, Figures, cells_of, figures_of, soonest
from issuer.recertification.facts import LevelKey, Levels
from issuer.store import Database
from issuer.tables import MembershipRow, PersonRow, ProgramRow

PAGE = 50
MOST_AT_ONCE = 500
MOST_COUNTED = 5_000
"""People below somebody; of more than these it is said that there are more."""
_WALKED = 7_500
"""How many are looked at to count them: those who left the company are among them."""
MOST_TEAMS = 200
MOST_IN_FILE = MOST_COUNTED
"""People of one file."""


class Reach(StrEnum):
    """Whose: those who report to him, or everyone below him."""

    DIRECT = "direct"
    ALL = "all"


class Order(StrEnum):
    """In which order people come."""

    NAME = "name"
    DUE = "due"
    OVERDUE = "overdue"


class Only(StrEnum):
    """Only people with a level in such a state; `TO_DO`: with anything to do."""

    TO_DO = "to-do"
    VALID = "valid"
    WITHIN_30 = "30"
    WITHIN_60 = "60"
    WITHIN_90 = "90"
    OVERDUE = "overdue"
    MISSING = "missing"
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True)
class Asking:
    """What a manager wants to see. Fields left None do not narrow it.

    `page` counts from 0; `after` is the last person of the page before, where there are too many to count pages.
    """

    reach: Reach = Reach.DIRECT
    program: str | None = None
    team: str | None = None
    only: Only | None = None
    order: Order = Order.NAME
    page: int = 0
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A person with where he stands; of a `manager` that is not the one who asks, the name."""

    id: UUID
    name: str
    function: str
    teams: tuple[str, ...]
    manager: str
    cells: Mapping[LevelKey, Cell]

    @property
    def overdue(self) -> int:
        """How many of his levels are overdue."""
        return sum(cell.state is CellState.OVERDUE for cell in self.cells.values())


class Column(NamedTuple):
    """A level as a column of the table."""

    key: LevelKey
    name: str
    program: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a manager sees. `people` is how many match; `everyone` how many are his at all, near or far.

    Each number is MOST_COUNTED + 1 where it is larger. `figures` is None where he has too many people to judge them all
    for one page (`whole` is False). `after` is where the next page begins, if pages are not counted, and
    `begun` whether there is one before.
    """

    columns: tuple[Column, ...]
    lines: tuple[TeamLine, ...]
    figures: Figures | None
    whole: bool
    people: int
    direct: int
    everyone: int
    programs: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    page: int
    more: bool
    after: UUID | None = None
    begun: bool = False


_Person = tuple[UUID, str]
_Judge = Callable[[Sequence[UUID]], dict[UUID, dict[LevelKey, Cell]]]


def team_matrix(
    db: Database, issuer: str | None, manager_id: UUID, asking: Asking, *, now: datetime, day: date
) -> Matrix:
    """A page of a manager's people; `day` says who is with the company. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels, _ = levels_of(session, owner.id)
        names = _programs(session, owner.id)
        direct, everyone = (_count(session, manager_id, reach, day) for reach in (Reach.DIRECT, Reach.ALL))
        known = direct if asking.reach is Reach.DIRECT else everyone
        crowd = known > MOST_COUNTED
        mine = _is_below(manager_id, asking.reach) if crowd else _below(manager_id, asking.reach)
        people = _people(mine, day, asking.team)
        judge = _judge(session, owner.id, levels, asking.program, now)
        count = known if asking.team is None else _matching(session, people)
        whole = count <= MOST_AT_ONCE
        after = None
        if whole:
            found = [(row.id, row.name) for row in session.execute(people)]
            cells = judge([one for one, _ in found])
            figures = figures_of(cell for one in cells.values() for cell in one.values())
            columns = _columns(cells.values(), levels, names)
            chosen = _sorted([one for one in found if _wanted(cells[one[0]], asking.only)], cells, asking.order)
            count = len(chosen)
            page = chosen[asking.page * PAGE : (asking.page + 1) * PAGE]
        else:
            rows = session.execute(_from(session, people, asking, PAGE + 1, by_number=not crowd))
            page = [(row.id, row.name) for row in rows]
            after = page[PAGE - 1][0] if crowd and len(page) > PAGE else None
            page = page[:PAGE]
            cells, figures = judge([one for one, _ in page]), None
            columns = _columns(cells.values(), levels, names)
        return Matrix(
            columns=columns,
            lines=_lines(session, page, cells, manager_id),
            figures=figures,
            whole=whole,
            people=count,
            direct=direct,
            everyone=everyone,
            programs=tuple(names.items()),
            teams=_teams(session, _nearest(manager_id, asking.reach), day),
            page=0 if crowd else asking.page,
            more=after is not None if crowd and not whole else (asking.page + 1) * PAGE < count,
            after=after,
            begun=crowd and asking.after is not None,
        )


def all_lines(
    db: Database, issuer: str | None, manager_id: UUID, asking: Asking, *, now: datetime, day: date
) -> tuple[tuple[Column, ...], tuple[TeamLine, ...]] | None:
    """The whole of the table, all its pages: its columns and lines; None if it has too many. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels, _ = levels_of(session, owner.id)
        crowd = _count(session, manager_id, asking.reach, day) > MOST_COUNTED
        if crowd and asking.team is None:
            return None
        mine = _is_below(manager_id, asking.reach) if crowd else _below(manager_id, asking.reach)
        people = _people(mine, day, asking.team)
        found = [(row.id, row.name) for row in session.execute(people.limit(MOST_IN_FILE + 1))]
        if len(found) > MOST_IN_FILE:
            return None
        cells = _judge(session, owner.id, levels, asking.program, now)([one for one, _ in found])
        columns = _columns(cells.values(), levels, _programs(session, owner.id))
        chosen = _sorted([one for one in found if _wanted(cells[one[0]], asking.only)], cells, asking.order)
        return columns, _lines(session, chosen, cells, manager_id)


def is_below(session: Session, person_id: UUID, manager_id: UUID, day: date) -> bool:
    """Whether that person is with the company and reports to him, directly or through others."""
    above = select(PersonRow.manager_id).where(PersonRow.id == person_id, present(day)).cte("above", recursive=True)
    manager = aliased(PersonRow)
    # UNION and not UNION ALL: a loop in the directory ends.
    above = above.union(select(manager.manager_id).join(above, manager.id == above.c.manager_id))
    found = session.scalars(select(above.c.manager_id).where(above.c.manager_id == manager_id)).first()
    return found is not None and person_id != manager_id


def _below(manager_id: UUID, reach: Reach, most: int | None = None) -> ColumnElement[bool]:
    """Who they are, found by walking down from him; at most so many of them, the nearest."""
    if reach is Reach.DIRECT:
        return PersonRow.manager_id == manager_id
    below = select(PersonRow.id).where(PersonRow.manager_id == manager_id).cte("below", recursive=True)
    report = aliased(PersonRow)
    below = below.union(select(report.id).join(below, report.manager_id == below.c.id))
    return PersonRow.id.in_(select(below.c.id).limit(most)) & (PersonRow.id != manager_id)


def _nearest(manager_id: UUID, reach: Reach) -> ColumnElement[bool]:
    return _below(manager_id, reach, MOST_COUNTED)


def _is_below(manager_id: UUID, reach: Reach) -> ColumnElement[bool]:
    """The same people, each found by walking up from him: for those who are so many that most who are asked are."""
    if reach is Reach.DIRECT:
        return PersonRow.manager_id == manager_id
    start = select(PersonRow.manager_id.label("id")).correlate(PersonRow)
    boss = aliased(PersonRow)
    above = start.cte("above", recursive=True, nesting=True)  # asked of each person: it stays where it is
    above = above.union(select(boss.manager_id).join(above, boss.id == above.c.id))
    return select(above.c.id).where(above.c.id == manager_id).exists() & (PersonRow.id != manager_id)


def _from(
    session: Session, people: Select[UUID, str], asking: Asking, limit: int, *, by_number: bool
) -> Select[UUID, str]:
    if by_number:
        return people.limit(limit).offset(asking.page * PAGE)
    last = session.get(PersonRow, asking.after) if asking.after is not None else None
    if last is not None:
        people = people.where(tuple_(PersonRow.name, PersonRow.id) > (last.name, last.id))
    return people.limit(limit)


def _people(mine: ColumnElement[bool], day: date, team: str | None) -> Select[UUID, str]:
    query = select(PersonRow.id, PersonRow.name).where(mine, present(day)).order_by(PersonRow.name, PersonRow.id)
    if team is None:
        return query
    members = select(MembershipRow.person_id).where(MembershipRow.kind == "team", MembershipRow.name == team)
    return query.where(PersonRow.id.in_(members))


def _count(session: Session, manager_id: UUID, reach: Reach, day: date) -> int:
    """How many they are; MOST_COUNTED + 1 for more than that."""
    walked = select(PersonRow.id, present(day).label("here")).where(_below(manager_id, reach, _WALKED)).limit(_WALKED)
    some = walked.subquery()
    seen, here = session.execute(select(func.count(), func.count().filter(some.c.here)).select_from(some)).one()
    if seen >= _WALKED - 1 and here <= MOST_COUNTED:  # so many have left that it takes all of them to know
        return _matching(session, select(PersonRow.id, PersonRow.name).where(_below(manager_id, reach), present(day)))
    return min(here, MOST_COUNTED + 1)


def _matching(session: Session, people: Select[UUID, str]) -> int:
    some = people.order_by(None).limit(MOST_COUNTED + 1).subquery()
    return session.scalars(select(func.count()).select_from(some)).one()


def _programs(session: Session, issuer_id: int) -> dict[str, str]:
    rows = session.execute(
        select(ProgramRow.slug, ProgramRow.name).where(ProgramRow.issuer_id == issuer_id).order_by(ProgramRow.name)
    )
    return {row.slug: row.name for row in rows}


def _teams(session: Session, mine: ColumnElement[bool], day: date) -> tuple[str, ...]:
    # Which of them are teams is asked here: a condition on it would have SQLite walk through all teams there are.
    rows = session.execute(
        select(MembershipRow.kind, MembershipRow.name)
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .where(mine, present(day))
        .distinct()
        .order_by(MembershipRow.name)
    )
    return tuple(row.name for row in rows if row.kind == "team")[:MOST_TEAMS]


def _judge(session: Session, issuer_id: int, levels: Levels, program: str | None, now: datetime) -> _Judge:
    def judge(ids: Sequence[UUID]) -> dict[UUID, dict[LevelKey, Cell]]:
        found: dict[UUID, dict[LevelKey, Cell]] = {one: {} for one in ids}
        for facts in people_facts(session, issuer_id, levels, person_ids=ids):
            cells = cells_of(facts, levels, now)
            found[facts.id] = {key: cell for key, cell in cells.items() if program in (None, key.program)}
        return found

    return judge


def _wanted(cells: Mapping[LevelKey, Cell], only: Only | None) -> bool:
    return only is None or any(_is(cell, only) for cell in cells.values())


def _is(cell: Cell, only: Only) -> bool:
    match only:
        case Only.TO_DO:
            return cell.to_do
        case Only.VALID:
            return cell.state in {CellState.VALID, CellState.EXPIRING}
        case Only.WITHIN_30 | Only.WITHIN_60 | Only.WITHIN_90:
            return cell.state is CellState.EXPIRING and cell.days is not None and cell.days <= int(only)
        case _:
            return cell.state.value == only.value


def _sorted(people: list[_Person], cells: Mapping[UUID, Mapping[LevelKey, Cell]], order: Order) -> list[_Person]:
    """They come by name; whoever is as urgent as another stays before him."""
    if order is Order.DUE:
        return sorted(people, key=lambda one: soonest(cells[one[0]]))
    if order is Order.OVERDUE:
        return sorted(people, key=lambda one: -figures_of(cells[one[0]].values()).overdue)
    return people


def _columns(
    found: Iterable[Mapping[LevelKey, Cell]], levels: Levels, programs: Mapping[str, str]
) -> tuple[Column, ...]:
    """The levels that anybody holds or is asked for, in the order of their programs and steps."""
    there = {key for cells in found for key in cells}
    order = {program: number for number, program in enumerate(programs)}
    keys = sorted((key for key in levels if key in there), key=lambda key: order[key.program])
    return tuple(Column(key, levels[key].name, programs[key.program]) for key in keys)


def _lines(
    session: Session, people: Sequence[_Person], cells: Mapping[UUID, Mapping[LevelKey, Cell]], manager_id: UUID
) -> tuple[TeamLine, ...]:
    about: dict[UUID, Any] = {}
    teams: dict[UUID, list[str]] = {}
    boss = aliased(PersonRow)
    for some in _in_parts([one for one, _ in people]):
        rows = session.execute(
            select(PersonRow.id, PersonRow.function, PersonRow.manager_id, boss.name.label("manager"))
            .outerjoin(boss, boss.id == PersonRow.manager_id)
            .where(PersonRow.id.in_(some))
        )
        about |= {row.id: row for row in rows}
        members = session.execute(
            select(MembershipRow.person_id, MembershipRow.kind, MembershipRow.name)
            .where(MembershipRow.person_id.in_(some))
            .order_by(MembershipRow.name)
        )
        for row in members:
            if row.kind == "team":
                teams.setdefault(row.person_id, []).append(row.name)
    return tuple(
        TeamLine(
            id=identifier,
            name=name,
            function=about[identifier].function or "",
            teams=tuple(teams.get(identifier, ())),
            manager="" if about[identifier].manager_id == manager_id else about[identifier].manager or "",
            cells=cells[identifier],
        )
        for identifier, name in people
    )


def _in_parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), 1_000):
        yield ids[start : start + 1_000]
