"""Credentials as the admin's lists show them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from issuer.catalogue import CredentialRecord, standing_at
from issuer.selection import Selected


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential in a list; `name` is empty for a document of the API. `why` says what stands against a change."""

    id: UUID
    name: str
    level: str
    standing: str
    until: date | None
    earned: date | None
    why: str = ""


def line_of(record: CredentialRecord, now: datetime, zone: ZoneInfo) -> CredentialLine:
    """A line of a search."""
    return CredentialLine(
        record.id,
        record.recipient_name or "",
        record.achievement_name or "",
        record.standing(now).value,
        record.valid_until.astimezone(zone).date() if record.valid_until else None,
        record.awarded_on,
    )


def line_of_selected(one: Selected, now: datetime, zone: ZoneInfo, why: str = "") -> CredentialLine:
    """A line of a preview."""
    until = one.row.valid_until
    return CredentialLine(
        one.id,
        one.name,
        one.level_name,
        standing_at(now, one.row).value,
        until.astimezone(zone).date() if until else None,
        one.awarded_on,
        why,
    )
