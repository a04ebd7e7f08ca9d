"""A program's health in a quarter: who learns, who passes, what lacks, and what comes due next and whom it needs.

Everything is reckoned as of the quarter's end, from rows that keep their instants: what happened later changes nothing
of a past quarter, however often its report is made. Two things are known only as they are today, and the report says
so: who is in which team or role, and by when something is required of whom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import distinct, func, or_, select, union
from sqlalchemy.orm import Session, defer

from credentials.sentence import sentence
from issuer.assessment.rules import By, Quorum
from issuer.errors import Fault, Refused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.programs import Achievement, as_achievement
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Work
from issuer.reports.flows import Ledger, Move, ledger
from issuer.reports.known_levels import known_levels
from issuer.reports.outcomes import Outcomes, outcomes
from issuer.reports.overdue import Overdue, overdue
from issuer.reports.periods import Quarter, month_later
from issuer.store import Database
from issuer.tables import AchievementRow, AssessmentRow, AwardRow, CredentialRow, LevelRow, ProgramRow, ProposalRow
from issuer.validity import start_of_day

TREND = 8
"""Quarters that are looked back on, the one of the report among them."""


@dataclass(frozen=True, slots=True)
class Moves:
    """How many held something before, what came and went, and how many hold it after: before + in - out = after.

    Renewing in time is told beside it: it neither adds nor takes away.
    """

    before: int
    earned: int
    regained: int
    renewed: int
    expired: int
    revoked: int
    after: int


@dataclass(frozen=True, slots=True)
class Past:
    """A quarter among others, and how many held each level at its end."""

    quarter: Quarter
    moves: Moves
    held: Mapping[LevelKey, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a level ends in the next quarter, month by month, and what renewing it takes.

    `work` is None where it is to be earned anew. `assessments`: how many it takes if all of them are renewed;
    `by_manager`: their managers make them. `falling_due`: of those of whom it is required, how many have to do it by
    the end of the quarter, beside those who are overdue already.
    """

    months: tuple[int, ...]
    work: Work | None
    assessments: int
    by_manager: bool
    falling_due: int

    @property
    def ending(self) -> int:
        """In all of the quarter."""
        return sum(self.months)


@dataclass(frozen=True, slots=True)
class Assessing:
    """How many people of a function assessed in the quarter, and how often."""

    function: str
    people: int
    assessments: int


@dataclass(frozen=True, slots=True)
class Health:
    """The report. `complete` is False while the quarter runs: then it tells how things are at `as_of`.

    `learners` held a level of it, were candidates or assessed as such in the quarter. `months` are those of the plan.
    """

    issuer: str
    program: str
    name: str
    quarter: Quarter
    zone: ZoneInfo
    as_of: datetime
    complete: bool
    levels: Mapping[LevelKey, str]
    learners: int
    total: Moves
    moves: Mapping[LevelKey, Moves]
    past: tuple[Past, ...]
    outcomes: Outcomes
    gaps: Overdue
    months: tuple[date, ...]
    plan: Mapping[LevelKey, Plan]
    assessing: tuple[Assessing, ...]

    @property
    def assessments_needed(self) -> int:
        """By assessors, in the next quarter, if everything that ends is renewed."""
        return sum(one.assessments for one in self.plan.values() if not one.by_manager)

    @property
    def assessments_made(self) -> int:
        """In this quarter."""
        return sum(one.assessments for one in self.assessing)


def health(db: Database, issuer: str | None, program: str, quarter: Quarter, *, now: datetime) -> Health:
    """The report of a program for a quarter that has begun. Raises Refused, UnknownProgram, UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels = known_levels(session, owner.id)
        if program not in levels.programs:
            raise UnknownProgram(sentence("there is no program {program!r}", program=program))
        zone = levels.zones[program]
        begin, end = quarter.begins(zone), quarter.ends(zone)
        if begin > now:
            raise Refused(
                sentence("The report"),
                [
                    Fault(
                        "quarter", sentence("{quarter} has not begun", quarter=quarter), sentence("choose one that has")
                    )
                ],
            )
        as_of = min(now, end - timedelta(microseconds=1))
        keys, rules = levels.of_program(program), _rules(session, owner.id, program, as_of)
        months = tuple(month_later(quarter.later(1).first, number) for number in range(3))
        far = quarter.later(2).begins(zone)
        until = min(now, end)  # what is still to expire in a quarter that runs has not expired
        edges = [quarter.later(-back).begins(zone) for back in range(TREND)]
        edges += [until, far, *(start_of_day(month, zone) for month in months)]
        book = ledger(session, owner.id, levels, edges, as_of=as_of, only=levels.versions(*keys))
        gaps = overdue(session, owner.id, levels, keys, as_of=as_of)
        later = overdue(session, owner.id, levels, keys, as_of=as_of, judged_at=far)
        falling = {key: later.levels[key].overdue - gaps.levels[key].overdue for key in gaps.levels}
        rows = [row for row, key in levels.of_row.items() if key in set(keys)]
        ends = (*(start_of_day(month, zone) for month in months), far)
        return Health(
            issuer=str(owner.profile["name"]),
            program=program,
            name=levels.programs[program],
            quarter=quarter,
            zone=zone,
            as_of=as_of,
            complete=now >= end,
            levels={key: rules[key].name for key in keys if key in rules},
            learners=_learners(session, owner.id, levels.versions(*keys), rows, begin, as_of),
            total=_moves(book, begin, until),
            moves={key: _moves(book, begin, until, key) for key in keys if key in rules},
            past=tuple(
                Past(
                    one,
                    _moves(book, one.begins(zone), min(one.ends(zone), until)),
                    {key: book.held(min(one.ends(zone), until), key) for key in keys if key in rules},
                )
                for one in (quarter.later(-back) for back in reversed(range(TREND)))
            ),
            outcomes=outcomes(session, owner.id, levels, keys, begin, as_of),
            gaps=gaps,
            months=months,
            plan={
                key: _plan(
                    rules[key],
                    tuple(book.between(Move.EXPIRED, ends[n], ends[n + 1], key) for n in range(3)),
                    falling.get(key, 0),
                )
                for key in keys
                if key in rules
            },
            assessing=_assessing(session, rows, begin, as_of),
        )


def _moves(book: Ledger, begin: datetime, end: datetime, level: LevelKey | None = None) -> Moves:
    def count(move: Move) -> int:
        return book.between(move, begin, end, level)

    return Moves(
        before=book.held(begin, level),
        earned=count(Move.EARNED),
        regained=count(Move.REGAINED),
        renewed=count(Move.RENEWED),
        expired=count(Move.EXPIRED),
        revoked=count(Move.REVOKED),
        after=book.held(end, level),
    )


def _rules(session: Session, issuer_id: int, program: str, as_of: datetime) -> dict[LevelKey, Achievement]:
    """Each level as it was published last by then."""
    rows = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == issuer_id, ProgramRow.slug == program, AchievementRow.published_at <= as_of)
        .order_by(AchievementRow.ordinal)
        .options(defer(AchievementRow.image))
    )
    return {LevelKey(program, level.slug): as_achievement(version, level, owner) for version, level, owner in rows}


def _learners(
    session: Session, issuer_id: int, versions: Sequence[int], rows: Sequence[int], begin: datetime, as_of: datetime
) -> int:
    held = (
        select(AwardRow.person_id.label("person"))
        .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
        .where(
            CredentialRow.issuer_id == issuer_id,
            CredentialRow.state == "issued",
            func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id).in_(versions),
            CredentialRow.issued_at <= as_of,
            or_(CredentialRow.valid_until.is_(None), CredentialRow.valid_until >= begin),
            or_(CredentialRow.revoked_at.is_(None), CredentialRow.revoked_at >= begin),
        )
    )
    candidates = select(ProposalRow.person_id).where(
        ProposalRow.level_id.in_(rows), ProposalRow.proposed_at >= begin, ProposalRow.proposed_at <= as_of
    )
    assessed = (
        select(ProposalRow.person_id)
        .join(AssessmentRow, AssessmentRow.proposal_id == ProposalRow.id)
        .where(ProposalRow.level_id.in_(rows), AssessmentRow.at >= begin, AssessmentRow.at <= as_of)
    )
    return session.scalar(select(func.count()).select_from(union(held, candidates, assessed).subquery())) or 0


def _assessing(session: Session, rows: Sequence[int], begin: datetime, as_of: datetime) -> tuple[Assessing, ...]:
    query: Any = (
        select(AssessmentRow.function, func.count(distinct(AssessmentRow.assessor_id)), func.count())
        .join(ProposalRow, ProposalRow.id == AssessmentRow.proposal_id)
        .where(ProposalRow.level_id.in_(rows), AssessmentRow.at >= begin, AssessmentRow.at <= as_of)
        .group_by(AssessmentRow.function)
    )
    found: dict[str, Assessing] = {}
    spelt: dict[str, list[Assessing]] = defaultdict(list)
    for function, people, assessments in session.execute(query):
        spelt[function.strip().casefold()].append(Assessing(function.strip(), people, assessments))
    for name, some in spelt.items():
        called = max(some, key=lambda one: (one.assessments, one.function)).function
        found[name] = Assessing(called, sum(one.people for one in some), sum(one.assessments for one in some))
    return tuple(sorted(found.values(), key=lambda one: (-one.assessments, one.function)))


def _plan(level: Achievement, months: tuple[int, ...], falling_due: int) -> Plan:
    renewing = level.recertification.takes if level.recertification is not None else None
    quorum: Quorum | None = level.quorum if renewing is None or renewing.kind is Work.REASSESSMENT else None
    by_manager = quorum is not None and quorum.by is By.MANAGER
    each = 0 if quorum is None else 1 if by_manager else quorum.assessors
    return Plan(months, renewing.kind if renewing is not None else None, each * sum(months), by_manager, falling_due)
