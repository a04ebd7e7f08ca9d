"""SCIM 2.0 (RFC 7643, RFC 7644): the company's people and groups, as a directory tells them."""

from __future__ import annotations

from typing import Any, Final

from portal.api.contract.shapes import ANY, JSON, TEXT, URL, Schema, array, obj, told
from portal.scim.answers import ERROR, MEDIA_TYPE

_BASE: Final = "/scim/v2"
_SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": ["provision"]}]
_URNS: Final = array(TEXT)
_META: Final = obj({"resourceType": TEXT, "location": URL, "version": TEXT})
_ERROR: Final = obj(
    {"schemas": {**_URNS, "contains": {"const": ERROR}}, "status": TEXT, "scimType": TEXT, "detail": TEXT},
    "schemas",
    "status",
)
_RESOURCE: Final = obj({"schemas": _URNS, "id": TEXT, "meta": _META})
_SEARCH: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
_NUMBER: Final[Schema] = {"type": "integer", "minimum": -1_000_000_000, "maximum": 1_000_000_000}
_LIST: Final = obj(
    {
        "schemas": _URNS,
        "totalResults": {"type": "integer"},
        "itemsPerPage": {"type": "integer"},
        "startIndex": {"type": "integer"},
        "nextCursor": TEXT,
        "Resources": array(ANY),
    },
    "schemas",
    "totalResults",
)
_QUERY: Final[Schema] = {
    "filter": {**TEXT, "description": "RFC 7644, section 3.4.2.2."},
    "startIndex": _NUMBER,
    "count": _NUMBER,
    "cursor": {**TEXT, "description": "Pages by cursor (RFC 9865): empty for the first."},
    "sortBy": TEXT,
    "sortOrder": {"enum": ["ascending", "descending"]},
}
_SHOWN: Final = ("attributes", "excludedAttributes")
_WORDS: Final = {
    400: "What was sent is not taken.",
    401: "No token, or none that is good.",
    403: "The token may not enter people.",
    404: "There is no such resource.",
    409: "Another has that name already.",
    412: "It has changed since.",
    413: "Too large.",
    415: "Send application/scim+json.",
    503: "Not at the moment.",
}
_VERSIONED: Final[Schema] = {"ETag": {"required": True, "schema": TEXT}, "Location": {"required": True, "schema": URL}}
_LOOSE: Final[Schema] = {"description": "Directories write it in several ways; what is plainly meant is taken."}
"""RFC 7643 has types; directories send numbers for texts, a list of one for a value, and leave `schemas` out."""
_USER_BODY: Final = obj(
    dict.fromkeys(("schemas", "userName", "externalId", "name", "displayName", "emails", "active"), _LOOSE), "userName"
)
_GROUP_BODY: Final = obj(dict.fromkeys(("schemas", "displayName", "externalId", "members"), _LOOSE), "displayName")
_PATCH_BODY: Final = obj(
    {
        "schemas": _URNS,
        "Operations": array(obj({"op": TEXT, "path": TEXT, "value": {}}, "op")),
    },
    "schemas",
    "Operations",
)
_SEARCH_BODY: Final = obj({"schemas": _URNS, **_QUERY, **{name: array(TEXT) for name in _SHOWN}}, "schemas")


def _refused(*statuses: int) -> dict[str, Schema]:
    challenge = {"WWW-Authenticate": {"required": True, "schema": TEXT}}
    return {
        str(status): told(_WORDS[status], {MEDIA_TYPE: _ERROR}, challenge if status in {401, 403} else None)
        for status in (401, 403, 503, *statuses)
    }


def _query(*names: str) -> list[Schema]:
    schemas = {**_QUERY, **dict.fromkeys(_SHOWN, TEXT)}
    return [{"name": name, "in": "query", "required": False, "schema": schemas[name]} for name in names]


def _body(schema: Schema, example: Any) -> Schema:
    return {"required": True, "content": {kind: {"schema": schema, "example": example} for kind in (MEDIA_TYPE, JSON)}}


def _one(summary: str, responses: dict[str, Schema], **more: Any) -> dict[str, Any]:
    return {"summary": summary, "tags": ["SCIM"], "security": _SECURITY, "responses": responses, **more}


def _found(description: str, schema: Schema = _LIST) -> dict[str, Schema]:
    return {"200": told(description, {MEDIA_TYPE: schema})}


def _resource(description: str) -> Schema:
    return told(description, {MEDIA_TYPE: _RESOURCE}, _VERSIONED)


def _search(what: str) -> dict[str, Any]:
    example = {"schemas": [_SEARCH], "filter": 'displayName sw "A"', "count": 10}
    return _one(
        f"Search {what}, asked by a body",
        {**_found("A page of what is found."), **_refused(400, 413, 415)},
        requestBody=_body(_SEARCH_BODY, example),
    )


def _of(kind: str, name: str, body: Schema, example: Any) -> dict[str, dict[str, Any]]:
    place, one = f"{_BASE}/{kind}", f"{_BASE}/{kind}/{{{name}_id}}"
    wanted, shown = _body(body, example), _query(*_SHOWN)
    patch = {"schemas": [_PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "Platform"}]}
    same = {"304": {"description": "The client has it (`If-None-Match`)."}}
    return {
        f"GET {place}": _one(
            f"List {kind.lower()}", {**_found("A page of them."), **_refused(400)}, parameters=_query(*_QUERY, *_SHOWN)
        ),
        f"POST {place}/.search": _search(kind.lower()),
        f"POST {place}": _one(
            f"Add a {name}",
            {"201": _resource("As it is kept."), **_refused(400, 409, 413, 415)},
            requestBody=wanted,
            parameters=shown,
        ),
        f"GET {one}": _one(f"A {name}", {"200": _resource("It."), **same, **_refused(400, 404)}, parameters=shown),
        f"PUT {one}": _one(
            f"Write the whole of a {name}",
            {"200": _resource("As it is kept."), **_refused(400, 404, 409, 412, 413, 415)},
            requestBody=wanted,
            parameters=shown,
        ),
        f"PATCH {one}": _one(
            f"Change some of a {name}",
            {
                "200": _resource("As it is kept."),
                "204": {"description": "Done."},
                **_refused(400, 404, 409, 412, 413, 415),
            },
            requestBody=_body(_PATCH_BODY, patch),
            parameters=shown,
        ),
        f"DELETE {one}": _one(f"Remove a {name}", {"204": {"description": "Done."}, **_refused(400, 404, 409, 412)}),
    }


SCIM: Final[dict[str, dict[str, Any]]] = {
    f"GET {_BASE}/ServiceProviderConfig": _one("What is spoken here", {**_found("It.", ANY), **_refused()}),
    f"GET {_BASE}/ResourceTypes": _one("The types of resources", {**_found("All of them."), **_refused()}),
    f"GET {_BASE}/ResourceTypes/{{name}}": _one("A type of resources", {**_found("It.", ANY), **_refused(404)}),
    f"GET {_BASE}/Schemas": _one("The schemas", {**_found("All of them."), **_refused()}),
    f"GET {_BASE}/Schemas/{{urn}}": _one("A schema", {**_found("It.", ANY), **_refused(404)}),
    **_of(
        "Users",
        "user",
        _USER_BODY,
        {
            "schemas": [_USER],
            "userName": "zoe",
            "name": {"formatted": "Zoë Kjærsgaard"},
            "emails": [{"value": "zoe@brightmoor.example"}],
        },
    ),
    **_of("Groups", "group", _GROUP_BODY, {"schemas": [_GROUP], "displayName": "Platform"}),
    f"POST {_BASE}/.search": _search("users and groups together"),
}
