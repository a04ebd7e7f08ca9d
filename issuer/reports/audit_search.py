"""The audit trail, the latest first: of a subject, by somebody, of a kind, between two instants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.instants import parse_instant
from issuer.audit import AuditEvent
from issuer.awards import comparable
from issuer.store import Database
from issuer.tables import AuditEventRow, PersonAddressRow

_KINDS = ("credential", "person", "proposal", "bulk", "award", "message")


@dataclass(frozen=True, slots=True)
class TrailSearch:
    """What must hold of an event; "" and None do not narrow it.

    `subject` and `actor` are an e-mail address of a person, an id, or part of what stands in the trail, as `action` is.
    """

    subject: str = ""
    actor: str = ""
    action: str = ""
    since: datetime | None = None
    before: datetime | None = None


def find_events(
    db: Database, search: TrailSearch, *, below: int | None = None, limit: int = 50
) -> tuple[AuditEvent, ...]:
    """Up to `limit` events, the latest first; only those with a sequence below `below`, if it is given."""
    row = AuditEventRow
    with db.read() as session:
        query = select(row)
        if below is not None:
            query = query.where(row.sequence < below)
        for column, text in ((row.subject, search.subject), (row.actor, search.actor)):
            if text:
                exact = _references(session, text)
                query = query.where(column.in_(exact) if exact else column.contains(text, autoescape=True))
        if search.action:
            query = query.where(row.action.contains(search.action, autoescape=True))
        if search.since is not None:
            query = query.where(row.at >= _written(search.since))
        if search.before is not None:
            query = query.where(row.at < _written(search.before))
        rows = session.scalars(query.order_by(row.sequence.desc()).limit(limit)).all()
        return tuple(
            AuditEvent(one.sequence, parse_instant(one.at), one.actor, one.action, one.subject, _facts(one), one.hash)
            for one in rows
        )


def _facts(row: AuditEventRow) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads(row.details)
    return facts


def _references(session: Session, text: str) -> list[str]:
    """How the trail names what is meant, if it is an address or an id."""
    if "@" in text:
        found = session.get(PersonAddressRow, comparable(text))
        return [f"person:{found.person_id}" if found is not None else f"nobody:{text}"]
    try:
        identifier = UUID(text.rstrip("/").rpartition("/")[2].rpartition(":")[2])
    except ValueError:
        return []
    return [f"{kind}:{identifier}" for kind in _KINDS]


def _written(instant: datetime) -> str:
    """The beginning of how the trail writes instants, which sorts as they do."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
