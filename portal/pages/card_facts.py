"""What a credential's card, its embedded badge and its oEmbed answer say: no more than its page says to strangers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from issuer import addresses
from portal import credential_forms, recalled
from portal.api.credentials import absent, newest_url
from portal.pages.badge_view import BadgeView, IssuerView, badge_view, issuer_view
from portal.pages.credential import event_of, holds_until, published
from portal.pages.shared_document import as_shared
from portal.pages.status_view import StatusEvent, StatusView, status_view
from portal.service import Service
from verifier.result import CheckName, Outcome, VerificationResult


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """A credential that was verified just now, as its holder shows it (docs/adr/0023).

    badge: None if he shows nothing of it; then program and image are "" as well. image: its path on this server, or "".
    domain: the issuer's, if the signature was found to be by its keys, else "". until: how long this holds, if nothing
    is committed. newest: the address of the one that took its place, or "".
    """

    url: str
    status: StatusView
    issuer: IssuerView
    domain: str
    badge: BadgeView | None
    program: str
    image: str
    zone: tzinfo
    until: datetime
    newest: str = ""


def public_facts(service: Service, credential_id: UUID) -> PublicFacts:
    """Raises a 404 problem for a credential that there is not, 410 for one of a person who was erased."""
    found = published(service, credential_id)
    if found is None:
        raise absent(service, credential_id)
    zone = found.zone or service.settings.zone
    result = service.verify(found.secured, zone=zone)
    credential, event = found.chain.credential, event_of(found.chain.credential)
    is_open = found.shown.page_open
    if event is not None and not is_open:
        event = StatusEvent(event.at, "")  # the reason could tell what the holder does not
    document = as_shared(result.document or {}, found.shown)
    badge = badge_view(document, zone=zone) if is_open else None
    image = credential_forms.picture_path(service, document) if is_open else None
    place = None
    if is_open and credential.achievement is not None:
        place = recalled.place(service, credential.achievement, credential.version)
    issuer = issuer_view(document.get("issuer"))
    return PublicFacts(
        url=addresses.credential_url(service.base_url, credential_id),
        status=status_view(result, zone=zone, event=event),
        issuer=issuer,
        domain=issuer.host if _is_proven(result) else "",
        badge=badge,
        program=place.achievement.program_name if place is not None else "",
        image=image if image is not None and recalled.picture_type(service, image) is not None else "",
        zone=zone,
        until=holds_until(found.chain, result.checked_at),
        newest=newest_url(service, found.chain.newest),
    )


def _is_proven(result: VerificationResult) -> bool:
    made = {check.name: check.outcome for check in result.checks}
    return all(made.get(name) is Outcome.PASSED for name in (CheckName.PROOF, CheckName.KEY_BELONGS_TO_ISSUER))
