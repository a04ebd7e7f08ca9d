"""From a decision to what will be signed: pure functions of (award, achievement, allocation, issuer)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3
from credentials.identity import EMAIL_ADDRESS, hashed_identity, plain_identity
from credentials.instants import format_instant
from credentials.prepared import PreparedCredential, prepare
from credentials.status_list import status_entry
from issuer.achievement_content import given, result_id, rubric_level_id
from issuer.addresses import credential_url, status_list_url
from issuer.awards import AwardRequest, comparable
from issuer.issuers import Issuer
from issuer.programs import Achievement
from issuer.validity import start_of_day, valid_until


@dataclass(frozen=True, slots=True)
class Entry:
    """A slot of a status list: which list, which index, for what purpose."""

    purpose: str
    list_id: UUID
    index: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a credential was given before it was made: id, subject, salt, validity and status slots."""

    credential_id: UUID
    subject_id: str
    salt: str
    valid_from: datetime
    valid_until: datetime | None
    entries: tuple[Entry, ...]


def award_validity(request: AwardRequest, achievement: Achievement) -> tuple[datetime, datetime | None]:
    """From the first second of the award's day, where the program is, to the last of the validity's last day."""
    zone = achievement.zone
    return start_of_day(request.awarded_on, zone), valid_until(request.awarded_on, achievement.validity, zone)


def prepare_award(
    request: AwardRequest, achievement: Achievement, allocation: Allocation, issuer: Issuer
) -> PreparedCredential:
    """The Open Badge of an award (Open Badges 3.0, B.1 AchievementCredential). Raises `Unacceptable`."""
    return prepare(
        given(
            {
                "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
                "id": credential_url(issuer.base_url, allocation.credential_id),
                "type": ["VerifiableCredential", "OpenBadgeCredential"],
                "name": achievement.name,
                "issuer": dict(issuer.profile),
                "validFrom": format_instant(allocation.valid_from),
                "validUntil": format_instant(allocation.valid_until) if allocation.valid_until else None,
                "awardedDate": format_instant(allocation.valid_from),
                "credentialSubject": given(
                    {
                        "id": allocation.subject_id,
                        "type": ["AchievementSubject"],
                        "identifier": [
                            plain_identity(request.name, "name"),
                            hashed_identity(comparable(request.email), EMAIL_ADDRESS, allocation.salt),
                        ],
                        "achievement": dict(achievement.content),
                        "licenseNumber": request.license_number,
                        "narrative": request.narrative,
                        "result": [_result(name, value, achievement) for name, value in request.results],
                    }
                ),
                "evidence": [
                    given({"id": item.url, "type": ["Evidence"], "name": item.name}) for item in request.evidence
                ],
                "credentialStatus": status_of(allocation.entries, issuer.base_url),
            }
        )
    )


def prepare_document(document: Mapping[str, Any], entries: tuple[Entry, ...], issuer: Issuer) -> PreparedCredential:
    """A caller's document with the status entries that were allocated for it. Raises `Unacceptable`."""
    status = status_of(entries, issuer.base_url)
    return prepare({**document, "credentialStatus": status} if status else document)


def status_of(entries: tuple[Entry, ...], base_url: str) -> dict[str, str] | list[dict[str, str]] | None:
    """The value of `credentialStatus`; None without entries.

    One object, as the schema of Open Badges wants it; an array only if a level asks for two purposes.
    """
    objects = [
        status_entry(list_url=status_list_url(base_url, entry.list_id), index=entry.index, purpose=entry.purpose)
        for entry in entries
    ]
    return objects[0] if len(objects) == 1 else objects or None


def _result(name: str, value: str, achievement: Achievement) -> dict[str, Any]:
    """A result linked to its description; a rubric's step and a status have members of their own."""
    address = str(achievement.content["id"])
    rule = next(rule for rule in achievement.results if rule.id == name)
    linked = {"type": ["Result"], "resultDescription": result_id(address, name)}
    if rule.levels:
        return {**linked, "achievedLevel": rubric_level_id(address, name, value)}
    return {**linked, "status": value} if rule.type == "Status" else {**linked, "value": value}
