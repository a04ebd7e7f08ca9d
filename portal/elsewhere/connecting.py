"""`/me/hosts`: a person connects another badge host: asked there for his consent, he comes back with its answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urljoin
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.connections import Connection, NotConnected, Secrets, begin, forget, mark_connected, take_answer
from issuer.sign_in.rates import Rate, within
from issuer.sign_in.tokens import new_secret
from portal.access import Served
from portal.elsewhere.discovering import base_of, discover, host_of
from portal.elsewhere.hosts import LOCKED, OFTEN, OverWire, SentForm, redirect_uri
from portal.elsewhere.joining import SOFTWARE, comes_from, redeem, register
from portal.elsewhere.trouble import HostTrouble, printable
from portal.forms import FieldFault
from portal.oauth.applications import both_lists
from portal.pages.rendering import product_version
from portal.pages.site import site_of
from portal.problems import BAD_REQUEST, GONE, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn
from portal.sign_in.wire import Wire

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("guildmark.elsewhere")

CONNECTING: Final = Rate("hosts connected by person", 20, timedelta(hours=1))
_CODE: Final = re.compile(r"[\x20-\x7e]{1,2000}")


@router.post("/me/hosts")
async def connect(request: Request, service: Served, wire: OverWire, person: SignedIn, form: SentForm) -> Response:
    """Begin with a host; leads to its page, from which the person goes there."""
    try:
        made = await run_in_threadpool(_start, service, wire, person, form.value("address"))
    except HostTrouble as trouble:
        refused = replace(form, faults=(*form.faults, FieldFault("address", trouble.said)))
        return await run_in_threadpool(lambda: both_lists(request, service, person, form=refused, status=400))
    return for_him_alone(RedirectResponse(site_of(service).at(f"/me/hosts/{made}"), status_code=303))


@router.get("/me/hosts/{connection_id}/back")
def back(request: Request, service: Served, wire: OverWire, person: SignedIn, connection_id: UUID) -> Response:
    """The host’s answer (RFC 6749, section 4.1.2): good once, from this person, about this host alone."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=40) if request.url.query else []
    given, now = dict(pairs), service.clock()
    if len(given) != len(pairs) or not given.get("state"):
        raise HttpProblem(BAD_REQUEST, sentence("This is no answer that was asked for here. Nothing was changed."))
    state = given["state"]
    found = take_answer(service.database, connection_id, person_id=person.person_id, state=state, now=now)
    if found is None:
        raise HttpProblem(
            GONE, sentence("This answer was used already, came too late, or was not asked for by you. Connect anew.")
        )
    try:
        _answered(service, wire, found, given, now)
    except HostTrouble as trouble:
        forget(service.database, found, now=now)
        log.info("a host was not connected", host=host_of(found.base), status=trouble.status)
        return show(
            request,
            "elsewhere/failed.html",
            visitor=person,
            here="applications",
            status=400 if "error" in given else 502,
            host=host_of(found.base),
            base=found.base,
            said=trouble.said,
        )
    path = site_of(service).at(f"/me/hosts/{connection_id}?done=connected")
    return for_him_alone(RedirectResponse(path, status_code=303))


def _start(service: Service, wire: Wire, person: Person, address: str) -> UUID:
    """Find out what the host offers, register there, and remember it; the connection’s id. Raises HostTrouble."""
    now = service.clock()
    if service.keyring is None:
        raise HostTrouble(LOCKED)
    base = base_of(address)
    if base == service.base_url:
        raise HostTrouble(sentence("That is this server itself."))
    if not within(service.database, CONNECTING, str(person.person_id), now=now):
        raise HostTrouble(OFTEN)
    host = discover(wire, base, now=now)
    connection_id = UUID(bytes=secrets.token_bytes(16), version=4)
    known = register(wire, host, _about(service, connection_id, host.scopes))
    mine = Secrets(known.client_secret, new_secret(secrets.token_bytes), new_secret(secrets.token_bytes))
    wanted = Connection(
        id=connection_id,
        person_id=person.person_id,
        base=base,
        name=host.name,
        state="asking",
        endpoints=host.endpoints(),
        client_id=known.client_id,
        scopes=host.scopes,
        sealed=mine.sealed(service.keyring, connection_id, secrets.token_bytes),
        access_until=None,
        profile=None,
        created_at=now,
        fetched_at=None,
    )
    try:
        begin(service.database, wanted, state=mine.state, now=now)
    except NotConnected as refused:
        said = sentence("You are connected with {host} already.", host=host_of(base))
        many = sentence("You are connected with as many hosts as this server keeps. End one first.")
        raise HostTrouble(said if refused.already else many) from None
    return connection_id


def _answered(service: Service, wire: Wire, connection: Connection, given: Mapping[str, str], now: datetime) -> None:
    """Redeem the code. Raises HostTrouble."""
    host = host_of(connection.base)
    if not comes_from(connection, given.get("iss")):
        raise HostTrouble(sentence("This answer is not from {host}, so nothing was connected.", host=host))
    if "error" in given:
        if given["error"] == "access_denied":
            raise HostTrouble(sentence("It was not allowed at {host}, so nothing was connected.", host=host))
        reason = printable(given.get("error_description")) or printable(given["error"])
        raise HostTrouble(sentence("{host} could not be connected. It says: “{reason}”", host=host, reason=reason))
    code = given.get("code", "")
    if not _CODE.fullmatch(code):
        raise HostTrouble(sentence("{host} gave no code, so nothing was connected.", host=host))
    if service.keyring is None:
        raise HostTrouble(LOCKED)
    mine = Secrets.unsealed(service.keyring, connection)
    made = redeem(wire, connection, mine, code, redirect_uri(service, connection.id), now)
    kept = Secrets(mine.client_secret, access=made.access, refresh=made.refresh)
    sealed = kept.sealed(service.keyring, connection.id, secrets.token_bytes)
    until = made.access_until
    mark_connected(service.database, connection, sealed, scopes=made.scopes, access_until=until, now=now)


def _about(service: Service, connection_id: UUID, scopes: tuple[str, ...]) -> dict[str, Any]:
    """What we say of ourselves (requirements 121 to 123)."""
    base, site = service.base_url, site_of(service)
    return {
        "client_name": str(site.name),
        "client_uri": base + "/",
        "logo_uri": urljoin(base, site.static("mark.svg")),
        "tos_uri": base + "/terms",
        "policy_uri": base + "/privacy",
        "software_id": SOFTWARE,
        "software_version": product_version() or "0",
        "redirect_uris": [redirect_uri(service, connection_id)],
        "scope": " ".join(scopes),
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
