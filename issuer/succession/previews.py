"""What renewing or reissuing a selection would do, before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from issuer.bulk_status import Result
from issuer.preview import Preview, preview
from issuer.selection import Selected
from issuer.status_transitions import Obstacle
from issuer.store import Database
from issuer.succession.correction import Correction, Corrections, judge_corrections
from issuer.succession.outcomes import Judged
from issuer.succession.renewal_work import RenewalWish
from issuer.succession.renewals import Renewing, judge_renewals

_AT_ONCE = 1_000


def current(selected: Sequence[Selected]) -> tuple[Selected, ...]:
    """Those that nothing has replaced: of a chain, the newest."""
    return tuple(one for one in selected if one.successor_id is None)


def preview_renewals(
    db: Database, selected: Sequence[Selected], wishes: Sequence[RenewalWish], *, now: datetime
) -> Preview:
    """What `issuer.succession.renew.renew_many` would do now."""
    judged: dict[UUID, Renewing | Judged] = {}
    for start in range(0, len(wishes), _AT_ONCE):
        with db.read() as session:
            judged |= judge_renewals(session, wishes[start : start + _AT_ONCE], now=now, assessed=False)
    return preview(selected, lambda one: _obstacle(judged, one))


def preview_corrections(
    db: Database, selected: Sequence[Selected], corrections: Corrections, *, now: datetime
) -> Preview:
    """What `issuer.succession.reissue.reissue_many` would do now."""
    judged: dict[UUID, Correction | Judged] = {}
    ids = [one.id for one in selected]
    for start in range(0, len(ids), _AT_ONCE):
        with db.read() as session:
            judged |= judge_corrections(session, ids[start : start + _AT_ONCE], corrections, now)
    return preview(selected, lambda one: _obstacle(judged, one))


def _obstacle(judged: Mapping[UUID, object], one: Selected) -> Obstacle | None:
    found = judged[one.id]
    if not isinstance(found, Judged):
        return None
    return Obstacle(found.why or found.detail, already=found.result is Result.ALREADY)
