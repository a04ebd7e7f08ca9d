"""A fact that someone is to be told, once, whatever crashes and however often a job runs: its key says which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from issuer.canonical_json import json_text
from issuer.many_rows import insert_rows
from issuer.tables import NoticeRow


class Kind(StrEnum):
    """What a notice is about."""

    ISSUED = "issued"
    RENEWED = "renewed"
    REISSUED = "reissued"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    ASSIGNED = "assigned"
    WINDOW_OPENS = "window opens"
    REMINDER = "reminder"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    DEPENDENT = "dependent"
    ESCALATED_TO_MANAGER = "escalated to manager"
    ESCALATED_TO_OWNER = "escalated to owner"
    ASSESSMENT_WANTED = "assessment wanted"
    DECIDED = "decided"


AT_ONCE = frozenset(
    {Kind.ISSUED, Kind.RENEWED, Kind.REISSUED, Kind.REVOKED, Kind.SUSPENDED, Kind.REINSTATED, Kind.DECIDED}
)
"""News of one's own: it does not wait for the next day's mail."""


class Notice(NamedTuple):
    """Whom to tell what, from when on. Exactly one of `recipient_id` and `address` is given.

    `facts` hold ids, dates (ISO) and names of levels, never names or addresses of people: those are read when the
    message is written, so that an erased person stands in none.
    """

    key: str
    kind: Kind
    issuer_id: int
    facts: Mapping[str, Any]
    due_at: datetime
    recipient_id: UUID | None = None
    address: str | None = None
    about_id: UUID | None = None


def put(session: Session, notices: Sequence[Notice], now: datetime) -> None:
    """Record notices in the caller's transaction; one whose key is there already stays as it is."""
    in_order = sorted(notices, key=lambda one: one.key)
    if not in_order:
        return
    insert_rows(
        session,
        NoticeRow,
        same={"created_at": now, "state": "waiting"},
        each={
            "key": [one.key for one in in_order],
            "kind": [one.kind.value for one in in_order],
            "issuer_id": [one.issuer_id for one in in_order],
            "recipient_id": [one.recipient_id for one in in_order],
            "address": [one.address for one in in_order],
            "about_id": [one.about_id for one in in_order],
            "facts": [json_text(dict(one.facts)) for one in in_order],
            "due_at": [one.due_at for one in in_order],
        },
        unless_there=("key",),
    )
