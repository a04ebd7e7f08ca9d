"""A learning platform by the standard's text: strict in what it takes, over HTTP on this machine; in `lies`, not.

LTI 1.3 core, 1EdTech Security Framework 1.1, Deep Linking 2.0, Assignment and Grade Services 2.0.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
RESULTS = f"{AGS}scope/result.readonly"
TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
CONTAINER = "application/vnd.ims.lis.v2.resultcontainer+json"
CLIENT, DEPLOYMENT = "guildmark-at-moodle", "1"


@dataclass
class Course:
    """The platform: its keys, what it was asked, and its gradebook."""

    clock: Callable[[], datetime]
    url: str = ""
    keys: list[RSAKey] = field(default_factory=list)
    tool_keys: dict[str, Any] = field(default_factory=dict)
    redirect_uri: str = ""
    grades: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    key_requests: int = 0
    leave: str = "once"
    described: dict[str, Any] = field(default_factory=dict)
    registration: dict[str, Any] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=list)
    pages: dict[str, Callable[[str], str]] = field(default_factory=dict)

    def new_key(self) -> RSAKey:
        made = RSAKey.generate_key(2048, {"kid": f"key-{len(self.keys)}-{id(self)}"}, private=True)
        self.keys = [made]
        return made

    def answer(self, path: str, asked: BaseHTTPRequestHandler) -> tuple[int, Any]:
        """What lies at a path for machines."""
        if path == "/jwks":
            self.key_requests += 1
            return 200, {"keys": [one.as_dict(private=False, use="sig") for one in self.keys]}
        if path == "/openid-configuration":
            return 200, self.describe()
        return self.results(asked) if path == "/items/5/results" else (404, {})

    def initiation(self, target: str, **changes: str) -> dict[str, str]:
        """Step 1, Security Framework 5.1.1.1."""
        return {
            "iss": self.url,
            "login_hint": "hint-4711",
            "target_link_uri": target,
            "client_id": CLIENT,
            "lti_deployment_id": DEPLOYMENT,
            "lti_message_hint": "message-17",
            **changes,
        }

    def authorize(self, address: str) -> dict[str, str]:
        """Step 2, section 5.1.1.2: what the tool asks, checked as it must be."""
        assert address.startswith(f"{self.url}/auth?")
        pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
        asked = dict(pairs)
        assert len(pairs) == len(asked)
        assert asked["scope"] == "openid"
        assert asked["response_type"] == "id_token"
        assert asked["response_mode"] == "form_post"
        assert asked["prompt"] == "none"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.redirect_uri
        assert asked["login_hint"] == "hint-4711"
        assert asked["lti_message_hint"] == "message-17"
        assert len(asked["nonce"]) > 20
        assert len(asked["state"]) > 20
        return asked

    def claims(self, asked: dict[str, str], target: str, **changes: Any) -> dict[str, Any]:
        """Step 3: a launch of a resource link (core, section 5.3)."""
        instant = int(self.clock().timestamp())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "user-7",
            "exp": instant + 300,
            "iat": instant,
            "nonce": asked["nonce"],
            "email": "ben@brightmoor.example",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": DEPLOYMENT,
            f"{CLAIM}target_link_uri": target,
            f"{CLAIM}resource_link": {"id": "link-3"},
            f"{CLAIM}roles": [LEARNER],
            f"{AGS}claim/endpoint": {"scope": [RESULTS], "lineitem": f"{self.url}/items/5?type=lti"},
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    def deep_claims(self, asked: dict[str, str], **changes: Any) -> dict[str, Any]:
        """A request for content (Deep Linking 2.0, section 3.1)."""
        settings = {
            "deep_link_return_url": f"{self.url}/content?course=9",
            "accept_types": ["link", "ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "data": "opaque <&> state",
        }
        return self.claims(
            asked,
            self.redirect_uri,
            **{
                f"{CLAIM}message_type": "LtiDeepLinkingRequest",
                f"{CLAIM}roles": [TEACHER],
                f"{CLAIM}resource_link": None,
                f"{DEEP}deep_linking_settings": settings,
                f"{AGS}claim/endpoint": None,
                **changes,
            },
        )

    def sign(self, claims: dict[str, Any], *, alg: str = "RS256", key: Any = None, **header: Any) -> str:
        key = key or self.keys[0]
        made = {"alg": alg, "typ": "JWT", "kid": key.kid, **header}
        return jwt.encode({name: one for name, one in made.items() if one}, claims, key, algorithms=[alg])

    def forge(self, claims: dict[str, Any], alg: str) -> str:
        """Without the private key: by no signature, or with the public key as if it were a shared secret."""
        header = {"alg": alg, "typ": "JWT", "kid": self.keys[0].kid}
        parts = ".".join(_text(json.dumps(one).encode()) for one in (header, claims))
        if alg == "none":
            return f"{parts}."
        public = self.keys[0].as_pem(private=False)
        return f"{parts}.{_text(hmac.new(public, parts.encode(), sha256).digest())}"

    def read_content(self, token: str) -> dict[str, Any]:
        """The answer to a request for content, checked by the tool's published keys (Deep Linking 2.0, section 3.4)."""
        read = jwt.decode(token, KeySet.import_key_set(self.tool_keys), algorithms=["RS256"])
        claims, instant = read.claims, self.clock().timestamp()
        assert read.header["kid"]
        assert claims["iss"] == CLIENT
        assert claims["aud"] in (self.url, [self.url])
        assert instant - 60 <= claims["iat"] <= instant < claims["exp"]
        assert claims["nonce"]
        assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
        assert claims[f"{CLAIM}version"] == "1.3.0"
        assert claims[f"{CLAIM}deployment_id"] == DEPLOYMENT
        assert claims[f"{DEEP}data"] == "opaque <&> state"
        assert isinstance(claims[f"{DEEP}content_items"], list)
        return claims

    def token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """RFC 6749, section 4.4, with RFC 7523: who asks shows it by a signed assertion, each once."""
        try:
            assert form["grant_type"] == ["client_credentials"]
            assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
            assert form["scope"] == [RESULTS]
            keys = KeySet.import_key_set(self.tool_keys)
            claims = jwt.decode(form["client_assertion"][0], keys, algorithms=["RS256"]).claims
            assert claims["iss"] == claims["sub"] == CLIENT
            assert claims["aud"] in (f"{self.url}/token", [f"{self.url}/token"])
            assert claims["jti"] not in self.used
            assert claims["iat"] <= self.clock().timestamp() < claims["exp"] <= claims["iat"] + 3600
        except (AssertionError, KeyError, ValueError) as error:
            self.refused.append(repr(error))
            return 400, {"error": "invalid_client"}
        self.used.add(claims["jti"])
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": RESULTS}

    def results(self, handler: BaseHTTPRequestHandler) -> tuple[int, Any]:
        """AGS 2.0, section 3.3."""
        self.asked.append(handler.path)
        if handler.headers["Authorization"].removeprefix("Bearer ") not in self.tokens:
            return 401, {}
        if handler.headers["Accept"] != CONTAINER:
            return 406, {}
        query = parse_qs(urlsplit(handler.path).query)
        assert query["type"] == ["lti"]
        return 200, [self.grades[one] for one in query["user_id"] if one in self.grades]

    def describe(self) -> dict[str, Any]:
        """Dynamic Registration 1.0, section 3.4."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": f"{self.url}/jwks",
            "registration_endpoint": f"{self.url}/register?course=9",
            "scopes_supported": ["openid", RESULTS],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["iss", "sub", "email"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "moodle",
                "version": "4.5",
                "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
            },
            **self.described,
        }

    def register(self, authorization: str | None, tool: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Sections 3.5 and 3.6; the leave to register is good once."""
        if authorization != f"Bearer {self.leave}":
            return 401, {"error": "invalid_token"}
        self.leave = ""
        self.tools.append(tool)
        mine = tool["https://purl.imsglobal.org/spec/lti-tool-configuration"]
        answer = {**tool, "client_id": CLIENT, **self.registration}
        return 200, {
            **answer,
            "https://purl.imsglobal.org/spec/lti-tool-configuration": {
                **mine,
                **({"deployment_id": DEPLOYMENT} if "later" not in self.registration else {}),
            },
        }

    def grade(self, subject: str, score: float, maximum: float | None = 100) -> None:
        self.grades[subject] = {
            "id": f"{self.url}/items/5/results/{subject}",
            "userId": subject,
            "resultScore": score,
            "scoreOf": f"{self.url}/items/5",
            **({"resultMaximum": maximum} if maximum is not None else {}),
        }


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@contextmanager
def platform(clock: Callable[[], datetime]) -> Iterator[Course]:
    course = Course(clock)
    course.new_key()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path in course.pages:  # for browsers: the page that a path shows, by the whole address
                return self._send(200, "text/html", course.pages[path](course.url + self.path).encode())
            return self._say(*course.answer(path, self))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self.path == "/register?course=9":
                return self._say(*course.register(self.headers["authorization"], json.loads(body)))
            assert urlsplit(self.path).path == "/token"
            return self._say(*course.token(parse_qs(body)))

        def _say(self, status: int, value: Any) -> None:
            self._send(status, "application/json", json.dumps(value).encode())

        def _send(self, status: int, media_type: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    course.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield course
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
