"""What there is for each order of a chunk when it was issued: by this call, or by one before or beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from issuer.addresses import credential_url
from issuer.allocation import Allocated, Wanted, current_credentials
from issuer.batches import Batch
from issuer.errors import Fault, OwnOutputMismatch
from issuer.many_rows import among
from issuer.orders import Order
from issuer.store import Database
from issuer.tables import AwardRow


class IssuedCredential(NamedTuple):
    """A credential of the batch; `new` is False if an earlier call issued it."""

    id: UUID
    url: str
    award_id: UUID
    key: str
    name: str
    email: str
    program: str
    level: str
    achievement_name: str
    achievement_version: str
    valid_from: datetime
    valid_until: datetime | None
    new: bool
    origin: str


def outcome_of(
    db: Database,
    batch: Batch,
    chunk: Sequence[tuple[Order, Wanted]],
    allocated: Mapping[str, Allocated],
    issued: set[UUID],
) -> tuple[IssuedCredential, ...]:
    """What there is now for each order; what this call did not issue itself is looked up."""
    others = {order.key for order, _ in chunk if allocated[order.key].credential_id not in issued}
    before = _issued_before(db, batch.issuer_id, list(others)) if others else {}
    found = []
    for order, wanted in chunk:
        mine, new = allocated[order.key], order.key not in others
        if new:
            what = _Issued(mine.credential_id, mine.award_id, wanted.valid_from, wanted.valid_until)
        elif order.key in before:
            what = before[order.key]
        else:
            fault = "the credential was made void by another process while this one issued it"
            raise OwnOutputMismatch(str(Fault(order.request.origin, fault, "issue the list again")))
        found.append(_as_issued(order, what, batch.issuer.base_url, new=new))
    return tuple(found)


class _Issued(NamedTuple):
    credential_id: UUID
    award_id: UUID
    valid_from: datetime
    valid_until: datetime | None


def _issued_before(db: Database, issuer_id: int, keys: Sequence[str]) -> dict[str, _Issued]:
    """The credentials of these keys that an earlier call issued, or another process meanwhile."""
    with db.read() as session:
        rows = session.execute(
            select(AwardRow.id, AwardRow.idempotency_key).where(
                AwardRow.issuer_id == issuer_id, among(session, AwardRow.idempotency_key, keys)
            )
        )
        key_of = {row.id: row.idempotency_key for row in rows}
        return {
            key_of[award_id]: _Issued(one.id, award_id, one.valid_from, one.valid_until)
            for award_id, one in current_credentials(session, list(key_of), state="issued").items()
        }


def _as_issued(order: Order, what: _Issued, base_url: str, *, new: bool) -> IssuedCredential:
    request, level = order.request, order.level
    return IssuedCredential(
        id=what.credential_id,
        url=credential_url(base_url, what.credential_id),
        award_id=what.award_id,
        key=order.key,
        name=request.name,
        email=request.email,
        program=request.program,
        level=request.level,
        achievement_name=level.name,
        achievement_version=level.version,
        valid_from=what.valid_from,
        valid_until=what.valid_until,
        new=new,
        origin=request.origin,
    )
