"""`/me/credentials/{id}/vcard/{version}`: a contact card of the holder that leads to the credential."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer import addresses
from portal import credential_forms
from portal.access import Served
from portal.me.credentials import mine
from portal.pages.badge_view import badge_view
from portal.pages.credential import file_name
from portal.problems import NOT_FOUND, HttpProblem
from portal.sign_in.showing import for_him_alone, language_of
from portal.sign_in.who import SignedIn
from wallet_export.vcard import MEDIA_TYPE, VERSIONS, Contact

router = APIRouter(include_in_schema=False)


@router.get("/me/credentials/{credential_id}/vcard/{version}")
def vcard(request: Request, service: Served, person: SignedIn, credential_id: UUID, version: str) -> Response:
    """The card. Raises a 404 problem for a credential that is not his, and for another version."""
    found = mine(service, person, credential_id)
    wanted = next((one for one in VERSIONS if one == version), None)
    if wanted is None or not found.has_json:
        versions = ", ".join(VERSIONS)
        raise HttpProblem(NOT_FOUND, sentence("There are vCards of the versions {versions}.", versions=versions))
    document = credential_forms.document_of(found.secured)
    badge = badge_view(document, zone=found.zone or service.settings.zone)
    language, until = language_of(request), found.chain.credential.valid_until
    what = sentence("“{name}”, awarded by {issuer}.", name=badge.achievement.name, issuer=badge.issuer.name)
    says = [language.say(what)]
    if until is not None:
        day = until.astimezone(found.zone or service.settings.zone).date()
        says.append(language.say(sentence("Valid until {day}.", day=day)))
    contact = Contact(
        name=badge.holder.name if badge.holder is not None else person.name,
        credential_id=credential_id,
        url=addresses.credential_url(service.base_url, credential_id),
        note=" ".join(says),
        written=service.clock(),
    )
    name = f"{file_name(badge, credential_id)}.vcf"
    headers = {"Content-Type": MEDIA_TYPE, "Content-Disposition": f'attachment; filename="{name}"'}
    return for_him_alone(Response(contact.vcard(wanted), headers=headers))
