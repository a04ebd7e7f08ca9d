"""Whom a change of a program touches: who holds its levels, who is on the way to them, and what it means to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from issuer.programs import Achievement
from issuer.publish_level import Outcome
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, ProgramRow, ProposalRow

_RUNNING = ("proposed", "in assessment", "approved", "appealed")


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people hold a level, and how many are on the way to it."""

    holders: int
    running: int


def effects_of(outcome: Outcome, was: Achievement | None, becomes: Achievement | None, reach: Reach) -> Iterator[str]:
    """In sentences: what the step from one version to the next, or to none, means to those whom it touches."""
    holders, running = reach.holders, reach.running
    if outcome is Outcome.WITHDRAWN:
        if running:
            yield f"{_people(running, 'is', 'are')} on the way to it, and it can no longer be awarded"
        if holders:
            yield f"{_people(holders, 'holds', 'hold')} it; what they hold stays as it is"
    if outcome is not Outcome.CHANGED or was is None or becomes is None:
        return
    until = becomes.finish_until
    if running and until:
        yield (
            f"{_people(running, 'is', 'are')} on the way to it, and may finish under version {was.version} "
            f"through {until}; after that version {becomes.version} holds for them"
        )
    elif running:
        yield f"{_people(running, 'is', 'are')} on the way to it; from now on version {becomes.version} holds for them"
    if holders:
        since = f"from {_after(until)} on" if until else "from now on"
        yield (
            f"{_people(holders, 'holds', 'hold')} it, and what they hold stays as it is; {since} they renew under "
            f"version {becomes.version}"
        )


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _people(count: int, one: str, many: str) -> str:
    return f"1 person {one}" if count == 1 else f"{count} people {many}"


def holders_of(session: Session, program: str, now: datetime) -> dict[str, int]:
    """How many people hold each level of a program: a credential that is neither revoked nor expired."""
    version = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
    rows = session.execute(
        select(LevelRow.slug, func.count(AwardRow.person_id.distinct()))
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == version)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            ProgramRow.slug == program,
            ProgramRow.issuer_id == CredentialRow.issuer_id,
            CredentialRow.state == "issued",
            CredentialRow.revoked_at.is_(None),
            or_(CredentialRow.valid_until.is_(None), CredentialRow.valid_until >= now),
        )
        .group_by(LevelRow.slug)
    )
    return {row[0]: row[1] for row in rows}


def running_of(session: Session, program: str) -> dict[str, int]:
    """How many people are on the way to each level of a program: proposed, and neither issued nor declined yet."""
    rows = session.execute(
        select(LevelRow.slug, func.count())
        .select_from(ProposalRow)
        .join(LevelRow, LevelRow.id == ProposalRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            ProgramRow.slug == program, ProgramRow.issuer_id == ProposalRow.issuer_id, ProposalRow.state.in_(_RUNNING)
        )
        .group_by(LevelRow.slug)
    )
    return {row[0]: row[1] for row in rows}
