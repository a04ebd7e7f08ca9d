"""What the certificate of a credential says, in a language. It says nothing that was not signed, but for its status."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from credentials.sentence import Sentence, sentence
from issuer import addresses
from portal import credential_forms, recalled
from portal.certificates.paragraphs import paragraphs
from portal.language.language import Language
from portal.pages.badge_view import ASSESSMENT, AchievementView, BadgeView, badge_view
from portal.pages.credential import Published
from portal.pages.dates import HumanDate, human_date_of
from portal.pages.reading import mapping, mappings, prose, text
from portal.service import Service
from verifier.result import Status, VerificationResult
from wallet_export.card_text import plain
from wallet_export.certificate import Certificate, Group, Line, Words
from wallet_export.certificate_room import Block, Part

_MOST_RESULTS: Final = 6
_MOST_EVIDENCE: Final = 3
_MOST_SKILLS: Final = 8
_LONGEST: Final = 90  # letters of a fact


def certificate_of(service: Service, found: Published, result: VerificationResult, language: Language) -> Certificate:
    """The certificate of a credential that was verified just now, with everything that was signed."""
    document: Mapping[str, Any] = result.document or {}
    facts, say = found.chain.credential, language.say
    badge = badge_view(document, zone=found.zone or service.settings.zone)
    level, holder, issuer = plain(say(badge.achievement.name)), _holder(badge), plain(say(badge.issuer.name))
    place = recalled.place(service, facts.achievement, facts.version) if facts.achievement is not None else None
    picture = credential_forms.picture_of(service, document)
    form = "json" if found.has_json else "jwt"
    parts = tuple(_parts(document, badge.achievement, language))
    about = plain(badge.achievement.description)
    said_below = any(block.text == about for part in parts for block in part.blocks)
    return Certificate(
        language=language.tag,
        title=f"{level} – {holder}" if holder else level,
        issuer=issuer,
        domain=plain(badge.issuer.host),
        holder=holder,
        holder_language=badge.holder.language if badge.holder is not None else "",
        level=level,
        program=plain(place.achievement.program_name if place is not None else say(badge.achievement.kind)),
        about="" if said_below else about,
        notice=say(notice_of(result.status, badge)),
        dates=tuple(_dates(badge, result.status, language)),
        parts=parts,
        results=Group(
            say(sentence("Results")),
            tuple(
                Line(_short(plain(say(one.label))), _short(plain(say(one.value))), _short(plain(say(one.detail))))
                for one in badge.results[:_MOST_RESULTS]
            ),
        ),
        facts=Group(say(sentence("On record")), tuple(_facts(document, badge, holder, issuer, found, language))),
        url=addresses.credential_url(service.base_url, facts.id),
        words=_words(service, badge, level, language),
        made_at=facts.valid_from,
        signed=found.secured,
        signed_name=f"credential.{form}",
        signed_type="application/vc" if found.has_json else "application/vc+jwt",
        picture=picture.body if picture is not None else None,
    )


def _holder(badge: BadgeView) -> str:
    name = " ".join(badge.holder.name.split()) if badge.holder is not None else ""
    is_known = all(unicodedata.category(one) != "Cn" for one in name)
    return plain(name) if is_known else name  # letters newer than what is known of Unicode here are part of a name


def notice_of(status: Status, badge: BadgeView) -> Sentence:
    """What must not be overlooked about a document that is otherwise sound."""
    if status is Status.EXPIRED and badge.expires is not None:
        return sentence("Expired on {day}", day=badge.expires.day)
    if status is Status.NOT_YET_VALID and badge.issued is not None:
        return sentence("Valid only from {day}", day=badge.issued.day)
    return Sentence("")


def _dates(badge: BadgeView, status: Status, language: Language) -> Iterator[Line]:
    if (awarded := badge.awarded or badge.issued) is not None:
        yield _on(sentence("Awarded"), awarded, language)
    yield _end(badge, status, language)


def _end(badge: BadgeView, status: Status, language: Language) -> Line:
    if badge.expires is None:
        return Line(language.say(sentence("Valid")), language.say(sentence("without an end")))
    ended = sentence("Was valid until") if status is Status.EXPIRED else sentence("Valid until")
    return _on(ended, badge.expires, language)


def _on(name: Sentence, date: HumanDate, language: Language) -> Line:
    return Line(language.say(name), language.say(date.day))


def _parts(document: Mapping[str, Any], achievement: AchievementView, language: Language) -> Iterator[Part]:
    say = language.say
    criteria = mapping(mapping(mapping(document, "credentialSubject"), "achievement"), "criteria")
    took = paragraphs(prose(criteria, "narrative"))
    if achievement.criteria_link and not took:
        took = (Block("text", achievement.criteria_link),)
    if took:
        yield Part(say(sentence("What it took")), took)
    assessed = [prose(one, "narrative") for one in mappings(document, "evidence") if text(one, "genre") == ASSESSMENT]
    told = tuple(block for one in assessed for block in paragraphs(one))
    if told:
        yield Part(say(sentence("How it was assessed")), told)
    skills = [f"{one.name} ({one.detail})" if one.detail else one.name for one in achievement.alignments]
    if skills or achievement.tags:
        words = " · ".join(plain(one) for one in (skills or achievement.tags)[:_MOST_SKILLS])
        yield Part(say(sentence("Skills")), (Block("text", words),))


def _facts(
    document: Mapping[str, Any], badge: BadgeView, holder: str, issuer: str, found: Published, language: Language
) -> Iterator[Line]:
    say = language.say
    if holder:
        yield Line(say(sentence("Holder")), holder)
    yield from _dates(badge, Status.VALID, language)
    zone = found.zone
    made = next((text(one, "created") for one in mappings(document, "proof")), "")
    signed = human_date_of(made, zone) if zone is not None else None
    if signed is not None:
        yield _on(sentence("Signed"), signed, language)
    shown = [one.name for one in badge.evidence]
    for place, name in enumerate(shown[:_MOST_EVIDENCE]):
        yield Line(say(sentence("Evidence")) if place == 0 else "", _short(plain(say(name))))
    if badge.achievement.version:
        yield Line(say(sentence("Version")), plain(badge.achievement.version))
    yield Line(say(sentence("Issuer")), issuer)
    yield Line("", _short(badge.issuer.identifier), code=True)
    yield Line(say(sentence("Number")), str(found.chain.credential.id), code=True)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _words(service: Service, badge: BadgeView, level: str, language: Language) -> Words:
    say, where = language.say, service.base_url.partition("://")[2]
    signed_by = badge.issuer.host or badge.issuer.name
    return Words(
        kind=say(sentence("Certificate")),
        certifies=say(sentence("This is to certify that")),
        earned=say(sentence("has earned")),
        scan=say(sentence("Scan to verify")),
        signed=say(
            sentence(
                "Electronically signed by {issuer}. The signed credential is attached to this file.", issuer=signed_by
            )
        ),
        checks_title=say(sentence("How to check it")),
        checks=(
            say(
                sentence(
                    "Scan the code on the face, or open the address below: the page says, verified at that moment, "
                    "whether it is genuine and valid."
                )
            ),
            say(
                sentence(
                    "Or give this very file to {address}: the signed credential in it is read and verified.",
                    address=f"{where}/verify",
                )
            ),
            say(sentence("Or trust no server: python -m verifier, with this file, verifies it on your own machine.")),
        ),
        more=say(sentence("More stands on its page, whose address is below.")),
        qr_alt=say(sentence("QR code of its address")),
        badge_alt=say(sentence("Badge: {name}", name=level)),
        told=say(sentence("The credential as it was signed")),
    )
