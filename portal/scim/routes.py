"""`/scim/v2/Users`, `/scim/v2/Groups` and searching both (RFC 7644, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.people.provisioning import reading
from issuer.people.provisioning.attributes import GROUPS, RESOURCE_TYPES, USERS, ResourceType
from issuer.people.provisioning.groups import create_group, find_group, patch_group, remove_group, replace_group
from issuer.people.provisioning.patching import read_operations
from issuer.people.provisioning.projection import projected
from issuer.people.provisioning.refusals import NotProvisioned
from issuer.people.provisioning.searching import Page, search_groups, search_users
from issuer.people.provisioning.users import Told, create_user, find_user, patch_user, replace_user, withdraw_user
from portal.access import Served
from portal.scim.answers import ScimRoute, document, nothing, refusal, resource, versions
from portal.scim.asking import PREFIX, Asked, Body, Query, Teller, cursor_of, of_search, shown_of
from portal.scim.discovery import LIST
from portal.service import Service

router = APIRouter(prefix=PREFIX, tags=["SCIM"], route_class=ScimRoute)

MOST_MEMBERS = 20_000
"""Of the groups of one page; a page that would have more has fewer groups."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED = {
    "Users": "GET, POST",
    "Groups": "GET, POST",
    "ServiceProviderConfig": "GET",
    "ResourceTypes": "GET",
    "Schemas": "GET",
    ".search": "POST",
}


@router.get("/Users")
def list_users(told: Teller, query: Query, service: Served) -> Response:
    """Users that a filter finds."""
    return document(_listed(service, told, (USERS,), query))


@router.post("/Users/.search")
def search_for_users(told: Teller, body: Body, service: Served) -> Response:
    """The same, asked by a body, which stands in no log of a proxy."""
    return document(_listed(service, told, (USERS,), of_search(body)))


@router.post("/Users")
def make_user(request: Request, told: Teller, body: Body, service: Served) -> Response:
    """Somebody joins."""
    shown = shown_of(request)
    made = create_user(service.database, body, told)
    return resource(request, projected(USERS, made, shown), made, 201)


@router.get("/Users/{user_id}")
def show_user(request: Request, told: Teller, user_id: UUID, service: Served) -> Response:
    """One user."""
    found = find_user(service.database, user_id, base=told.base, today=told.today)
    return resource(request, projected(USERS, found, shown_of(request)), found)


@router.put("/Users/{user_id}")
def put_user(request: Request, told: Teller, user_id: UUID, body: Body, service: Served) -> Response:
    """All that is said of a user."""
    shown = shown_of(request)
    after = replace_user(service.database, user_id, body, told, if_match=_if_match(request))
    return resource(request, projected(USERS, after, shown), after)


@router.patch("/Users/{user_id}")
def change_user(request: Request, told: Teller, user_id: UUID, body: Body, service: Served) -> Response:
    """Some of it."""
    shown = shown_of(request)
    after = patch_user(service.database, user_id, read_operations(body), told, if_match=_if_match(request))
    return resource(request, projected(USERS, after, shown), after)


@router.delete("/Users/{user_id}")
def delete_user(request: Request, told: Teller, user_id: UUID, service: Served) -> Response:
    """Somebody leaves."""
    withdraw_user(service.database, user_id, told, if_match=_if_match(request))
    return nothing()


@router.get("/Groups")
def list_groups(told: Teller, query: Query, service: Served) -> Response:
    """Groups that a filter finds."""
    return document(_listed(service, told, (GROUPS,), query))


@router.post("/Groups/.search")
def search_for_groups(told: Teller, body: Body, service: Served) -> Response:
    """The same, asked by a body."""
    return document(_listed(service, told, (GROUPS,), of_search(body)))


@router.post("/Groups")
def make_group(request: Request, told: Teller, body: Body, service: Served) -> Response:
    """A new team or role."""
    shown = shown_of(request)
    made = create_group(service.database, body, told)
    return resource(request, projected(GROUPS, made, shown), made, 201)


@router.get("/Groups/{group_id}")
def show_group(request: Request, told: Teller, group_id: UUID, service: Served) -> Response:
    """One group."""
    shown = shown_of(request)
    members = shown.needs("members") or "if-none-match" in request.headers
    found = find_group(service.database, group_id, base=told.base, members=members)
    return resource(request, projected(GROUPS, found, shown), found)


@router.put("/Groups/{group_id}")
def put_group(request: Request, told: Teller, group_id: UUID, body: Body, service: Served) -> Response:
    """All that is said of a group, its members too."""
    shown = shown_of(request)
    after = replace_group(service.database, group_id, body, told, if_match=_if_match(request))
    return resource(request, projected(GROUPS, after, shown), after)


@router.patch("/Groups/{group_id}")
def change_group(request: Request, told: Teller, group_id: UUID, body: Body, service: Served) -> Response:
    """Some of it. A group can be large: it is shown to whom asks for attributes, others are told that it is done."""
    shown = shown_of(request)
    after = patch_group(service.database, group_id, read_operations(body), told, if_match=_if_match(request))
    if shown.only or shown.without:
        return resource(request, projected(GROUPS, after, shown), after)
    return nothing({"ETag": after["meta"]["version"]})


@router.delete("/Groups/{group_id}")
def delete_group(request: Request, told: Teller, group_id: UUID, service: Served) -> Response:
    """The end of a team or role."""
    remove_group(service.database, group_id, told, if_match=_if_match(request))
    return nothing()


@router.post("/.search")
def search(told: Teller, body: Body, service: Served) -> Response:
    """Users and groups together."""
    return document(_listed(service, told, RESOURCE_TYPES, of_search(body)))


@router.api_route("/{path:path}", methods=list(_METHODS), include_in_schema=False)
def elsewhere(request: Request, told: Teller, path: str) -> Response:
    """What is not spoken here, or not with this method."""
    del told
    head, _, rest = path.strip("/").partition("/")
    if head in {"Me", "Bulk"}:
        return refusal(501, f"/{head} is not spoken here; see /ServiceProviderConfig.")
    if head not in _ALLOWED or "/" in rest:
        return refusal(404, "There is nothing at this address.")
    one = "GET, PUT, PATCH, DELETE" if head in {"Users", "Groups"} else "GET"
    allowed = _ALLOWED[head] if not rest else "POST" if rest == ".search" else one
    if request.method in allowed.split(", "):
        return refusal(404, "There is nothing at this address.")
    return refusal(405, f"This address takes {allowed}.", headers={"Allow": allowed})


def _if_match(request: Request) -> Sequence[str] | None:
    return versions(request.headers.get("if-match"))


def _listed(service: Service, told: Told, types: Sequence[ResourceType], asked: Asked) -> dict[str, Any]:
    """One page of what is found. Of several types, one that does not know an attribute has nothing to give."""
    found: list[dict[str, Any]] = []
    total, refused, last = 0, None, None
    for type_ in types:
        start, count = max(1, asked.start - total), asked.count - len(found)
        try:
            page = _page(service, told, type_, asked, start, count)
        except NotProvisioned as error:
            refused = error
            if len(types) == 1:
                raise
            continue
        total, shown = total + page.total, _documents(service, told, type_, page.ids, asked)
        last = UUID(shown[-1]["id"]) if shown else None
        found += [projected(type_, one, asked.shown) for one in shown]
        if len(shown) < len(page.ids):  # a page that is full before its end is not followed by others
            break
    else:
        if refused is not None and total == 0 and not found:
            raise refused
    answer: dict[str, Any] = {"schemas": [LIST], "totalResults": total, "itemsPerPage": len(found)}
    if not asked.by_cursor:
        answer["startIndex"] = asked.start
    elif last is not None and len(types) == 1:
        answer["nextCursor"] = cursor_of(last)
    return answer | {"Resources": found}


def _page(service: Service, told: Told, type_: ResourceType, asked: Asked, start: int, count: int) -> Page:
    if type_ is USERS:
        return search_users(
            service.database, asked.wanted, today=told.today, start=start, count=count,
            sorting=asked.sorting, after=asked.cursor,
        )  # fmt: skip
    return search_groups(
        service.database, asked.wanted, start=start, count=count, sorting=asked.sorting, after=asked.cursor
    )


def _documents(
    service: Service, told: Told, type_: ResourceType, ids: Sequence[UUID], asked: Asked
) -> list[dict[str, Any]]:
    with service.database.read() as session:
        if type_ is USERS:
            return reading.users(session, ids, base=told.base, today=told.today)
        members = asked.shown.needs("members")
        if members and ids:
            ids = reading.as_many_as_fit(session, ids, MOST_MEMBERS)
        return reading.groups(session, ids, base=told.base, members=members)
