"""What a person asks about his own way to a level: his proposals, and what a proposal of today would be judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from issuer.assessment.cases import OPEN, RUNNING, Demands, State, case_of, demands_of
from issuer.assessment.earlier import beyond_appeal
from issuer.assessment.renewals import renewal_for
from issuer.assessment.versions import for_who_began, versions_of
from issuer.issuers import issuer_row
from issuer.programs import Achievement, catalogue_of
from issuer.recertification.facts import LevelKey
from issuer.recertification.renewal import NotNow, Renewal
from issuer.recertification.rules import Work
from issuer.store import Database
from issuer.tables import AchievementRow, LevelRow, ProgramRow, ProposalRow
from issuer.validity import today

MOST = 50


@dataclass(frozen=True, slots=True)
class Road:
    """What a completion of today would lead to: `level` is the version that judges it, `demands` what that asks for.

    `not_now` says why nothing would come of it; `renews` is the credential that would be renewed, which takes `work`.
    """

    level: Achievement
    demands: Demands
    not_now: NotNow | None
    renews: UUID | None
    work: Work


@dataclass(frozen=True, slots=True)
class OwnProposal:
    """A proposal in a list; `renewal`: of something that is held. `appealed`: the decision is open again."""

    id: UUID
    program: str
    level: str
    level_name: str
    state: State
    proposed_at: datetime
    decided_at: datetime | None
    renewal: bool

    @property
    def running(self) -> bool:
        """Whether it is still to be decided or carried out."""
        return self.state in RUNNING

    @property
    def appealed(self) -> bool:
        """Whether this is the course of an appeal."""
        return self.state in OPEN and self.decided_at is not None


def proposals_of(db: Database, issuer: str | None, person_id: UUID, *, limit: int = MOST) -> tuple[OwnProposal, ...]:
    """A person's proposals with an issuer, the newest first. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        rows = session.execute(
            select(
                ProposalRow.id,
                ProgramRow.slug,
                LevelRow.slug,
                AchievementRow.content["name"].as_string(),
                ProposalRow.state,
                ProposalRow.proposed_at,
                ProposalRow.decided_at,
                ProposalRow.renews_id,
            )
            .join(LevelRow, LevelRow.id == ProposalRow.level_id)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .join(AchievementRow, AchievementRow.id == ProposalRow.achievement_id)
            .where(ProposalRow.person_id == person_id, ProposalRow.issuer_id == owner.id)
            .order_by(ProposalRow.proposed_at.desc(), ProposalRow.id)
            .limit(limit)
        )
        return tuple(
            OwnProposal(found, program, level, name, State(state), proposed, decided, renews is not None)
            for found, program, level, name, state, proposed, decided, renews in rows
        )


def road_of(db: Database, issuer: str | None, person_id: UUID, key: LevelKey, now: datetime) -> Road | None:
    """The person's way to a level, as `propose` will judge it; None if it is not in use. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        newest = catalogue_of(session, owner).find(key.program, key.level)
        if newest is None:
            return None
        day = today(now, newest.zone)
        found = renewal_for(session, owner.id, person_id, key, day, now)
        versions = versions_of(session, session.get_one(AchievementRow, newest.row_id).level_id)
        level, renews, work = for_who_began(versions, day, now), None, Work.REASSESSMENT
        if isinstance(found, Renewal) and found.replaces is not None:
            renews, work = found.replaces, found.takes.kind
            level = next(one for one in versions if one.ordinal == found.version)
        demands = demands_of(level, renewal=renews is not None)
        return Road(level, demands, found if isinstance(found, NotNow) else None, renews, work)


def may_be_appealed(db: Database, proposal_id: UUID) -> bool:
    """Whether there is a decision, and an appeal of it could lead to a credential. Raises UnknownProposal."""
    with db.read() as session:
        case = case_of(session, proposal_id)
        return case.state in {State.DECLINED, State.ISSUED} and beyond_appeal(session, case.row) is None
