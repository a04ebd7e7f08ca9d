"""Reports of learning systems: signed webhooks (Standard Webhooks 1.0), and statements as an LMS forwards them (xAPI).

Each report is taken once. 200 says what came of it, 401 that it is not signed by a known system, 409 that its id came
before with another content, 422 why it was refused. No person is named in an answer or in the log.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from credentials.instants import format_instant
from issuer.issuers import Issuer
from issuer.learning.receive import Receipt, Taken, receive
from issuer.learning.signatures import Envelope, NotSigned, require_signed, secret_text
from issuer.learning.statements import read_statements, statement_id
from issuer.learning.systems import LearningSystem, active_system, secret_of
from keys.keyring import Keyring
from portal import bodies
from portal.access import Served, instance
from portal.api.learning_schemas import EVENT_REQUEST, RECEIPT, STATEMENT_IDS, STATEMENT_REQUEST
from portal.api.schemas import PROBLEM
from portal.learning_input import MOST_BYTES, parsed, reports_in
from portal.problems import BAD_REQUEST, REPORT_REFUSED, TOO_LARGE, UNAVAILABLE, UNSIGNED, HttpProblem, problem_of
from portal.service import Service

router = APIRouter(tags=["Learning systems"])
log = structlog.get_logger("guildmark.learning")

_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 401, 404, 409, 413, 415, 422, 503), PROBLEM)
_HEADERS = {"Cache-Control": "no-store"}
_VERSION = re.compile(r"1\.0(\.\d{1,3})?|2\.0(\.\d{1,3})?")
_XAPI_VERSION = "X-Experience-API-Version"
_NOBODY = "There is no learning system of that name with that secret."


async def _raw_body(request: Request) -> bytes:
    """The exact bytes, which are what is signed. Raises 415, 413 or 400."""
    bodies.require_media_type(request, ("application/json",))
    body = await bodies.body(request)
    if len(body) > MOST_BYTES:
        raise HttpProblem(TOO_LARGE, f"At most {MOST_BYTES:,} bytes of reports are read at once.")
    return body


Body = Annotated[bytes, Depends(_raw_body)]


@router.post(
    "/api/{instance_name}/learning/{system}",
    summary="Report what somebody learned",
    description="A webhook signed by Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`): "
    "an event of the form below, an xAPI statement, or an array of statements. The program’s `learning` rules say for "
    "which level it counts. The same `webhook-id` and body again is answered with what came of it before. Of several "
    "statements none is taken if one of them is refused.",
    responses={200: RECEIPT, **_PROBLEMS},
    openapi_extra={
        "requestBody": EVENT_REQUEST,
        "security": [{"webhookSignature": []}],
        "x-curl": "curl -X POST {base}/api/default/learning/moodle \\\n  -H 'webhook-id: msg_2b1f' "
        "-H 'webhook-timestamp: 1795341600' \\\n  -H 'webhook-signature: v1,…' "
        "-H 'Content-Type: application/json' \\\n  -d @event.json",
    },
)
def webhook(request: Request, instance_name: str, system: str, body: Body, service: Served) -> Response:
    """Take what a signed webhook reports."""
    issuer, keyring = instance(instance_name, service), _keyring(service)
    found = active_system(service.database, issuer.slug, system)
    envelope = Envelope(*(_only(request, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")))
    try:
        require_signed(secret_of(keyring, found) if found else None, envelope, body, service.clock())
    except NotSigned as error:
        log.warning("learning report not signed", known=found is not None, issuer=issuer.slug)
        raise HttpProblem(UNSIGNED, str(error), headers={"WWW-Authenticate": "StandardWebhooks"}) from None
    if found is None:  # never: without a key nothing is signed
        raise HttpProblem(UNSIGNED, _NOBODY, headers={"WWW-Authenticate": "StandardWebhooks"})
    reports, delivery = reports_in(body, envelope.id)
    receipt = receive(
        service.database,
        keyring,
        system=found,
        reports=reports,
        now=service.clock(),
        randomness=secrets.token_bytes,
        delivery=delivery,
    )
    _told(found, receipt)
    _require_taken(receipt)
    return JSONResponse({"reports": [_as_json(one) for one in receipt.taken]}, headers=_HEADERS)


@router.post(
    "/xapi/{instance_name}/statements",
    summary="Store statements (xAPI)",
    description="For an LMS or LRS that forwards statements (xAPI 1.0.3 or 2.0): Basic authentication with name and "
    "secret of the learning system. A statement’s `id` is what makes it the same as one before. Nothing can be read "
    "back: this is no record store. Of several statements none is taken if one of them is refused.",
    responses={200: STATEMENT_IDS, **_PROBLEMS},
    openapi_extra={
        "requestBody": STATEMENT_REQUEST,
        "security": [{"learningSystem": []}],
        "parameters": [
            {"name": _XAPI_VERSION, "in": "header", "required": True, "schema": {"type": "string", "example": "2.0.0"}}
        ],
        "x-curl": "curl -X POST {base}/xapi/default/statements -u moodle:whsec_… \\\n"
        "  -H 'X-Experience-API-Version: 2.0.0' -H 'Content-Type: application/json' \\\n  -d @statement.json",
    },
)
def statements(request: Request, instance_name: str, body: Body, service: Served) -> Response:
    """Take statements."""
    headers = _xapi_headers(request, service)
    return _with_headers(headers, lambda: _stored(request, instance_name, body, service, headers))


def _stored(
    request: Request, instance_name: str, body: bytes, service: Service, headers: Mapping[str, str]
) -> Response:
    issuer, keyring = instance(instance_name, service), _keyring(service)
    if not _VERSION.fullmatch(request.headers.get(_XAPI_VERSION, "")):
        raise HttpProblem(BAD_REQUEST, f"Send the header {_XAPI_VERSION}: 1.0.3 or 2.0.0.")
    system = _by_basic(request, service, issuer, keyring)
    reports = read_statements(parsed(body))
    receipt = receive(
        service.database,
        keyring,
        system=system,
        reports=reports,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    _told(system, receipt)
    _require_taken(receipt)
    return JSONResponse([statement_id(one) for one in reports], headers={**_HEADERS, **headers})


def _xapi_headers(request: Request, service: Service) -> dict[str, str]:
    """xAPI, section 4.1.6.1: every answer about statements says how far they are consistent."""
    spoken = "1.0.3" if request.headers.get(_XAPI_VERSION, "").startswith("1.") else "2.0.0"
    return {_XAPI_VERSION: spoken, "X-Experience-API-Consistent-Through": format_instant(service.clock())}


def _with_headers(headers: Mapping[str, str], answer: Callable[[], Response]) -> Response:
    """What is refused carries the headers too."""
    try:
        return answer()
    except HttpProblem as problem:
        problem.headers.update(headers)
        raise
    except Exception as error:
        known = problem_of(error)
        if known is None or known.kind.status >= 500:
            raise
        known.headers.update(headers)
        raise known from None


def _keyring(service: Service) -> Keyring:
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, "The keys of this server are locked, so it can take no reports at the moment.")
    return service.keyring


def _only(request: Request, name: str) -> str:
    """A header that stands there once; empty if it does not, so that nobody wonders which one counts."""
    given = request.headers.getlist(name)
    return given[0] if len(given) == 1 else ""


def _by_basic(request: Request, service: Service, issuer: Issuer, keyring: Keyring) -> LearningSystem:
    """RFC 7617: user is the system's name, password its secret. Raises a 401 problem."""
    name, secret = _basic(_only(request, "authorization"))
    system = active_system(service.database, issuer.slug, name) if name else None
    expected = secret_text(secret_of(keyring, system) if system else bytes(32))
    fits = hmac.compare_digest(expected.encode(), secret.encode("utf-8", "surrogatepass"))
    if system is None or not fits:
        log.warning("learning report not authenticated", known=system is not None, issuer=issuer.slug)
        headers = {"WWW-Authenticate": 'Basic realm="guildmark learning", charset="UTF-8"'}
        raise HttpProblem(UNSIGNED, f"{_NOBODY} Send them by Basic authentication.", headers=headers)
    return system


def _basic(header: str) -> tuple[str, str]:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(given.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "", ""
    name, _, secret = text.partition(":")
    return ("", "") if "\0" in text else (name, secret)


def _told(system: LearningSystem, receipt: Receipt) -> None:
    for one in receipt.taken:
        log.info("learning report", system=system.name, outcome=one.outcome.value, new=one.new)


def _require_taken(receipt: Receipt) -> None:
    """Raises a 422 problem if a report was refused."""
    if not receipt.refused:
        return
    detail = receipt.refused[0].detail if len(receipt.refused) == 1 else f"{len(receipt.refused)} reports were refused."
    detail = f"{detail[:1].upper()}{detail[1:]}".rstrip(".") + "."
    if receipt.held_back:
        detail += " Nothing else that came with it was taken."
    members = {
        "errors": [{"id": _shown(one.event_id), "detail": one.detail} for one in receipt.refused],
        "reports": [_as_json(one) for one in receipt.taken],
    }
    raise HttpProblem(REPORT_REFUSED, detail, members=members)


def _as_json(one: Taken) -> dict[str, Any]:
    return {
        "id": _shown(one.event_id),
        "outcome": one.outcome.value,
        "detail": one.detail,
        "new": one.new,
        **({"proposal": str(one.proposal_id)} if one.proposal_id else {}),
        **({"credential": one.credential} if one.credential else {}),
    }


def _shown(event_id: str) -> str:
    return event_id.partition(":")[2]
