"""Differences in outcome between groups of candidates for a level, told only where they point at nobody.

A candidate counts once, as having passed if he did at any time in the span. The span is always the last four whole
quarters and always one level: were they free to choose, two tables could be subtracted from each other. Each way of
grouping is a partition: who is in several teams is in a group of its own. What is too small is hidden (`small_groups`).

A group is compared with all others together; with as many groups as are shown, each comparison is made so strict
(Bonferroni) that chance alone makes a difference of any of them in one table of twenty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, case, cast, func, literal, select
from sqlalchemy.orm import Session

from issuer.recertification.facts import LevelKey
from issuer.reports.chance import CONFIDENCE, Share, difference, share_of
from issuer.reports.known_levels import KnownLevels
from issuer.reports.periods import Quarter
from issuer.reports.small_groups import MINIMUM, Group, Shown, shown
from issuer.tables import MembershipRow, PersonRow, ProposalRow

QUARTERS = 4
SEVERAL = "\x01several"
"""The group of those who are in several teams."""
NONE = ""
"""The group of those of whom the directory does not say it."""


class By(StrEnum):
    """What candidates are grouped by."""

    TEAM = "team"
    FUNCTION = "function"
    JOINED = "joined"


TIERS = ((1, "under 1"), (3, "1 to 3"), (5, "3 to 5"), (10, "5 to 10"), (None, "10 or more"))
"""Years with the company on the last day of the span, and how that tier is called."""


class Finding(StrEnum):
    """What is to be said of a group beside the others."""

    HIGHER = "higher"
    LOWER = "lower"
    CHANCE = "chance"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """A group and the share of it that passed. `rest` pools groups that are too small, `name` is empty then."""

    name: str
    share: Share
    finding: Finding
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of grouping; `hidden` groups are within the rest, or with `withheld` none is shown at all."""

    by: By
    groups: tuple[GroupOutcome, ...]
    hidden: int
    withheld: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """A level's candidates of a year, grouped in each way; `all` is None if fewer than MINIMUM were decided on."""

    level: LevelKey
    first: date
    last: date
    all: Share | None
    comparisons: tuple[Comparison, ...]


def differences(session: Session, issuer_id: int, levels: KnownLevels, level: LevelKey, *, today: date) -> Differences:
    """The differences between candidates for a level in the last QUARTERS whole quarters."""
    zone = levels.zones[level.program]
    end = Quarter.of(today)
    begin = end.later(-QUARTERS)
    candidates = _candidates(issuer_id, levels, level, begin.begins(zone), end.begins(zone))
    last = end.later(-1).last
    found = {by: _groups(session, candidates, by, last) for by in By}
    total = found[By.FUNCTION]
    people, passed = sum(one.people for one in total), sum(one.passed for one in total)
    return Differences(
        level,
        begin.first,
        last,
        share_of(passed, people) if people >= MINIMUM else None,
        tuple(compare(by, shown(groups)) for by, groups in found.items()),
    )


def compare(by: By, found: Shown) -> Comparison:
    """What may be said of the groups that are shown. Pure."""
    lines = [*((one, False) for one in found.groups), *([(found.rest, True)] if found.rest else [])]
    people, passed = sum(one.people for one, _ in lines), sum(one.passed for one, _ in lines)
    strict = 1 - (1 - CONFIDENCE) / max(1, len(lines))
    told = []
    for one, rest in lines:
        share = share_of(one.passed, one.people)
        if share is None:
            continue
        finding = _finding(
            share_of(one.passed, one.people, confidence=strict),
            share_of(passed - one.passed, people - one.people, confidence=strict),
        )
        told.append(GroupOutcome(one.name, share, finding, rest))
    return Comparison(by, tuple(told), found.hidden, found.withheld)


def _finding(one: Share | None, others: Share | None) -> Finding:
    if one is None or others is None:
        return Finding.ALONE
    low, high = difference(one, others)
    if low > 0:
        return Finding.HIGHER
    return Finding.LOWER if high < 0 else Finding.CHANCE


def _candidates(issuer_id: int, levels: KnownLevels, level: LevelKey, since: datetime, before: datetime) -> Any:
    rows = [row for row, key in levels.of_row.items() if key == level]
    return (
        select(
            ProposalRow.person_id.label("person"),
            func.max(case((ProposalRow.state == "declined", 0), else_=1)).label("passed"),
        )
        .where(
            ProposalRow.issuer_id == issuer_id,
            ProposalRow.level_id.in_(rows),
            ProposalRow.state.in_(["approved", "issued", "declined"]),
            ProposalRow.decided_at >= since,
            ProposalRow.decided_at < before,
        )
        .group_by(ProposalRow.person_id)
        .subquery()
    )


def _groups(session: Session, candidates: Any, by: By, last: date) -> Sequence[Group]:
    name, joins = _NAMES[by](candidates, last)
    query = select(name.label("name"), candidates.c.passed).select_from(candidates)
    for table, on in joins:
        query = query.outerjoin(table, on)
    named = query.subquery()
    rows = session.execute(select(named.c.name, func.count(), func.sum(named.c.passed)).group_by(named.c.name))
    return _spelt((NONE if one is None else str(one), people, int(passed)) for one, people, passed in rows)


def _spelt(rows: Iterable[tuple[str, int, int]]) -> Sequence[Group]:
    """Names that differ in case or in spaces around them are one; it is called as most of them write it."""
    together: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for name, people, passed in rows:
        together[name.strip().casefold()].append((name.strip(), people, passed))
    return [
        Group(max(some, key=lambda one: (one[1], one[0]))[0], sum(one[1] for one in some), sum(one[2] for one in some))
        for some in together.values()
    ]


_Naming = tuple[Any, Sequence[tuple[Any, Any]]]


def _by_team(candidates: Any, last: date) -> _Naming:  # noqa: ARG001  (one of three alike)
    teams = (
        select(
            MembershipRow.person_id.label("person"),
            case((func.count() > 1, literal(SEVERAL)), else_=func.min(MembershipRow.name)).label("name"),
        )
        .where(MembershipRow.kind == "team")
        .group_by(MembershipRow.person_id)
        .subquery()
    )
    return teams.c.name, [(teams, teams.c.person == candidates.c.person)]


def _by_function(candidates: Any, last: date) -> _Naming:  # noqa: ARG001
    return PersonRow.function, [(PersonRow, PersonRow.id == candidates.c.person)]


def _by_joining(candidates: Any, last: date) -> _Naming:
    tiers: list[tuple[Any, int]] = [(PersonRow.joined_on.is_(None), -1)]
    tiers += [
        (PersonRow.joined_on > _years_before(last, years), number)
        for number, (years, _) in enumerate(TIERS)
        if years is not None
    ]
    return cast(case(*tiers, else_=len(TIERS) - 1), Integer), [(PersonRow, PersonRow.id == candidates.c.person)]


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


_NAMES: dict[By, Callable[[Any, date], _Naming]] = {
    By.TEAM: _by_team,
    By.FUNCTION: _by_function,
    By.JOINED: _by_joining,
}


def most_decided(session: Session, issuer_id: int, levels: KnownLevels, *, today: date) -> LevelKey | None:
    """The level with the most candidates in that span, for whoever names none."""
    end = Quarter.of(today)
    zone = next(iter(levels.zones.values()), None)
    if zone is None:
        return None
    row = session.execute(
        select(ProposalRow.level_id)
        .where(
            ProposalRow.issuer_id == issuer_id,
            ProposalRow.state.in_(["approved", "issued", "declined"]),
            ProposalRow.decided_at >= end.later(-QUARTERS).begins(zone),
            ProposalRow.decided_at < end.begins(zone),
        )
        .group_by(ProposalRow.level_id)
        .order_by(func.count().desc(), ProposalRow.level_id)
        .limit(1)
    ).first()
    return levels.of_row[row[0]] if row is not None else next(iter(levels.names), None)
