"""What waits for somebody's assessment: asked of him, open to assessors like him, or left to him as a manager.

Some queries for each page, whatever is on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, defer

from credentials.sentence import Sentence
from issuer.assessment.cases import OPEN, Demands, State, demands_of
from issuer.assessment.quorum import Round, Scoring, missing_from, why_not
from issuer.assessment.rules import By, Quorum
from issuer.issuers import issuer_row
from issuer.messages.notices import Kind
from issuer.people.targets import present
from issuer.programs import Achievement, as_achievement
from issuer.store import Database
from issuer.tables import (
    AchievementRow,
    AssessmentRow,
    LevelRow,
    NoticeRow,
    PersonRow,
    ProgramRow,
    ProposalRow,
)

PAGE = 50
MOST_ASKED = 500
_CHUNK = 200
_CHUNKS = 5
After = tuple[datetime, UUID]
"""The last one seen: when it was proposed (or scored), and its id."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits. `missing` is what its quorum needs still; `why_not`, why this person may not assess it."""

    id: UUID
    person_id: UUID
    person_name: str
    program: str
    program_name: str
    level: str
    level_name: str
    round: int
    appealed: bool
    renewal: bool
    proposed_at: datetime
    completed_on: date
    scored: int
    missing: Sentence
    why_not: Sentence | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What was asked of somebody, and what is open to him besides; `after` leads to the next page of the latter."""

    asked: tuple[Waiting, ...]
    open: tuple[Waiting, ...]
    after: After | None


@dataclass(frozen=True, slots=True)
class Scored:
    """A scoring of somebody's own, and what became of the proposal."""

    proposal_id: UUID
    person_name: str
    level_name: str
    program_name: str
    round: int
    at: datetime
    state: State


def queue_of(
    db: Database, issuer: str | None, assessor_id: UUID, *, named: bool, day: date, after: After | None = None
) -> Queue:
    """What waits for an assessor, the oldest first; `named`: he has the role, and may assess what nobody asks him for.

    What he scored, what is decided, and what the rules keep from him is not in it. Raises UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        desk = _Desk(session, assessor_id)
        invited = asked_of(session, owner.id, assessor_id)
        asked = [one for one in desk.read(_open(owner.id, day).where(ProposalRow.id.in_(invited))) if not one.why_not]
        found: list[Waiting] = []
        last = after
        for _ in range(_CHUNKS if named else 0):
            query = _open(owner.id, day).limit(_CHUNK)
            rows = session.execute(query if last is None else query.where(_beyond(last))).all()
            for one in desk.judged(rows):
                if one.why_not is None and one.id not in invited and not desk.of_no_use(one.id):
                    found.append(one)
                    last = one.proposed_at, one.id
                if len(found) == PAGE:
                    break
            if len(found) == PAGE:
                break
            if len(rows) < _CHUNK:
                last = None
                break
            last = rows[-1][0].proposed_at, rows[-1][0].id
        return Queue(tuple(asked), tuple(found), last if named else None)


def decisions_of(db: Database, issuer: str | None, manager_id: UUID, *, day: date) -> tuple[Waiting, ...]:
    """What a manager is to approve or decline: of those who report to him directly. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        desk = _Desk(session, manager_id)
        rows = desk.read(_open(owner.id, day).where(PersonRow.manager_id == manager_id).limit(MOST_ASKED))
        return tuple(one for one in rows if desk.by_manager(one.id) and one.why_not is None)


def scored_by(db: Database, issuer: str | None, assessor_id: UUID, *, after: After | None = None) -> tuple[Scored, ...]:
    """What somebody scored, the last first: one page. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = (
            select(
                AssessmentRow.proposal_id,
                AssessmentRow.round,
                AssessmentRow.at,
                PersonRow.name,
                ProposalRow.state,
                AchievementRow.content["name"].as_string().label("level_name"),
                ProgramRow.name.label("program_name"),
            )
            .join(ProposalRow, ProposalRow.id == AssessmentRow.proposal_id)
            .join(PersonRow, PersonRow.id == ProposalRow.person_id)
            .join(AchievementRow, AchievementRow.id == ProposalRow.achievement_id)
            .join(LevelRow, LevelRow.id == ProposalRow.level_id)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .where(AssessmentRow.assessor_id == assessor_id, ProposalRow.issuer_id == owner.id)
            .order_by(AssessmentRow.at.desc(), AssessmentRow.proposal_id)
            .limit(PAGE)
        )
        if after is not None:
            at, identifier = after
            same = and_(AssessmentRow.at == at, AssessmentRow.proposal_id > identifier)
            query = query.where(or_(AssessmentRow.at < at, same))
        return tuple(
            Scored(row.proposal_id, row.name, row.level_name, row.program_name, row.round, row.at, State(row.state))
            for row in session.execute(query)
        )


def asked_of(session: Session, issuer_id: int, person_id: UUID) -> frozenset[UUID]:
    """The proposals for which his assessment was asked, the latest of them."""
    facts = session.scalars(
        select(NoticeRow.facts)
        .where(
            NoticeRow.recipient_id == person_id,
            NoticeRow.issuer_id == issuer_id,
            NoticeRow.kind == Kind.ASSESSMENT_WANTED.value,
        )
        .order_by(NoticeRow.id.desc())
        .limit(MOST_ASKED)
    )
    return frozenset(UUID(one["proposal"]) for one in facts)


_Found = Select[ProposalRow, AchievementRow, LevelRow, ProgramRow, str, UUID | None]


def _open(issuer_id: int, day: date) -> _Found:
    return (
        select(ProposalRow, AchievementRow, LevelRow, ProgramRow, PersonRow.name, PersonRow.manager_id)
        .join(PersonRow, PersonRow.id == ProposalRow.person_id)
        .join(AchievementRow, AchievementRow.id == ProposalRow.achievement_id)
        .join(LevelRow, LevelRow.id == ProposalRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProposalRow.issuer_id == issuer_id, ProposalRow.state.in_(OPEN), present(day))
        .order_by(ProposalRow.proposed_at, ProposalRow.id)
        .options(defer(AchievementRow.image))
    )


def _beyond(last: After) -> ColumnElement[bool]:
    at, identifier = last
    return or_(ProposalRow.proposed_at > at, and_(ProposalRow.proposed_at == at, ProposalRow.id > identifier))


class _Desk:
    """One person's view of proposals: levels read once, scorings for a page of them at once."""

    def __init__(self, session: Session, person_id: UUID) -> None:
        self._session, self._person_id = session, person_id
        self._levels: dict[int, Achievement] = {}
        self._quorums: dict[UUID, Quorum] = {}
        self._useless: set[UUID] = set()
        self._function = (
            session.scalars(select(PersonRow.function).where(PersonRow.id == person_id)).first() or ""
        ).strip()

    def read(self, query: _Found) -> list[Waiting]:
        return list(self.judged(self._session.execute(query).all()))

    def by_manager(self, proposal_id: UUID) -> bool:
        return self._quorums[proposal_id].by is By.MANAGER

    def of_no_use(self, proposal_id: UUID) -> bool:
        """Whether only people of other functions than his can still complete the quorum."""
        return proposal_id in self._useless

    def judged(self, rows: Sequence[Any]) -> Iterator[Waiting]:
        """Those that ask for assessments at all, in their order."""
        scorings = self._scorings(row[0].id for row in rows)
        for proposal, achievement, level, program, name, manager_id in rows:
            asks = self._demands(proposal, achievement, level, program).quorum
            if asks is None:
                continue
            mine = scorings.get(proposal.id, ())
            now = [one for one in mine if one.round == proposal.round]
            before = {one.assessor_id for one in mine if _counted(one, proposal)}
            given = [Scoring(one.assessor_id, one.function, {}) for one in now]
            course = Round(proposal.person_id, manager_id, frozenset(one.assessor_id for one in now), frozenset(before))
            self._quorums[proposal.id] = asks
            if self._is_useless(asks, given):
                self._useless.add(proposal.id)
            yield Waiting(
                id=proposal.id,
                person_id=proposal.person_id,
                person_name=name,
                program=program.slug,
                program_name=program.name,
                level=level.slug,
                level_name=self._levels[achievement.id].name,
                round=proposal.round,
                appealed=proposal.decided_at is not None,
                renewal=proposal.renews_id is not None,
                proposed_at=proposal.proposed_at,
                completed_on=proposal.completed_on,
                scored=len(now),
                missing=missing_from(asks, given),
                why_not=why_not(asks, course, self._person_id),
            )

    def _is_useless(self, quorum: Quorum, given: Sequence[Scoring]) -> bool:
        functions = {one.function.strip().casefold() for one in given}
        seats, other = quorum.assessors - len(given), quorum.functions - len(functions)
        return 0 < seats <= other and bool(self._function) and self._function.casefold() in functions

    def _demands(
        self, proposal: ProposalRow, achievement: AchievementRow, level: LevelRow, program: ProgramRow
    ) -> Demands:
        if achievement.id not in self._levels:
            self._levels[achievement.id] = as_achievement(achievement, level, program)
        return demands_of(self._levels[achievement.id], renewal=proposal.renews_id is not None)

    def _scorings(self, ids: Iterable[UUID]) -> Mapping[UUID, list[AssessmentRow]]:
        found: dict[UUID, list[AssessmentRow]] = {}
        rows = self._session.scalars(select(AssessmentRow).where(AssessmentRow.proposal_id.in_(list(ids))))
        for row in rows:
            found.setdefault(row.proposal_id, []).append(row)
        return found


def _counted(one: AssessmentRow, proposal: ProposalRow) -> bool:
    """Whether a scoring led to the decision that is appealed."""
    decided = proposal.decided_at
    return decided is not None and one.round < proposal.round and one.at <= decided
