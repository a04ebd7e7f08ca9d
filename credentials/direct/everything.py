"""Documents that say all that the data model can say and today's contexts define: of them the automaton learns ahead.

Not among it are `endorsementJwt`, which no context defines, and proofs within, which the direct road is not proven for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from credentials import contexts

CONTEXTS = (
    (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3_0_3),
    (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3_0_3, contexts.OPEN_BADGES_EXTENSIONS),
    (contexts.CREDENTIALS_V2,),
)
"""The lists of contexts that badges and status lists have today."""

_NOW = "2026-11-22T10:00:00Z"
_URL = "https://example.org/"
_IMAGE = {"id": _URL, "type": "Image", "caption": ""}
_IDENTIFIERS = [{"type": "IdentifierEntry", "identifier": "", "identifierType": "sourcedId"}]
_PROOF_OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": _NOW,
    "verificationMethod": _URL,
    "proofPurpose": "assertionMethod",
}
_ALIGNMENTS = [
    {"type": ["Alignment"], "targetType": "CFItem", "targetUrl": _URL}
    | dict.fromkeys(("targetCode", "targetDescription", "targetName", "targetFramework"), "")
]
_LEVEL = {"id": _URL, "type": ["RubricCriterionLevel"], "alignment": _ALIGNMENTS} | dict.fromkeys(
    ("description", "level", "name", "points"), ""
)
_RESULT_DESCRIPTION = {
    "id": _URL,
    "type": ["ResultDescription"],
    "alignment": _ALIGNMENTS,
    "allowedValue": [""],
    "requiredLevel": _URL,
    "resultType": "RubricCriterionLevel",
    "rubricCriterionLevel": [_LEVEL],
} | dict.fromkeys(("name", "requiredValue", "valueMax", "valueMin"), "")
_RESULT = {
    "type": ["Result"],
    "achievedLevel": _URL,
    "alignment": _ALIGNMENTS,
    "resultDescription": _URL,
    "status": "Completed",
    "value": "",
}
_IDENTITY = {
    "type": "IdentityObject",
    "hashed": True,
    "identityHash": "",
    "identityType": "emailAddress",
    "salt": "",
}
_ADDRESS = {
    "type": ["Address"],
    "geo": {"type": "GeoCoordinates", "latitude": 1.5, "longitude": 1.5},
} | dict.fromkeys(
    (
        "addressCountry",
        "addressCountryCode",
        "addressRegion",
        "addressLocality",
        "streetAddress",
        "postOfficeBoxNumber",
        "postalCode",
    ),
    "",
)
_OF_A_PERSON = (
    "official",
    "familyName",
    "givenName",
    "additionalName",
    "patronymicName",
    "honorificPrefix",
    "honorificSuffix",
    "familyNamePrefix",
)


def documents() -> Iterator[dict[str, Any]]:
    """Badges, endorsements, status lists and the options of proofs, over each list of contexts."""
    for named in CONTEXTS:
        context = [*named]
        if len(named) > 1:
            yield from (_badge(context, name) for name in ("OpenBadgeCredential", "AchievementCredential"))
            yield _endorsement(context)
        yield from (_status_list(context, issuer) for issuer in (_URL, {"id": _URL, "name": "", "description": ""}))
        yield {"@context": context, **_PROOF_OPTIONS}


def _badge(context: list[str], type_: str) -> dict[str, Any]:
    return {
        **_credential(context, type_),
        "issuer": _profile(context),
        "image": _IMAGE,
        "endorsement": [_endorsement(context)],
        "evidence": [
            {"id": _URL, "type": ["Evidence"]}
            | dict.fromkeys(("narrative", "name", "description", "genre", "audience"), "")
        ],
        "credentialSubject": {
            "id": _URL,
            "type": ["AchievementSubject"],
            "activityEndDate": _NOW,
            "activityStartDate": _NOW,
            "creditsEarned": 1.5,
            "achievement": _achievement(context),
            "identifier": [_IDENTITY],
            "image": _IMAGE,
            "result": [_RESULT],
            "source": _profile(context),
        }
        | dict.fromkeys(("licenseNumber", "narrative", "role", "term"), ""),
    }


def _achievement(context: list[str]) -> dict[str, Any]:
    return {
        "id": _URL,
        "type": ["Achievement"],
        "alignment": _ALIGNMENTS,
        "achievementType": "Certification",
        "creator": _profile(context),
        "creditsAvailable": 1.5,
        "criteria": {"id": _URL, "narrative": ""},
        "endorsement": [_endorsement(context)],
        "image": _IMAGE,
        "otherIdentifier": _IDENTIFIERS,
        "related": [{"id": _URL, "type": ["Related"], "inLanguage": "en", "version": ""}],
        "resultDescription": [_RESULT_DESCRIPTION],
        "tag": [""],
    } | dict.fromkeys(
        ("description", "fieldOfStudy", "humanCode", "inLanguage", "name", "specialization", "version"), ""
    )


def _profile(context: list[str], *, inner: bool = False) -> dict[str, Any]:
    """A profile; one within it has neither endorsements nor another."""
    around = {} if inner else {"parentOrg": _profile(context, inner=True), "endorsement": [_endorsement(context)]}
    return {
        "id": _URL,
        "type": ["Profile"],
        "url": _URL,
        "image": _IMAGE,
        "address": _ADDRESS,
        "otherIdentifier": _IDENTIFIERS,
        "dateOfBirth": "1990-05-17",
        **around,
    } | dict.fromkeys(("name", "phone", "description", "email", *_OF_A_PERSON), "")


def _endorsement(context: list[str]) -> dict[str, Any]:
    return {
        **_credential(context, "EndorsementCredential"),
        "issuer": _profile(context, inner=True),
        "credentialSubject": {"id": _URL, "type": ["EndorsementSubject"], "endorsementComment": ""},
    }


def _credential(context: list[str], type_: str) -> dict[str, Any]:
    """What all credentials of Open Badges say."""
    services: dict[str, Any] = {
        "refreshService": {"id": _URL, "type": "1EdTechCredentialRefresh"},
        "credentialSchema": [{"id": _URL, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    return {
        "@context": context,
        "id": _URL,
        "type": ["VerifiableCredential", type_],
        "name": "",
        "description": "",
        "awardedDate": _NOW,
        "validFrom": _NOW,
        "validUntil": _NOW,
        "relatedResource": [
            {"id": _URL, "digestSRI": "sha256-", "digestMultibase": "z", "mediaType": "application/json"},
        ],
        "credentialStatus": [
            {
                "id": _URL,
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "0",
                "statusListCredential": _URL,
            }
        ],
        **(services if contexts.OPEN_BADGES_EXTENSIONS in context else {}),
    }


def _status_list(context: list[str], issuer: str | dict[str, str]) -> dict[str, Any]:
    return {
        "@context": context,
        "id": _URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer if len(context) == 1 or isinstance(issuer, str) else {**issuer, "type": ["Profile"]},
        "name": "",
        "description": "",
        "validFrom": _NOW,
        "validUntil": _NOW,
        "credentialSubject": {
            "id": _URL,
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "",
            "ttl": 1,
        },
    }
