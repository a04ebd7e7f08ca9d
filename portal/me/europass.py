"""`/me/credentials/{id}/europass`: the file of a badge for Europass, which its holder alone gets."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from portal import credential_forms
from portal.access import Served
from portal.europass.making import europass_file
from portal.me.credentials import mine
from portal.pages.badge_view import badge_view
from portal.pages.credential import file_name
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import SignedIn

router = APIRouter(include_in_schema=False)


@router.get("/me/credentials/{credential_id}/europass")
def for_europass(service: Served, person: SignedIn, credential_id: UUID) -> Response:
    """The file. Raises a 404 problem for a credential that is not his, NotForEuropass where there is none."""
    found = mine(service, person, credential_id)
    made = europass_file(service, found)
    badge = badge_view(credential_forms.document_of(found.secured), zone=found.zone or service.settings.zone)
    kind = "-sealed" if made.is_sealed else ""
    name = f"{file_name(badge, credential_id)}-europass{kind}.json"
    headers = {"Content-Type": made.media_type, "Content-Disposition": f'attachment; filename="{name}"'}
    return for_him_alone(Response(made.body, headers=headers))
