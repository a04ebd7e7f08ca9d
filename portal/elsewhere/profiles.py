"""`/me/hosts/{id}/profile`: what is known here of a person goes into his profile at another host (putProfile)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.model.conformance import check_class
from credentials.model.profile import Profile
from credentials.sentence import sentence
from issuer.authorizations.scopes import PROFILE_READ
from issuer.connections import note_profile
from issuer.held import profile_of
from portal.access import Served
from portal.elsewhere.calling import Caller
from portal.elsewhere.hosts import SAID, OverWire, calling, host_trouble, profile_kept
from portal.elsewhere.trouble import HostTrouble
from portal.pages.site import site_of
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import SignedIn

router = APIRouter(include_in_schema=False)

_HAS_NONE: Final = frozenset({403, 404, 405, 501})
"""What hosts answer that have no profile of a person, or show it to nobody."""


@router.post("/me/hosts/{connection_id}/profile")
def send(request: Request, service: Served, wire: OverWire, person: SignedIn, connection_id: UUID) -> Response:
    """Send it: name, addresses and the rest of what the page shows, and nothing more."""
    try:
        with calling(service, wire, person, connection_id) as host:
            told = host.put_profile(_whole(host, profile_of(service.database, person.person_id)))
            if told is not None:
                note_profile(service.database, connection_id, profile_kept(told))
    except HostTrouble as trouble:
        return host_trouble(request, service, person, connection_id, trouble)
    done = "accepted" if told is None else "profile"
    return for_him_alone(RedirectResponse(site_of(service).at(f"/me/hosts/{connection_id}?done={done}"), 303))


def joined(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """The whole profile as it shall be there (requirement 105): theirs, with its id, where we know nothing.

    A profile that is none is replaced.
    """
    said = {name: ours[name] for name in SAID if isinstance(ours.get(name), str)}
    whole = {**theirs, **said}
    if theirs and not check_class(whole, Profile):
        return whole
    return {"id": ours["id"], "type": ["Profile"], **said}


def _whole(host: Caller, ours: Mapping[str, Any]) -> dict[str, Any]:
    theirs: Mapping[str, Any] = {}
    if PROFILE_READ in host.connection.scopes:
        try:
            theirs = host.profile()
        except HostTrouble as trouble:
            if trouble.status not in _HAS_NONE:
                raise
    whole = joined(theirs, ours)
    if check_class(whole, Profile):  # an address that an application wrote here long ago, and no host would take
        raise HostTrouble(sentence("Your profile here cannot be sent: correct it first."))
    return whole
