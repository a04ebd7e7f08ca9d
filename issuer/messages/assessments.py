"""Whether somebody who was asked for an assessment is still wanted: he may have scored, or the round may be over."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from issuer.assessment.cases import State
from issuer.messages.notices import Kind
from issuer.tables import AssessmentRow, NoticeRow, ProposalRow

_OPEN = (State.PROPOSED, State.IN_ASSESSMENT, State.APPEALED)


def no_longer_wanted(session: Session, notices: Sequence[NoticeRow]) -> frozenset[int]:
    """The ids of those notices that ask for an assessment which nobody waits for any more."""
    asking = {one.id: (_proposal(one), one.recipient_id) for one in notices if one.kind == Kind.ASSESSMENT_WANTED}
    if not asking:
        return frozenset()
    ids = {proposal for proposal, _ in asking.values()}
    rounds = {
        row.id: row.round
        for row in session.execute(
            select(ProposalRow.id, ProposalRow.round).where(
                ProposalRow.id.in_(ids), ProposalRow.state.in_([one.value for one in _OPEN])
            )
        )
    }
    key = tuple_(AssessmentRow.proposal_id, AssessmentRow.round)
    rows = session.execute(
        select(AssessmentRow.proposal_id, AssessmentRow.assessor_id).where(key.in_(list(rounds.items())))
    )
    scored = {(row.proposal_id, row.assessor_id) for row in rows}
    asked_in = {one.id: one.facts.get("round") for one in notices}
    return frozenset(
        notice
        for notice, (proposal, assessor) in asking.items()
        if proposal not in rounds or (proposal, assessor) in scored or asked_in[notice] not in {None, rounds[proposal]}
    )


def _proposal(notice: NoticeRow) -> UUID:
    return UUID(notice.facts["proposal"])
