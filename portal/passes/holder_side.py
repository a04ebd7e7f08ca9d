"""The holder's side: what a pass would say and to whom, and the button that makes it."""

from __future__ import annotations

import re
import secrets
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.catalogue import Standing
from issuer.credential_facts import CredentialFacts, credential_facts, newest_of
from issuer.phone_passes.changes import PhonePass
from issuer.phone_passes.passes import Kind, make_pass, pass_of_credential
from keys.keyring import Keyring
from portal.access import Served
from portal.elsewhere.hosts import OverWire
from portal.layers.security_headers import IMAGE_POLICY
from portal.me.way import Way
from portal.pages.site import site_for
from portal.passes.apple_pass import apple_pass, file_answer
from portal.passes.content import Made, content_of
from portal.passes.google import GoogleTrouble, google_wallet
from portal.passes.identities import usable_apple, usable_google
from portal.problems import CONFLICT, NOT_FOUND, UNAVAILABLE, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn
from portal.sign_in.wire import Wire
from wallet_export.errors import RenderingFailed
from wallet_export.qr import ErrorCorrection, qr_svg

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("guildmark.passes")

APPLE: Final = "apple-wallet"
GOOGLE: Final = "google-wallet"
_NOT_MINE: Final = sentence("You hold no such credential; compare the address with the original.")
_NOT_VALID: Final = sentence("It is not valid now, so no pass is made of it.")
_NAMES: Final = {"apple": "Apple Wallet", "google": "Google Wallet"}


def apple_way(service: Service, facts: CredentialFacts) -> Way | None:
    """The way into an iPhone; None where it is not set up, and for what is not valid."""
    if not _may(service, facts) or usable_apple(service.settings) is None:
        return None
    return Way(
        key="apple",
        name=_NAMES["apple"],
        told=sentence("A pass for your iPhone or Apple Watch. It follows the badge when that is renewed."),
        button=sentence("Add to Apple Wallet"),
        path=f"/me/credentials/{facts.id}/{APPLE}",
    )


def google_way(service: Service, facts: CredentialFacts) -> Way | None:
    """The way into an Android phone; None where it is not set up, and for what is not valid."""
    if not _may(service, facts) or usable_google(service.settings) is None:
        return None
    return Way(
        key="google",
        name=_NAMES["google"],
        told=sentence("A pass for your Android phone, which Google keeps. It follows the badge when that is renewed."),
        button=sentence("Add to Google Wallet"),
        path=f"/me/credentials/{facts.id}/{GOOGLE}",
    )


@router.get("/me/credentials/{credential_id}/apple-wallet")
def apple(request: Request, credential_id: UUID, service: Served, person: SignedIn) -> Response:
    """What the pass for Apple says, what Apple learns, and the button. Raises a 404 problem if it is not his."""
    facts = _mine(service, person, credential_id)
    if apple_way(service, facts) is None:
        raise HttpProblem(CONFLICT, _NOT_VALID)
    return _page(request, service, person, "apple", facts, link="")


@router.post("/me/credentials/{credential_id}/apple-wallet")
def make_apple(request: Request, credential_id: UUID, service: Served, person: SignedIn) -> Response:
    """Make the pass; leads to its file."""
    facts = _mine(service, person, credential_id)
    if apple_way(service, facts) is None:
        raise HttpProblem(CONFLICT, _NOT_VALID)
    _make(service, person, facts, "apple")
    address = site_for(request, service).at(f"/me/credentials/{credential_id}/{APPLE}.pkpass")
    return for_him_alone(RedirectResponse(address, status_code=303))


@router.get("/me/credentials/{credential_id}/apple-wallet.pkpass")
def apple_file(credential_id: UUID, service: Served, person: SignedIn) -> Response:
    """The file of the pass that was made."""
    facts = _mine(service, person, credential_id)
    identity, keyring = usable_apple(service.settings), service.keyring
    found = pass_of_credential(service.database, credential_id, kind="apple", now=service.clock())
    if apple_way(service, facts) is None or found is None or identity is None or keyring is None:
        raise HttpProblem(CONFLICT, _NOT_VALID)
    made = _made(service, found.credential_id, str(found.id))
    return for_him_alone(file_answer(apple_pass(service, keyring, identity, found, made), _file_name(made)))


@router.get("/me/credentials/{credential_id}/google-wallet")
def google(request: Request, credential_id: UUID, service: Served, wire: OverWire, person: SignedIn) -> Response:
    """What the pass for Google says, the button, and once it was pressed the link that saves it."""
    facts = _mine(service, person, credential_id)
    if google_way(service, facts) is None:
        raise HttpProblem(CONFLICT, _NOT_VALID)
    return _page(request, service, person, "google", facts, link=_save_link(service, wire, credential_id))


@router.post("/me/credentials/{credential_id}/google-wallet")
def make_google(request: Request, credential_id: UUID, service: Served, wire: OverWire, person: SignedIn) -> Response:
    """Make the pass and put it at Google; leads to the page with the link that saves it."""
    facts = _mine(service, person, credential_id)
    wallet = google_wallet(service, wire) if google_way(service, facts) is not None else None
    if wallet is None:
        raise HttpProblem(CONFLICT, _NOT_VALID)
    found = _make(service, person, facts, "google")
    try:
        wallet.put(found, _made(service, found.credential_id, str(found.id)))
    except GoogleTrouble as error:
        log.warning("no pass was put at Google", reason=str(error))
        raise HttpProblem(UNAVAILABLE, sentence("Google could not be reached. Try again in some minutes.")) from error
    address = site_for(request, service).at(f"/me/credentials/{credential_id}/{GOOGLE}")
    return for_him_alone(RedirectResponse(address, status_code=303))


@router.get("/me/credentials/{credential_id}/google-wallet.svg")
def google_code(credential_id: UUID, service: Served, wire: OverWire, person: SignedIn) -> Response:
    """The QR code of the link that saves the pass."""
    facts = _mine(service, person, credential_id)
    link = _save_link(service, wire, credential_id) if google_way(service, facts) is not None else ""
    if not link:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return _code(link)


@router.get("/me/credentials/{credential_id}/apple-wallet.svg")
def apple_code(credential_id: UUID, service: Served, person: SignedIn) -> Response:
    """The QR code of the page, to be opened on the phone."""
    _mine(service, person, credential_id)
    return _code(f"{service.base_url}/me/credentials/{credential_id}/{APPLE}")


def _page(
    request: Request, service: Service, person: Person, kind: Kind, facts: CredentialFacts, *, link: str
) -> Response:
    newest = newest_of(service.documents.questions, facts) or facts  # which the pass follows
    made, site = _made(service, newest.id, ""), site_for(request, service)
    here = site.at(f"/me/credentials/{facts.id}/{APPLE if kind == 'apple' else GOOGLE}")
    return show(
        request,
        "passes/pass.html",
        visitor=person,
        here="me",
        kind=kind,
        wallet=_NAMES[kind],
        content=made.content,
        link=link,
        make=here,
        code=f"{here}.svg",
        back=site.at(f"/me/credentials/{facts.id}"),
        sharing=site.at(f"/me/credentials/{facts.id}") + "#sharing",
    )


def _save_link(service: Service, wire: Wire, credential_id: UUID) -> str:
    """ "" before the pass was made."""
    wallet = google_wallet(service, wire)
    found = pass_of_credential(service.database, credential_id, kind="google", now=service.clock())
    if wallet is None or found is None:
        return ""
    parts = urlsplit(service.base_url)
    made = _made(service, found.credential_id, str(found.id))
    return wallet.link(found, made, f"{parts.scheme}://{parts.netloc}")


def _may(service: Service, facts: CredentialFacts) -> bool:
    """Whether it is valid, and so what the pass would say: the newest one that goes back to it."""
    if service.keyring is None or facts.level_id is None or facts.standing(service.clock()) is not Standing.VALID:
        return False
    newest = newest_of(service.documents.questions, facts) if facts.following is not None else None
    return newest is None or newest.standing(service.clock()) in {Standing.VALID, Standing.NOT_YET_VALID}


def _mine(service: Service, person: Person, credential_id: UUID) -> CredentialFacts:
    facts = credential_facts(service.documents.questions, credential_id)
    if facts is None or facts.person_id != person.person_id:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return facts


def _make(service: Service, person: Person, facts: CredentialFacts, kind: Kind) -> PhonePass:
    keyring: Keyring | None = service.keyring
    assert keyring is not None  # noqa: S101  (there is no way without it)
    return make_pass(
        service.database,
        keyring,
        kind=kind,
        credential_id=facts.id,
        person_id=person.person_id,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )


def _made(service: Service, credential_id: UUID, serial: str) -> Made:
    try:
        made = content_of(service, credential_id, serial=serial)
    except RenderingFailed as error:
        raise HttpProblem(UNAVAILABLE, sentence("The picture cannot be drawn at the moment.")) from error
    if made is None:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return made


def _file_name(made: Made) -> str:
    """The level's name in plain letters: nothing of the person."""
    return re.sub(r"[^A-Za-z0-9]+", "-", made.content.level).strip("-").lower()[:60] or "badge"


def _code(text: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": IMAGE_POLICY}
    return Response(qr_svg(text, correction=ErrorCorrection.L), media_type="image/svg+xml", headers=headers)
