"""From an approved proposal to its credential, and from an appeal's outcome to what becomes of the earlier one.

1. the decision is committed: approved, or declined (`deciding`)
2. the credential is issued, renewed, corrected or revoked; each of these by a key, so that once is enough
3. the proposal is `issued`, with its award

A crash after 1 or 2 leaves a proposal that `finish_approved` brings to its end, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.problems import Unacceptable
from issuer import audit
from issuer.allocation import Randomness, current_credentials
from issuer.assessment.account import assessment_evidence
from issuer.assessment.cases import Case, State, case_of
from issuer.assessment.deciding import event
from issuer.assessment.earlier import (
    DECIDED,
    ISSUED,
    SUPERSEDED,
    beyond_appeal,
    earlier_award,
    key_of,
    recorded_award,
    standing_credential,
)
from issuer.assessment.rules import Quorum
from issuer.awards import AwardRequest, Evidence, request_from_dict
from issuer.errors import IssuerError, OwnOutputMismatch, TransitionRefused
from issuer.issue import issue
from issuer.people.identity import identities, identity
from issuer.status import revoke
from issuer.store import Database
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import AchievementRow, AwardRow, CredentialRow, IssuerRow, ProposalRow
from keys.errors import KeysError
from keys.keyring import Keyring

_ERASED = "The candidate was erased before the credential was issued."


@dataclass(frozen=True, slots=True)
class FinishReport:
    """What the sweep brought to its end, and what it could not: a sentence for each."""

    issued: tuple[UUID, ...]
    stuck: tuple[tuple[UUID, str], ...]


def finish_approved(
    db: Database,
    keyring: Keyring,
    *,
    actor: str,
    now: datetime,
    randomness: Randomness,
    proposal_ids: Sequence[UUID] | None = None,
) -> FinishReport:
    """Issue what is approved and not issued yet, and revoke what an appeal undid; of all proposals, or of these.

    Idempotent. One that cannot be finished (locked keys, say) is reported, and hinders no other.
    """
    issued: list[UUID] = []
    stuck: list[tuple[UUID, str]] = []
    for proposal_id in _unfinished(db) if proposal_ids is None else proposal_ids:
        try:
            if finish(db, keyring, proposal_id, actor=actor, now=now, randomness=randomness) is not None:
                issued.append(proposal_id)
        except (IssuerError, KeysError, Unacceptable) as error:
            stuck.append((proposal_id, str(error)))
    return FinishReport(tuple(issued), tuple(stuck))


def finish(
    db: Database, keyring: Keyring, proposal_id: UUID, *, actor: str, now: datetime, randomness: Randomness
) -> UUID | None:
    """Steps 2 and 3 for one proposal; the credential's id if it has one now. Raises what issuing raises."""
    with db.read() as session:
        case = case_of(session, proposal_id)
        state, standing = case.state, standing_credential(session, case.row)
        forbidden = _ERASED if case.party.erased else _beyond(session, case)
        order = _order(session, case) if state is State.APPROVED and forbidden is None else None
    if state is State.DECLINED and standing is not None and standing.revoked_at is None:
        revoke(db, keyring, credential_id=standing.id, reason=SUPERSEDED, actor=actor, now=now)
    if state is State.APPROVED and forbidden is not None:
        _decline(db, proposal_id, because=forbidden, actor=actor, now=now)
    if order is None:
        return standing.id if state is State.ISSUED and standing is not None else None
    credential_id = _issued(db, keyring, order, standing, actor=actor, now=now, randomness=randomness)
    _mark_issued(db, proposal_id, credential_id, actor=actor, now=now)
    return credential_id


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be issued for a proposal. `key` is the award's, and the same whenever it is tried."""

    issuer: str
    request: AwardRequest
    renews_id: UUID | None


def _issued(
    db: Database,
    keyring: Keyring,
    order: _Order,
    standing: CredentialRow | None,
    *,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> UUID:
    """Step 2: the credential as it is now to be."""
    request = order.request
    if standing is not None and standing.revoked_at is None:
        return _corrected(db, keyring, order, standing, actor=actor, now=now, randomness=randomness)
    if order.renews_id is not None:
        wish = RenewalWish(
            order.renews_id,
            request.awarded_on,
            results=request.results,
            evidence=request.evidence,
            narrative=request.narrative,
        )
        outcome = renew(db, keyring, wish=wish, actor=actor, now=now, randomness=randomness, assessed=True)
        if outcome.successor_id is None:  # a renewal is done, found done, or refused with an error
            raise TransitionRefused(outcome.detail)
        return outcome.successor_id
    report = issue(
        db,
        keyring,
        issuer=order.issuer,
        requests=[request],
        actor=actor,
        now=now,
        randomness=randomness,
        source="assessment",
    )
    return report.credentials[0].id


def _corrected(
    db: Database,
    keyring: Keyring,
    order: _Order,
    standing: CredentialRow,
    *,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> UUID:
    """The credential of an earlier round says what this one found; the same award, the same day and validity."""
    request = order.request
    outcome = reissue(
        db,
        keyring,
        credential_id=standing.id,
        corrections=Corrections(narrative=request.narrative or "", results=request.results, evidence=request.evidence),
        reason=SUPERSEDED,
        actor=actor,
        now=now,
        randomness=randomness,
    )
    return outcome.successor_id or standing.id


def _order(session: Session, case: Case) -> _Order:
    """What is to be issued, the same whenever it is read: what an earlier attempt recorded stays as it was."""
    row, level, key = case.row, case.achievement, key_of(case.row, case.row.round)
    issuer = session.get_one(IssuerRow, row.issuer_id).slug
    recorded = recorded_award(session, row)
    if recorded is not None:
        return _Order(issuer, request_from_dict(recorded.request, own_key=key), row.renews_id)
    known = identity(session, row.issuer_id, case.party.id)  # no other issuer's word for him is signed
    request = AwardRequest(
        name=known.name or case.party.name,
        email=case.party.email,
        program=level.program,
        level=level.level,
        awarded_on=row.completed_on,
        did=known.did,
        narrative=row.narrative,
        evidence=(*(Evidence(**item) for item in row.evidence), *_assessed(session, case)),
        results=case.final_results(),
        own_key=key,
        origin=f"proposal {row.id}",
        version=level.version if level.ordinal < case.versions[-1].ordinal else None,
    )
    return _Order(issuer, request, row.renews_id)


def _assessed(session: Session, case: Case) -> tuple[Evidence, ...]:
    quorum, judged = case.demands.quorum, case.outcome
    if quorum is None or judged is None or not case.scorings:
        return ()
    return (assessment_evidence(quorum, judged, case.scorings, _names(session, quorum, case)),)


def _names(session: Session, quorum: Quorum, case: Case) -> dict[UUID, str]:
    """The assessors' names as this issuer may sign them, where the level publishes them; an erased one has none."""
    if not quorum.publish_assessors:
        return {}
    found = identities(session, case.row.issuer_id, [one.assessor_id for one in case.scorings])
    return {identifier: known.name for identifier, known in found.items() if known.name is not None}


def _beyond(session: Session, case: Case) -> str | None:
    """Why nothing is issued for what was approved: an officer revoked the credential since."""
    why = beyond_appeal(session, case.row)
    return f"It was approved, but {why}." if why is not None else None


def _mark_issued(db: Database, proposal_id: UUID, credential_id: UUID, *, actor: str, now: datetime) -> None:
    """Step 3. Whoever comes second finds it done."""
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        if case.state is not State.APPROVED:
            return
        award_id = session.get_one(CredentialRow, credential_id).award_id
        _require_own(session, case, session.get_one(AwardRow, award_id))
        case.row.state, case.row.award_id = State.ISSUED.value, award_id
        events = [event(case, ISSUED, award=str(case.row.award_id), credential=str(credential_id))]
        session.flush()
        audit.append_all(session, at=now, actor=actor, events=events)


def _require_own(session: Session, case: Case, award: AwardRow) -> None:
    """Never call a proposal issued with the award of somebody else, or of another level."""
    level_id = session.scalar(select(AchievementRow.level_id).where(AchievementRow.id == award.achievement_id))
    if (award.person_id, level_id) != (case.row.person_id, case.row.level_id):
        raise OwnOutputMismatch(f"the award {award.id} was made for the proposal {case.row.id}, but is of another case")


def _decline(db: Database, proposal_id: UUID, *, because: str, actor: str, now: datetime) -> None:
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        if case.state is not State.APPROVED:
            return
        case.row.state, case.row.decision = State.DECLINED.value, because
        session.flush()
        audit.append_all(session, at=now, actor=actor, events=[event(case, DECIDED, decision="declined")])


def _unfinished(db: Database) -> list[UUID]:
    """Approved ones, and declined appeals whose earlier award may still stand."""
    with db.read() as session:
        approved = select(ProposalRow.id).where(ProposalRow.state == State.APPROVED.value)
        declined = (
            select(ProposalRow)
            .where(ProposalRow.state == State.DECLINED.value, ProposalRow.round > 1)
            .order_by(ProposalRow.proposed_at)
        )
        found = list(session.scalars(approved.order_by(ProposalRow.proposed_at)))
        for row in session.scalars(declined):
            award_id = earlier_award(session, row)
            credential = current_credentials(session, [award_id]).get(award_id) if award_id else None
            if credential is not None and credential.state == "issued" and credential.revoked_at is None:
                found.append(row.id)
        return found
