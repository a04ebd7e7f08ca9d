"""A credential in the European Learning Model 3: what Europass calls a European Digital Credential for Learning.

It says what the signed badge says, of an organization that names itself by its law. The shape is that of the European
Commission's application profile `edc-generic-full`, with the W3C data model 1.1 and the context `edc-ap`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from wallet_export.errors import WalletExportError
from wallet_export.europass_codes import COUNTRIES, LANGUAGES

MEDIA_TYPE: Final = "application/ld+json"
CONTEXTS: Final = ("https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap")
PROFILE: Final = "http://data.europa.eu/snb/model/ap/edc-generic-full"
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
_ESCO: Final = "http://data.europa.eu/esco/"

Json = dict[str, Any]
Texts = Mapping[str, str]
"""The same words by language: `{"en": "Apprentice"}`."""


class EuropassRefused(WalletExportError):  # noqa: N818
    """The learning model requires what is not known, or knows no such country or language."""


@dataclass(frozen=True, slots=True)
class Organization:
    """Who awards, by law. country: three letters (`DEU`). registration: its number in that country's register.

    eidas: its identifier by the eIDAS regulation, if it has one.
    """

    legal_name: str
    country: str
    registration: str
    eidas: str = ""
    homepage: str = ""


@dataclass(frozen=True, slots=True)
class Skill:
    """Something learned; link: what it is aligned to, of which only skills of ESCO have a place in the model."""

    name: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """A result: what was assessed, and how it came out."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Learning:
    """What the document says. language: of the badge's own words, two letters; instants are aware.

    summary: what it is, in each language that the document is shown in. picture and badge are PNGs: the badge as it
    looks, and with the signed credential inside, which may be b""; url: where the credential can be verified.
    """

    credential_id: UUID
    url: str
    organization: Organization
    holder: str
    title: str
    description: str
    language: str
    summary: Texts
    attachment_title: Texts
    awarded_at: datetime
    valid_from: datetime
    valid_until: datetime | None
    picture: bytes
    badge: bytes
    skills: Sequence[Skill] = field(default=())
    grades: Sequence[Grade] = field(default=())


def learning_credential(one: Learning) -> Json:
    """The document, without a seal. Raises EuropassRefused with a sentence about what is missing."""
    _require(one)
    own, begins = one.language, _instant(one.valid_from)
    ends = {} if one.valid_until is None else dict.fromkeys(("expirationDate", "validUntil"), _instant(one.valid_until))
    return {
        "@context": list(CONTEXTS),
        "id": f"urn:credential:{one.credential_id}",
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "credentialSchema": {"id": PROFILE, "type": "ShaclValidator2017"},
        "credentialProfiles": {
            "id": "http://data.europa.eu/snb/credential/e34929035b",
            "type": "Concept",
            "inScheme": {"id": "http://data.europa.eu/snb/credential/25831c2", "type": "ConceptScheme"},
            "prefLabel": {"en": "Generic"},
        },
        "identifier": {
            "id": "urn:epass:identifier:1",
            "type": "Identifier",
            "notation": str(one.credential_id),
            "schemeName": "Open Badges 3.0",
        },
        "issuer": _organization(one.organization, own),
        "issuanceDate": begins,
        "issued": begins,
        "validFrom": begins,
        **ends,
        "credentialSubject": {
            "id": "urn:epass:person:1",
            "type": "Person",
            "fullName": {own: one.holder},
            "hasClaim": _achievement(one),
        },
        "displayParameter": _display(one),
        **_attachment(one),
    }


def uploadable(document: Json) -> bytes:
    """The file for a tool that seals: the European Commission's own examples wrap what is to be uploaded so."""
    return _text({"credential": document})


def payload(document: Json) -> bytes:
    """The octets of the document itself, which a seal is set upon."""
    return _text(document)


def _text(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _require(one: Learning) -> None:
    said = one.organization
    missing = [
        what
        for what, there in (
            ("the organization’s legal name", said.legal_name),
            ("its country", said.country),
            ("its number in the register", said.registration),
            ("the holder’s name", one.holder),
            ("the title", one.title),
            ("the picture", one.picture),
        )
        if not there
    ]
    if missing:
        raise EuropassRefused(f"The European Learning Model requires {', '.join(missing)}: not known here.")
    if said.country not in COUNTRIES:
        raise EuropassRefused(f"{said.country} is no country of Europass; there are {', '.join(sorted(COUNTRIES))}.")
    if unknown := sorted({one.language, *one.summary} - LANGUAGES.keys()):
        raise EuropassRefused(f"Europass shows nothing in the language {', '.join(unknown)}.")


def _achievement(one: Learning) -> Json:
    own = one.language
    awarded = {
        "id": "urn:epass:awardingProcess:1",
        "type": "AwardingProcess",
        "awardingBody": _organization(one.organization, own),
        "awardingDate": _instant(one.awarded_at),
    }
    said = {"title": {own: one.title}, **({"description": {own: one.description}} if one.description else {})}
    outcomes = [_outcome(number, skill, own) for number, skill in enumerate(one.skills, 1)]
    grades = [_assessment(number, grade, own, awarded) for number, grade in enumerate(one.grades, 1)]
    return {
        "id": "urn:epass:learningAchievement:1",
        "type": "LearningAchievement",
        **said,
        "awardedBy": awarded,
        **({"provenBy": grades} if grades else {}),
        "specifiedBy": {
            "id": "urn:epass:learningAchievementSpec:1",
            "type": "LearningAchievementSpecification",
            **said,
            "language": _language(own),
            **({"learningOutcome": outcomes} if outcomes else {}),
        },
        "supplementaryDocument": {
            "id": "urn:epass:webResource:1",
            "type": "WebResource",
            "title": dict(one.attachment_title),
            "contentURL": one.url,
        },
    }


def _outcome(number: int, skill: Skill, language: str) -> Json:
    outcome: Json = {
        "id": f"urn:epass:learningOutcome:{number}",
        "type": "LearningOutcome",
        "title": {language: skill.name},
    }
    if skill.link.startswith(_ESCO):
        concept = {"id": skill.link, "type": "Concept", "prefLabel": {language: skill.name}}
        outcome["relatedESCOSkill"] = concept
    return outcome


def _assessment(number: int, grade: Grade, language: str, awarded: Json) -> Json:
    return {
        "id": f"urn:epass:learningAssessment:{number}",
        "type": "LearningAssessment",
        "title": {language: grade.title},
        "awardedBy": awarded,
        "grade": {"id": f"urn:epass:note:{number}", "type": "Note", "noteLiteral": {language: grade.value}},
    }


def _organization(one: Organization, language: str) -> Json:
    country = _concept("country", one.country, COUNTRIES[one.country])
    address = {"id": "urn:epass:address:1", "type": "Address", "countryCode": country}
    legal = {"type": "LegalIdentifier", "spatial": country}
    said: Json = {
        "id": "urn:epass:org:1",
        "type": "Organisation",
        "legalName": {language: one.legal_name},
        "location": {"id": "urn:epass:location:1", "type": "Location", "address": address},
        "registration": {"id": "urn:epass:legalIdentifier:1", **legal, "notation": one.registration},
    }
    if one.eidas:
        said["eIDASIdentifier"] = {"id": "urn:epass:legalIdentifier:2", **legal, "notation": one.eidas}
    if one.homepage:
        said["homepage"] = {"id": "urn:epass:webResource:2", "type": "WebResource", "contentURL": one.homepage}
    return said


def _display(one: Learning) -> Json:
    detail = {
        "id": "urn:epass:displayDetail:1",
        "type": "DisplayDetail",
        "page": 1,
        "image": _png("urn:epass:mediaObject:1", one.picture),
    }
    return {
        "id": "urn:epass:displayParameter:1",
        "type": "DisplayParameter",
        "title": {one.language: one.title},
        "description": dict(one.summary),
        "language": [_language(tag) for tag in sorted({one.language, *one.summary})],
        "primaryLanguage": _language(one.language),
        "individualDisplay": {
            "id": "urn:epass:individualDisplay:1",
            "type": "IndividualDisplay",
            "language": _language(one.language),
            "displayDetail": detail,
        },
    }


def _attachment(one: Learning) -> Json:
    if not one.badge:
        return {}
    return {"attachment": {**_png("urn:epass:mediaObject:2", one.badge), "title": dict(one.attachment_title)}}


def _png(number: str, body: bytes) -> Json:
    encoding = "http://data.europa.eu/snb/encoding/"
    return {
        "id": number,
        "type": "MediaObject",
        "contentType": _concept("file-type", "PNG", "PNG"),
        "contentEncoding": {
            "id": f"{encoding}6146cde7dd",
            "type": "Concept",
            "inScheme": {"id": f"{encoding}25831c2", "type": "ConceptScheme"},
            "prefLabel": {"en": "base64"},
        },
        "content": base64.b64encode(body).decode(),
    }


def _language(tag: str) -> Json:
    code, name = LANGUAGES[tag]
    return _concept("language", code, name)


def _concept(scheme: str, code: str, name: str) -> Json:
    """An entry of a controlled vocabulary of the EU's Publications Office."""
    return {
        "id": f"{_AUTHORITY}{scheme}/{code}",
        "type": "Concept",
        "inScheme": {"id": f"{_AUTHORITY}{scheme}", "type": "ConceptScheme"},
        "notation": scheme,
        "prefLabel": {"en": name},
    }


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
