"""What this service can do: `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644, section 4)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from issuer.errors import Unknown
from issuer.people.provisioning.attributes import RESOURCE_TYPES, SCHEMAS, ResourceType, Schema
from portal.access import Served
from portal.scim.answers import ScimRoute, document
from portal.scim.asking import LARGEST_PAGE, MOST_BYTES, PAGE, PREFIX, Teller

router = APIRouter(prefix=PREFIX, tags=["SCIM"], route_class=ScimRoute)

_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@router.get("/ServiceProviderConfig")
def config(told: Teller, service: Served) -> Response:
    """What is spoken."""
    return document(
        {
            "schemas": [f"{_CORE}ServiceProviderConfig"],
            "documentationUri": f"{service.base_url}/docs",
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": MOST_BYTES},
            "filter": {"supported": True, "maxResults": LARGEST_PAGE},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "pagination": {
                "cursor": True,
                "index": True,
                "defaultPaginationMethod": "index",
                "defaultPageSize": PAGE,
                "maxPageSize": LARGEST_PAGE,
            },
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "A token of the role provision, made at /admin/tokens or by `guildmark tokens`.",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750",
                    "primary": True,
                }
            ],
            "meta": {"resourceType": "ServiceProviderConfig", "location": f"{told.base}/ServiceProviderConfig"},
        }
    )


@router.get("/ResourceTypes")
def resource_types(told: Teller) -> Response:
    """Users and groups."""
    return _all([_type(one, told.base) for one in RESOURCE_TYPES])


@router.get("/ResourceTypes/{name}")
def resource_type(told: Teller, name: str) -> Response:
    """One of them. Raises Unknown."""
    return _one([_type(one, told.base) for one in RESOURCE_TYPES], name)


@router.get("/Schemas")
def schemas(told: Teller) -> Response:
    """Every attribute that is kept."""
    return _all([_schema(one, told.base) for one in SCHEMAS])


@router.get("/Schemas/{urn}")
def schema(told: Teller, urn: str) -> Response:
    """One schema. Raises Unknown."""
    return _one([_schema(one, told.base) for one in SCHEMAS], urn)


def _type(one: ResourceType, base: str) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}ResourceType"],
        "id": one.name,
        "name": one.name,
        "endpoint": f"/{one.place}",
        "description": one.says,
        "schema": one.schema.urn,
        "schemaExtensions": [{"schema": extension.urn, "required": False} for extension in one.extensions],
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{one.name}"},
    }


def _schema(one: Schema, base: str) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}Schema"],
        "id": one.urn,
        "name": one.name,
        "description": one.says,
        "attributes": [attribute.as_json() for attribute in one.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{one.urn}"},
    }


def _all(found: list[dict[str, Any]]) -> Response:
    return document(
        {"schemas": [LIST], "totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found), "Resources": found}
    )


def _one(found: list[dict[str, Any]], name: str) -> Response:
    for one in found:
        if one["id"].lower() == name.lower():
            return document(one)
    raise Unknown("There is no such description.")
