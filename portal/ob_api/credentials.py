"""`/ims/ob/v3p0/credentials`: what a person holds, for the applications that he allowed to read it or to add to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.authorizations.scopes import READ, UPSERT
from issuer.authorizations.tokens import KnownToken
from issuer.held import MOST_BYTES, bodies, entries
from portal.access import AtDesk, Served
from portal.bodies import body, media_type
from portal.elsewhere.taking_in import NotTaken, Taken, take_in
from portal.json_text import json_bytes
from portal.ob_api.answers import BASE, OURS, ApiRefused, ApiRoute, authorized
from portal.service import Service
from verifier.result import VerificationResult

router = APIRouter(prefix=BASE, tags=["Open Badges 3.0 API"], route_class=ApiRoute)

_PAGE: Final = 50
_MOST: Final = 100
_JSON: Final = frozenset({"application/json", "application/vc+ld+json", "application/ld+json", "application/vc"})
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@router.get("/credentials", summary="getCredentials", response_class=Response)
async def get_credentials(request: Request, service: Served) -> Response:
    """Page by page: `limit`, `offset`, `since`."""
    token = await authorized(request, service, READ)
    limit = min(_number(request, "limit", _PAGE, least=1), _MOST)
    offset = _number(request, "offset", 0, least=0)
    since = request.query_params.get("since")
    return await run_in_threadpool(_page, service, token, limit, offset, since)


@router.post("/credentials", summary="upsertCredential", response_class=Response)
async def upsert_credential(request: Request, service: Served, desk: AtDesk) -> Response:
    """Take in a badge of another issuer: 201, or 200 in the place of an older state of it."""
    token = await authorized(request, service, UPSERT)
    given = media_type(request)
    form = "jwt" if given == "text/plain" else "json" if given in _JSON else ""
    if not form:
        raise ApiRefused(400, "Send application/vc+ld+json or application/json, or a compact JWS as text/plain.")
    data = await body(request)
    if len(data) > MOST_BYTES:
        raise ApiRefused(400, f"A badge may have {MOST_BYTES} bytes.")
    data = data.strip() if form == "jwt" else data
    result = await desk.verify(data)
    return await run_in_threadpool(_taken, service, token, form, data, result)


def _page(service: Service, token: KnownToken, limit: int, offset: int, since: str | None) -> Response:
    found = entries(service.database, token.person_id, since=_instant(since) if since is not None else None)
    page = found[offset : offset + limit]
    signed = bodies(service.database, page)
    # As they were signed, byte for byte: whoever hashes JSON finds what its issuer hashed.
    plain = b",".join(signed[one.id] for one in page if one.form == "json")
    compact = [signed[one.id].decode() for one in page if one.form == "jwt"]
    document = b'{"credential":[' + plain + b'],"compactJwsString":' + json_bytes(compact) + b"}"
    headers = {
        **OURS,
        "X-Total-Count": str(len(found)),
        "Link": _links(service, limit, offset, since, len(found)),
        "Access-Control-Expose-Headers": "Link, X-Total-Count",
    }
    return Response(document, headers=headers, media_type="application/json")


def _links(service: Service, limit: int, offset: int, since: str | None, total: int) -> str:
    """first and last always, prev behind the beginning, next before the end."""

    def link(rel: str, at: int) -> str:
        query = {"limit": limit, "offset": at, **({"since": since} if since is not None else {})}
        return f'<{service.base_url}{BASE}/credentials?{urlencode(query)}>; rel="{rel}"'

    links = [link("first", 0), link("last", (total - 1) // limit * limit if total else 0)]
    if offset > 0:
        links.append(link("prev", max(0, offset - limit)))
    if offset + limit < total:
        links.append(link("next", offset + limit))
    return ", ".join(links)


def _taken(service: Service, token: KnownToken, form: str, data: bytes, result: VerificationResult) -> Response:
    try:
        taken = take_in(service, token.person_id, token.client_name, form, data, result)
    except NotTaken as refused:
        raise ApiRefused(403 if refused.theirs else 400, str(refused)) from None
    if taken is Taken.OLDER:
        return Response(status_code=304, headers=OURS)
    # Ours (OWN) is what we issued: nothing to replace.
    return _same(form, data, 201 if taken is Taken.CREATED else 200)


def _same(form: str, data: bytes, status: int) -> Response:
    """The credential as it was sent, in a form that no browser makes anything of."""
    kind = "application/json" if form == "json" else "text/plain; charset=utf-8"
    return Response(data, status, {**OURS, "Content-Type": kind})


def _number(request: Request, name: str, unsaid: int, *, least: int) -> int:
    given = request.query_params.getlist(name)
    if not given:
        return unsaid
    if len(given) > 1 or not _NUMBER.fullmatch(given[0]) or int(given[0]) < least:
        raise ApiRefused(400, f"{name} is a whole number from {least} on.", "invalid_query_parameter")
    return int(given[0])


def _instant(text: str) -> datetime:
    """`since`; the standard writes it without a zone too, and then it is UTC."""
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that was not escaped
    except ValueError:
        raise ApiRefused(400, "since is an instant, like 2026-11-22T10:00:00Z.", "invalid_query_parameter") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
