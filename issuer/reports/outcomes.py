"""How candidates fared: who passed, and how long it took, by level and by the function of those who assessed.

A proposal counts in the span in which it was decided. An appeal opens it again, and its row forgets the decision
before; so of the few that were appealed the audit trail is asked, which forgets nothing, and a report of a past quarter
stays what it was.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from credentials.instants import parse_instant
from issuer.assessment.earlier import DECIDED
from issuer.people.forecast import days_taken
from issuer.recertification.facts import LevelKey
from issuer.reports.chance import Share, Times, share_of, times_of
from issuer.reports.known_levels import KnownLevels
from issuer.reports.small_groups import MINIMUM
from issuer.reports.whole_days import WholeDays
from issuer.tables import AssessmentRow, AuditEventRow, ProposalRow

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Fared:
    """Candidates that were decided on: how many, how many passed, and how long it took from proposal to decision.

    `rate` is None of fewer than MINIMUM: so few say nothing, and point at people. `taken` is the time from the day on
    which they could begin to that from which the award counts, of those who passed; only levels have it.
    """

    decided: int
    passed: int
    deciding: Times | None
    taken: Times | None = None

    @property
    def rate(self) -> Share | None:
        """The share of those who passed."""
        return share_of(self.passed, self.decided) if self.decided >= MINIMUM else None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """By level and by function, in the order of names; a function without a name is "".

    Whom people of two functions assessed counts with both.
    """

    levels: Mapping[LevelKey, Fared]
    functions: Mapping[str, Fared]
    all: Fared


@dataclass(slots=True)
class _Sum:
    decided: int = 0
    passed: int = 0
    days: Counter[int] = field(default_factory=Counter)

    def add(self, passed: bool, days: int, number: int = 1) -> None:
        self.decided += number
        self.days[days] += number
        if passed:
            self.passed += number

    def fared(self, taken: Times | None = None) -> Fared:
        return Fared(self.decided, self.passed, times_of(self.days), taken)


def outcomes(
    session: Session, issuer_id: int, levels: KnownLevels, keys: Collection[LevelKey], since: datetime, before: datetime
) -> Outcomes:
    """How candidates for these levels fared who were decided on in that time."""
    rows = [row for row, key in levels.of_row.items() if key in set(keys)]
    by_level: dict[LevelKey, _Sum] = defaultdict(_Sum)
    by_function: dict[str, _Sum] = defaultdict(_Sum)
    total = _Sum()
    passed, days = ProposalRow.state != "declined", WholeDays(ProposalRow.proposed_at, ProposalRow.decided_at)
    decided = (
        select(ProposalRow.level_id.label("level"), passed.label("passed"), days.label("days"))
        .where(*_decided(issuer_id, rows, since, before))
        .subquery()
    )
    by = (decided.c.level, decided.c.passed, decided.c.days)
    for level, one_passed, one_days, number in session.execute(select(*by, func.count()).group_by(*by)):
        by_level[levels.of_row[level]].add(bool(one_passed), one_days, number)
        total.add(bool(one_passed), one_days, number)
    spelt: Counter[str] = Counter()
    each = (
        select(AssessmentRow.proposal_id, AssessmentRow.function, passed.label("passed"), days.label("days"))
        .join(ProposalRow, ProposalRow.id == AssessmentRow.proposal_id)
        .where(*_decided(issuer_id, rows, since, before))
        .distinct()
        .subquery()
    )
    groups = (each.c.function, each.c.passed, each.c.days)
    for function, one_passed, one_days, number in session.execute(select(*groups, func.count()).group_by(*groups)):
        spelt[function] += number
        by_function[function.strip().casefold()].add(bool(one_passed), one_days, number)
    for one in _appealed(session, issuer_id, rows, since, before):
        by_level[levels.of_row[one.level]].add(one.passed, one.days)
        total.add(one.passed, one.days)
        for function in one.functions:
            spelt[function] += 1
        for function in {name.strip().casefold() for name in one.functions}:
            by_function[function].add(one.passed, one.days)
    taken = _taken(session, issuer_id, keys, since, before)
    called: dict[str, str] = {}  # as most people write it
    for name, _ in sorted(spelt.items(), key=lambda one: (-one[1], one[0].strip())):
        called.setdefault(name.strip().casefold(), name.strip())
    return Outcomes(
        {
            key: by_level[key].fared(taken.get(key))
            for key in levels.names
            if key in set(keys) and (key in by_level or key in taken)
        },
        {called[name]: found.fared() for name, found in sorted(by_function.items())},
        total.fared(),
    )


def _taken(
    session: Session, issuer_id: int, keys: Collection[LevelKey], since: datetime, before: datetime
) -> dict[LevelKey, Times]:
    found = {}
    days = {"since": since.date(), "before": before.date()}
    for key, some in days_taken(session, issuer_id, keys, **days, recorded_before=before).items():
        if (times := times_of(Counter(days for _, days in some))) is not None:
            found[key] = times
    return found


def _decided(issuer_id: int, rows: Sequence[int], since: datetime, before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Decided then, and never appealed."""
    return (
        ProposalRow.issuer_id == issuer_id,
        ProposalRow.level_id.in_(rows),
        ProposalRow.round == 1,
        ProposalRow.state.in_(["approved", "issued", "declined"]),
        ProposalRow.decided_at >= since,
        ProposalRow.decided_at < before,
    )


@dataclass(frozen=True, slots=True)
class _Decision:
    level: int
    passed: bool
    days: int
    functions: frozenset[str]


def _appealed(
    session: Session, issuer_id: int, rows: Sequence[int], since: datetime, before: datetime
) -> Iterator[_Decision]:
    """The last decision then on each proposal that was appealed at any time."""
    found = {
        row.id: row
        for row in session.execute(
            select(ProposalRow.id, ProposalRow.level_id, ProposalRow.proposed_at).where(
                ProposalRow.issuer_id == issuer_id,
                ProposalRow.level_id.in_(rows),
                ProposalRow.round > 1,
                ProposalRow.proposed_at < before,
            )
        )
    }
    if not found:
        return
    last: dict[UUID, tuple[datetime, Mapping[str, Any]]] = {}
    functions: dict[tuple[UUID, int], set[str]] = defaultdict(set)
    ids = sorted(found)
    for some in (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)):
        events = session.execute(
            select(AuditEventRow.subject, AuditEventRow.at, AuditEventRow.details)
            .where(AuditEventRow.subject.in_([f"proposal:{one}" for one in some]), AuditEventRow.action == DECIDED)
            .order_by(AuditEventRow.sequence)
        )
        for subject, at, details in events:
            instant = parse_instant(at)
            if since <= instant < before:
                last[UUID(subject.removeprefix("proposal:"))] = (instant, json.loads(details))
        assessed = select(AssessmentRow.proposal_id, AssessmentRow.round, AssessmentRow.function)
        for proposal, number, function in session.execute(assessed.where(AssessmentRow.proposal_id.in_(some))):
            functions[proposal, number].add(function)
    for identifier, (instant, said) in last.items():
        row = found[identifier]
        yield _Decision(
            row.level_id,
            said.get("decision") != "declined",
            max(0, (instant - row.proposed_at).days),
            frozenset(functions[identifier, said.get("round", 1)]),
        )
