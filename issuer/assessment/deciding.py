"""How a proposal is decided, within a transaction that holds its row locked: by its quorum, or by an officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.assessment.cases import Case, Proposal, State, evidence_of
from issuer.assessment.earlier import DECIDED, beyond_appeal, earlier_award
from issuer.assessment.evidence import faults_of_evidence
from issuer.assessment.notifying import tell_candidate
from issuer.assessment.prerequisites import faults_of_prerequisites, held_by
from issuer.assessment.quorum import Outcome, Verdict
from issuer.assessment.renewals import faults_of_renewal
from issuer.assessment.rules import By, Quorum
from issuer.errors import Fault
from issuer.tables import AssessmentRow, IssuerRow, LevelRow

QUORUM = "quorum"
Events = list[tuple[str, str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Progress:
    """A proposal after a step. `missing` says what a quorum still needs; `outcome` is None where none is demanded.

    `issued` is the credential's id, if there is one now; `waiting_because` says why an approved one is not issued yet.
    """

    proposal: Proposal
    missing: str
    outcome: Outcome | None
    issued: UUID | None = None
    waiting_because: str | None = None


def progress_of(case: Case) -> Progress:
    """How far a case is now."""
    judged = case.outcome
    return Progress(case.as_proposal(), judged.missing if judged else "", judged)


def event(case: Case, action: str, **details: object) -> tuple[str, str, Mapping[str, Any]]:
    """An event of the audit trail about a proposal, with the number of its round."""
    return action, f"proposal:{case.row.id}", {"round": case.row.round, **details}


def settle(session: Session, case: Case, now: datetime, events: Events) -> Case:
    """Decide by quorum if the scorings of this round allow it; leave it open otherwise."""
    judged = case.outcome
    if judged is None or judged.verdict in {Verdict.OPEN, Verdict.TIED}:
        return case
    quorum = case.demands.quorum
    reason = _sentence(quorum, judged)
    if quorum is not None and quorum.by is By.MANAGER:
        reason = _managers_word(session, case, judged)
    return record_decision(
        session, case, approve=judged.verdict is Verdict.PASSED, by=QUORUM, reason=reason, now=now, events=events
    )


def record_decision(
    session: Session, case: Case, *, approve: bool, by: str, reason: str | None, now: datetime, events: Events
) -> Case:
    """Approve or decline, and tell the candidate. What the level's rules do not allow now is declined with the reason.

    The audit trail is told what was decided and by whom, not the reason, which may speak of people.
    """
    if approve and (faults := what_forbids(session, case, now)):
        approve, reason = False, "\n".join(str(fault) for fault in faults)
    row = case.row
    row.state = (State.APPROVED if approve else State.DECLINED).value
    row.decided_by, row.decided_at, row.decision, row.declaration = by, now, reason, None
    judged = case.outcome
    events.append(
        event(
            case,
            DECIDED,
            decision=row.state,
            by=by,
            version=case.achievement.version,
            disagreements=[one.result or "" for one in judged.disagreements] if judged else [],
        )
    )
    tell_candidate(session, case, row.state, None if approve else reason, now)
    session.flush()
    return case


def what_forbids(session: Session, case: Case, now: datetime) -> list[Fault]:
    """Why the level's rules do not allow the award now, whatever its assessors found."""
    row, level = case.row, case.achievement
    faults: list[Fault] = []
    if not session.get_one(LevelRow, row.level_id).in_use:
        faults.append(Fault("level", sentence("the level {level} is awarded no more", level=level.level)))
    if (why := beyond_appeal(session, row)) is not None:
        faults.append(Fault("appeal", why))
    if (why := case.party.gone(row.completed_on)) is not None:  # who left since has earned it all the same
        faults.append(Fault("person", sentence("the candidate {why}", why=why)))
    if row.renews_id is None:
        held = held_by(session, row.issuer_id, [row.person_id]).get(row.person_id, ())
        faults += faults_of_prerequisites(level.prerequisites, level.program, held, row.completed_on, level.zone)
    elif earlier_award(session, row) is None:
        owner = session.get_one(IssuerRow, row.issuer_id)
        faults += faults_of_renewal(session, owner, row.renews_id, row.person_id, level, row.completed_on, now)
    faults += faults_of_evidence(case.demands.evidence, evidence_of(row))
    return faults


def _sentence(quorum: Quorum | None, judged: Outcome) -> str:
    """The quorum's decision in words, without names."""
    passed, count = sum(judged.findings.values()), len(judged.findings)
    if count == 1 or quorum is None:
        return f"The assessor found that the candidate {'passed' if passed else 'did not pass'}."
    return f"{passed or 'None'} of {count} assessors found that the candidate passed; {quorum.decides.in_words}."


def _managers_word(session: Session, case: Case, judged: Outcome) -> str:
    """His decision, with what he said to it: the candidate reads it."""
    [manager_id] = judged.findings
    said = "The manager approved it." if judged.verdict is Verdict.PASSED else "The manager did not approve it."
    remark = session.get_one(AssessmentRow, (case.row.id, case.row.round, manager_id)).remark
    return f"{said}\n{remark}" if remark else said
