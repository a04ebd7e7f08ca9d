"""The file of a credential for Europass: what is known put together, and sealed if there is a seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import structlog

from credentials.sentence import sentence
from issuer import addresses
from keys.errors import KeysError
from keys.private_file import read_private_file
from portal import credential_forms
from portal.language.language import LANGUAGES
from portal.pages.badge_view import badge_view
from portal.pages.credential import Published
from portal.pages.reading import identifier, text
from portal.problems import CONFLICT, UNAVAILABLE, HttpProblem
from portal.service import Service
from portal.settings import Settings
from wallet_export import europass, jades
from wallet_export.card_text import plain
from wallet_export.errors import WalletExportError
from wallet_export.europass_codes import LANGUAGES as EUROPEAN
from wallet_export.qr import ErrorCorrection, qr_png
from wallet_export.qr_size import PRINT_BADGE

log = structlog.get_logger("guildmark.europass")

_LARGEST_SEAL: Final = 1 << 20  # bytes


class NotForEuropass(HttpProblem):
    """There is no file of a credential for Europass; `detail` says why."""


@dataclass(frozen=True, slots=True)
class EuropassFile:
    """The file, and whether it is sealed."""

    body: bytes
    media_type: str
    is_sealed: bool


def is_offered(service: Service, found: Published) -> bool:
    """Whether there is a file for Europass: the settings name the organization, and it is what awarded."""
    facts = found.chain.credential
    stands = facts.revoked_at is None and facts.suspended_at is None
    known = service.settings.europass_legal_name is not None and found.has_json
    if not stands or not known:
        return False
    return identifier(credential_forms.document_of(found.secured).get("issuer")) == service.default_issuer().did


def europass_file(service: Service, found: Published) -> EuropassFile:
    """The file, with everything that was signed: for the holder alone. Raises NotForEuropass."""
    if not is_offered(service, found):
        why = sentence("There is no file for Europass of this badge: it does not stand, or its organization has none.")
        raise NotForEuropass(CONFLICT, why)
    try:
        document = europass.learning_credential(_learning(service, found))
        seal = seal_of(service.settings)
        if seal is None:
            return EuropassFile(europass.uploadable(document), europass.MEDIA_TYPE, is_sealed=False)
        body = jades.sealed(europass.payload(document), seal, service.clock())
        return EuropassFile(body, jades.MEDIA_TYPE, is_sealed=True)
    except (WalletExportError, KeysError) as error:
        log.warning("no file for Europass", credential=str(found.chain.credential.id), reason=str(error))
        why = sentence("The file for Europass cannot be made at the moment; the reason is in this server’s log.")
        raise NotForEuropass(UNAVAILABLE, why) from error


def seal_of(settings: Settings) -> jades.Seal | None:
    """The seal that the settings name, if they do. Raises KeysError, jades.SealRefused."""
    if settings.europass_seal_file is None:
        return None
    path = settings.home / settings.europass_seal_file
    return _read(path, settings.europass_secret, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=2)
def _read(path: Path, password: str, _mark: int) -> jades.Seal:
    return jades.read_seal(read_private_file(path, max_bytes=_LARGEST_SEAL), password)


def _learning(service: Service, found: Published) -> europass.Learning:
    facts, settings = found.chain.credential, service.settings
    document = credential_forms.document_of(found.secured)
    badge = badge_view(document, zone=found.zone or settings.zone)
    level = badge.achievement
    language = level.language.partition("-")[0].lower()
    own = language if language in EUROPEAN else "en"
    picture = credential_forms.picture_of(service, document)
    url = addresses.credential_url(service.base_url, facts.id)
    what = sentence("“{name}”, awarded by {issuer}.", name=level.name, issuer=badge.issuer.name)
    original = sentence("The badge as it was signed, to be verified by anybody")
    spoken = [one for one in LANGUAGES if one.tag in {"en", own}]
    return europass.Learning(
        credential_id=facts.id,
        url=url,
        organization=europass.Organization(
            legal_name=settings.europass_legal_name or "",
            country=settings.europass_country or "",
            registration=settings.europass_registration or "",
            eidas=settings.europass_eidas or "",
            homepage=badge.issuer.link,
        ),
        holder=badge.holder.name if badge.holder is not None else "",
        title=level.name,
        description=plain(level.description),
        language=own,
        summary={one.tag: one.say(what) for one in spoken},
        attachment_title={one.tag: one.say(original) for one in spoken},
        awarded_at=_awarded_at(document) or facts.valid_from,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        picture=credential_forms.png_of(picture) if picture is not None else _code(url),
        badge=credential_forms.png_badge(picture, found.secured) if picture is not None else b"",
        skills=tuple(europass.Skill(one.name, one.link) for one in level.alignments),
        grades=tuple(europass.Grade(str(one.label), str(one.value)) for one in badge.results if one.value),
    )


def _code(url: str) -> bytes:
    """What stands for a badge without a picture, which the model requires: the code that leads to its page."""
    return qr_png(url, correction=ErrorCorrection.Q, size=PRINT_BADGE)


def _awarded_at(document: Mapping[str, Any]) -> datetime | None:
    try:
        read = datetime.fromisoformat(text(document, "awardedDate"))
    except ValueError:
        return None
    return read if read.tzinfo is not None else None
