"""One person and one level in a manager's table: their state, its day, and how many days are left. Pure.

What is held is judged by the course, what must be done by the duties: the same that the person reads on his own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from issuer.people.duties import courses_of
from issuer.recertification.asked import Asked, asked, strongest
from issuer.recertification.course import Course
from issuer.recertification.course import State as CourseState
from issuer.recertification.duties import Duty, Task, duties_of
from issuer.recertification.facts import LevelKey, Levels, PersonFacts
from issuer.validity import today

SOON = (30, 60, 90)
"""Days: within how many of them an expiry is counted as near."""


class CellState(StrEnum):
    """Where somebody stands with a level, as his manager sees it; what is suggested is never overdue or missing."""

    VALID = "valid"
    EXPIRING = "expiring"
    OVERDUE = "overdue"
    MISSING = "missing"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    SUGGESTED = "suggested"


TO_DO = frozenset({CellState.EXPIRING, CellState.OVERDUE, CellState.MISSING, CellState.SUSPENDED})
"""States in which somebody has to do something."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A person's standing with a level.

    `on` is the day that matters in that state: of what is held its last valid day (None: it has no end), of what is not
    the day by which it is due (None: by none). `days` is how far that is away, negative when it has passed.
    """

    level: LevelKey
    state: CellState
    asked: Asked
    on: date | None
    days: int | None
    credential_id: UUID | None

    @property
    def to_do(self) -> bool:
        """Whether somebody has to do something."""
        return self.state in TO_DO


@dataclass(frozen=True, slots=True)
class Figures:
    """How many standings there are of each kind; those within 60 days hold those within 30, and so on."""

    valid: int
    within: tuple[int, ...]
    overdue: int
    missing: int


def cells_of(person: PersonFacts, levels: Levels, now: datetime) -> dict[LevelKey, Cell]:
    """A person's standings by level; levels that he neither holds nor is asked for are left out."""
    courses = {course.level: course for course in courses_of(person, levels, now)}
    duties: dict[LevelKey, list[Duty]] = {}
    for duty in duties_of(person, levels, now):
        duties.setdefault(duty.level, []).append(duty)
    wanted = strongest(person.requirements)
    found = {}
    for key in sorted({*courses, *wanted}):
        level = levels.get(key)
        if level is None or not level.in_use:
            continue
        day = today(now, level.zone)
        cell = _cell(key, courses.get(key), duties.get(key, ()), asked(wanted.get(key)), day)
        if cell is not None:
            found[key] = cell
    return found


def figures_of(cells: Iterable[Cell]) -> Figures:
    """What these come to; what is near its end is valid still, and counted as that too."""
    valid = overdue = missing = 0
    within = [0] * len(SOON)
    for cell in cells:
        valid += cell.state in {CellState.VALID, CellState.EXPIRING}
        overdue += cell.state is CellState.OVERDUE
        missing += cell.state is CellState.MISSING
        if cell.state is CellState.EXPIRING and cell.days is not None:
            for number, days in enumerate(SOON):
                within[number] += cell.days <= days
    return Figures(valid, tuple(within), overdue, missing)


def soonest(cells: Mapping[LevelKey, Cell]) -> date:
    """The first day on which something of his is due or ends; the last of all days if nothing is."""
    return min((cell.on for cell in cells.values() if cell.to_do and cell.on is not None), default=date.max)


_OVER = frozenset({CourseState.IN_GRACE, CourseState.LAPSED})


def _cell(key: LevelKey, course: Course | None, duties: Sequence[Duty], ask: Asked, day: date) -> Cell | None:
    held = course if course is not None and course.holding is not None else None
    if held is None and ask is Asked.NONE:
        return None
    late = [duty for duty in duties if duty.overdue and (ask is Asked.REQUIRED or duty.kind is Task.RESTORE)]
    state = _unheld(ask, late) if held is None else _held(held, ask, late, day)
    ends = held.expires_on if held is not None else None
    by_duty = state in {CellState.OVERDUE, CellState.MISSING, CellState.SUGGESTED}
    on = min((duty.due_on for duty in late or duties if duty.due_on is not None), default=ends) if by_duty else ends
    credential = held.holding.credential_id if held is not None and held.holding is not None else None
    return Cell(key, state, ask, on, (on - day).days if on is not None else None, credential)


def _unheld(ask: Asked, late: Sequence[Duty]) -> CellState:
    if late:
        return CellState.OVERDUE
    return CellState.MISSING if ask is Asked.REQUIRED else CellState.SUGGESTED


def _held(course: Course, ask: Asked, late: Sequence[Duty], day: date) -> CellState:
    if course.suspended and course.by_time not in _OVER:
        return CellState.SUSPENDED
    if late:
        return CellState.OVERDUE
    if course.by_time in _OVER:
        return CellState.MISSING if ask is Asked.REQUIRED else CellState.EXPIRED
    near = course.expires_on is not None and (course.expires_on - day).days <= SOON[-1]
    return CellState.EXPIRING if near else CellState.VALID
