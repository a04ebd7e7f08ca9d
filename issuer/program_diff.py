"""What applying a program would change, found by applying it and keeping nothing of it.

So the answer cannot differ from what applying then does: the same faults, the same versions, the same assignments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.issuers import issuer_row
from issuer.program_definition import ProgramDefinition
from issuer.program_document import Document, level_document
from issuer.program_reach import Reach, effects_of, holders_of, running_of
from issuer.programs import Achievement, Program, ProgramApplied, publish_program
from issuer.publish_level import Outcome
from issuer.published_program import assignments_document, find_program, program_document
from issuer.store import Database
from issuer.tables import AchievementRow, IssuerRow


@dataclass(frozen=True, slots=True)
class Change:
    """A field of the file, as it is published and as it would be; None: it says nothing there."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class LevelDiff:
    """A level: what would become of it, and of those who hold it or are on the way to it.

    `effects` says in sentences what the change means to them.
    """

    level: str
    name: str
    outcome: Outcome
    old_version: str | None
    new_version: str
    changes: tuple[Change, ...] = ()
    holders: int = 0
    running: int = 0
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgramDiff:
    """What applying would change. `assigned` and `ended` are assignments in the words of the file."""

    program: str
    is_new: bool
    changes: tuple[Change, ...]
    levels: tuple[LevelDiff, ...]
    assigned: tuple[str, ...]
    ended: tuple[str, ...]
    nothing: bool


class _NotKept(Exception):  # noqa: N818
    """Ends a transaction of which nothing is to be kept but the answer."""

    def __init__(self, diff: ProgramDiff) -> None:
        super().__init__()
        self.diff = diff


def diff_program(
    db: Database, *, issuer: str | None, definition: ProgramDefinition, actor: str, now: datetime
) -> ProgramDiff:
    """What `apply_program` would do now. Nothing is kept. Raises what it raises: ProgramRefused, UnknownIssuer."""
    try:
        with db.write() as session:
            owner = issuer_row(session, issuer, lock=True)
            _keep_nothing(_rehearsed(session, owner, definition, actor=actor, now=now))
    except _NotKept as rehearsed:
        return rehearsed.diff


def _keep_nothing(diff: ProgramDiff) -> NoReturn:
    raise _NotKept(diff)


def _rehearsed(
    session: Session, owner: IssuerRow, definition: ProgramDefinition, *, actor: str, now: datetime
) -> ProgramDiff:
    before = find_program(session, owner, definition.program)
    old = _side(session, owner, before)
    applied = publish_program(session, owner, definition, actor=actor, now=now)
    after = find_program(session, owner, definition.program)
    new = _side(session, owner, after)
    assigned = [words for words in new.assignments if words not in old.assignments]
    ended = [words for words in old.assignments if words not in new.assignments]
    return ProgramDiff(
        program=definition.program,
        is_new=before is None,
        changes=tuple(_changes(old.settings, new.settings)) if before else (),
        levels=tuple(_level_diffs(session, applied, before, after, definition, now)),
        assigned=tuple(assigned),
        ended=tuple(ended),
        nothing=applied.changes_nothing,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    settings: Mapping[str, Document]
    assignments: tuple[str, ...]


def _side(session: Session, owner: IssuerRow, program: Program | None) -> _Side:
    if program is None:
        return _Side({}, ())
    document = program_document(session, owner, program)
    order: Document = " → ".join(level.level for level in program.levels)
    settings = {name: value for name, value in document.items() if name not in {"assign", "levels", "program"}}
    assignments = assignments_document(session, owner, program.slug)
    return _Side({**settings, "order of levels": order}, tuple(_assignment_words(one) for one in assignments))


def _assignment_words(assignment: Mapping[str, Document]) -> str:
    to = assignment["to"]
    whom = " ".join(f"{kind} {name}" for kind, name in to.items()) if isinstance(to, dict) else to
    required = f"required of {whom}, {assignment['required']}" if "required" in assignment else f"suggested to {whom}"
    return f"{assignment['level']} {required}"


def _level_diffs(
    session: Session,
    applied: ProgramApplied,
    before: Program | None,
    after: Program | None,
    definition: ProgramDefinition,
    now: datetime,
) -> Iterator[LevelDiff]:
    old = {level.level: level for level in before.levels} if before else {}
    new = {level.level: level for level in after.levels} if after else {}
    holders, running = holders_of(session, definition.program, now), running_of(session, definition.program)
    for one in applied.levels:
        was, becomes = old.get(one.level), new.get(one.level)
        changes = _changes(_shown(session, was), _shown(session, becomes)) if one.outcome is Outcome.CHANGED else ()
        reach = Reach(holders.get(one.level, 0), running.get(one.level, 0))
        yield LevelDiff(
            level=one.level,
            name=next((level.name for level in (becomes, was) if level), one.level),
            outcome=one.outcome,
            old_version=was.version if was else None,
            new_version=one.version,
            changes=tuple(changes),
            holders=reach.holders,
            running=reach.running,
            effects=tuple(effects_of(one.outcome, was, becomes, reach)),
        )


def _shown(session: Session, level: Achievement | None) -> dict[str, Document]:
    """The level as its file says it, its picture named by size and digest."""
    if level is None:
        return {}
    document = {name: value for name, value in level_document(level).items() if name != "version"}
    document["time_zone"] = level.time_zone  # the program's, and frozen with the version
    if "image" in document:
        image = session.scalars(select(AchievementRow.image).where(AchievementRow.id == level.row_id)).one() or b""
        document["image"] = f"{document['image']} ({len(image)} bytes, SHA-256 {sha256(image).hexdigest()[:12]}…)"
    return document


def _changes(old: Mapping[str, Document], new: Mapping[str, Document]) -> Iterator[Change]:
    was, becomes = dict(_flat(dict(old), "")), dict(_flat(dict(new), ""))
    for field in [*becomes, *(name for name in was if name not in becomes)]:
        if was.get(field) != becomes.get(field):
            yield Change(field, was.get(field), becomes.get(field))


def _flat(value: Document, field: str) -> Iterator[tuple[str, str]]:
    """Fields with their texts. Items that have an id, or else a name, are called by it: `results.exam.passing`."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(member, f"{field}.{name}" if field else name)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield field, ", ".join(str(item) for item in value)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            called = item.get("id") or item.get("name") if isinstance(item, dict) else None
            yield from _flat(item, f"{field}.{called}" if called else f"{field}[{position}]")
    else:
        yield field, value
