"""`/me/elsewhere`: badges of other issuers that a person holds here, judged anew whenever he looks at one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.errors import Unknown
from issuer.held import Held, addresses_of, forget_held, held_body, note_check, one_held, picture_of_held
from portal.access import AtDesk, Served
from portal.elsewhere.taking_in import names_one_of
from portal.language.language import Language
from portal.layers.security_headers import IMAGE_POLICY
from portal.pages.badge_view import badge_view
from portal.pages.site import site_of
from portal.pages.status_view import WORDS, status_view
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Person, SignedIn
from verifier.result import Status, VerificationResult

router = APIRouter(include_in_schema=False)

_KINDS: Final[Mapping[Status, str]] = {
    Status.VALID: "good",
    Status.REVOKED: "missing",
    Status.INVALID: "missing",
    Status.SUSPENDED: "soon",
    Status.EXPIRED: "soon",
    Status.NOT_YET_VALID: "waiting",
}
"""Of pills; “plain” for the others."""
_NO_BADGE: Final = sentence("There is no such badge of yours; it may be deleted already.")


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge from elsewhere in a list. checked: when, in words; picture: where it is, "" without one."""

    id: UUID
    name: str
    issued_by: str
    word: Sentence
    kind: str
    brought_by: str
    checked: str
    names_holder: bool
    picture: str


def badge_of(service: Service, language: Language, one: Held) -> Badge:
    """As a list shows it."""
    status = Status(one.status)
    return Badge(
        id=one.id,
        name=one.name,
        issued_by=one.issued_by,
        word=WORDS[status],
        kind=_KINDS.get(status, "plain"),
        brought_by=one.brought_by,
        checked=language.minute(one.checked_at, service.settings.zone),
        names_holder=one.names_holder,
        picture=site_of(service).at(f"/me/elsewhere/{one.id}/picture.png") if one.has_picture else "",
    )


@router.get("/me/elsewhere/{held_id}")
async def badge_page(request: Request, service: Served, desk: AtDesk, person: SignedIn, held_id: UUID) -> Response:
    """One badge, with what every check says of it now."""
    _, body = await run_in_threadpool(_body, service, person, held_id)
    result = await desk.verify(body, zone=service.settings.zone)
    return await run_in_threadpool(_judged, request, service, person, held_id, result)


@router.get("/me/elsewhere/{held_id}/picture.png")
def picture(service: Served, person: SignedIn, held_id: UUID) -> Response:
    """Its picture, as we drew it anew."""
    found = picture_of_held(service.database, person.person_id, held_id)
    if found is None:
        raise HttpProblem(NOT_FOUND, _NO_BADGE)
    headers = {"Content-Type": "image/png", "Content-Security-Policy": IMAGE_POLICY}
    return for_him_alone(Response(found, headers=headers))


@router.post("/me/elsewhere/{held_id}/delete")
def delete(service: Served, person: SignedIn, held_id: UUID) -> Response:
    """The badge is not kept any more."""
    try:
        forget_held(service.database, person.person_id, held_id, now=service.clock())
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NO_BADGE) from None
    path = site_of(service).at("/me/applications?done=deleted")
    return for_him_alone(RedirectResponse(path, status_code=303))


@router.get("/me/elsewhere/{held_id}/file")
def file(service: Served, person: SignedIn, held_id: UUID) -> Response:
    """The badge as it came: to be saved, not to be looked at under our address."""
    form, body = _body(service, person, held_id)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="badge.{form}"',
        "Content-Security-Policy": IMAGE_POLICY,
    }
    return for_him_alone(Response(body, headers=headers))


def _judged(request: Request, service: Service, person: Person, held_id: UUID, result: VerificationResult) -> Response:
    document, zone = result.document or {}, service.settings.zone
    note_check(
        service.database,
        held_id,
        status=result.status.value,
        why=str(result.sentence),
        names_holder=names_one_of(document, addresses_of(service.database, person.person_id)),
        now=service.clock(),
    )
    try:
        one = one_held(service.database, person.person_id, held_id)
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NO_BADGE) from None
    return show(
        request,
        "elsewhere/badge.html",
        visitor=person,
        here="applications",
        badge=badge_of(service, language_of(request), one),
        seen=badge_view(document, zone=zone),
        status_of_badge=status_view(result, zone=zone),
    )


def _body(service: Service, person: Person, held_id: UUID) -> tuple[str, bytes]:
    try:
        return held_body(service.database, person.person_id, held_id)
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NO_BADGE) from None
