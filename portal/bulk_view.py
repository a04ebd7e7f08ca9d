"""A bulk as JSON: the same for the command line and the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from credentials.instants import format_instant
from issuer.jobs.bulk import Bulk


def as_json(bulk: Bulk, now: datetime) -> dict[str, Any]:
    """How far it is now. `secondsRemaining` is an estimate, null if nobody can say."""
    rate, remaining = bulk.rate(now), bulk.remaining(now)
    return {
        "id": str(bulk.id),
        "issuer": bulk.issuer,
        "kind": bulk.kind.value,
        "state": bulk.state.value,
        "total": bulk.total,
        "done": bulk.done,
        "failed": bulk.failed,
        "cancelled": bulk.cancelled,
        "waiting": bulk.waiting,
        "createdBy": bulk.created_by,
        "createdAt": format_instant(bulk.created_at),
        "endedAt": format_instant(bulk.ended_at) if bulk.ended_at else None,
        "cancelAsked": bulk.cancel_asked_at is not None,
        "perSecond": round(rate, 2) if rate is not None else None,
        "secondsRemaining": int(remaining.total_seconds()) if remaining is not None else None,
        "fault": bulk.fault,
    }
