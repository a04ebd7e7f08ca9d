"""From a decision to what will be signed: pure functions of (award, achievement, allocation, issuer).

There is one way from words to a document (`award_document`), whether one credential is made of it or a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS
from credentials.identity import EMAIL_ADDRESS, hashed_identity, plain_identity
from credentials.prepared import PreparedCredential, prepare
from credentials.shapes.shapes import Shapes
from credentials.status_list import MESSAGE, status_entry
from issuer.achievement_content import given, result_id, rubric_level_id
from issuer.addresses import refresh_url, status_list_url
from issuer.awards import AwardRequest
from issuer.issuers import Issuer
from issuer.people.facts import version_of
from issuer.programs import Achievement
from issuer.recertification.expiry import first_expiry
from issuer.shapes import HASHED, Allocation, Entry, Predecessor, Shape, Words, shape_of, words_of
from issuer.validity import end_of_day, start_of_day

__all__ = [
    "Allocation",
    "Entry",
    "Predecessor",
    "award_document",
    "award_validity",
    "prepare_award",
    "prepare_document",
    "status_of",
]

REFRESH_TYPE = "1EdTechCredentialRefresh"
_HASHED_ADDRESS = hashed_identity("somebody", EMAIL_ADDRESS, "salt")
"""How a hashed address is written; its words are put in."""
_SHAPES = Shapes()
"""Of what this process issued one by one: the next of a level takes a third of the time. It is bounded by itself."""


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
    shape = shape_of(request, achievement, allocation)
    return prepare(award_document(shape, words_of(request, shape, allocation), achievement, issuer), shapes=_SHAPES)


def award_document(shape: Shape, words: Words, achievement: Achievement, issuer: Issuer) -> dict[str, Any]:
    """The document of an award, of words that have been checked. The same shape gives the same members always."""
    url = f"{issuer.base_url}/credentials/{words['credential']}"
    refreshed = achievement.recertification is not None and achievement.recertification.refresh_service
    subject = {
        "id": words["subject"] if shape.own_did else f"urn:uuid:{words['subject']}",
        "type": ["AchievementSubject"],
        "identifier": [
            plain_identity(words["name"], "name"),
            {**_HASHED_ADDRESS, "identityHash": HASHED + words["address"], "salt": words["salt"]},
        ],
        "achievement": dict(achievement.content),
        "licenseNumber": words.get("license"),
        "narrative": words.get("narrative"),
        "result": [
            _result(one.name, words[f"result {number}"] if one.value is None else one.value, achievement)
            for number, one in enumerate(shape.results)
        ],
    }
    return given(
        {
            "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, *([OPEN_BADGES_EXTENSIONS] if refreshed else [])],
            "id": url,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": achievement.name,
            "issuer": dict(issuer.profile),
            "validFrom": words["from"],
            "validUntil": words["until"] if shape.expires else None,
            "awardedDate": words["from"],
            "credentialSubject": given(subject),
            "evidence": [
                {
                    member: ["Evidence"] if member == "type" else words[f"evidence {number} {member}"]
                    for member in members
                }
                for number, members in enumerate(shape.evidence)
            ],
            "credentialStatus": _status(shape, words, achievement, issuer.base_url),
            "refreshService": {"id": refresh_url(url), "type": REFRESH_TYPE} if refreshed else None,
            "relatedResource": _related(shape, words),
        }
    )


def _status(
    shape: Shape, words: Words, achievement: Achievement, base_url: str
) -> dict[str, Any] | list[dict[str, Any]] | None:
    """Where the level's messages are explained: at its own page, unless it says where."""
    explained = achievement.status_reference or str(achievement.content["id"])
    return _one_or_many(
        [
            status_entry(
                list_url=f"{base_url}/status-lists/{words[f'list {number}']}",
                index=int(words[f"index {number}"]),
                purpose=purpose,
                messages=achievement.status_messages if purpose == MESSAGE else (),
                references=(explained,) if purpose == MESSAGE else (),
            )
            for number, purpose in enumerate(shape.purposes)
        ]
    )


def _related(shape: Shape, words: Words) -> list[dict[str, str]] | None:
    if shape.renewed is None:
        return None
    return [{"id": words["predecessor"], "digestSRI": words["predecessor digest"], "mediaType": shape.renewed}]


def prepare_document(document: Mapping[str, Any], entries: tuple[Entry, ...], issuer: Issuer) -> PreparedCredential:
    """A caller's document with the status entries that were allocated for it. Raises `Unacceptable`."""
    status = status_of(entries, issuer.base_url)
    return prepare({**document, "credentialStatus": status} if status else document, shapes=_SHAPES)


def status_of(entries: tuple[Entry, ...], base_url: str) -> dict[str, Any] | list[dict[str, Any]] | None:
    """The value of `credentialStatus`; None without entries.

    One object, as the schema of Open Badges wants it; an array only if several purposes are asked for.
    """
    return _one_or_many(
        [
            status_entry(list_url=status_list_url(base_url, entry.list_id), index=entry.index, purpose=entry.purpose)
            for entry in entries
        ]
    )


def _one_or_many(objects: list[dict[str, Any]]) -> dict[str, Any] | list[dict[str, Any]] | None:
    return objects[0] if len(objects) == 1 else objects or None


def _result(name: str, value: str, achievement: Achievement) -> dict[str, Any]:
    """A result linked to its description; a rubric's step and a status have members of their own."""
    address = str(achievement.content["id"])
    rule = next(rule for rule in achievement.results if rule.id == name)
    linked = {"type": ["Result"], "resultDescription": result_id(address, name)}
    if rule.levels:
        return {**linked, "achievedLevel": rubric_level_id(address, name, value)}
    return {**linked, "status": value} if rule.type == "Status" else {**linked, "value": value}
