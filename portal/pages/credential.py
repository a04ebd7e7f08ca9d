"""The public page of one of our credentials: really verified, now, from the bytes that strangers get."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from credentials.sentence import sentence
from issuer import addresses
from issuer.catalogue import CredentialView
from issuer.credential_facts import CredentialFacts, credential_facts, newest_of
from issuer.outlook import outlook
from issuer.sharing import WHOLE, Shown, shown
from portal import credential_forms, recalled
from portal.pages.badge_view import BadgeView, IssuerView, badge_view, issuer_view
from portal.pages.browser_check import browser_check
from portal.pages.credential_page import CredentialPage, Download
from portal.pages.dates import minute_after
from portal.pages.embed_snippet import card_address, link_view
from portal.pages.level_place_view import PlaceView, place_view
from portal.pages.picture import PLACEHOLDER
from portal.pages.rendering import Site, render
from portal.pages.shared_document import as_shared
from portal.pages.status_view import StatusEvent, StatusView, status_view
from portal.pages.succession_view import Chain, SuccessionView, succession_view
from portal.service import Service
from verifier.result import Status, VerificationResult

_PNG_BADGE = sentence("PNG badge"), sentence("credential inside")
_SVG_BADGE = sentence("SVG badge"), sentence("sharp at any size")
_CERTIFICATE = sentence("Certificate"), sentence("PDF to print")
_QR_PNG = sentence("QR code, PNG"), sentence("for screens")
_QR_SVG = sentence("QR code, SVG"), sentence("to print")
_MAY_BE_RENEWED = (Status.VALID, Status.EXPIRED)  # expired: within grace


@dataclass(frozen=True, slots=True)
class Published:
    """What is read of a credential for its page: its chain, the signed form (JSON or JWT) that strangers verify, and
    which forms there are; and what of it its holder shows."""

    chain: Chain
    secured: bytes
    has_json: bool
    has_jwt: bool
    shown: Shown = WHOLE

    @property
    def zone(self) -> ZoneInfo | None:
        """Where its days begin and end: in its program's zone, so that it expires on the day it says."""
        return self.chain.credential.zone


@dataclass(frozen=True, slots=True)
class ClosedPage:
    """What the page of a credential says whose holder does not show it: its status, and who issued it."""

    status: StatusView
    issuer: IssuerView
    url: str
    card: str
    qr: str
    succession: SuccessionView


@dataclass(frozen=True, slots=True)
class MadePage:
    """The page, and until when it says the truth if nothing is committed meanwhile. reaches: what scripts may ask."""

    html: str
    until: datetime
    reaches: tuple[str, ...]


def published(service: Service, credential_id: UUID) -> Published | None:
    """What there is of an issued credential; None if there is none. Raises DatabaseUnreachable."""
    questions = service.documents.questions
    credential = credential_facts(questions, credential_id)
    if credential is None:
        return None
    forms = service.documents.forms.all_of(service.base_url, credential_id)
    json, jwt = forms.get("json"), forms.get("jwt")
    secured = json or jwt
    if secured is None:
        return None
    before = credential_facts(questions, credential.predecessor) if credential.predecessor is not None else None
    chain = Chain(credential, before, newest_of(questions, credential))
    seen = shown(questions, credential_id)
    return Published(chain, secured, has_json=json is not None, has_jwt=jwt is not None, shown=seen)


def published_whole(service: Service, credential_id: UUID) -> Published | None:
    """The same, with everything that was signed, for those to whom its holder shows it."""
    found = published(service, credential_id)
    return replace(found, shown=WHOLE) if found is not None else None


def credential_html(
    service: Service, site: Site, found: Published, result: VerificationResult, *, forms_at: str = ""
) -> MadePage:
    """The page of a credential that was verified just now, as its holder shows it.

    forms_at: the path of a link that he gave out, under which its forms lie; "": the credential's own.
    """
    if not found.shown.page_open:
        return _closed_html(service, site, found, result)
    credential, now = found.chain.credential, result.checked_at
    zone = found.zone or service.settings.zone
    document = as_shared(result.document or {}, found.shown)
    badge = badge_view(document, zone=zone)
    image = credential_forms.picture_path(service, document)
    picture = recalled.picture_type(service, image) if image is not None else None
    own = f"/credentials/{credential.id}"
    path, whole, url = forms_at or own, found.shown.whole, addresses.credential_url(service.base_url, credential.id)
    has = {
        "json": whole and found.has_json,
        "jwt": whole and found.has_jwt,
        "png": whole and picture is not None,
        "svg": whole and picture == "image/svg+xml",
        "pdf": whole and credential.revoked_at is None and credential.suspended_at is None,
        "qr": not forms_at,
    }
    name = file_name(badge, credential.id)
    signed = site.at(f"{path}.json" if found.has_json else f"{path}.jwt")
    check = browser_check(service, site, document, source=signed) if whole else None
    page = CredentialPage(
        status=status_view(result, zone=zone, event=event_of(credential)),
        badge=badge,
        url=url,
        image=site.at(image) if image is not None and picture is not None else site.static(PLACEHOLDER),
        has_picture=picture is not None and whole and not forms_at,
        qr=site.at(f"{own}/qr.svg"),
        succession=succession_view(site, found.chain, now=now, zone=zone),
        outlook=_outlook(service, credential, now) if result.status in _MAY_BE_RENEWED else "",
        place=_place(service, site, credential),
        filename=name,
        downloads=downloads(site.at(path), name, has),
        check=check,
        link=link_view(service.base_url, url, badge, badge.issuer, site.language),
        whole=whole,
        by_link=bool(forms_at),
        logged=service.settings.log_public,
    )
    html = render("credential.html", site, page=page)
    return MadePage(html, holds_until(found.chain, now), check.reaches if check is not None else ())


def _closed_html(service: Service, site: Site, found: Published, result: VerificationResult) -> MadePage:
    """Its status, and nothing about whom or what for: the reason of a revocation could tell."""
    credential, zone = found.chain.credential, found.zone or service.settings.zone
    event = event_of(credential)
    page = ClosedPage(
        status=status_view(result, zone=zone, event=StatusEvent(event.at, "") if event is not None else None),
        issuer=issuer_view((result.document or {}).get("issuer")),
        url=addresses.credential_url(service.base_url, credential.id),
        card=card_address(addresses.credential_url(service.base_url, credential.id), site.language),
        qr=site.at(f"/credentials/{credential.id}/qr.svg"),
        succession=succession_view(site, found.chain, now=result.checked_at, zone=zone),
    )
    return MadePage(render("credential_closed.html", site, page=page), holds_until(found.chain, result.checked_at), ())


def holds_until(chain: Chain, now: datetime) -> datetime:
    """The page tells the minute in which it was verified; and its seal, and its successor's, may turn within that.

    What hangs on other times (a list that nobody signed anew for a week, an endorsement that ends) shows a minute late
    at most, as it does where documents of others are kept.
    """
    both = [one for one in (chain.credential, chain.successor) if one is not None]
    turns = [at for one in both for at in (one.valid_from, one.valid_until) if at is not None and at >= now]
    return min([minute_after(now), *turns])


def _place(service: Service, site: Site, credential: CredentialFacts) -> PlaceView | None:
    if credential.achievement is None:
        return None
    place = recalled.place(service, credential.achievement, credential.version)
    return place_view(service, site, place) if place is not None else None


def _outlook(service: Service, credential: CredentialFacts, now: datetime) -> str:
    rules = recalled.rules(service, credential.level_id) if credential.level_id is not None else None
    return outlook(service.documents.questions, rules, credential, now) if rules is not None else ""


def zone_of(service: Service, credential: CredentialView | None) -> tzinfo:
    """Where the days of a credential begin and end: in its program's zone, so that it expires on the day it says."""
    if credential is None or credential.achievement is None:
        return service.settings.zone
    return credential.achievement.zone


def downloads(path: str, name: str, has: dict[str, bool]) -> tuple[Download, ...]:
    """The forms to take along, in the order in which people want them."""
    offers = (
        ("pdf", Download(*_CERTIFICATE, f"{path}.pdf", f"{name}.pdf", "application/pdf")),
        ("png", Download(*_PNG_BADGE, f"{path}.png", f"{name}.png", "image/png")),
        ("svg", Download(*_SVG_BADGE, f"{path}.svg", f"{name}.svg", "image/svg+xml")),
        ("json", Download("JSON", "Open Badges 3.0", f"{path}.json", f"{name}.json", "application/vc")),
        ("jwt", Download("JWT", "Open Badges 3.0", f"{path}.jwt", f"{name}.jwt", "application/vc+jwt")),
        ("qr", Download(*_QR_PNG, f"{path}/qr.png", f"{name}-qr.png")),
        ("qr", Download(*_QR_SVG, f"{path}/qr.svg", f"{name}-qr.svg")),
    )
    return tuple(download for form, download in offers if has.get(form, True))


def file_name(badge: BadgeView, credential_id: UUID) -> str:
    """A name for files: of the achievement, in letters that every file system takes, and of the credential."""
    ascii_name = unicodedata.normalize("NFKD", badge.achievement.name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:60].strip("-")
    return f"{words or 'badge'}-{str(credential_id)[:8]}"


def event_of(record: CredentialFacts) -> StatusEvent | None:
    """What is recorded about the revocation or suspension that stands."""
    if record.revoked_at is not None:
        return StatusEvent(record.revoked_at, record.revocation_reason or "")
    if record.suspended_at is not None:
        return StatusEvent(record.suspended_at, record.suspension_reason or "")
    return None
