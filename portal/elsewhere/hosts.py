"""`/me/hosts`: the badge hosts that a person connected: their pages, badges fetched from them, the end of it."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, UPSERT
from issuer.connections import (
    Connection,
    Secrets,
    claim,
    connections,
    find_connection,
    forget,
    note_endpoints,
    note_fetched,
    note_profile,
    release,
)
from issuer.errors import Unknown
from issuer.held import profile_of
from issuer.sign_in.rates import Rate, within
from portal.access import AtDesk, Served
from portal.elsewhere.calling import Caller, Fetched
from portal.elsewhere.discovering import host_of, still_offered
from portal.elsewhere.joining import consent_url, revoke
from portal.elsewhere.taking_in import NotTaken, Taken, take_in
from portal.elsewhere.trouble import HostTrouble, printable
from portal.forms import Form, form_of
from portal.pages.site import site_of
from portal.problems import GONE, NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Person, SignedIn
from portal.sign_in.wire import Wire

router = APIRouter(include_in_schema=False)

CALLS: Final = Rate("calls to hosts of person", 120, timedelta(minutes=15))
MAY: Final[Mapping[str, Sentence]] = {
    READ: sentence("See your badges there, and fetch them to here"),
    UPSERT: sentence("Bring there the badges that you choose here"),
    PROFILE_READ: sentence("See your profile there"),
    PROFILE_UPDATE: sentence("Write your profile there, when you say so"),
}
SAID: Final[Mapping[str, Sentence]] = {
    "name": sentence("Name"),
    "givenName": sentence("Given name"),
    "familyName": sentence("Family name"),
    "email": sentence("E-mail address"),
    "phone": sentence("Phone"),
    "url": sentence("Page"),
    "description": sentence("About me"),
}
"""What is shown of profiles, and sent."""
_DONE: Final = frozenset({"connected", "fetched", "profile", "accepted"})
_JUDGING: Final = 60.0
"""Seconds for judging what was fetched; the rest comes with the next fetch."""
LOCKED: Final = sentence("The keys of this server are locked, so it could not keep what the host gives it.")
OFTEN: Final = sentence("That was often in a short time. Wait some minutes.")
_IN_USE: Final = sentence("Something is on its way to or from this host already. Wait a moment.")
_NONE: Final = sentence("There is no such host of yours; it may be disconnected already.")


@dataclass(frozen=True, slots=True)
class HostLine:
    """A host in a list. kind: asking, connected or lost."""

    id: UUID
    name: str
    host: str
    kind: str
    may_bring: bool


@dataclass(frozen=True, slots=True)
class HostPage:
    """The page of one host. leads: to its page of consent, while it is asked; instants in words.

    profile: the person’s there. sends: what may be sent of him, nothing if it may not.
    """

    line: HostLine
    may: tuple[Sentence, ...]
    leads: str
    since: str
    fetched: str
    may_fetch: bool
    profile: tuple[tuple[Sentence, str], ...]
    sends: tuple[tuple[Sentence, str], ...]


@dataclass(slots=True)
class Report:
    """What became of the badges that were fetched; `refused` by reason, each once."""

    counts: Counter[Taken] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    more: bool = False


def wire_of(request: Request) -> Wire:
    """The way to other hosts: the guarded network."""
    service: Service = request.app.state.service
    known: Wire | None = getattr(request.app.state, "wire_to_hosts", None)
    return known or Wire(allowed_origins=service.settings.allowed_origins, monotonic=time.monotonic)


async def _form(request: Request) -> Form:
    return form_of(await sent_form(request))


Number = Annotated[int, Query(ge=0, le=1_000)]
OverWire = Annotated[Wire, Depends(wire_of)]
SentForm = Annotated[Form, Depends(_form)]


def host_lines(service: Service, person_id: UUID) -> list[HostLine]:
    """His hosts."""
    return [_line(one) for one in connections(service.database, person_id, now=service.clock())]


@router.get("/me/hosts/{connection_id}")
def host_page(
    request: Request,
    service: Served,
    person: SignedIn,
    connection_id: UUID,
    done: str = "",
    new: Number = 0,
    renewed: Number = 0,
    known: Number = 0,
) -> Response:
    """The page of one host. Raises a 404 problem."""
    connection = _mine(service, person, connection_id)
    report = Report(Counter({Taken.CREATED: new, Taken.REPLACED: renewed, Taken.OLDER: known}))
    return _page(request, service, person, connection, report=report, done=done if done in _DONE else "")


@router.post("/me/hosts/{connection_id}/fetch")
async def fetch(
    request: Request,
    service: Served,
    desk: AtDesk,
    wire: OverWire,
    person: SignedIn,
    connection_id: UUID,
    form: SentForm,
) -> Response:
    """Fetch what is there: all of it, or what was issued since the last time; each is judged before it is kept."""
    connection = await run_in_threadpool(_mine, service, person, connection_id)
    since = connection.fetched_at if form.value("which") == "new" else None
    begun, now = time.monotonic(), service.clock()
    try:
        fetched = await run_in_threadpool(_fetched, service, wire, person, connection_id, since)
    except HostTrouble as trouble:
        return await run_in_threadpool(host_trouble, request, service, person, connection_id, trouble)
    report = Report(more=not fetched.whole)
    for given, data in fetched.badges:
        if time.monotonic() - begun > _JUDGING:
            report.more = True
            break
        result = await desk.verify(data)
        try:
            by = connection.name
            taken = await run_in_threadpool(take_in, service, person.person_id, by, given, data, result)
            report.counts[taken] += 1
        except NotTaken as refused:
            report.refused += [refused.said] if refused.said not in report.refused else []
    if not report.more:
        await run_in_threadpool(note_fetched, service.database, connection_id, now=now)
    if report.refused or report.more:
        connection = await run_in_threadpool(_mine, service, person, connection_id)
        return await run_in_threadpool(
            lambda: _page(request, service, person, connection, report=report, done="fetched")
        )
    counted = report.counts
    numbers = f"new={counted[Taken.CREATED]}&renewed={counted[Taken.REPLACED]}"
    known = counted[Taken.OLDER] + counted[Taken.OWN]
    path = site_of(service).at(f"/me/hosts/{connection_id}?done=fetched&{numbers}&known={known}")
    return for_him_alone(RedirectResponse(path, status_code=303))


@router.post("/me/hosts/{connection_id}/end")
def end(service: Served, wire: OverWire, person: SignedIn, connection_id: UUID) -> Response:
    """End it: here at once, there as far as the host takes that."""
    connection = _mine(service, person, connection_id)
    forget(service.database, connection, now=service.clock())
    if service.keyring is not None and connection.state != "asking":
        revoke(wire, connection, Secrets.unsealed(service.keyring, connection))
    path = site_of(service).at("/me/applications?done=disconnected")
    return for_him_alone(RedirectResponse(path, status_code=303))


@contextmanager
def calling(service: Service, wire: Wire, person: Person, connection_id: UUID) -> Iterator[Caller]:
    """The API of a host, for one at a time. Raises HostTrouble; a 404 problem for a host that is not his."""
    now = service.clock()
    if service.keyring is None:
        raise HostTrouble(LOCKED)
    if not within(service.database, CALLS, str(person.person_id), now=now):
        raise HostTrouble(OFTEN)
    try:
        connection = claim(service.database, connection_id, person_id=person.person_id, now=now)
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NONE) from None
    if connection is None:
        raise HostTrouble(_IN_USE)
    try:
        mine = Secrets.unsealed(service.keyring, connection)
        offered = still_offered(wire, connection.base, connection.endpoints, now=now)
        if offered is not None:
            note_endpoints(service.database, connection_id, offered)
            connection = replace(connection, endpoints=offered)
        yield Caller(service, wire, connection, mine, secrets.token_bytes)
    finally:
        release(service.database, connection_id)


def _fetched(service: Service, wire: Wire, person: Person, connection_id: UUID, since: datetime | None) -> Fetched:
    with calling(service, wire, person, connection_id) as host:
        if PROFILE_READ in host.connection.scopes:
            try:
                note_profile(service.database, connection_id, profile_kept(host.profile()))
            except HostTrouble as trouble:
                if trouble.status not in {403, 404, 405, 501}:  # it has none, or lets nobody see it
                    raise
        return host.fetch_badges(since=since)


def redirect_uri(service: Service, connection_id: UUID) -> str:
    """Where the host sends the person back to: an address of this connection alone."""
    return f"{service.base_url}/me/hosts/{connection_id}/back"


def host_trouble(
    request: Request, service: Service, person: Person, connection_id: UUID, trouble: HostTrouble
) -> Response:
    """The page of the host with what went wrong."""
    connection = _mine(service, person, connection_id)  # it may be lost by now
    return _page(request, service, person, connection, trouble=trouble.said, status=502)


def _page(
    request: Request,
    service: Service,
    person: Person,
    connection: Connection,
    *,
    report: Report | None = None,
    trouble: Sentence | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    language, zone = language_of(request), service.settings.zone
    leads = ""
    if connection.state == "asking":
        if service.keyring is None:
            raise HttpProblem(GONE, LOCKED)
        secret = Secrets.unsealed(service.keyring, connection)
        leads = consent_url(connection, secret, redirect_uri(service, connection.id))
    fetched = connection.fetched_at
    may_send = connection.state == "connected" and PROFILE_UPDATE in connection.scopes
    mine = profile_of(service.database, person.person_id) if may_send else None
    page = HostPage(
        line=_line(connection),
        may=tuple(MAY[one] for one in connection.scopes if one in MAY),
        leads=leads,
        since=language.minute(connection.created_at, zone),
        fetched=language.minute(fetched, zone) if fetched is not None else "",
        may_fetch=READ in connection.scopes,
        profile=_profile_lines(connection.profile or {}),
        sends=_profile_lines(profile_kept(mine)) if mine is not None else (),
    )
    counts = (report or Report()).counts
    return show(
        request,
        "elsewhere/host.html",
        visitor=person,
        here="applications",
        status=status,
        page=page,
        base=connection.base,
        new=counts[Taken.CREATED],
        renewed=counts[Taken.REPLACED],
        known=counts[Taken.OLDER] + counts[Taken.OWN],
        refused=(report or Report()).refused,
        more=(report or Report()).more,
        trouble=trouble,
        done=done,
    )


def profile_kept(document: Mapping[str, Any]) -> dict[str, str]:
    """What is shown of a profile: whoever wrote it says so himself."""
    return {name: said for name in (*SAID, "id") if (said := printable(document.get(name)))}


def _profile_lines(profile: Mapping[str, Any]) -> tuple[tuple[Sentence, str], ...]:
    return tuple((said, str(profile[name])) for name, said in SAID.items() if profile.get(name))


def _line(connection: Connection) -> HostLine:
    may_bring = connection.state == "connected" and UPSERT in connection.scopes
    return HostLine(connection.id, connection.name, host_of(connection.base), connection.state, may_bring)


def _mine(service: Service, person: Person, connection_id: UUID) -> Connection:
    try:
        return find_connection(service.database, person.person_id, connection_id)
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NONE) from None
