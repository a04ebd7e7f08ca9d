"""`/apple-wallet/v1/…`: where phones register for the changes of their passes and fetch them (Apple's PassKit web
service). A phone shows the secret of its pass; what the addresses hold is no person's, and stands in no log."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from credentials.sentence import sentence
from issuer.errors import Unknown
from issuer.phone_passes.changes import PhonePass
from issuer.phone_passes.devices import passes_of, register, unregister
from issuer.phone_passes.passes import pass_of, secret_of
from portal.access import Served
from portal.bodies import body, parse_object
from portal.passes.apple_pass import WEB_SERVICE, apple_pass, file_answer
from portal.passes.content import made_of
from portal.passes.identities import usable_apple
from portal.problems import BAD_REQUEST, NOT_FOUND, UNAVAILABLE, HttpProblem
from portal.service import Service
from wallet_export.errors import RenderingFailed
from wallet_export.pkpass import AppleIdentity

router = APIRouter(prefix=f"{WEB_SERVICE}/v1", include_in_schema=False)
log = structlog.get_logger("guildmark.passes")

_DEVICE: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")
_PUSH_TOKEN: Final = re.compile(r"[0-9A-Fa-f]{2,200}")
_TAG: Final = re.compile(r"[0-9]{1,20}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JUST_NOW: Final = timedelta(seconds=2)
_MOST_LINES, _LONGEST_LINE, _LONGEST_BODY = 5, 200, 64 * 1024
_LONG_IDS: Final = re.compile(r"[0-9A-Za-z_-]{16,}")


async def _read(request: Request) -> bytes:
    sent = await body(request)
    if len(sent) > _LONGEST_BODY:
        raise HttpProblem(BAD_REQUEST, BAD_REQUEST.meaning)
    return sent


Sent = Annotated[bytes, Depends(_read)]


@router.post("/devices/{device}/registrations/{pass_type}/{serial}")
def registered(request: Request, service: Served, device: str, pass_type: str, serial: str, sent: Sent) -> Response:
    """201 if the device was not registered for the pass, 200 if it was; its push token is that of now."""
    _identity(service, pass_type, device)
    found = _shown_pass(request, service, serial)
    if found is None:
        return _refused()
    token = parse_object(sent).get("pushToken")
    if not isinstance(token, str) or _PUSH_TOKEN.fullmatch(token) is None:
        raise HttpProblem(BAD_REQUEST, sentence("`pushToken` is missing, or is none."))
    fresh = register(service.database, pass_id=found.id, library=device, push_token=token, now=service.clock())
    return Response(status_code=201 if fresh else 200)


@router.delete("/devices/{device}/registrations/{pass_type}/{serial}")
def unregistered(request: Request, service: Served, device: str, pass_type: str, serial: str) -> Response:
    """The device is told of the pass no more, also if it never was."""
    _identity(service, pass_type, device)
    found = _shown_pass(request, service, serial)
    if found is None:
        return _refused()
    unregister(service.database, pass_id=found.id, library=device)
    return Response(status_code=200)


@router.get("/devices/{device}/registrations/{pass_type}")
def changed(request: Request, service: Served, device: str, pass_type: str) -> Response:
    """The serial numbers of the device's passes that changed since the last answer; 204 if none did."""
    _identity(service, pass_type, device)
    tag = request.query_params.get("passesUpdatedSince", "")
    since = _EPOCH + timedelta(microseconds=int(tag)) if _TAG.fullmatch(tag) and int(tag) < 10**17 else None
    found = passes_of(service.database, library=device, since=since, now=service.clock())
    if not found:
        return Response(status_code=204)
    last = max(one.changed_at for one in found)
    tag = str((last - _EPOCH) // timedelta(microseconds=1))
    answer = {"serialNumbers": [str(one.id) for one in found], "lastUpdated": tag}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


@router.get("/passes/{pass_type}/{serial}")
def newest(request: Request, service: Served, pass_type: str, serial: str) -> Response:
    """The pass as it is now; 304 if it did not change since `If-Modified-Since`."""
    identity = _identity(service, pass_type)
    found = _shown_pass(request, service, serial)
    if found is None or service.keyring is None:
        return _refused()
    if _has_it(request.headers.get("if-modified-since", ""), found.changed_at):
        return Response(status_code=304)
    try:
        made = made_of(service, found)
    except RenderingFailed as error:
        raise HttpProblem(UNAVAILABLE, sentence("The picture cannot be drawn at the moment.")) from error
    if made is None:
        return _refused()
    answer = file_answer(apple_pass(service, service.keyring, identity, found, made), "pass")
    if service.clock() - found.changed_at > _JUST_NOW:  # seconds are as fine as the header tells: more may come in this
        answer.headers["Last-Modified"] = format_datetime(found.changed_at.astimezone(UTC), usegmt=True)
    return answer


@router.post("/log")
def told(service: Served, sent: Sent) -> Response:
    """What a phone has to say of us: the beginning of it goes to our log, without anything that could be an id."""
    if usable_apple(service.settings) is None:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    lines = parse_object(sent).get("logs")
    for line in lines[:_MOST_LINES] if isinstance(lines, list) else ():
        if isinstance(line, str):
            said = _LONG_IDS.sub("…", "".join(one if one.isprintable() else " " for one in line[: 4 * _LONGEST_LINE]))
            log.warning("a phone says", said=said[:_LONGEST_LINE])
    return Response(status_code=200)


def _identity(service: Service, pass_type: str, device: str = "-") -> AppleIdentity:
    identity = usable_apple(service.settings)
    if identity is None or pass_type != identity.pass_type or _DEVICE.fullmatch(device) is None:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    return identity


def _shown_pass(request: Request, service: Service, serial: str) -> PhonePass | None:
    """The pass whose secret the request shows. Raises a 503 problem while the keys are locked."""
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, sentence("The keys of this server are locked."))
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    try:
        pass_id = UUID(serial)
        right = secret_of(service.database, service.keyring, pass_id)
    except (ValueError, Unknown):
        return None
    if scheme != "ApplePass" or not hmac.compare_digest(secret.strip().encode(), right.encode()):
        return None
    return pass_of(service.database, pass_id, kind="apple", now=service.clock())


def _refused() -> Response:
    return Response(status_code=401, headers={"WWW-Authenticate": "ApplePass", "Cache-Control": "no-store"})


def _has_it(since: str, changed_at: datetime) -> bool:
    try:
        known = parsedate_to_datetime(since)
    except (ValueError, TypeError, IndexError):
        return False
    return known.tzinfo is not None and changed_at.replace(microsecond=0) <= known
