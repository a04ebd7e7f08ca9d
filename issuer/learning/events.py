"""What came of the reports of learning systems; and what would come of one, tried without taking it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from issuer.issuers import issuer_row
from issuer.learning.judging import Issue, Propose, judge
from issuer.learning.learners import by_address
from issuer.learning.matching import Outcome, Verdict, locate, ruled_by
from issuer.learning.receive import DELIVERY
from issuer.learning.reports import Report
from issuer.learning.rules import LearningRule
from issuer.programs import catalogue_of
from issuer.store import Database
from issuer.tables import LearningEventRow, LearningSystemRow


@dataclass(frozen=True, slots=True)
class LearningEvent:
    """A report that was taken."""

    system: str
    event_id: str
    received_at: datetime
    outcome: Outcome
    detail: str
    proposal_id: UUID | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would come of a report now: the rule that decides about it, if one does, and the rest in a sentence."""

    event_id: str
    outcome: Outcome
    detail: str
    program: str | None = None
    rule: LearningRule | None = None


def list_events(
    db: Database, issuer: str | None, *, outcome: Outcome | None = None, system: str | None = None, limit: int = 50
) -> tuple[LearningEvent, ...]:
    """Reports, newest first. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = (
            select(LearningEventRow, LearningSystemRow.name)
            .join(LearningSystemRow, LearningSystemRow.id == LearningEventRow.system_id)
            .where(LearningSystemRow.issuer_id == owner.id, ~LearningEventRow.event_id.startswith(DELIVERY))
            .order_by(LearningEventRow.received_at.desc(), LearningEventRow.event_id)
            .limit(limit)
        )
        if outcome is not None:
            query = query.where(LearningEventRow.outcome == outcome.value)
        if system is not None:
            query = query.where(LearningSystemRow.name == system)
        return tuple(
            LearningEvent(name, row.event_id, row.received_at, Outcome(row.outcome), row.detail, row.proposal_id)
            for row, name in session.execute(query)
        )


def try_reports(
    db: Database, issuer: str | None, *, system: str, reports: Sequence[Report], now: datetime
) -> tuple[Trial, ...]:
    """What would come of each report by itself if a system of that name sent it now. Nothing is done or recorded."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        catalogue = catalogue_of(session, owner)
        trials = []
        for report in by_address(session, reports):
            ruled = ruled_by(catalogue, system, report)
            named = (None, None) if isinstance(ruled, Verdict) else (ruled.program.slug, ruled.rule)
            found = locate(session, catalogue, system, report, now)
            if not isinstance(found, Verdict):
                key, actor = f"learning:{system}:{report.event_id}", f"learning:{system}"
                level = f"{found.level.program}/{found.level.level}"
                plan = judge(session, owner, catalogue, found, report, key=key, actor=actor, now=now)
                if isinstance(plan, Verdict):
                    found = plan
                elif isinstance(plan, Propose):
                    found = Verdict(Outcome.PROPOSED, f"would be proposed for {level}, for {found.completed_on}")
                else:
                    done = "awarded" if isinstance(plan, Issue) else "renewed"
                    found = Verdict(Outcome.ISSUED, f"{level} would be {done}, for {found.completed_on}")
            trials.append(Trial(report.event_id, found.outcome, found.detail, *named))
        return tuple(trials)
