"""Reading proposals: as a list, and one as a given person may see it.

Assessing is blind: while a round is open, nobody but the officers sees scores, until he has given his own in it. Who
only says whom he asks for (a system with a token to issue) is not believed to be that person, and sees none. The
candidate sees them when it is decided, and the assessors' names only if the level publishes them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.assessment.cases import OPEN, Case, Proposal, State, as_scoring, case_of, read_case
from issuer.assessment.parties import find_party
from issuer.assessment.quorum import Outcome, Scoring
from issuer.assessment.rules import Quorum
from issuer.errors import Unknown, UnknownProposal
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import AssessmentRow, IssuerRow, LevelRow, PersonRow, ProgramRow, ProposalRow

MAX_PAGE = 500
UNNAMED = "an assessor"


@dataclass(frozen=True, slots=True)
class ScoringView:
    """One assessor's scoring as it is shown; `assessor_id` is None where he is not named."""

    round: int
    assessor: str
    assessor_id: UUID | None
    function: str
    scoring: Scoring
    remark: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as somebody may see it.

    `scored` says how many scored in this round, also where the scorings themselves are `hidden`. `outcome` is what the
    scorings of this round come to; None where they are hidden, or no quorum is demanded. `names_assessors`: the viewer
    may know who they are. `quorum` is who must judge; None: an officer decides.
    """

    proposal: Proposal
    scored: int
    missing: str
    hidden: bool
    scorings: tuple[ScoringView, ...]
    outcome: Outcome | None
    names_assessors: bool
    quorum: Quorum | None


def view_for(
    session: Session, proposal_id: UUID, viewer_person_id: UUID | None, *, blind: bool = False
) -> ProposalView:
    """A proposal as that person may see it; None is an officer, who sees all. Raises UnknownProposal.

    `blind`: who asks is not known to be that person, and sees no scores of an open round, whoever he names.
    """
    case = case_of(session, proposal_id)
    officer = viewer_person_id is None
    candidate = viewer_person_id == case.row.person_id
    scored = {one.assessor_id for one in case.scorings}
    unseen = not officer and (candidate or viewer_person_id not in scored)
    hidden = case.state in OPEN and (blind or unseen)
    judged = case.outcome
    quorum = case.demands.quorum
    named = not candidate or (quorum is not None and quorum.publish_assessors)
    return ProposalView(
        proposal=case.as_proposal(),
        scored=len(case.scorings),
        missing=judged.missing if judged else "",
        hidden=hidden,
        scorings=() if hidden else _scorings(session, case, named=named),
        outcome=None if hidden or judged is None else judged if named else replace(judged, findings={}),
        names_assessors=named,
        quorum=quorum,
    )


def show_proposal(
    db: Database, proposal_id: UUID, *, viewer: str | UUID | None = None, blind: bool = False
) -> ProposalView:
    """`view_for` whom that address or number names. Raises UnknownProposal, Unknown if there is nobody.

    An id is taken as it is: that of nobody sees what anybody may see.
    """
    with db.read() as session:
        if viewer is None or isinstance(viewer, UUID):
            return view_for(session, proposal_id, viewer, blind=blind)
        party = find_party(session, viewer)
        if party is None:
            raise Unknown(sentence("nobody is known as {viewer!r}", viewer=str(viewer)))
        return view_for(session, proposal_id, party.id, blind=blind)


def require_issuer(db: Database, proposal_id: UUID, issuer: str) -> None:
    """Raises UnknownProposal unless that issuer has a proposal of that id."""
    with db.read() as session:
        row = session.get(ProposalRow, proposal_id)
        if row is None or session.get_one(IssuerRow, row.issuer_id).slug != issuer:
            raise UnknownProposal(sentence("there is no proposal {proposal_id}", proposal_id=proposal_id))


def list_proposals(
    db: Database,
    *,
    issuer: str | None,
    state: State | None = None,
    person: str | UUID | None = None,
    program: str | None = None,
    level: str | None = None,
    limit: int = 50,
) -> tuple[Proposal, ...]:
    """Proposals of an issuer, the newest first. Raises UnknownIssuer, and Unknown if there is no such person."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = (
            select(ProposalRow)
            .join(LevelRow, LevelRow.id == ProposalRow.level_id)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .where(ProposalRow.issuer_id == owner.id)
            .order_by(ProposalRow.proposed_at.desc(), ProposalRow.id)
            .limit(min(max(limit, 1), MAX_PAGE))
        )
        if state is not None:
            query = query.where(ProposalRow.state == state.value)
        if program is not None:
            query = query.where(ProgramRow.slug == program)
        if level is not None:
            query = query.where(LevelRow.slug == level)
        if person is not None:
            party = find_party(session, person)
            if party is None:
                raise Unknown(sentence("nobody is known as {person!r}", person=str(person)))
            query = query.where(ProposalRow.person_id == party.id)
        return tuple(read_case(session, row).as_proposal() for row in session.scalars(query).all())


def _scorings(session: Session, case: Case, *, named: bool) -> tuple[ScoringView, ...]:
    rows = session.execute(
        select(AssessmentRow, PersonRow.name)
        .join(PersonRow, PersonRow.id == AssessmentRow.assessor_id)
        .where(AssessmentRow.proposal_id == case.row.id)
        .order_by(AssessmentRow.round, AssessmentRow.at, AssessmentRow.assessor_id)
    )
    return tuple(
        ScoringView(
            round=row.round,
            assessor=name if named else UNNAMED,
            assessor_id=row.assessor_id if named else None,
            function=row.function,
            scoring=as_scoring(row) if named else _unnamed(as_scoring(row)),
            remark=row.remark,
            at=row.at,
        )
        for row, name in rows
    )


def _unnamed(scoring: Scoring) -> Scoring:
    return Scoring(UUID(int=0), scoring.function, scoring.results, scoring.passed)
