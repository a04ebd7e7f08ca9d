"""Neighbouring systems: tokens of providers and platforms, learning reports, webhooks, SCIM, other hosts of badges."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from issuer.cursors import cursor_at, place_of
from issuer.errors import Refused
from issuer.learning import signatures
from issuer.learning.reports import ReportUnreadable
from issuer.lti.platforms import Registration
from issuer.people.provisioning.attributes import GROUPS, USERS
from issuer.people.provisioning.documents import canonical
from issuer.people.provisioning.filters import parse_filter, parse_path, parse_target
from issuer.people.provisioning.group_names import group_name, read_group_name
from issuer.people.provisioning.patching import patched, read_operations
from issuer.people.provisioning.refusals import NotProvisioned
from issuer.people.provisioning.wanted import wanted_user
from keys import base64url, jwk
from keys.algorithms import KeyType
from portal import bodies, negotiation
from portal.client import signing
from portal.layers.conditional import has_it
from portal.learning_input import parsed, reports_in
from portal.lti.launch_token import judge
from portal.lti.refusals import LaunchRefused
from portal.problems import HttpProblem
from portal.scim.asking import of_search, read_query
from portal.sign_in import own_paths
from portal.sign_in.id_token import Expected, claims_of
from portal.sign_in.logout_token import EVENT, sign_out_of
from portal.sign_in.provider_token import TokenRefused
from tests.fuzz.fixed import signer
from tests.fuzz.mutators import json_tree, spliced
from tests.fuzz.target import NOTHING, NOW, object_of, require, taken, target, text_of
from tests.world import compact_jws

SECONDS = int(NOW.timestamp())


def _json(*values: Any) -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in values)


# Sign-in and courses: tokens that a provider or platform signs

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
LAUNCH: dict[str, Any] = {
    "iss": "https://lms.example",
    "aud": "tool",
    "exp": SECONDS + 60,
    "iat": SECONDS,
    "nonce": "n",
    "sub": "7",
    "email": "a@b.example",
    f"{CLAIM}version": "1.3.0",
    f"{CLAIM}deployment_id": "1",
    f"{CLAIM}message_type": "LtiResourceLinkRequest",
    f"{CLAIM}roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
    f"{CLAIM}resource_link": {"id": "1"},
    f"{CLAIM}target_link_uri": "https://b.example/lti",
    f"{CLAIM}custom": {"level": "cloud/expert"},
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
        "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"],
        "lineitem": "https://lms.example/1",
    },
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": {
        "deep_link_return_url": "https://lms.example/r",
        "accept_types": ["ltiResourceLink"],
        "data": "x",
    },
}
ID_TOKEN = {"iss": "https://idp.example", "aud": "us", "sub": "7", "exp": SECONDS + 60, "iat": SECONDS, "nonce": "n"}
LOGOUT = {
    "iss": "https://idp.example",
    "aud": "us",
    "sub": "7",
    "exp": SECONDS + 60,
    "iat": SECONDS,
    "jti": "1",
    "events": {EVENT: {}},
}
PLATFORM = Registration(
    "LMS",
    "https://lms.example",
    "tool",
    ("1",),
    "https://lms.example/a",
    "https://lms.example/t",
    "https://lms.example/k",
)


def _tokens_of_others() -> Iterator[bytes]:
    deep = {**LAUNCH, f"{CLAIM}message_type": "LtiDeepLinkingRequest"}
    for claims in (LAUNCH, deep, ID_TOKEN, LOGOUT):
        yield from _json({"header": {"alg": "RS256", "kid": "1", "typ": "JWT"}, "payload": claims})


@cache
def _published() -> tuple[dict[str, Any], ...]:
    return ({**jwk.to_jwk(signer("platform", KeyType.RSA).public_key), "kid": "1", "alg": "RS256"},)


@target(
    "portal.lti.launch_token:judge",
    "portal.sign_in.id_token:claims_of",
    "portal.sign_in.logout_token:sign_out_of",
    "portal.sign_in.provider_token:signed_by_provider",
    entries=("Courses (LTI)", "Sign-in"),
    seeds=_tokens_of_others,
    mutator=json_tree,
    most_bytes=6000,
)
def tokens_of_providers(data: bytes) -> None:
    """Any claims, rightly signed: taken if they are for us and of now; the same unsigned: never."""
    value = object_of(data)
    if value is None or not isinstance(value.get("header"), dict) or not isinstance(value.get("payload"), dict):
        return
    payload = value["payload"]
    signed = compact_jws(value["header"], payload, signer("platform", KeyType.RSA).sign).decode()
    forged = signed.rpartition(".")[0] + "." + base64url.encode(bytes(256))
    for token in (signed, forged, text_of(data)):
        launch = taken(
            LaunchRefused,
            judge,
            token,
            lambda _: _published(),
            PLATFORM,
            nonce_hash=hashlib.sha256(b"n").hexdigest(),
            now=NOW,
        )
        expected = Expected("https://idp.example", "us", "n", None)
        claims = taken(TokenRefused, claims_of, token, _published(), expected, NOW)
        out = taken(
            TokenRefused, sign_out_of, token, _published(), issuer="https://idp.example", client_id="us", now=NOW
        )
        for found, issuer in (
            (launch, "https://lms.example"),
            (claims, "https://idp.example"),
            (out, "https://idp.example"),
        ):
            require(
                found is NOTHING or (token is signed and payload.get("iss") == issuer), "signed, by this issuer", data
            )
        require(launch is NOTHING or payload.get("nonce") == "n", "answers what was asked", data)


STATEMENT = {
    "id": "6d3f9b1a-0000-4000-8000-000000000001",
    "actor": {"objectType": "Agent", "mbox": "mailto:ana@example.org", "name": "Ana"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/passed", "display": {"en": "passed"}},
    "object": {
        "id": "https://lms.example/course/1",
        "objectType": "Activity",
        "definition": {"name": {"en": "Course"}},
    },
    "result": {
        "success": True,
        "completion": True,
        "score": {"scaled": 0.9, "raw": 90, "min": 0, "max": 100},
        "duration": "PT1H",
    },
    "timestamp": "2026-11-20T10:00:00Z",
    "context": {"registration": "6d3f9b1a-0000-4000-8000-000000000002"},
}
EVENT_OF_OURS = {
    "type": "completion",
    "person": {"email": "ana@example.org", "name": "Ana"},
    "activity": "https://lms.example/course/1",
    "at": "2026-11-20T10:00:00Z",
    "score": 90,
    "passed": True,
}


@target(
    "issuer.learning.statements:read_statements",
    "issuer.learning.own_events:read_event",
    "portal.learning_input:reports_in",
    "portal.learning_input:parsed",
    entries=("Courses (xAPI, signed events)",),
    mutator=json_tree,
    seeds=lambda: _json(
        STATEMENT,
        [STATEMENT, {**STATEMENT, "actor": {"account": {"homePage": "https://a.example", "name": "x"}}}],
        EVENT_OF_OURS,
        {"type": "course.completed", "timestamp": "2026-11-20T10:00:00Z", "data": EVENT_OF_OURS},
    ),
)
def learning_reports(data: bytes) -> None:
    """Reports, or every fault of them."""
    taken(ReportUnreadable, parsed, data)
    found = taken(ReportUnreadable, reports_in, data, "webhook-1")
    require(found is NOTHING or len(found[0]) >= 0, "reports")


SECRET = bytes(range(32))


def _envelopes() -> Iterator[bytes]:
    made = signatures.sign(SECRET, "msg_1", NOW, b'{"a":1}')
    for one in (made, signatures.sign(SECRET, "msg_1", NOW - timedelta(hours=1), b'{"a":1}')):
        yield from _json({"id": one.id, "timestamp": one.timestamp, "signatures": one.signatures, "body": '{"a":1}'})


@target(
    "issuer.learning.signatures:require_signed",
    "issuer.learning.signatures:signatures_in",
    "portal.client.signing:opened",
    entries=("Courses (xAPI, signed events)", "Webhooks going out"),
    seeds=_envelopes,
    mutator=json_tree,
    most_bytes=1024,
)
def webhook_signatures(data: bytes) -> None:
    """Only what was signed, and now, is taken; by the client for Python too."""
    value = object_of(data) or {}
    given = [value.get(name) for name in ("id", "timestamp", "signatures", "body")]
    if not all(isinstance(one, str) for one in given):
        return
    id_, timestamp, signed, body = map(str, given)
    honest = (id_, timestamp, body) == ("msg_1", str(SECONDS), '{"a":1}')
    envelope = signatures.Envelope(id_, timestamp, signed)
    done = taken(signatures.NotSigned, signatures.require_signed, SECRET, envelope, body.encode(), NOW)
    require(done is NOTHING or honest, "what was signed", value)
    headers = {"webhook-id": id_, "webhook-timestamp": timestamp, "webhook-signature": signed}
    opened = taken(signing.NotSigned, signing.opened, signatures.secret_text(SECRET), headers, body.encode(), NOW)
    require(opened is NOTHING or honest, "what was signed", value)


# The directory (SCIM)

_FILTERS = (
    'userName eq "ana"',
    'emails[type eq "work" and not (value co "@x")].value',
    'title pr or (meta.created gt "2026-01-01T00:00:00Z")',
    'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName sw "a\\u00e9\\""',
    "active eq true and externalId ne null",
    'members[value eq "1"]',
    "name.givenName",
)


@target(
    "issuer.people.provisioning.filters:parse_filter",
    "issuer.people.provisioning.filters:parse_target",
    "issuer.people.provisioning.filters:parse_path",
    "issuer.people.provisioning.group_names:read_group_name",
    entries=("Directory (SCIM)",),
    seeds=lambda: [one.encode() for one in (*_FILTERS, "team: Cloud", "role: Lead")],
    mutator=spliced(
        b" and ",
        b" or ",
        b"not (",
        b")",
        b"[",
        b"]",
        b'"',
        b"\\",
        b" pr",
        b" eq ",
        b" gt ",
        b"urn:",
        b".",
        b"1e5",
        b"null",
        b"((((",
    ),
    most_bytes=1024,
)
def scim_filters(data: bytes) -> None:
    """A tree, or a refusal that says what kind of fault it is."""
    text = text_of(data)
    for parser in (parse_filter, parse_target, parse_path):
        taken(NotProvisioned, parser, text)
    named = taken(ValueError, read_group_name, text)
    require(named is NOTHING or read_group_name(group_name(*named)) == named, "read(write(x)) is x", text)


_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ana",
    "externalId": "x",
    "active": True,
    "name": {"givenName": "Ana", "familyName": "Núñez", "formatted": "Ana Núñez"},
    "displayName": "Ana",
    "title": "x",
    "emails": [{"value": "ana@example.org", "type": "work", "primary": True}],
    "timezone": "Europe/Berlin",
    "locale": "de",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "1", "manager": {"value": "2"}},
}


def _scim() -> Iterator[bytes]:
    operations = [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@example.org"},
        {"op": "add", "path": "members", "value": [{"value": "1"}]},
        {"op": "Remove", "path": "title"},
        {"op": "replace", "value": {"active": "False", "name.givenName": "B"}},
        {"op": "add", "path": "name", "value": {"givenName": "x"}},
        {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "x"},
    ]
    yield from _json({"document": USER, "body": {"schemas": [_PATCH], "Operations": operations}})
    yield from _json(
        {
            "document": {"displayName": "team: x", "members": [{"value": "1"}]},
            "body": {"schemas": [_PATCH], "Operations": operations[1:2]},
        }
    )
    query = {
        "schemas": [_SEARCH],
        "filter": 'userName eq "a"',
        "startIndex": 1,
        "count": "5",
        "sortBy": "name.familyName",
        "sortOrder": "descending",
        "attributes": ["userName"],
    }
    yield from _json(
        {"document": USER, "body": query},
        {"document": USER, "body": {"cursor": "", "excludedAttributes": "emails,name"}},
    )


@target(
    "issuer.people.provisioning.patching:read_operations",
    "issuer.people.provisioning.patching:patched",
    "issuer.people.provisioning.wanted:wanted_user",
    "issuer.people.provisioning.documents:canonical",
    "portal.scim.asking:read_query",
    "portal.scim.asking:of_search",
    "portal.scim.asking:read_shown",
    entries=("Directory (SCIM)",),
    seeds=_scim,
    mutator=json_tree,
)
def scim_bodies(data: bytes) -> None:
    """A document after its operations, or a refusal; what was given is not changed."""
    value = object_of(data) or {}
    document, body = value.get("document"), value.get("body")
    if not isinstance(document, dict) or not isinstance(body, dict):
        return
    taken(NotProvisioned, lambda: wanted_user(canonical(USERS, document)))
    taken(NotProvisioned, of_search, body)
    taken(NotProvisioned, read_query, {name: one for name, one in body.items() if isinstance(one, str)})
    operations = taken(NotProvisioned, read_operations, body)
    if operations is NOTHING:
        return
    for start, kind in ((USER, USERS), ({"displayName": "team: x", "members": [{"value": "2"}]}, GROUPS)):
        before = json.dumps(start)
        made = taken(NotProvisioned, patched, kind, start, operations)
        require(json.dumps(start) == before, "unchanged", data)
        if made is not NOTHING and kind is USERS:
            taken(NotProvisioned, wanted_user, made)


# Bodies, headers and small texts


@target(
    "portal.bodies:parse_object",
    "portal.negotiation:choose",
    "portal.negotiation:ranked",
    "portal.layers.conditional:has_it",
    "portal.sign_in.own_paths:own_path",
    "issuer.cursors:place_of",
    entries=("API for machines", "Public documents", "Sign-in"),
    seeds=lambda: (
        b'{"a":1}',
        b"text/html;q=0.9, application/vc+jwt;q=1, */*;q=0.1",
        b"de-DE,de;q=0.9,en;q=0.8",
        b'W/"abc", "x"',
        b"/me?x=1",
        b"//evil.example",
        cursor_at(NOW, __import__("uuid").UUID(int=7)).encode(),
    ),
    mutator=spliced(
        b";q=", b",", b"*/*", b"1e9", b"nan", b"/", b"\\", b"%2f", b"//", b"\t", b'W/"', b"*", b"=", b"\xc2\xb2"
    ),
)
def headers_and_texts(data: bytes) -> None:
    """What every client sends along: something is chosen or nothing, and nobody is led elsewhere."""
    taken(HttpProblem, bodies.parse_object, data)
    text = data.decode("latin-1")
    offers = ("text/html", "application/vc+jwt")
    require(negotiation.choose(text, offers) in (*offers, None), "one of the offers", text)
    require(all(isinstance(one, str) for one in negotiation.ranked(text)), "names", text)
    has_it(text, '"abc"')
    path = own_paths.own_path(text_of(data))
    require(path.startswith("/") and not path.startswith(("//", "/\\")), "a path of ours", data, path)
    place = taken(Refused, place_of, text_of(data))
    require(place is NOTHING or isinstance(cursor_at(*place), str), "a place", data)
