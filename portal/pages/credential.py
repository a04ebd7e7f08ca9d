"""The public page of one of our credentials: really verified, now, from the bytes that strangers get."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from issuer import addresses
from issuer.catalogue import CredentialRecord, CredentialView
from issuer.outlook import outlook
from portal import credential_forms, recalled
from portal.pages.badge_view import BadgeView, badge_view
from portal.pages.credential_page import CredentialPage, Download
from portal.pages.dates import minute_after
from portal.pages.level_place_view import PlaceView, place_view
from portal.pages.picture import PLACEHOLDER
from portal.pages.rendering import Site, render
from portal.pages.status_view import StatusEvent, status_view
from portal.pages.succession_view import succession_view
from portal.service import Service
from verifier.result import Status

_MAY_BE_RENEWED = (Status.VALID, Status.EXPIRED)  # expired: within grace


@dataclass(frozen=True, slots=True)
class MadePage:
    """The page, and until when it says the truth if nothing is committed meanwhile."""

    html: str
    until: datetime


def credential_html(service: Service, site: Site, credential: CredentialView, secured: bytes) -> MadePage:
    """The page for `credential`, whose signed form (JSON or JWT) is `secured`."""
    now = service.clock()
    zone = zone_of(service, credential)
    result = service.verify(secured, zone=zone)
    document = result.document or {}
    badge = badge_view(document, zone=zone)
    picture = credential_forms.picture_of(service, document)
    path = f"/credentials/{credential.record.id}"
    has = {
        "json": credential_forms.json_bytes(service, credential.record.id) is not None,
        "jwt": credential_forms.jwt_bytes(service, credential.record.id) is not None,
        "png": picture is not None,
        "svg": picture is not None and picture.media_type == "image/svg+xml",
    }
    name = file_name(badge, credential.record.id)
    renewable = result.status in _MAY_BE_RENEWED
    page = CredentialPage(
        status=status_view(result, zone=zone, event=_event(credential.record)),
        badge=badge,
        url=addresses.credential_url(service.base_url, credential.record.id),
        image=site.at(picture.path) if picture is not None else site.static(PLACEHOLDER),
        has_picture=picture is not None,
        qr=site.at(f"{path}/qr.svg"),
        succession=succession_view(service, site, credential, zone=zone),
        outlook=outlook(service.database, credential.record.id, service.clock()) if renewable else "",
        place=_place(service, site, credential),
        filename=name,
        downloads=downloads(site.at(path), name, has),
    )
    return MadePage(render("credential.html", site, page=page), _holds_until(service, credential, now))


def _holds_until(service: Service, credential: CredentialView, now: datetime) -> datetime:
    """The page tells the minute in which it was verified; and its seal, and its successor's, may turn within that.

    What hangs on other times (a list that nobody signed anew for a week, an endorsement that ends) shows a minute late
    at most, as it does where documents of others are kept.
    """
    successor = recalled.credential(service, credential.successor) if credential.successor is not None else None
    records = [view.record for view in (credential, successor) if view is not None]
    turns = [at for record in records for at in (record.valid_from, record.valid_until) if at is not None and at >= now]
    return min([minute_after(now), *turns])


def _place(service: Service, site: Site, credential: CredentialView) -> PlaceView | None:
    earned = credential.achievement
    place = recalled.place(service, earned.public_id, earned.version) if earned is not None else None
    return place_view(service, site, place) if place is not None else None


def zone_of(service: Service, credential: CredentialView | None) -> tzinfo:
    """Where the days of a credential begin and end: in its program's zone, so that it expires on the day it says."""
    if credential is None or credential.achievement is None:
        return service.settings.zone
    return credential.achievement.zone


def downloads(path: str, name: str, has: dict[str, bool]) -> tuple[Download, ...]:
    """The forms to take along, in the order in which people want them."""
    offers = (
        ("png", Download("PNG badge", "credential inside", f"{path}.png", f"{name}.png", "image/png")),
        ("svg", Download("SVG badge", "sharp at any size", f"{path}.svg", f"{name}.svg", "image/svg+xml")),
        ("json", Download("JSON", "Open Badges 3.0", f"{path}.json", f"{name}.json", "application/vc")),
        ("jwt", Download("JWT", "Open Badges 3.0", f"{path}.jwt", f"{name}.jwt", "application/vc+jwt")),
        ("qr", Download("QR code, PNG", "for screens", f"{path}/qr.png", f"{name}-qr.png")),
        ("qr", Download("QR code, SVG", "to print", f"{path}/qr.svg", f"{name}-qr.svg")),
    )
    return tuple(download for form, download in offers if has.get(form, True))


def file_name(badge: BadgeView, credential_id: UUID) -> str:
    """A name for files: of the achievement, in letters that every file system takes, and of the credential."""
    ascii_name = unicodedata.normalize("NFKD", badge.achievement.name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:60].strip("-")
    return f"{words or 'badge'}-{str(credential_id)[:8]}"


def _event(record: CredentialRecord) -> StatusEvent | None:
    if record.revoked_at is not None:
        return StatusEvent(record.revoked_at, record.revocation_reason or "")
    if record.suspended_at is not None:
        return StatusEvent(record.suspended_at, record.suspension_reason or "")
    return None
