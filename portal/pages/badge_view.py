"""What a credential says, picked out of its document for a page. Nothing here judges: the seal does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup

from credentials.sentence import sentence, together
from portal.pages.dates import HumanDate, human_date_of
from portal.pages.prose import render_markdown, web_link
from portal.pages.reading import identifier, mapping, mappings, prose, text
from portal.pages.scripts import language_of
from verifier.parties import dates_of, is_older

ASSESSMENT = "Assessment"  # the genre of the evidence that tells how it was assessed (docs/adr/0012)
_DIGEST = re.compile(r"SHA-256 of the file: ([0-9a-f]{64})\s*$")
ACHIEVEMENT_KINDS = {
    "Achievement": sentence("Achievement"),
    "Assessment": sentence("Assessment"),
    "Assignment": sentence("Assignment"),
    "Award": sentence("Award"),
    "Badge": sentence("Badge"),
    "Certificate": sentence("Certificate"),
    "Certification": sentence("Certification"),
    "Competency": sentence("Competency"),
    "Course": sentence("Course"),
    "Diploma": sentence("Diploma"),
    "License": sentence("License"),
    "Membership": sentence("Membership"),
    "MicroCredential": sentence("Micro-credential"),
}
"""The names of Open Badges 3.0 that our reader knows a word for; others are split at their capitals."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name in whatever script, with the language that may be claimed for it and an optional link."""

    name: str
    language: str = ""
    link: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ResultView:
    """One result: what was measured, what was reached, and of how much."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of evidence; `link` only when it is on the web, `digest` the SHA-256 of one that is a file."""

    name: str
    link: str
    genre: str
    description: str
    digest: str
    narrative: Markup


@dataclass(frozen=True, slots=True)
class IssuerView:
    """Who signed, as the document names it; `host` is the domain of a did:web or https identifier."""

    name: str
    identifier: str
    link: str
    host: str


@dataclass(frozen=True, slots=True)
class AchievementView:
    """What an achievement asks for and stands for; also a page of its own."""

    name: str
    language: str
    kind: str
    description: str
    criteria: Markup
    criteria_link: str
    alignments: tuple[Named, ...]
    tags: tuple[str, ...]
    version: str
    identifier: str
    link: str


@dataclass(frozen=True, slots=True)
class BadgeView:
    """The credential as a page shows it. `assessments` is the evidence that tells how it was assessed."""

    achievement: AchievementView
    holder: Named | None
    issuer: IssuerView
    narrative: Markup
    results: tuple[ResultView, ...]
    assessments: tuple[EvidenceView, ...]
    evidence: tuple[EvidenceView, ...]
    awarded: HumanDate | None
    issued: HumanDate | None
    expires: HumanDate | None
    identifier: str
    link: str


def badge_view(document: Mapping[str, Any], *, zone: tzinfo) -> BadgeView:
    """The view of any credential document, well-formed or not; missing parts are empty."""
    subject = mapping(document, "credentialSubject")
    achievement = mapping(subject, "achievement")
    if is_older(document):
        achievement = mapping(document, "badge")
    evidence = tuple(_evidence(item) for item in mappings(document, "evidence"))
    assessments = tuple(item for item in evidence if item.genre == ASSESSMENT and item.narrative and not item.link)
    return BadgeView(
        achievement=achievement_view(achievement, fallback=text(document, "name")),
        holder=_holder(subject),
        issuer=issuer_view(achievement.get("issuer") if is_older(document) else document.get("issuer")),
        narrative=render_markdown(prose(subject, "narrative"), heading=3),
        results=_results(subject, achievement),
        assessments=assessments,
        evidence=tuple(item for item in evidence if item not in assessments),
        awarded=human_date_of(document.get("awardedDate"), zone),
        issued=human_date_of(dates_of(document)[0], zone),
        expires=human_date_of(dates_of(document)[1], zone),
        identifier=text(document, "id"),
        link=web_link(document.get("id")),
    )


def achievement_view(achievement: Mapping[str, Any], *, fallback: str = "") -> AchievementView:
    """The view of an Achievement object; `fallback` names it when it has no name of its own."""
    criteria = mapping(achievement, "criteria")
    name = text(achievement, "name") or fallback or sentence("Credential without a name")
    tags = achievement.get("tag")
    return AchievementView(
        name=name,
        language=text(achievement, "inLanguage") or language_of(name),
        kind=_kind(text(achievement, "achievementType")),
        description=text(achievement, "description"),
        criteria=render_markdown(prose(criteria, "narrative"), heading=3),
        criteria_link=web_link(criteria.get("id")),
        alignments=tuple(_alignment(item) for item in mappings(achievement, "alignment")),
        tags=tuple(tag for tag in tags if isinstance(tag, str))[:12] if isinstance(tags, list) else (),
        version=text(achievement, "version"),
        identifier=text(achievement, "id"),
        link=web_link(achievement.get("id")),
    )


def issuer_view(issuer: object) -> IssuerView:
    """The view of an issuer, which may be a URI or a Profile."""
    profile: Mapping[str, Any] = issuer if isinstance(issuer, Mapping) else {}
    name_of = identifier(issuer)
    return IssuerView(
        name=text(profile, "name") or name_of or sentence("Unknown issuer"),
        identifier=name_of,
        link=web_link(profile.get("url")) or web_link(name_of),
        host=_host(name_of),
    )


def _host(issuer: str) -> str:
    if issuer.startswith("did:web:"):
        return unquote(issuer.removeprefix("did:web:").split(":", 1)[0])
    return web_link(issuer).partition("://")[2].partition("/")[0]


def _holder(subject: Mapping[str, Any]) -> Named | None:
    """The holder's name, where the credential tells it in the open (an IdentityObject that is not hashed)."""
    for entry in mappings(subject, "identifier"):
        if entry.get("identityType") == "name" and entry.get("hashed") is not True:
            name = text(entry, "identityHash")
            if name:
                return Named(name, language_of(name))
    name = text(subject, "name")
    return Named(name, language_of(name)) if name else None


def _kind(kind: str) -> str:
    if kind in ACHIEVEMENT_KINDS:
        return ACHIEVEMENT_KINDS[kind]
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind.removeprefix("ext:"))
    return words.strip().capitalize()


def _alignment(item: Mapping[str, Any]) -> Named:
    detail = " · ".join(filter(None, (text(item, "targetFramework"), text(item, "targetCode"))))
    return Named(text(item, "targetName") or sentence("Unnamed"), "", web_link(item.get("targetUrl")), detail)


def _results(subject: Mapping[str, Any], achievement: Mapping[str, Any]) -> tuple[ResultView, ...]:
    descriptions = {text(entry, "id"): entry for entry in mappings(achievement, "resultDescription")}
    return tuple(
        _result(entry, descriptions.get(text(entry, "resultDescription"), {})) for entry in mappings(subject, "result")
    )


def _result(entry: Mapping[str, Any], description: Mapping[str, Any]) -> ResultView:
    reached = text(entry, "achievedLevel")
    rubric = mappings(description, "rubricCriterionLevel")
    levels = {text(level, "id"): text(level, "name", "level") for level in rubric}
    value = text(entry, "value") or levels.get(reached, "") or text(entry, "status") or "—"
    highest = text(description, "valueMax")
    details = [
        sentence("of {most}", most=highest) if highest else "",
        levels.get(reached, "") if text(entry, "value") else "",
    ]
    return ResultView(text(description, "name") or sentence("Result"), value, together(*details, between=" · "))


def _evidence(item: Mapping[str, Any]) -> EvidenceView:
    description, digest = _file(prose(item, "description"))
    name = text(item, "name")
    return EvidenceView(
        name=name or description or sentence("Evidence"),
        link=web_link(item.get("id")),
        genre=text(item, "genre"),
        description=description if name else "",
        digest=digest,
        narrative=render_markdown(prose(item, "narrative"), heading=4),
    )


def _file(description: str) -> tuple[str, str]:
    """What a description says, and the SHA-256 with which it ends if the evidence is a file."""
    found = _DIGEST.search(description)
    said = text({"": description[: found.start()] if found else description}, "")
    return said, found[1] if found else ""
