"""What another host offers: its service description (section “Service Discovery”), and its metadata of RFC 8414."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from credentials.instants import format_instant, parse_instant
from credentials.sentence import sentence
from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, UPSERT
from portal.elsewhere.freshness import fresh_until, tag_in
from portal.elsewhere.trouble import HostTrouble, object_of, printable
from portal.ob_api.answers import BASE
from portal.sign_in.wire import Answer, Wire
from verifier.fetch import FetchError, FetchRefused
from verifier.web_address import MalformedAddress, parse

WANTED: Final = (READ, UPSERT, PROFILE_READ, PROFILE_UPDATE)
"""The scopes that we ask for, as far as the host has them."""
_MOST_BYTES: Final = 2 * 1024 * 1024
_JSON: Final = {"Accept": "application/json"}
_LONG_AGO: Final = "2000-01-01T00:00:00Z"
_WELL_KNOWN: Final = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True)
class OtherHost:
    """A host as it describes itself.

    issuer: what its authorization server calls itself, "" if it does not say. says_iss: whether each of its answers
    says so too (RFC 9207). takes_json, takes_jwt: in which forms it takes badges. until, tag: how long the description
    may be used, and its ETag.
    """

    base: str
    name: str
    registration: str
    authorization: str
    token: str
    refresh: str
    revocation: str
    issuer: str
    says_iss: bool
    scopes: tuple[str, ...]
    takes_json: bool
    takes_jwt: bool
    until: datetime
    tag: str

    def endpoints(self) -> dict[str, Any]:
        """What is kept of it."""
        return {
            "authorization": self.authorization,
            "token": self.token,
            "refresh": self.refresh,
            "revocation": self.revocation,
            "issuer": self.issuer,
            "says_iss": self.says_iss,
            "takes_json": self.takes_json,
            "takes_jwt": self.takes_jwt,
            "until": format_instant(self.until),
            "tag": self.tag,
        }


def base_of(text: str) -> str:
    """The address of a host, as people write it, in one spelling. Raises HostTrouble."""
    given = text.strip()
    if "://" not in given:
        given = "https://" + given
    given = given.partition("#")[0].rstrip("/").removesuffix("/discovery").removesuffix(BASE).rstrip("/")
    try:
        address = parse(given)
    except MalformedAddress:
        address = None
    if address is None or "?" in address.target:
        raise HostTrouble(
            sentence("“{address}” is no address of a host. Write one like https://badges.example.org.",
                     address=text.strip()[:100])
        )  # fmt: skip
    return str(address).rstrip("/")


def host_of(base: str) -> str:
    """The host’s name for people."""
    return urlsplit(base).netloc


def discover(wire: Wire, base: str, *, now: datetime) -> OtherHost:
    """Ask the host what it offers. Raises HostTrouble."""
    return _read(wire, base, _described(wire, base, _JSON), now)


def still_offered(wire: Wire, base: str, kept: Mapping[str, Any], *, now: datetime) -> dict[str, Any] | None:
    """What to keep of a host from now on, in the place of `kept`; None while that may be used.

    If the host has nothing new to say of itself, or nothing that can be used, what is known stays.
    """
    if parse_instant(str(kept.get("until") or _LONG_AGO)) > now:
        return None
    tag = str(kept.get("tag", ""))
    try:
        answer = _described(wire, base, {**_JSON, **({"If-None-Match": tag} if tag else {})})
        if answer.status_code == 304:
            again = {"until": format_instant(fresh_until(answer.headers, now)), "tag": tag_in(answer.headers) or tag}
            return {**kept, **again}
        return _read(wire, base, answer, now).endpoints()
    except HostTrouble:
        return None


def _described(wire: Wire, base: str, headers: Mapping[str, str]) -> Answer:
    return asked(wire, "GET", f"{base}{BASE}/discovery", host_of(base), headers=headers, most_bytes=_MOST_BYTES)


def _read(wire: Wire, base: str, answer: Answer, now: datetime) -> OtherHost:
    host = host_of(base)
    if answer.status_code != 200:
        raise HostTrouble(
            sentence("{host} does not describe an Open Badges 3.0 API. Compare the address with what it tells its "
                     "users.", host=host), status=answer.status_code
        )  # fmt: skip
    document = object_of(answer, host)
    scheme = _at(document, "components", "securitySchemes", "OAuth2ACG")
    flow = _at(scheme, "flows", "authorizationCode")
    offered = flow.get("scopes")
    scopes = tuple(one for one in WANTED if not isinstance(offered, Mapping) or one in offered)
    token = _address(wire, flow.get("tokenUrl"))
    authorization = _address(wire, flow.get("authorizationUrl"))
    registration = _address(wire, scheme.get("x-imssf-registrationUrl"))
    if not (token and authorization and registration and {READ, UPSERT} & set(scopes)):
        raise HostTrouble(
            sentence("{host} does not say how badges get in or out: its service description lacks it.", host=host)
        )
    known = _metadata(wire, base, authorization, token)
    content = _at(document, "paths", "/credentials", "post", "requestBody", "content")
    return OtherHost(
        base=base,
        name=printable(_at(document, "info").get("title"))[:120] or host,
        registration=registration,
        authorization=authorization,
        token=token,
        refresh=_address(wire, flow.get("refreshUrl")) or token,
        revocation=_address(wire, known.get("revocation_endpoint")),
        issuer=printable(known.get("issuer")),
        says_iss=known.get("authorization_response_iss_parameter_supported") is True,
        scopes=scopes,
        takes_json=not content or any("json" in kind for kind in content),
        takes_jwt=not content or any(kind.partition(";")[0] == "text/plain" for kind in content),
        until=fresh_until(answer.headers, now),
        tag=tag_in(answer.headers),
    )


def asked(
    wire: Wire, method: str, url: str, host: str, *, headers: Mapping[str, str], body: bytes = b"",
    most_bytes: int = 512 * 1024,
) -> Answer:  # fmt: skip
    """What the address answers. Raises HostTrouble if that is nothing, or if this server does not ask there."""
    try:
        return wire.ask(method, url, headers=headers, body=body, most_bytes=most_bytes)
    except FetchRefused:
        raise HostTrouble(
            sentence("This server does not ask {host}: it has no public https address.", host=host)
        ) from None
    except FetchError:
        raise HostTrouble(
            sentence("{host} did not answer, or not as a badge host does. Try again later.", host=host)
        ) from None


def _metadata(wire: Wire, base: str, authorization: str, token: str) -> Mapping[str, Any]:
    """Of RFC 8414, if it speaks of these same endpoints and for itself (section 3.3); else nothing."""
    origin = parse(authorization).origin
    path = urlsplit(base).path.rstrip("/") if base.startswith(origin) else ""
    for issuer in dict.fromkeys((origin + path, origin)):
        url = origin + _WELL_KNOWN + issuer.removeprefix(origin)
        try:
            answer = wire.ask("GET", url, headers=_JSON)
            document = object_of(answer, origin) if answer.status_code == 200 else {}
        except (FetchError, HostTrouble):
            continue
        about = document.get("authorization_endpoint") == authorization and document.get("token_endpoint") == token
        if about and document.get("issuer") == issuer:
            return document
    return {}


def _address(wire: Wire, value: object) -> str:
    """An address that may be asked; "" for anything else."""
    if not isinstance(value, str) or not wire.may_ask(value) or "#" in value:
        return ""
    return value


def _at(value: object, *names: str) -> Mapping[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
