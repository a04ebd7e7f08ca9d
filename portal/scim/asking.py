"""What requests of SCIM ask for: who asks, the body, the query (RFC 7644, sections 3.4.2 and 3.4.3)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from credentials import strict_json
from credentials.problems import Unacceptable
from issuer.people.provisioning.filters import Filter, parse_filter, parse_path
from issuer.people.provisioning.projection import Shown
from issuer.people.provisioning.refusals import NotProvisioned, Why
from issuer.people.provisioning.searching import Sorting
from issuer.people.provisioning.users import Told
from issuer.validity import today
from portal import bodies
from portal.access import Served, require_provisioning
from portal.problems import TOO_LARGE, HttpProblem
from portal.scim.answers import MEDIA_TYPE
from portal.service import Service

PREFIX = "/scim/v2"
PAGE = 100
LARGEST_PAGE = 200
MOST_BYTES = 4 * 1024 * 1024
_LIMITS = strict_json.Limits(max_bytes=MOST_BYTES, max_depth=16, max_values=200_000)
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def base_of(service: Service) -> str:
    """The address of the SCIM service."""
    return f"{service.base_url}{PREFIX}"


def _told(request: Request, service: Served) -> Told:
    """Who tells, asked before anything else is read. Raises a 401 or 403 problem."""
    token = require_provisioning(request, service)
    now = service.clock()
    return Told(
        actor=f"api:{token.name}",
        now=now,
        today=today(now, service.settings.zone),
        randomness=secrets.token_bytes,
        base=base_of(service),
    )


Teller = Annotated[Told, Depends(_told)]


async def _body(request: Request, told: Teller) -> dict[str, Any]:  # noqa: ARG001  (asked first)
    """The message as an object. Raises 415, 413 or 400."""
    bodies.require_media_type(request, (MEDIA_TYPE, "application/json"))
    data = await bodies.body(request)
    if len(data) > MOST_BYTES:
        raise HttpProblem(TOO_LARGE, f"At most {MOST_BYTES:,} bytes are read.")
    return await run_in_threadpool(_object, data)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = strict_json.parse(data, _LIMITS)
    except Unacceptable as error:
        raise NotProvisioned(Why.INVALID_SYNTAX, str(error)) from None
    if not isinstance(value, dict):
        raise NotProvisioned(Why.INVALID_SYNTAX, "The body must be a JSON object.")
    return value


Body = Annotated[dict[str, Any], Depends(_body)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: what to find, which page of it, in which order, what to show. `cursor` None: pages have numbers."""

    wanted: Filter | None
    start: int
    count: int
    sorting: Sorting | None
    shown: Shown
    cursor: UUID | None
    by_cursor: bool


def _of_query(request: Request) -> Asked:
    return read_query(dict(request.query_params))


Query = Annotated[Asked, Depends(_of_query)]


def of_search(body: Mapping[str, Any]) -> Asked:
    """A query that was sent as a body. Raises NotProvisioned."""
    schemas = body.get("schemas")
    if not isinstance(schemas, list) or _SEARCH not in schemas:
        raise NotProvisioned(Why.INVALID_SYNTAX, f"A search has the schema {_SEARCH}.")
    return read_query(body)


def read_query(given: Mapping[str, Any]) -> Asked:
    """The query of a URL or body. Raises NotProvisioned."""
    members = {name.lower(): value for name, value in given.items() if value is not None}
    wanted = members.get("filter")
    by = members.get("sortby")
    order = str(members.get("sortorder", "ascending")).lower()
    if order not in {"ascending", "descending"}:
        raise NotProvisioned(Why.INVALID_VALUE, "“sortOrder” must be ascending or descending.")
    by_cursor = "cursor" in members and by is None
    return Asked(
        wanted=parse_filter(_text(wanted, "filter")) if wanted is not None else None,
        start=max(1, _number(members.get("startindex", 1), "startIndex")),
        count=min(LARGEST_PAGE, max(0, _number(members.get("count", PAGE), "count"))),
        sorting=Sorting(parse_path(_text(by, "sortBy")), order == "descending") if by else None,
        shown=read_shown(members),
        cursor=_cursor(_text(members["cursor"], "cursor")) if by_cursor else None,
        by_cursor=by_cursor,
    )


def shown_of(request: Request) -> Shown:
    """What a request wants to see of a resource. Raises NotProvisioned."""
    return read_shown({name.lower(): value for name, value in request.query_params.items()})


def read_shown(members: Mapping[str, Any]) -> Shown:
    """`attributes` and `excludedAttributes`, of which there may be one. Raises NotProvisioned."""
    only, without = _names(members.get("attributes")), _names(members.get("excludedattributes"))
    if only and without:
        raise NotProvisioned(Why.INVALID_VALUE, "Send attributes or excludedAttributes, not both.")
    return Shown(only, without)


def cursor_of(identifier: UUID) -> str:
    """How a page's end is written."""
    return base64.urlsafe_b64encode(identifier.bytes).decode().rstrip("=")


def _cursor(text: str) -> UUID | None:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else None
    except (binascii.Error, ValueError):
        raise NotProvisioned(Why.INVALID_CURSOR, "This is no cursor of ours; begin anew with an empty one.") from None


def _names(given: Any) -> tuple[str, ...]:
    names = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    if len(names) > 100 or not all(isinstance(one, str) for one in names):
        raise NotProvisioned(Why.INVALID_VALUE, "Attributes are up to 100 names.")
    return tuple(one.strip() for one in names if one.strip())


def _number(given: Any, name: str) -> int:
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        return int(given)
    if not isinstance(given, int) or isinstance(given, bool) or abs(given) > 10**9:
        raise NotProvisioned(Why.INVALID_VALUE, f"“{name}” must be a number.")
    return given


def _text(given: Any, name: str) -> str:
    if not isinstance(given, str):
        raise NotProvisioned(Why.INVALID_VALUE, f"“{name}” must be a text.")
    return given
