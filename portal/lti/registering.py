"""LTI Dynamic Registration 1.0: a platform says what it is, and registers this tool, as its admin asked it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import Sentence, sentence
from portal.json_text import json_bytes
from portal.lti.claims import READ_RESULTS
from portal.lti.refusals import PlatformTrouble
from portal.lti.tool import origin_of, tool_addresses
from portal.pages.site import site_of
from portal.service import Service
from verifier.fetch import FetchError, FetchRefused

if TYPE_CHECKING:
    from portal.sign_in.wire import Answer, Wire

CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
DEEP: Final = "LtiDeepLinkingRequest"
_LIMITS: Final = strict_json.Limits(max_bytes=256 * 1024, max_depth=16, max_values=5_000)
_LONGEST: Final = 4_000


class NotRegistered(PlatformTrouble):
    """The platform did not register the tool; `said` tells the admin."""

    def __init__(self, said: Sentence) -> None:
        self.said = said
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a platform brings with it: where it describes itself, and what it lets register ("" if nothing)."""

    configuration: str
    token: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The platform’s name for people; "" for an address that is none."""
        return urlsplit(self.configuration).netloc if origin_of(self.configuration) else ""

    def is_whole(self) -> bool:
        """Whether it can be followed, as far as its text says."""
        return bool(self.host) and all(len(one) <= _LONGEST for one in (self.configuration, self.token))


@dataclass(frozen=True, slots=True)
class Described:
    """A platform as it describes itself (section 3.4)."""

    iss: str
    auth_url: str
    token_url: str
    keys_url: str
    registration_url: str
    audience: str
    deep_linking: bool


@dataclass(frozen=True, slots=True)
class Known:
    """How the tool is known there. deployment: "" if it is put to use there only later (section 3.7)."""

    client_id: str
    deployment: str


def described(wire: Wire, invitation: Invitation) -> Described:
    """What the platform says of itself. Raises NotRegistered."""
    host = invitation.host
    answer = _asked(wire, "GET", invitation.configuration, host, {"Accept": "application/json"})
    if answer.status_code != 200:
        raise NotRegistered(sentence("{host} does not describe itself there.", host=host))
    document = _object(answer, host)
    found = Described(
        iss=_text(document, "issuer"),
        auth_url=_text(document, "authorization_endpoint"),
        token_url=_text(document, "token_endpoint"),
        keys_url=_text(document, "jwks_uri"),
        registration_url=_text(document, "registration_endpoint"),
        audience=_text(document, "authorization_server"),
        deep_linking=DEEP in _messages(document),
    )
    # Whoever leads an admin to an address of his own must not speak for somebody else’s platform (section 3.4).
    if not origin_of(found.iss) or urlsplit(found.iss).hostname != urlsplit(invitation.configuration).hostname:
        raise NotRegistered(sentence("{host} describes another platform than itself.", host=host))
    if not found.registration_url or not wire.may_ask(found.registration_url):
        raise NotRegistered(sentence("{host} does not say where tools register.", host=host))
    return found


def registered(wire: Wire, service: Service, invitation: Invitation, platform: Described) -> Known:
    """Register there (section 3.5). Raises NotRegistered."""
    host = invitation.host
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if invitation.token:
        headers["Authorization"] = f"Bearer {invitation.token}"
    about = json_bytes(tool_of(service, deep_linking=platform.deep_linking))
    answer = _asked(wire, "POST", platform.registration_url, host, headers, about)
    if answer.status_code not in {200, 201}:
        raise NotRegistered(
            sentence("{host} did not register this tool. Begin anew there: what it lets register is good once.",
                     host=host)
        )  # fmt: skip
    document = _object(answer, host)
    client_id, tool = _text(document, "client_id"), document.get(TOOL)
    if not client_id:
        raise NotRegistered(sentence("{host} does not say how it knows this tool.", host=host))
    return Known(client_id, _text(tool, "deployment_id") if isinstance(tool, Mapping) else "")


def tool_of(service: Service, *, deep_linking: bool) -> dict[str, Any]:
    """The tool as it describes itself (section 3.5.1); it asks for nothing but to read results."""
    own, site = tool_addresses(service), site_of(service)
    messages = [{"type": "LtiResourceLinkRequest", "target_link_uri": own.launch}]
    if deep_linking:
        messages.append({"type": DEEP, "target_link_uri": own.launch, "label": str(site.name)})
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": own.login,
        "redirect_uris": [own.launch],
        "client_name": str(site.name),
        "jwks_uri": own.keys,
        "logo_uri": urljoin(service.base_url, site.static("mark.svg")),
        "client_uri": service.base_url + "/",
        "tos_uri": service.base_url + "/terms",
        "policy_uri": service.base_url + "/privacy",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": READ_RESULTS,
        TOOL: {
            "domain": urlsplit(service.base_url).netloc,
            "target_link_uri": own.launch,
            "claims": ["iss", "sub", "email"],
            "messages": messages,
        },
    }


def _asked(wire: Wire, method: str, url: str, host: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    try:
        return wire.ask(method, url, headers=headers, body=body)
    except FetchRefused:
        raise NotRegistered(
            sentence("This server does not ask {host}: it has no public https address.", host=host)
        ) from None
    except FetchError:
        raise NotRegistered(sentence("{host} did not answer. Try again later.", host=host)) from None


def _object(answer: Answer, host: str) -> Mapping[str, Any]:
    try:
        value = strict_json.parse(answer.body, _LIMITS)
    except Unacceptable:
        value = None
    if not isinstance(value, dict):
        raise NotRegistered(sentence("{host} answered something that is not what was asked for.", host=host))
    return value


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _messages(document: Mapping[str, Any]) -> set[str]:
    said = document.get(CONFIGURATION)
    listed = said.get("messages_supported") if isinstance(said, Mapping) else None
    found = listed if isinstance(listed, list) else []
    return {_text(one, "type") for one in found if isinstance(one, Mapping)}
