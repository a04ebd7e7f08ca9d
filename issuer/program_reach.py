"""Whom a change of a program touches: who holds its levels, who is on the way to them, and what it means to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from credentials.sentence import counted
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
            yield counted(
                running,
                "{n} person is on the way to it, and it can no longer be awarded",
                "{n} people are on the way to it, and it can no longer be awarded",
            )
        if holders:
            yield counted(
                holders,
                "{n} person holds it; what they hold stays as it is",
                "{n} people hold it; what they hold stays as it is",
            )
    if outcome is not Outcome.CHANGED or was is None or becomes is None:
        return
    versions = {"old": was.version, "new": becomes.version}
    until = becomes.finish_until
    if running and until:
        yield counted(
            running,
            "{n} person is on the way to it, and may finish under version {old} through {until}; after that version "
            "{new} holds for them",
            "{n} people are on the way to it, and may finish under version {old} through {until}; after that version "
            "{new} holds for them",
            **versions,
            until=until,
        )
    elif running:
        yield counted(
            running,
            "{n} person is on the way to it; from now on version {new} holds for them",
            "{n} people are on the way to it; from now on version {new} holds for them",
            new=becomes.version,
        )
    if holders and until:
        yield counted(
            holders,
            "{n} person holds it, and what they hold stays as it is; from {since} on they renew under version {new}",
            "{n} people hold it, and what they hold stays as it is; from {since} on they renew under version {new}",
            since=_after(until),
            new=becomes.version,
        )
    elif holders:
        yield counted(
            holders,
            "{n} person holds it, and what they hold stays as it is; from now on they renew under version {new}",
            "{n} people hold it, and what they hold stays as it is; from now on they renew under version {new}",
            new=becomes.version,
        )


def _after(day: date) -> date:
    return day + timedelta(days=1)


def holders_of(session: Session, program: str, now: datetime) -> dict[str, int]:
    """How many people hold each level of a program: a credential that is neither revoked nor expired."""
    rows = session.execute(_holders(now).where(ProgramRow.slug == program))
    return {row[1]: row[2] for row in rows}


def holders_of_all(session: Session, issuer_id: int, now: datetime) -> dict[tuple[str, str], int]:
    """The same for every level of every program of an issuer, by program and level."""
    rows = session.execute(_holders(now).where(ProgramRow.issuer_id == issuer_id))
    return {(row[0], row[1]): row[2] for row in rows}


def _holders(now: datetime) -> Select[str, str, int]:
    version = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
    return (
        select(ProgramRow.slug, LevelRow.slug, func.count(AwardRow.person_id.distinct()))
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == version)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            ProgramRow.issuer_id == CredentialRow.issuer_id,
            CredentialRow.state == "issued",
            CredentialRow.revoked_at.is_(None),
            or_(CredentialRow.valid_until.is_(None), CredentialRow.valid_until >= now),
        )
        .group_by(ProgramRow.slug, LevelRow.slug)
    )


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
