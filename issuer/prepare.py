"""From a decision to what will be signed: pure functions of (award, achievement, allocation, issuer)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS
from credentials.identity import EMAIL_ADDRESS, hashed_identity, plain_identity
from credentials.instants import format_instant
from credentials.prepared import PreparedCredential, prepare
from credentials.status_list import status_entry
from issuer.achievement_content import given, result_id, rubric_level_id
from issuer.addresses import credential_url, refresh_url, status_list_url
from issuer.assessment.evidence import evidence_object
from issuer.awards import AwardRequest, comparable
from issuer.issuers import Issuer
from issuer.people.facts import version_of
from issuer.programs import Achievement
from issuer.recertification.expiry import first_expiry
from issuer.validity import end_of_day, start_of_day

REFRESH_TYPE = "1EdTechCredentialRefresh"


@dataclass(frozen=True, slots=True)
class Entry:
    """A slot of a status list: which list, which index, for what purpose."""

    purpose: str
    list_id: UUID
    index: int


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The credential that this one replaces: where its exact bytes are served, as what, and their digest.

    `digest` is integrity metadata of Subresource Integrity, as `digestSRI` wants it (VCDM 2.0, section 5.3).
    """

    url: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a credential was given before it was made: id, subject, salt, validity, status slots, predecessor."""

    credential_id: UUID
    subject_id: str
    salt: str
    valid_from: datetime
    valid_until: datetime | None
    entries: tuple[Entry, ...]
    predecessor: Predecessor | None = None


def award_validity(request: AwardRequest, achievement: Achievement) -> tuple[datetime, datetime | None]:
    """From the first second of the award's day, where the program is, to the last of the last day that its rules give.

    Raises ValueError beyond the year 9000.
    """
    zone = achievement.zone
    last = first_expiry(version_of(achievement), request.awarded_on)
    return start_of_day(request.awarded_on, zone), end_of_day(last, zone) if last else None


def prepare_award(
    request: AwardRequest, achievement: Achievement, allocation: Allocation, issuer: Issuer
) -> PreparedCredential:
    """The Open Badge of an award (Open Badges 3.0, B.1 AchievementCredential). Raises `Unacceptable`.

    A successor names its predecessor as a related resource; where the level's rules say so, it names the service
    that has the newest one (a type that only the extensions' context defines).
    """
    url = credential_url(issuer.base_url, allocation.credential_id)
    refreshed = achievement.recertification is not None and achievement.recertification.refresh_service
    return prepare(
        given(
            {
                "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, *([OPEN_BADGES_EXTENSIONS] if refreshed else [])],
                "id": url,
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
                "evidence": [evidence_object(item) for item in request.evidence],
                "credentialStatus": status_of(allocation.entries, issuer.base_url),
                "refreshService": {"id": refresh_url(url), "type": REFRESH_TYPE} if refreshed else None,
                "relatedResource": _related(allocation.predecessor),
            }
        )
    )


def _related(predecessor: Predecessor | None) -> list[dict[str, str]] | None:
    if predecessor is None:
        return None
    return [{"id": predecessor.url, "digestSRI": predecessor.digest, "mediaType": predecessor.media_type}]


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
