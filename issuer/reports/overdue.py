"""Required levels that are overdue, by level and by team: reckoned by the database, so that it takes no list of people.

Of somebody whom a required assignment reaches, a level is overdue if nothing of it is valid on the day (or, where it
is to be renewed some days before it ends, until then) and either the assignment's date has passed, or what he held
ended while the level was required. That is what the duties say of one person (issuer.recertification.duties); a test
holds the two against each other. What is to be restored because something that it demands lapsed is no duty to
earn or renew, and is not counted. Suspended counts as held: its holder cannot mend that by himself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    distinct,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from issuer.column_types import Instant
from issuer.people.assignment_rules import DueRule, TargetKind, due_rule_from_dict
from issuer.people.facts import levels_of
from issuer.recertification.facts import LevelFacts, LevelKey, Levels
from issuer.recertification.governing import newest
from issuer.reports.known_levels import KnownLevels
from issuer.tables import AssignmentRow, AwardRow, CredentialRow, MembershipRow, PersonRow
from issuer.validity import start_of_day, today

MOST_TEAMS = 50
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """How often something is required of somebody, how often it is overdue, and of how many `people` it is."""

    required: int
    overdue: int
    people: int = 0


@dataclass(frozen=True, slots=True)
class Overdue:
    """Required levels on a day. `teams` are those with the most overdue, `more_teams` how many are left out.

    Who is in two teams counts in both; `all` counts him once. "" is for people in no team.
    """

    all: Asked
    levels: Mapping[LevelKey, Asked]
    teams: Mapping[str, Asked]
    more_teams: int = 0


NOTHING = Overdue(Asked(0, 0), {}, {})


def overdue(
    session: Session,
    issuer_id: int,
    levels: KnownLevels,
    keys: Collection[LevelKey],
    *,
    as_of: datetime,
    judged_at: datetime | None = None,
    most_teams: int = MOST_TEAMS,
) -> Overdue:
    """What is overdue of these levels at `as_of`, for people who are with the company on that day.

    With a later `judged_at`: what will be by then, if nothing more happens after `as_of`.
    """
    facts, _ = levels_of(session, issuer_id)
    wanted = {row: facts[key] for row, key in levels.of_row.items() if key in set(keys) and key in facts}
    then = _Instants(as_of, judged_at or as_of)
    asks = tuple(_asks(session, wanted, then))
    if not asks:
        return NOTHING
    standing = _standing(asks, facts, levels, then).cte("standing")
    late = func.coalesce(func.sum(standing.c.overdue), 0)
    who = func.count(distinct(case((standing.c.overdue == 1, standing.c.person))))
    none: ColumnElement[str] = literal_column("''")
    team = func.coalesce(MembershipRow.name, none)
    member = and_(MembershipRow.person_id == standing.c.person, MembershipRow.kind == "team")
    of_levels = select(standing.c.level, none.label("team"), func.count(), late, literal_column("0")).group_by(
        standing.c.level
    )
    of_all = select(literal_column("-1"), none, func.count(), late, who)
    of_teams = (
        select(literal_column("0"), team, func.count(), late, who)
        .select_from(standing)
        .outerjoin(MembershipRow, member)
        .group_by(team)
    )
    # One statement: what is asked of whom, and who holds what, is worked out once for all three.
    rows = session.execute(union_all(of_levels, of_all, of_teams)).all()
    by_level = {levels.of_row[row]: Asked(required, found) for row, _, required, found, _ in rows if row > 0}
    everyone = next(Asked(*rest) for row, _, *rest in rows if row == -1)
    by_team = sorted(
        ((name, Asked(*rest)) for row, name, *rest in rows if row == 0), key=lambda one: (-one[1].overdue, one[0])
    )
    return Overdue(
        everyone,
        {key: by_level[key] for key in levels.names if key in by_level},
        dict(by_team[:most_teams]),
        max(0, len(by_team) - most_teams),
    )


class _Instants(NamedTuple):
    """As of when rows are seen, and when they are judged."""

    seen: datetime
    judged: datetime


@dataclass(frozen=True, slots=True)
class _Ask:
    """A required assignment: who joined (or came under it) through `joined` has let its date pass."""

    kind: str
    target: str
    level: int
    assigned_on: date
    joined: date
    since: datetime


def _asks(session: Session, levels: Mapping[int, LevelFacts], then: _Instants) -> Iterator[_Ask]:
    rows = session.execute(
        select(
            AssignmentRow.level_id,
            AssignmentRow.target_kind,
            AssignmentRow.target,
            AssignmentRow.due,
            AssignmentRow.assigned_on,
        )
        .where(
            AssignmentRow.required,
            AssignmentRow.level_id.in_([row for row, level in levels.items() if level.in_use]),
            or_(AssignmentRow.ended_at.is_(None), AssignmentRow.ended_at > then.seen),
        )
        .order_by(AssignmentRow.id)
    )
    for level, kind, target, due, assigned_on in rows:
        zone = levels[level].zone
        if due is not None and assigned_on <= today(then.seen, zone):
            last = _last_overdue(due_rule_from_dict(due), assigned_on, today(then.judged, zone))
            yield _Ask(kind, target, level, assigned_on, last, start_of_day(assigned_on, zone))


def _last_overdue(rule: DueRule, assigned_on: date, day: date) -> date:
    """The last day of joining for which the rule's date has passed on `day`; the first of all days if there is none."""
    low, high = date.min.toordinal(), day.toordinal() + 1
    while high - low > 1:
        middle = (low + high) // 2
        if rule.due_on(joined=date.fromordinal(middle), assigned=assigned_on) < day:
            low = middle
        else:
            high = middle
    return date.fromordinal(low)


def _standing(asks: Sequence[_Ask], facts: Levels, levels: KnownLevels, then: _Instants) -> Select[Any]:
    """A row for each person and level that is required of him: whether it is overdue."""
    reached = union_all(*_reached(asks, then.seen)).subquery()
    # Of several assignments the one that is due first counts; one that has passed is due before one that has not.
    required = (
        select(
            reached.c.person,
            reached.c.level,
            func.max(reached.c.passed).label("passed"),
            func.min(reached.c.since).label("since"),
        )
        .group_by(reached.c.person, reached.c.level)
        .subquery()
    )
    held = _held(sorted({one.level for one in asks}), facts, levels, then).subquery()
    late = and_(func.coalesce(held.c.valid, 0) == 0, or_(required.c.passed == 1, held.c.last >= required.c.since))
    return select(required.c.person, required.c.level, case((late, 1), else_=0).label("overdue")).outerjoin(
        held, and_(held.c.person == required.c.person, held.c.level == required.c.level)
    )


def _reached(asks: Sequence[_Ask], as_of: datetime) -> Iterator[Select[Any]]:
    there = _there(as_of.date())
    groups = [one for one in asks if one.kind in {TargetKind.TEAM, TargetKind.ROLE}]
    for some in _parts([one for one in asks if one.kind == TargetKind.EVERYONE]):
        rules = _table(some, "everyone")
        joined = func.coalesce(PersonRow.joined_on, rules.c.assigned_on)
        yield _reach(rules, joined).select_from(PersonRow).join(rules, true()).where(there)
    for some in _parts(groups):
        rules = _table(some, "groups")
        on = and_(MembershipRow.kind == rules.c.kind, MembershipRow.name == rules.c.target)
        yield (
            _reach(rules, MembershipRow.since)
            .select_from(MembershipRow)
            .join(rules, on)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(there, MembershipRow.since <= as_of.date())
        )
    for some in _parts([one for one in asks if one.kind == TargetKind.PERSON]):
        rules = _table(some, "persons", Uuid())
        joined = func.coalesce(PersonRow.joined_on, rules.c.assigned_on)
        yield _reach(rules, joined).select_from(PersonRow).join(rules, PersonRow.id == rules.c.target).where(there)


def _there(day: date) -> ColumnElement[bool]:
    return and_(
        PersonRow.erased_at.is_(None),
        or_(PersonRow.left_on.is_(None), PersonRow.left_on >= day),
        or_(PersonRow.joined_on.is_(None), PersonRow.joined_on <= day),
    )


def _reach(rules: Any, joined: Any) -> Select[Any]:
    passed = case((joined <= rules.c.joined, 1), else_=0)
    return select(
        PersonRow.id.label("person"), rules.c.level.label("level"), passed.label("passed"), rules.c.since.label("since")
    )


def _table(asks: Sequence[_Ask], name: str, target: Any = None) -> Any:
    """The assignments as a table of the statement."""
    of = target or String()
    told = values(
        column("kind", String()),
        column("target", of),
        column("level", Integer()),
        column("assigned_on", Date()),
        column("joined", Date()),
        column("since", Instant()),
        name=name,
    ).data(
        [
            (
                one.kind,
                UUID(one.target) if target else one.target,
                one.level,
                one.assigned_on,
                one.joined,
                one.since,
            )
            for one in asks
        ]
    )
    return told.cte(name)


def _held(rows: Sequence[int], facts: Levels, levels: KnownLevels, then: _Instants) -> Select[Any]:
    """By person and level: whether anything is valid beyond the day, and the last instant of what is not revoked."""
    version = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
    wanted = {one: row for row in rows for one in levels.versions(levels.of_row[row])}
    level_of = case(wanted, value=version)
    last = func.coalesce(CredentialRow.valid_until, literal(_FAR, Instant()))
    each = (
        select(AwardRow.person_id.label("person"), level_of.label("level"), last.label("last"))
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .where(
            CredentialRow.state == "issued",
            CredentialRow.issued_at <= then.seen,
            or_(CredentialRow.revoked_at.is_(None), CredentialRow.revoked_at > then.seen),
            version.in_(wanted),
        )
        .subquery()
    )
    longest = (
        select(each.c.person, each.c.level, func.max(each.c.last).label("last"))
        .group_by(each.c.person, each.c.level)
        .subquery()
    )
    until = case(
        {row: literal(_until(facts[levels.of_row[row]], then.judged), Instant()) for row in rows}, value=longest.c.level
    )
    valid = case((longest.c.last >= until, 1), else_=0)
    return select(longest.c.person, longest.c.level, longest.c.last, valid.label("valid"))


_FAR = datetime.fromisoformat("9000-01-01T00:00:00+00:00")


def _until(level: LevelFacts, as_of: datetime) -> datetime:
    """Until when a credential must be valid for nothing to be due: the day, and the days of its lead."""
    day = today(as_of, level.zone)
    rules = newest(level, day).recertification
    lead = rules.due if rules is not None else None
    if lead is None:
        return as_of
    return start_of_day(day + timedelta(days=lead.days or 31 * lead.months), level.zone)


def _parts(asks: Sequence[_Ask]) -> Iterator[Sequence[_Ask]]:
    for start in range(0, len(asks), _AT_ONCE):
        yield asks[start : start + _AT_ONCE]
