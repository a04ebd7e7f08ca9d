"""`/me/credentials/{id}/elsewhere`: a person’s own badge goes to the hosts that he connected."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.credential_facts import CredentialFacts
from portal import credential_forms, recalled
from portal.access import Served
from portal.elsewhere.hosts import OverWire, calling, host_lines
from portal.elsewhere.trouble import HostTrouble
from portal.me.way import Way
from portal.pages.credential import Published, published_whole
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn

router = APIRouter(include_in_schema=False)

_NAME: Final = "Open Badges 3.0"
_DONE: Final = {201: "created", 200: "replaced", 304: "newer"}
_NOT_MINE: Final = sentence("You hold no such credential; compare the address with the original.")


def way(service: Service, facts: CredentialFacts) -> Way | None:
    """The way to other badge hosts; None for what was revoked."""
    if service.keyring is None or facts.revoked_at is not None:
        return None
    return Way(
        key="elsewhere",
        name=_NAME,
        told=sentence("It goes to a host that you connected, such as a portfolio, over the Open Badges 3.0 API."),
        button=sentence("Bring it to a host"),
        path=f"/me/credentials/{facts.id}/elsewhere",
    )


@router.get("/me/credentials/{credential_id}/elsewhere")
def choose(request: Request, service: Served, person: SignedIn, credential_id: UUID, done: str = "") -> Response:
    """The hosts that it can go to."""
    found = _own(service, person, credential_id)
    return _page(request, service, person, found, done=done if done in _DONE.values() else "")


@router.post("/me/hosts/{connection_id}/bring/{credential_id}")
def bring(
    request: Request, service: Served, wire: OverWire, person: SignedIn, connection_id: UUID, credential_id: UUID
) -> Response:
    """Bring it there, as the host takes it: as JSON, or as a compact JWS."""
    found = _own(service, person, credential_id)
    plain = credential_forms.json_bytes(service, credential_id)
    compact = credential_forms.jwt_bytes(service, credential_id)
    try:
        with calling(service, wire, person, connection_id) as host:
            takes = host.connection.endpoints
            if plain is not None and (takes.get("takes_json") or compact is None or not takes.get("takes_jwt")):
                status = host.bring("json", plain)
            elif compact is not None:
                status = host.bring("jwt", compact)
            else:
                raise HttpProblem(NOT_FOUND, _NOT_MINE)
    except HostTrouble as trouble:
        return _page(request, service, person, found, trouble=trouble.said, status=502)
    path = site_of(service).at(f"/me/credentials/{credential_id}/elsewhere?done={_DONE[status]}")
    return for_him_alone(RedirectResponse(path, status_code=303))


def _page(
    request: Request,
    service: Service,
    person: Person,
    found: Published,
    *,
    done: str = "",
    trouble: Sentence | None = None,
    status: int = 200,
) -> Response:
    facts = found.chain.credential
    place = recalled.place(service, facts.achievement, facts.version) if facts.achievement is not None else None
    return show(
        request,
        "elsewhere/bring.html",
        visitor=person,
        here="me",
        status=status,
        credential_id=found.chain.credential.id,
        title=place.achievement.name if place is not None else "",
        hosts=[one for one in host_lines(service, person.person_id) if one.may_bring],
        done=done,
        trouble=trouble,
    )


def _own(service: Service, person: Person, credential_id: UUID) -> Published:
    found = published_whole(service, credential_id)
    if found is None or found.chain.credential.person_id != person.person_id:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    if found.chain.credential.revoked_at is not None:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return found
