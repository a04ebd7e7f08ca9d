"""What a pass says: the newest credential of its line as its holder shows it, and nothing that he does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from issuer import addresses
from issuer.credential_facts import credential_facts
from issuer.phone_passes.changes import PhonePass
from portal import credential_forms, recalled
from portal.credential_forms import PICTURES, Picture
from portal.pages.card_facts import public_facts
from portal.pages.picture import PLACEHOLDER
from portal.pages.reading import identifier
from portal.problems import HttpProblem
from portal.service import Service
from portal.static_files import static_files
from wallet_export.errors import WalletExportError
from wallet_export.pass_pictures import PassPictures, pass_pictures
from wallet_export.phone_pass import PassContent, readable_ground

log = structlog.get_logger("guildmark.passes")


@dataclass(frozen=True, slots=True)
class Made:
    """What a pass says, with its pictures. level_id: of its level, for ever; picture: the badge's address, or None."""

    content: PassContent
    pictures: PassPictures
    level_id: UUID
    picture: str | None


def made_of(service: Service, found: PhonePass) -> Made | None:
    """None if there is nothing to say any more: its holder was erased. Raises DatabaseUnreachable."""
    return content_of(service, found.credential_id, serial=str(found.id))


def content_of(service: Service, credential_id: UUID, *, serial: str) -> Made | None:
    """The same of a credential whose pass may not be made yet."""
    facts = credential_facts(service.documents.questions, credential_id)
    if facts is None or facts.achievement is None:
        return None
    try:
        public = public_facts(service, credential_id)
    except HttpProblem:
        return None
    place = recalled.place(service, facts.achievement, facts.version)
    if place is None:
        return None
    level, zone = place.achievement, facts.zone or service.settings.zone
    holder = public.badge.holder if public.badge is not None else None
    path = _path(service, level.content)
    pictures = _pictures(service, path)
    content = PassContent(
        serial=serial,
        url=addresses.credential_url(service.base_url, credential_id),
        organization=str(public.issuer.name),
        program=level.program_name,
        level=level.name,
        holder=holder.name if holder is not None else "",
        awarded_on=facts.awarded_on,
        valid_from=facts.valid_from.astimezone(zone),
        valid_until=facts.valid_until.astimezone(zone) if facts.valid_until is not None else None,
        standing=facts.standing(service.clock()).value,
        ground=readable_ground(pictures.colour),
    )
    public_picture = service.base_url + path if path and urlsplit(service.base_url).scheme == "https" else None
    return Made(content, pictures, facts.achievement, public_picture)


def _path(service: Service, content: Mapping[str, Any]) -> str:
    image = identifier(content.get("image"))
    path = image.removeprefix(service.base_url) if image.startswith(service.base_url + "/") else ""
    return path if path and recalled.picture_type(service, path) is not None else ""


def _pictures(service: Service, path: str) -> PassPictures:
    """Of the badge's image, or of a placeholder where there is none that can be drawn. Raises RenderingFailed."""
    found = service.documents.find(path) if path else None
    if found is not None and found.media_type in PICTURES:
        try:
            return _cut(credential_forms.png_of(Picture(path, found.media_type, found.body)))
        except WalletExportError as error:
            log.warning("image left out of a pass", path=path, reason=str(error))
    placeholder = static_files()[PLACEHOLDER]
    return _cut(credential_forms.png_of(Picture(PLACEHOLDER, placeholder.media_type, placeholder.body)))


@lru_cache(maxsize=32)
def _cut(png: bytes) -> PassPictures:
    """Made in a process of its own, which takes a moment: of each image once."""
    return pass_pictures(png)
