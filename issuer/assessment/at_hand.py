"""One proposal as it lies before an assessor: what is asked, what was handed in, and what he may do with it.

Who may not see a proposal is not told that there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import Sentence, sentence
from issuer.assessment.cases import OPEN, Case, Demands, case_of, round_of
from issuer.assessment.parties import find_party
from issuer.assessment.queue import asked_of
from issuer.assessment.quorum import why_not
from issuer.assessment.rules import By
from issuer.assessment.views import ProposalView, view_for
from issuer.errors import UnknownProposal
from issuer.issuers import issuer_row
from issuer.programs import Achievement
from issuer.sign_in.roles import Role
from issuer.store import Database
from issuer.tables import AssessmentRow, RoleGrantRow, SessionRow


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits before it: a person in a session, as an assessor, or (`manages`) for what levels leave to managers."""

    person_id: UUID
    session_id: UUID
    manages: bool = False


@dataclass(frozen=True, slots=True)
class AtHand:
    """A proposal before an assessor. `why_not` says why he may not score it (now); `function` is his on record."""

    view: ProposalView
    level: Achievement
    demands: Demands
    open: bool
    scored: bool
    why_not: Sentence | None
    function: str

    @property
    def may_score(self) -> bool:
        """Whether his scoring is wanted."""
        return self.open and self.demands.quorum is not None and self.why_not is None


def at_hand(db: Database, issuer: str | None, proposal_id: UUID, seat: Seat) -> AtHand:
    """The proposal, if it is his to see: he scored it, was asked, or could assess it.

    Raises UnknownProposal for all others, UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        case = case_of(session, proposal_id)
        scored = _has_scored(session, case, seat.person_id)
        if case.row.issuer_id != owner.id or not (scored or _may_see(session, case, seat)):
            raise UnknownProposal(sentence("there is no proposal {proposal_id}", proposal_id=proposal_id))
        quorum = case.demands.quorum
        assessor = find_party(session, seat.person_id)
        return AtHand(
            view=view_for(session, proposal_id, seat.person_id),
            level=case.achievement,
            demands=case.demands,
            open=case.state in OPEN,
            scored=seat.person_id in {one.assessor_id for one in case.scorings},
            why_not=why_not(quorum, round_of(session, case), seat.person_id) if quorum is not None else None,
            function=(assessor.function or "").strip() if assessor is not None else "",
        )


def is_named_assessor(db: Database, issuer: str | None, person_id: UUID, session_id: UUID) -> bool:
    """Whether he was given the role of an assessor, by an admin or by a group at the provider. Raises UnknownIssuer."""
    with db.read() as session:
        return _is_named(session, issuer_row(session, issuer).id, person_id, session_id)


def _is_named(session: Session, issuer_id: int, person_id: UUID, session_id: UUID) -> bool:
    granted = select(RoleGrantRow.role).where(
        RoleGrantRow.issuer_id == issuer_id,
        RoleGrantRow.person_id == person_id,
        RoleGrantRow.role == Role.ASSESSOR.value,
    )
    if session.scalars(granted).first() is not None:
        return True
    row = session.get(SessionRow, session_id)
    return row is not None and Role.ASSESSOR.value in row.roles


def _has_scored(session: Session, case: Case, person_id: UUID) -> bool:
    query = select(AssessmentRow.round).where(
        AssessmentRow.proposal_id == case.row.id, AssessmentRow.assessor_id == person_id
    )
    return session.scalars(query.limit(1)).first() is not None


def _may_see(session: Session, case: Case, seat: Seat) -> bool:
    quorum, me = case.demands.quorum, seat.person_id
    if quorum is None or case.row.person_id == me:
        return False
    if seat.manages:
        return quorum.by is By.MANAGER and case.party.manager_id == me
    if case.row.id in asked_of(session, case.row.issuer_id, me):
        return True
    if case.state not in OPEN or why_not(quorum, round_of(session, case), me) is not None:
        return False
    return _is_named(session, case.row.issuer_id, me, seat.session_id)
