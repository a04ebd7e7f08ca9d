"""The attributes of users and groups that this directory keeps (RFC 7643, sections 3, 4 and 7). Pure.

What the standard knows and this directory has no use for, like phone numbers, is not kept: less of people is better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

Kind = Literal["string", "boolean", "dateTime", "reference", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with its characteristics (RFC 7643, section 2.2); `subs` are those of a complex one."""

    name: str
    says: str
    kind: Kind = "string"
    several: bool = False
    required: bool = False
    exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Literal["always", "default"] = "default"
    unique: bool = False
    refers_to: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    subs: tuple[Attribute, ...] = ()

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, whatever its case."""
        return next((one for one in self.subs if one.name.lower() == name.lower()), None)

    def as_json(self) -> dict[str, Any]:
        """As `/Schemas` describes it (RFC 7643, section 7)."""
        told: dict[str, Any] = {"name": self.name, "type": self.kind, "multiValued": self.several}
        told |= {"description": self.says, "required": self.required, "mutability": self.mutability}
        told |= {"caseExact": self.exact, "returned": self.returned, "uniqueness": "server" if self.unique else "none"}
        if self.words:
            told["canonicalValues"] = list(self.words)
        if self.refers_to:
            told["referenceTypes"] = list(self.refers_to)
        if self.subs:
            told["subAttributes"] = [one.as_json() for one in self.subs]
        return told


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema by its URN."""

    urn: str
    name: str
    says: str
    attributes: tuple[Attribute, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, whatever its case."""
        return next((one for one in self.attributes if one.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """Users or groups: where they are, their schema and its extensions; `unkept` are names of what is not kept."""

    name: str
    place: str
    says: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()
    unkept: frozenset[str] = frozenset()

    def extension(self, urn: str) -> Schema | None:
        """The extension of that URN, whatever its case."""
        return next((one for one in self.extensions if one.urn.lower() == urn.lower()), None)

    def find(self, urn: str | None, name: str) -> tuple[str | None, Attribute] | None:
        """An attribute, and the URN of the extension that it belongs to; None if it is none of ours."""
        if urn is None or urn.lower() == self.schema.urn.lower():
            found = next((one for one in COMMON if one.name.lower() == name.lower()), None)
            found = found or self.schema.attribute(name)
            return (None, found) if found is not None else None
        extension = self.extension(urn)
        found = extension.attribute(name) if extension is not None else None
        return (extension.urn, found) if extension is not None and found is not None else None

    def all(self) -> Iterator[tuple[str | None, Attribute]]:
        """Every attribute, with the URN of its extension."""
        yield from ((None, one) for one in (*COMMON, *self.schema.attributes))
        for extension in self.extensions:
            yield from ((extension.urn, one) for one in extension.attributes)


def _read_only(name: str, says: str, kind: Kind = "string", *, exact: bool = False, **more: Any) -> Attribute:
    return Attribute(name, says, kind, mutability="readOnly", exact=exact, **more)


COMMON = (
    _read_only("schemas", "What the resource is made of.", "reference", exact=True, several=True, returned="always"),
    _read_only("id", "The id that this directory gave.", exact=True, returned="always", unique=True),
    Attribute("externalId", "The id that the client gave.", exact=True),
    _read_only("meta", "When it was made and changed, where it is.", "complex", subs=(
        _read_only("resourceType", "User or Group.", exact=True),
        _read_only("created", "When it was made.", "dateTime"),
        _read_only("lastModified", "When it was changed.", "dateTime"),
        _read_only("location", "Where it is.", "reference", exact=True),
        _read_only("version", "Its version, as in ETag.", exact=True),
    )),
)  # fmt: skip
"""Attributes of every resource (RFC 7643, section 3.1)."""

_USER = Schema(USER, "User", "A person of the company", (
    Attribute("userName", "The name of the account at the identity provider.", required=True, unique=True),
    Attribute("name", "The parts of the name.", "complex", subs=(
        Attribute("formatted", "The whole name."),
        Attribute("familyName", "The family name."),
        Attribute("givenName", "The given name."),
        Attribute("middleName", "The middle name."),
        Attribute("honorificPrefix", "What stands before the name."),
        Attribute("honorificSuffix", "What stands after the name."),
    )),
    Attribute("displayName", "The name that stands in credentials. Left out, it is made of `name`.", required=True),
    Attribute("title", "What the person does: the function of the directory."),
    Attribute("userType", "What kind of employment it is."),
    Attribute("preferredLanguage", "The language the person prefers."),
    Attribute("timezone", "The time zone, by its name: a due day ends there.", words=("Europe/Berlin", "UTC")),
    Attribute("active", "Whether the person is with the company. False: has left.", "boolean", required=True),
    Attribute("emails", "Addresses. The primary one is where mail goes.", "complex", several=True, required=True, subs=(
        Attribute("value", "The address; it belongs to one person.", required=True),
        Attribute("type", "Where it belongs to.", words=("work", "home", "other")),
        Attribute("primary", "Whether it is the main one; without a word, the first is.", "boolean"),
    )),
    _read_only("groups", "Teams and roles of the person; changed at the group.", "complex", several=True, subs=(
        _read_only("value", "The id of the group.", exact=True),
        _read_only("$ref", "Where the group is.", "reference", exact=True, refers_to=("Group",)),
        _read_only("display", "The name of the group."),
        _read_only("type", "direct: there are no groups in groups.", words=("direct",)),
    )),
))  # fmt: skip

_ENTERPRISE = Schema(ENTERPRISE, "EnterpriseUser", "What a company knows of a person", (
    Attribute("employeeNumber", "The number of the personnel department.", exact=True, unique=True),
    Attribute("department", "The department: a team of the directory."),
    Attribute("manager", "Whom the person reports to.", "complex", subs=(
        Attribute("value", "The id of the manager. Another name of somebody still to come is kept until then.",
                  exact=True),
        Attribute("$ref", "Where the manager is.", "reference", exact=True, refers_to=("User",)),
    )),
))  # fmt: skip

_GROUP = Schema(GROUP, "Group", "A team or a role", (
    Attribute("displayName", "The name of the team; `role:` before it makes it a role.", required=True, unique=True),
    Attribute("members", "Who is in it.", "complex", several=True, subs=(
        Attribute("value", "The id of the user.", exact=True, mutability="immutable"),
        Attribute("$ref", "Where the user is.", "reference", exact=True, mutability="immutable", refers_to=("User",)),
        Attribute("type", "User.", mutability="immutable", words=("User",)),
    )),
))  # fmt: skip

USERS = ResourceType(
    "User",
    "Users",
    "People of the company",
    _USER,
    (_ENTERPRISE,),
    frozenset(
        {
            *("nickname", "profileurl", "locale", "password", "phonenumbers", "ims", "photos", "addresses"),
            *("entitlements", "roles", "x509certificates", "costcenter", "organization", "division"),
        }
    ),
)
GROUPS = ResourceType("Group", "Groups", "Teams and roles", _GROUP)
RESOURCE_TYPES = (USERS, GROUPS)
SCHEMAS = (_USER, _ENTERPRISE, _GROUP)
