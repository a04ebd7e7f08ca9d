"""Reissue: correct what a credential says. The same award, day and validity; another credential that replaces it.

1. read: what each credential says, what it is to say, and whether it can (`issuer.succession.correction`)
2. allocate: id and status slots of each correction, the corrected facts in its row, `preparing`, committed
3. to 6. prepare, sign, verify, store (`issuer.signing`), naming the predecessor
7. supersede: the old ones are revoked, “superseded: …”, and the list is published (`issuer.succession.supersede`)

The old one counts until the new one is there. A crash after 2 leaves something to resume, one after 6 an old one to
revoke; the same call again, or `issuer.issue.resume`, does both, and nothing is made twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.addresses import credential_url
from issuer.allocation import Randomness, give_slots, new_id
from issuer.bulk_status import Result, checked_reason
from issuer.errors import Fault, Refused, TransitionRefused, UnknownCredential
from issuer.signing import Step, StepReached, finish_or_void
from issuer.status_told import tell_of_newer
from issuer.store import Database
from issuer.succession.chain import held, stands, successors
from issuer.succession.correction import Correction, Corrections, judge_corrections, says
from issuer.succession.facts import REASON
from issuer.succession.holders import correct_people
from issuer.succession.outcomes import Judged, SuccessionOutcome, changed_meanwhile, in_order
from issuer.succession.supersede import finish_reissues
from issuer.tables import AwardRow, CredentialRow, IssuerRow, PersonRow
from keys.keyring import Keyring

CHUNK_SIZE = 200


def reissue(
    db: Database,
    keyring: Keyring,
    *,
    credential_id: UUID,
    corrections: Corrections,
    reason: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
    reached: StepReached | None = None,
) -> SuccessionOutcome:
    """Correct one credential. Raises UnknownCredential, TransitionRefused with why not, and as `reissue_many`."""
    (outcome,) = reissue_many(
        db,
        keyring,
        credential_ids=[credential_id],
        corrections=corrections,
        reason=reason,
        actor=actor,
        now=now,
        randomness=randomness,
        reached=reached,
    )
    if outcome.result is Result.UNKNOWN:
        raise UnknownCredential(outcome.detail)
    if outcome.result is Result.REFUSED:
        raise TransitionRefused(outcome.detail)
    return outcome


def reissue_many(
    db: Database,
    keyring: Keyring,
    *,
    credential_ids: Sequence[UUID],
    corrections: Corrections,
    reason: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
    reached: StepReached | None = None,
) -> tuple[SuccessionOutcome, ...]:
    """Correct the credentials of a chunk (CHUNK_SIZE at most is wise); an outcome for each, in their order.

    Raises Refused for corrections that say nothing, that name one person for several, or a reason that is none;
    otherwise as `issuer.signing.finish`: what was begun is finished by the same call, or by `issuer.issue.resume`.
    """
    step = reached or (lambda _: None)
    reason = checked_reason(reason)
    ids = tuple(dict.fromkeys(credential_ids))
    step(Step.READ)
    with db.read() as session:
        judged = judge_corrections(session, ids, corrections, now)
    wanted = [one for one in judged.values() if isinstance(one, Correction)]
    _check(corrections, wanted)
    step(Step.ALLOCATE)
    begun = _allocate(db, wanted, reason=reason, actor=actor, now=now, randomness=randomness)
    issued: set[UUID] = set()
    for issuer_id in sorted({one.issuer_id for one in wanted}):
        mine = [
            begun[one.predecessor_id] for one in wanted if one.issuer_id == issuer_id and one.predecessor_id in begun
        ]
        unfinished = [one.id for one in mine if one.preparing]
        if unfinished:  # steps 3 to 6
            issued |= set(
                finish_or_void(db, keyring, unfinished, issuer_id=issuer_id, actor=actor, now=now, reached=step)
            )
    step(Step.SUPERSEDE)
    finish_reissues(db, keyring, actor=actor, now=now, only=[one.predecessor_id for one in wanted])
    tell_of_newer(db, keyring, [one.predecessor_id for one in wanted], actor=actor, now=now)
    step(Step.DONE)
    return in_order(ids, _outcomes(db, judged, begun, issued))


@dataclass(frozen=True, slots=True)
class _Begun:
    id: UUID
    preparing: bool


def _check(corrections: Corrections, wanted: Sequence[Correction]) -> None:
    faults = []
    if corrections.is_empty:
        faults.append(
            Fault(
                "", sentence("nothing is to be changed"), sentence("say what: a name, a result, the newest version, …")
            )
        )
    if corrections.personal and len({one.person_id for one in wanted}) > 1:
        right = sentence("select the credentials of one person")
        faults.append(
            Fault(
                "", sentence("a name, address, DID or licence number is one person's, but several are touched"), right
            )
        )
    if faults:
        raise Refused("The correction", faults)


def _allocate(
    db: Database, wanted: Sequence[Correction], *, reason: str, actor: str, now: datetime, randomness: Randomness
) -> dict[UUID, _Begun]:
    """Step 2. Held are people, awards (in the order in which issuing holds them), then the credentials themselves.

    One that another process revoked, suspended or replaced since step 1 is left out.
    """
    if not wanted:
        return {}
    with db.write() as session:
        people = _held_people(session, wanted)
        awards = {
            row.id: row
            for row in session.scalars(
                select(AwardRow)
                .where(AwardRow.id.in_([one.award_id for one in wanted]))
                .order_by(AwardRow.idempotency_key)
                .with_for_update(key_share=True)
            )
        }
        old = held(session, [one.predecessor_id for one in wanted])
        later = successors(session, old)
        fresh = [one for one in wanted if one.predecessor_id not in later and stands(old[one.predecessor_id])]
        rows = _rows(session, fresh, awards, old, reason=reason, now=now, randomness=randomness)
        correct_people(session, people, fresh)
        session.flush()
        for issuer_id in sorted({one.issuer_id for one in fresh}):
            those = [one for one in fresh if one.issuer_id == issuer_id]
            give_slots(
                session,
                session.get_one(IssuerRow, issuer_id),
                [rows[one.predecessor_id].id for one in those],
                [(one.achievement.status_purposes, one.achievement.message_bits) for one in those],
                randomness,
            )
        if fresh:
            audit.append_all(session, at=now, actor=actor, events=_events(fresh, rows, reason))
        asked = {one.predecessor_id: one for one in wanted}
        # another process may have corrected it meanwhile, to say something else: that is not what was asked for
        same = {
            key: row
            for key, row in later.items()
            if row.award_id in awards and says(row, awards[row.award_id]) == asked[key].says
        }
        found = {**same, **rows}
        return {key: _Begun(row.id, row.state == "preparing") for key, row in found.items()}


def _rows(
    session: Session,
    fresh: Sequence[Correction],
    awards: Mapping[UUID, AwardRow],
    old: Mapping[UUID, CredentialRow],
    *,
    reason: str,
    now: datetime,
    randomness: Randomness,
) -> dict[UUID, CredentialRow]:
    bases = {row.id: row.base_url for row in session.scalars(select(IssuerRow))}
    rows = {}
    for one in fresh:
        before, identifier = old[one.predecessor_id], new_id(randomness)
        changed = one.achievement.row_id if one.achievement.row_id != awards[one.award_id].achievement_id else None
        rows[one.predecessor_id] = CredentialRow(
            id=identifier,
            issuer_id=one.issuer_id,
            award_id=one.award_id,
            state="preparing",
            document_id=credential_url(bases[one.issuer_id], identifier),
            formats=list(before.formats),
            identity_salt=randomness(16).hex(),
            valid_from=before.valid_from,
            valid_until=before.valid_until,
            created_at=now,
            replaces_id=before.id,
            achievement_id=changed,
            facts={**one.request.as_dict(), REASON: reason},
        )
    session.add_all(rows.values())
    return rows


def _held_people(session: Session, wanted: Sequence[Correction]) -> dict[UUID, PersonRow]:
    rows = session.scalars(
        select(PersonRow)
        .where(PersonRow.id.in_({one.person_id for one in wanted}))
        .order_by(PersonRow.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row for row in rows}


def _events(
    fresh: Sequence[Correction], rows: Mapping[UUID, CredentialRow], reason: str
) -> list[tuple[str, str, Mapping[str, object]]]:
    digest = sha256(reason.encode()).hexdigest()
    return [
        (
            "credential reissued",
            f"credential:{one.predecessor_id}",
            {
                "successor": str(rows[one.predecessor_id].id),
                "version": one.achievement.version,
                "reason_sha256": digest,
            },
        )
        for one in fresh
    ]


def _outcomes(
    db: Database,
    judged: Mapping[UUID, Correction | Judged],
    begun: Mapping[UUID, _Begun],
    issued: Collection[UUID],
) -> list[SuccessionOutcome]:
    with db.read() as session:
        bases = {row.id: row.base_url for row in session.scalars(select(IssuerRow))}
    found = []
    for identifier, one in judged.items():
        if isinstance(one, Judged):
            found.append(SuccessionOutcome(identifier, one.result, one.detail, one.successor_id))
            continue
        if identifier not in begun:
            found.append(SuccessionOutcome(identifier, Result.REFUSED, changed_meanwhile(identifier)))
            continue
        new = begun[identifier].id
        result = Result.DONE if new in issued else Result.ALREADY
        detail = (
            ""
            if result is Result.DONE
            else sentence("the credential {identifier} was corrected so before", identifier=identifier)
        )
        found.append(SuccessionOutcome(identifier, result, detail, new, credential_url(bases[one.issuer_id], new)))
    return found
