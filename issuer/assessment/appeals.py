"""Appealing a decision, and withdrawing a proposal or an appeal.

An appeal opens the next round, with other assessors. Its outcome replaces the decision: a credential of the round
before is corrected (reissued) if it is to say something else, and revoked if the appeal is declined; until then it
stands as it is. Withdrawing an appeal leaves the decision as it was. No appeal undoes what an officer revoked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence, sentence_of
from issuer import audit
from issuer.assessment.cases import OPEN, RUNNING, Case, Proposal, State, case_of, round_of
from issuer.assessment.deciding import Events, event
from issuer.assessment.earlier import beyond_appeal, earlier_award, was_declined
from issuer.assessment.midway import follow_version
from issuer.assessment.notifying import ask_assessors
from issuer.assessment.parties import find_party
from issuer.assessment.wishes import faults_of_assessors
from issuer.errors import DecisionRefused, Fault, ProposalRefused
from issuer.plain_text import safe_text
from issuer.store import Database
from issuer.tables import ProposalRow
from issuer.validity import today


def appeal(
    db: Database,
    *,
    proposal_id: UUID,
    reason: str,
    appellant: str | UUID | None,
    assessors: Sequence[str | UUID] = (),
    actor: str,
    now: datetime,
) -> Proposal:
    """Appeal a declined or an issued decision; `appellant` is the candidate (None: `actor` does it on his behalf).

    The named assessors are asked. Raises UnknownProposal, DecisionRefused if there is no decision to appeal or
    another proposal of the person and level is running, ProposalRefused.
    """
    with db.write() as session:
        find_party(session, case_of(session, proposal_id).row.person_id, lock=True)  # nobody proposes him meanwhile
        case = case_of(session, proposal_id, lock=True)
        _require_decided(session, case)
        faults = [*_faults_of_reason(reason), *_faults_of_appellant(session, case, appellant)]
        if faults:
            raise ProposalRefused("The appeal", faults)
        row = case.row
        row.state, row.round, row.award_id = State.APPEALED.value, row.round + 1, None
        row.declaration = reason  # the new assessors read it
        session.flush()
        digest = sha256(reason.encode()).hexdigest()
        case = case_of(session, proposal_id)
        events: Events = [event(case, "proposal appealed", by=_by(appellant, case), reason_sha256=digest)]
        case = follow_version(session, case, now, events)
        day = today(now, case.achievement.zone)
        faults = list(faults_of_assessors(session, round_of(session, case), case.demands.quorum, assessors, day))
        if faults:
            raise ProposalRefused("The appeal", faults)
        asked = [party.id for one in assessors if (party := find_party(session, one)) is not None]
        ask_assessors(session, case, asked, now)
        audit.append_all(session, at=now, actor=actor, events=events)
        return case.as_proposal()


def withdraw(db: Database, *, proposal_id: UUID, actor: str, now: datetime) -> Proposal:
    """Withdraw an open proposal; of an appeal: let the decision stand. Raises UnknownProposal, DecisionRefused."""
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        if case.state not in OPEN:
            raise DecisionRefused(
                sentence(
                    "the proposal {proposal_id} is {state}: there is nothing to withdraw",
                    proposal_id=proposal_id,
                    state=case.state.said,
                )
            )
        row = case.row
        if row.decided_at is None:
            row.state, action = State.WITHDRAWN.value, "proposal withdrawn"
        else:
            action = "appeal withdrawn"
            # what is declined stays so: then `issuing` revokes the credential of the round before, if it stands still
            row.award_id = None if was_declined(session, row) else earlier_award(session, row)
            row.state = (State.DECLINED if row.award_id is None else State.ISSUED).value
            row.declaration = None
        events: Events = [event(case, action)]
        session.flush()
        audit.append_all(session, at=now, actor=actor, events=events)
        return case_of(session, proposal_id).as_proposal()


def _require_decided(session: Session, case: Case) -> None:
    if case.state not in {State.DECLINED, State.ISSUED}:
        raise DecisionRefused(
            sentence(
                "the proposal {id} is {state}: there is no decision to appeal", id=case.row.id, state=case.state.said
            )
        )
    if (why := beyond_appeal(session, case.row)) is not None:
        raise DecisionRefused(sentence("the proposal {id} cannot be appealed: {why}", id=case.row.id, why=why))
    running = session.scalars(
        select(ProposalRow).where(
            ProposalRow.person_id == case.row.person_id,
            ProposalRow.level_id == case.row.level_id,
            ProposalRow.state.in_(RUNNING),
        )
    ).one_or_none()
    if running is not None:
        raise DecisionRefused(
            sentence(
                "another proposal of this person for this level is running: {id} ({state}); bring that one to "
                "its end, or withdraw it",
                id=running.id,
                state=State(running.state).said,
            )
        )


def _faults_of_reason(reason: str) -> list[Fault]:
    try:
        safe_text(reason)
    except ValueError as error:
        return [Fault("reason", sentence_of(error), sentence("say what is wrong with the decision"))]
    return []


def _faults_of_appellant(session: Session, case: Case, appellant: str | UUID | None) -> list[Fault]:
    if appellant is None:
        return []
    party = find_party(session, appellant)
    if party is not None and party.id == case.row.person_id:
        return []
    return [
        Fault(
            "by",
            sentence("only the candidate appeals, or somebody on his behalf"),
            sentence("leave it out to act on his behalf"),
        )
    ]


def _by(appellant: str | UUID | None, case: Case) -> str:
    return "on behalf of the candidate" if appellant is None else f"person:{case.row.person_id}"
