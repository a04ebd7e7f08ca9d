"""Other hosts of badges, and platforms that describe themselves: whatever they answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from portal.elsewhere import calling, discovering, freshness, joining, profiles, trouble
from portal.elsewhere.trouble import HostTrouble
from portal.lti import grading, registering
from portal.lti.refusals import PlatformTrouble
from portal.sign_in.wire import Answer, Wire
from tests.fuzz.mutators import json_tree, spliced
from tests.fuzz.target import NOTHING, NOW, json_of, require, taken, target, text_of


def _json(*values: Any) -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in values)


class _Wire(Wire):
    """The real one, but for the wire: each answer is the next of those that are given."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self._allowed = frozenset[str]()
        self._answers = answers

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int = 0) -> Answer:
        self._judged(url)
        said = self._answers.pop(0) if self._answers else {}
        named = said.get("headers") if isinstance(said.get("headers"), dict) else {}
        status = said.get("status", 200)
        content = said.get("body")
        sent = content if isinstance(content, str) else json.dumps(content)
        kept = {str(name).lower(): one for name, one in named.items() if isinstance(one, str)}
        return Answer(url, status if isinstance(status, int) else 200, sent.encode("utf-8", "replace"), kept)


DISCOVERY = {
    "info": {"title": "Host", "version": "1"},
    "components": {
        "securitySchemes": {
            "OAuth2ACG": {
                "x-imssf-registrationUrl": "https://h.example/r",
                "flows": {
                    "authorizationCode": {
                        "tokenUrl": "https://h.example/t",
                        "authorizationUrl": "https://h.example/a",
                        "refreshUrl": "https://h.example/t",
                        "scopes": {"https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly": "x"},
                    }
                },
            }
        }
    },
    "paths": {"/credentials": {"post": {"requestBody": {"content": {"application/json": {}, "text/plain": {}}}}}},
}
PLATFORM_SAID = {
    "issuer": "https://lms.example",
    "authorization_endpoint": "https://lms.example/a",
    "token_endpoint": "https://lms.example/t",
    "jwks_uri": "https://lms.example/k",
    "registration_endpoint": "https://lms.example/r",
    "authorization_server": "x",
    "https://purl.imsglobal.org/spec/lti-platform-configuration": {
        "messages_supported": [{"type": "LtiDeepLinkingRequest"}]
    },
}


def _answers_of_hosts() -> Iterator[bytes]:
    fresh = {"cache-control": "public, max-age=60", "etag": '"1"', "expires": "Sun, 22 Nov 2026 10:00:00 GMT"}
    metadata = {
        "issuer": "https://h.example",
        "revocation_endpoint": "https://h.example/v",
        "authorization_response_iss_parameter_supported": True,
    }
    yield from _json([{"status": 200, "headers": fresh, "body": DISCOVERY}, {"status": 200, "body": metadata}])
    yield from _json([{"status": 200, "headers": {"expires": fresh["expires"]}, "body": PLATFORM_SAID}])
    failed = {
        "imsx_codeMajor": "failure",
        "imsx_description": "no",
        "imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": "forbidden"}]},
    }
    yield from _json(
        [{"status": 400, "body": failed}],
        [{"status": 400, "body": {"error": "invalid_grant", "error_description": "x"}}],
    )
    link = '<https://h.example/ims/ob/v3p0/credentials?offset=25>; rel="next", <https://h.example/x>; rel=last'
    yield from _json(
        [{"status": 200, "headers": {"link": link}, "body": {"credential": [{"a": 1}], "compactJwsString": ["a.b.c"]}}]
    )
    yield from _json([{"status": 200, "body": [{"userId": "7", "resultScore": 0.83, "resultMaximum": 1}]}])


@target(
    "portal.elsewhere.discovering:discover",
    "portal.elsewhere.discovering:base_of",
    "portal.elsewhere.freshness:fresh_until",
    "portal.elsewhere.freshness:tag_in",
    "portal.elsewhere.trouble:object_of",
    "portal.elsewhere.trouble:api_trouble",
    "portal.elsewhere.trouble:oauth_trouble",
    "portal.lti.registering:described",
    "portal.elsewhere.calling:Caller.fetch_badges",
    "portal.lti.grading:read_grades",
    "portal.elsewhere.joining:comes_from",
    "portal.elsewhere.profiles:joined",
    "portal.elsewhere.joining:register",
    entries=("Applications (OAuth, Open Badges API)", "Courses (LTI)", "Answers of servers that documents name"),
    seeds=_answers_of_hosts,
    mutator=json_tree,
    most_bytes=6000,
)
def answers_of_hosts(data: bytes) -> None:
    """Hosts and platforms that misbehave: what they describe is on the web, or trouble is told of."""
    given = json_of(data)
    answers = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    if not answers:
        return
    host = taken(HostTrouble, discovering.discover, _Wire(list(answers)), "https://h.example", now=NOW)
    if host is not NOTHING:
        require(
            all(one.lower().startswith("https://") for one in (host.authorization, host.token, host.registration)),
            "on the web",
            data,
        )
        require(NOW <= host.until <= NOW + freshness.LONGEST, "for a week at most", data)
        json.dumps(host.endpoints())
    invitation = registering.Invitation("https://lms.example/.well-known/openid-configuration", "t")
    taken(registering.NotRegistered, registering.described, _Wire(list(answers)), invitation)
    answer = _Wire(list(answers)).get("https://h.example/ims/ob/v3p0/credentials")
    document = taken(HostTrouble, trouble.object_of, answer, "h")
    require(isinstance(str(trouble.api_trouble(answer, "h")), str), "told", data)
    require(isinstance(str(trouble.oauth_trouble(answer, "h", "x")), str), "told", data)
    taken(HostTrouble, _next, answer)
    if document is not NOTHING:
        calling._badges_in(document)
        json.dumps(profiles.joined(document, {"id": "urn:1", "type": ["Profile"]}))
    results = taken(PlatformTrouble, grading._json, answer.body)
    for one in results if isinstance(results, list) else ():
        if isinstance(one, dict):
            taken(PlatformTrouble, grading._read_result, one)


class _Connected:
    """A connection, as far as it is asked here."""

    endpoints: Mapping[str, Any] = {"authorization": "https://h.example/a"}
    base = "https://h.example"


def _next(answer: Answer) -> str:
    caller = object.__new__(calling.Caller)
    caller.connection = _Connected()  # type: ignore[assignment]
    return caller._next("https://h.example/ims/ob/v3p0/credentials", answer)


@target(
    "portal.elsewhere.joining:comes_from",
    "portal.elsewhere.discovering:base_of",
    "portal.lti.grading:results_address",
    entries=("Applications (OAuth, Open Badges API)",),
    seeds=lambda: (
        b"https://h.example",
        b"h.example/ims/ob/v3p0/discovery",
        b"https://evil.example",
        b"<https://h.example/x>; rel=next",
    ),
    mutator=spliced(b"https://", b"[", b"]", b"@", b"#", b"?", b"\\", b"xn--", b":99999", b"rel=", b"<", b">", b"; "),
    most_bytes=512,
)
def addresses_of_hosts(data: bytes) -> None:
    """An address that somebody types or sends along: one spelling, and only its own host speaks for a host."""
    text = text_of(data)
    base = taken(HostTrouble, discovering.base_of, text)
    require(base is NOTHING or discovering.base_of(base) == base, "one spelling", text, base)
    connected: Any = _Connected()
    require(not joining.comes_from(connected, text) or "h.example" in text, "its own host", text)
    taken(
        HostTrouble,
        _next,
        Answer("https://h.example/ims/ob/v3p0/credentials", 200, b"", {"link": data.decode("latin-1")}),
    )
