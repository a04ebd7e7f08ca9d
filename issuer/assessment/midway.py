"""A new version is published while a proposal is open: under which version it goes on, and what still counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from issuer import audit
from issuer.assessment.cases import OPEN, Case, State, case_of, read_case
from issuer.assessment.deciding import Events, event, settle
from issuer.assessment.notifying import ask_assessors
from issuer.assessment.versions import still_governing
from issuer.program_definition import ResultRule
from issuer.store import Database
from issuer.tables import AchievementRow, ProposalRow


def follow_version(session: Session, case: Case, now: datetime, events: Events) -> Case:
    """Judge an undecided proposal, whose row is locked, under the version that governs it now.

    Where results are scored by other rules then, what was scored does not count any more: a new round begins, and who
    scored is asked again.
    """
    old, new = case.achievement, still_governing(case.versions, case.achievement.ordinal, now)
    if new.ordinal == old.ordinal:
        return case
    row = case.row
    row.achievement_id = new.row_id
    again = [one.assessor_id for one in case.scorings] if new.results != old.results else []
    if again:
        row.round += 1
        row.state = (State.PROPOSED if row.decided_at is None else State.APPEALED).value
    row.results = {name: value for name, value in row.results.items() if _fits(new.results, name, value)}
    session.flush()
    case = read_case(session, row)
    events.append(event(case, "proposal mapped", **{"from": old.version, "to": new.version}))
    ask_assessors(session, case, again, now)
    return case


def _fits(rules: Sequence[ResultRule], name: str, value: str) -> bool:
    return any(rule.id == name and rule.fault_of(value) is None for rule in rules)


def follow_new_versions(db: Database, *, actor: str, now: datetime) -> tuple[UUID, ...]:
    """Map every open proposal to the version that governs it now; the ids of those that changed.

    A sweep: repeating it changes nothing. Where the new version asks for fewer assessors, it may decide too; then
    `issuing.finish_approved` issues.
    """
    newer = aliased(AchievementRow)
    with db.read() as session:
        behind = session.scalars(
            select(ProposalRow.id)
            .join(AchievementRow, AchievementRow.id == ProposalRow.achievement_id)
            .where(
                ProposalRow.state.in_(OPEN),
                select(newer.id)
                .where(newer.level_id == ProposalRow.level_id, newer.ordinal > AchievementRow.ordinal)
                .exists(),
            )
            .order_by(ProposalRow.proposed_at)
        ).all()
    return tuple(one for one in behind if _follow(db, one, actor=actor, now=now))


def _follow(db: Database, proposal_id: UUID, *, actor: str, now: datetime) -> bool:
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        if case.state not in OPEN:
            return False
        events: Events = []
        settle(session, follow_version(session, case, now, events), now, events)
        if events:
            audit.append_all(session, at=now, actor=actor, events=events)
        return bool(events)
