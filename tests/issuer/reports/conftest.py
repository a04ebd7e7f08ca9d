"""The company of the people’s tests, and decisions on record without the cost of assessing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.tables import AchievementRow, AssessmentRow, AwardRow, LevelRow, ProposalRow
from tests.issuer.people.conftest import Company, company

__all__ = ["Decide", "company", "decide"]

Decide = Callable[..., UUID]
_numbers = count(1)


@pytest.fixture
def decide(company: Company) -> Decide:
    """A proposal that was decided, and assessed by people of these functions."""

    def made(
        address: str,
        level: str,
        proposed: datetime,
        decided: datetime,
        *,
        passed: bool = True,
        by: tuple[str, ...] = (),
    ) -> UUID:
        person = company.person(address)
        with company.db.write() as session:
            row = session.scalars(
                select(AchievementRow)
                .join(LevelRow, LevelRow.id == AchievementRow.level_id)
                .where(LevelRow.slug == level)
                .order_by(AchievementRow.ordinal.desc())
            ).first()
            assert row is not None
            award = None
            if passed:
                award = AwardRow(
                    id=UUID(bytes=company.randomness(16), version=4), issuer_id=1, person_id=person.id,
                    achievement_id=row.id, awarded_on=decided.date(), source="assessor", decided_by="quorum",
                    decided_at=decided, idempotency_key=f"d{next(_numbers)}", request_digest="", request={},
                )  # fmt: skip
                session.add(award)
                session.flush()
            proposal = ProposalRow(
                id=UUID(bytes=company.randomness(16), version=4), issuer_id=1, person_id=person.id,
                level_id=row.level_id, achievement_id=row.id, state="issued" if passed else "declined", round=1,
                source="assessor", proposed_by="test", proposed_at=proposed, completed_on=decided.date(), evidence=[],
                results={}, decided_by="quorum", decided_at=decided, award_id=award.id if award else None,
                idempotency_key=f"p{next(_numbers)}", request_digest="",
            )  # fmt: skip
            session.add(proposal)
            session.flush()
            assessors = [company.person(f"{name}@b.example").id for name in ("signe", "zoe", "ravi")]
            for function, assessor in zip(by, assessors, strict=False):
                session.add(
                    AssessmentRow(
                        proposal_id=proposal.id, round=1, assessor_id=assessor, function=function, scores={}, at=decided
                    )
                )
            return proposal.id

    return made


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)
