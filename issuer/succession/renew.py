"""Renew: a new award for what was completed, and a new credential that names its predecessor.

1. read: the course of each credential and what renewing takes (`issuer.succession.renewals`, judged by the engine)
2. allocate: award, credential id and status slots, rows in state `preparing` that name the predecessor, committed
3. to 6. prepare, sign, verify, store (`issuer.signing`)

The predecessor stays as it is, valid through its last day. A crash after 2 leaves something to resume: the same call
again, or `issuer.issue.resume`, finishes it, and nothing is renewed twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from issuer import audit
from issuer.addresses import credential_url
from issuer.allocation import Allocated, Randomness, allocate
from issuer.bulk_status import Result
from issuer.errors import TransitionRefused, UnknownCredential
from issuer.issuers import as_issuer
from issuer.signing import Step, StepReached, finish_or_void
from issuer.status_told import tell_of_newer
from issuer.store import Database
from issuer.succession.chain import held, stands, successors
from issuer.succession.outcomes import Judged, SuccessionOutcome, changed_meanwhile, in_order
from issuer.succession.renewal_work import RenewalWish
from issuer.succession.renewals import Renewing, judge_renewals
from issuer.tables import AwardRow, IssuerRow
from keys.keyring import Keyring

SOURCE = "renewal"
CHUNK_SIZE = 200


def renew(
    db: Database,
    keyring: Keyring,
    *,
    wish: RenewalWish,
    actor: str,
    now: datetime,
    randomness: Randomness,
    assessed: bool = False,
    reached: StepReached | None = None,
) -> SuccessionOutcome:
    """Renew one credential; `already` if the same renewal was made before.

    `assessed`: assessors found what renewing takes, so only days are judged. Raises UnknownCredential,
    TransitionRefused with everything that stands against it, and as `renew_many`.
    """
    (outcome,) = renew_many(
        db,
        keyring,
        wishes=[wish],
        actor=actor,
        now=now,
        randomness=randomness,
        assessed=assessed,
        reached=reached,
    )
    if outcome.result is Result.UNKNOWN:
        raise UnknownCredential(outcome.detail)
    if outcome.result is Result.REFUSED:
        raise TransitionRefused(outcome.detail)
    return outcome


def renew_many(
    db: Database,
    keyring: Keyring,
    *,
    wishes: Sequence[RenewalWish],
    actor: str,
    now: datetime,
    randomness: Randomness,
    assessed: bool = False,
    reached: StepReached | None = None,
) -> tuple[SuccessionOutcome, ...]:
    """Renew the credentials of a chunk (CHUNK_SIZE at most is wise); an outcome for each, in their order.

    Raises as `issuer.signing.finish`: what was begun is finished by the same call, or by `issuer.issue.resume`.
    """
    step = reached or (lambda _: None)
    wishes = tuple({one.credential_id: one for one in wishes}.values())
    step(Step.READ)
    with db.read() as session:
        judged = judge_renewals(session, wishes, now=now, assessed=assessed)
    wanted = [one for one in judged.values() if isinstance(one, Renewing)]
    step(Step.ALLOCATE)
    allocated: dict[UUID, Allocated] = {}
    issued: set[UUID] = set()
    for issuer_id in sorted({one.issuer_id for one in wanted}):
        mine = [one for one in wanted if one.issuer_id == issuer_id]
        begun = _allocate(db, issuer_id, mine, actor=actor, now=now, randomness=randomness)
        unfinished = [one.credential_id for one in begun.values() if one.preparing]
        if unfinished:  # steps 3 to 6
            issued |= set(
                finish_or_void(db, keyring, unfinished, issuer_id=issuer_id, actor=actor, now=now, reached=step)
            )
        allocated |= begun
    tell_of_newer(db, keyring, [one.predecessor_id for one in wanted], actor=actor, now=now)
    step(Step.DONE)
    return in_order([one.credential_id for one in wishes], _outcomes(db, judged, allocated, issued))


def _allocate(
    db: Database, issuer_id: int, wanted: Sequence[Renewing], *, actor: str, now: datetime, randomness: Randomness
) -> dict[UUID, Allocated]:
    """Step 2, by predecessor. One that another process revoked, suspended or replaced since step 1 is left out."""
    with db.write() as session:
        owner = session.get_one(IssuerRow, issuer_id)
        base_url = as_issuer(owner).base_url
        old = held(session, [one.predecessor_id for one in wanted])
        later = successors(session, old)
        ours = {
            key
            for key, row in later.items()
            if session.get_one(AwardRow, row.award_id).idempotency_key
            in {one.wanted.key for one in wanted if one.predecessor_id == key}
        }
        still = [
            one
            for one in wanted
            if one.predecessor_id in ours or (one.predecessor_id not in later and stands(old[one.predecessor_id]))
        ]
        if not still:
            return {}
        found = allocate(
            session,
            owner,
            [one.wanted for one in still],
            source=SOURCE,
            actor=actor,
            now=now,
            address=lambda identifier: credential_url(base_url, identifier),
            randomness=randomness,
        )
        if events := _events(still, found):
            audit.append_all(session, at=now, actor=actor, events=events)
        return {one.predecessor_id: found[one.wanted.key] for one in still}


def _events(
    renewing: Sequence[Renewing], found: Mapping[str, Allocated]
) -> list[tuple[str, str, Mapping[str, object]]]:
    """That it was decided, and the hash of what was declared."""
    return [
        (
            "credential renewed",
            f"credential:{one.predecessor_id}",
            {
                "successor": str(found[one.wanted.key].credential_id),
                **({"declaration_sha256": sha256(one.declaration.encode()).hexdigest()} if one.declaration else {}),
            },
        )
        for one in renewing
        if found[one.wanted.key].given is not None
    ]


def _outcomes(
    db: Database,
    judged: Mapping[UUID, Renewing | Judged],
    allocated: Mapping[UUID, Allocated],
    issued: Collection[UUID],
) -> list[SuccessionOutcome]:
    with db.read() as session:
        bases = {
            one: session.get_one(IssuerRow, one).base_url
            for one in {found.issuer_id for found in judged.values() if isinstance(found, Renewing)}
        }
    outcomes = []
    for identifier, one in judged.items():
        if isinstance(one, Judged):
            outcomes.append(SuccessionOutcome(identifier, one.result, one.detail, one.successor_id))
        elif identifier not in allocated:
            outcomes.append(SuccessionOutcome(identifier, Result.REFUSED, changed_meanwhile(identifier)))
        else:
            new = allocated[identifier].credential_id
            result = Result.DONE if new in issued else Result.ALREADY
            outcomes.append(SuccessionOutcome(identifier, result, "", new, credential_url(bases[one.issuer_id], new)))
    return outcomes
