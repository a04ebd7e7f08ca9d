"""Revoking, suspending, reinstating, reissuing or renewing many credentials in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from credentials.sentence import sentence
from issuer.bulk_status import checked_reason
from issuer.errors import Fault, Refused
from issuer.issuers import issuer_row
from issuer.jobs.bulk import Bulk, BulkKind, start_bulk
from issuer.store import Database
from issuer.tables import CredentialRow

_AT_ONCE = 500


def change_in_background(
    db: Database,
    kind: BulkKind,
    *,
    issuer: str | None,
    credential_ids: Sequence[UUID],
    reason: str,
    anew: bool = False,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    idempotency_key: str | None = None,
) -> Bulk:
    """Begin to change credentials of an issuer, for one reason; a worker does it. Not for RENEW: see below.

    anew: REISSUE signs again what says the same (`Corrections.anew`), and takes no newer version of its level.

    Raises Refused, naming every id that is none of that issuer's issued credentials, or for a reason that is none;
    IdempotencyConflict, UnknownIssuer. What a credential's state does not allow is that item's outcome.
    """
    arguments: dict[str, Any] = {"reason": checked_reason(reason), **({"anew": True} if anew else {})}
    return _begun(
        db, kind, arguments, issuer, credential_ids, actor=actor, now=now, randomness=randomness, key=idempotency_key
    )


def renew_in_background(
    db: Database,
    *,
    issuer: str | None,
    credential_ids: Sequence[UUID],
    completed_on: date,
    declared: bool,
    early: bool,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    idempotency_key: str | None = None,
) -> Bulk:
    """Begin to renew credentials for what their holders completed on that day; raises as `change_in_background`.

    `declared`, `early`: see `issuer.succession.renewal_work.RenewalWish`.
    """
    arguments = {"completed_on": completed_on.isoformat(), "declared": declared, "early": early}
    return _begun(
        db,
        BulkKind.RENEW,
        arguments,
        issuer,
        credential_ids,
        actor=actor,
        now=now,
        randomness=randomness,
        key=idempotency_key,
    )


def _begun(
    db: Database,
    kind: BulkKind,
    arguments: Mapping[str, Any],
    issuer: str | None,
    credential_ids: Sequence[UUID],
    *,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    key: str | None,
) -> Bulk:
    ids = tuple(dict.fromkeys(credential_ids))
    with db.read() as session:
        owner = issuer_row(session, issuer)
        known: set[UUID] = set()
        for start in range(0, len(ids), _AT_ONCE):
            query = select(CredentialRow.id).where(
                CredentialRow.id.in_(ids[start : start + _AT_ONCE]),
                CredentialRow.issuer_id == owner.id,
                CredentialRow.state == "issued",
            )
            known |= set(session.scalars(query))
    faults = [
        Fault(str(one), sentence("no credential of this id was issued"), sentence("leave it out"))
        for one in ids
        if one not in known
    ]
    if faults:
        raise Refused("The list of credentials", faults)
    return start_bulk(
        db,
        kind,
        [{"credential": str(one), "origin": str(one)} for one in ids],
        issuer=issuer,
        arguments=arguments,
        actor=actor,
        now=now,
        randomness=randomness,
        idempotency_key=key,
    )
