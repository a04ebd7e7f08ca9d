"""Who is told what of a proposal: assessors that they are wanted, the candidate how it was decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from issuer.assessment.cases import Case
from issuer.messages.notices import Kind, Notice, put


def ask_assessors(session: Session, case: Case, assessors: Iterable[UUID], now: datetime) -> None:
    """Tell each of them, once in this round, that his assessment is wanted."""
    row = case.row
    put(
        session,
        [
            Notice(
                key=f"assessment-wanted:{row.id}:{row.round}:{assessor}",
                kind=Kind.ASSESSMENT_WANTED,
                issuer_id=row.issuer_id,
                facts={**_facts(case), "round": row.round},
                due_at=now,
                recipient_id=assessor,
                about_id=row.person_id,
            )
            for assessor in assessors
        ],
        now,
    )


def tell_candidate(session: Session, case: Case, decision: str, reason: str | None, now: datetime) -> None:
    """Tell the candidate what was decided in this round."""
    row = case.row
    facts = {**_facts(case), "decision": decision, **({"reason": reason} if reason else {})}
    key = f"decided:{row.id}:{row.round}"
    put(session, [Notice(key, Kind.DECIDED, row.issuer_id, facts, now, recipient_id=row.person_id)], now)


def _facts(case: Case) -> dict[str, str]:
    level = case.achievement
    return {"proposal": str(case.row.id), "level": f"{level.program}/{level.level}"}
