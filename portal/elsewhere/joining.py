"""OAuth 2.0 as the client of another host: registration, the person’s consent there, tokens, their end.

RFC 7591, RFC 6749 with RFC 7636, RFC 9207 and RFC 7009, as the Open Badges 3.0 API profiles them. Each connection is
registered for itself and has an address of its own for the answer, so that no host’s code gets to another host.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from credentials.sentence import sentence
from issuer.connections import Connection, Secrets
from portal.elsewhere.discovering import OtherHost, asked, host_of
from portal.elsewhere.trouble import HostTrouble, Lost, oauth_trouble, object_of
from portal.json_text import json_bytes
from portal.sign_in.wire import Wire

SOFTWARE: Final = "urn:uuid:6b1f0f6e-9d0e-4f0a-8c55-2f2b7f1f4f10"
"""What this software is called at every host, by whichever installation."""
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")  # RFC 6750, section 2.1
_SECRET: Final = re.compile(r"[\x20-\x7e]{1,1000}")  # RFC 6749, appendix A
_UNSAID: Final = 3_600
_LONGEST: Final = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Registered:
    """What the host calls us."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the host gave. refresh: "" if it gave none."""

    scopes: tuple[str, ...]
    access_until: datetime
    access: str = field(repr=False)
    refresh: str = field(repr=False)


def register(wire: Wire, host: OtherHost, about: Mapping[str, Any]) -> Registered:
    """Register with the host (RFC 7591). Raises HostTrouble."""
    name = host_of(host.base)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = asked(wire, "POST", host.registration, name, headers=headers, body=json_bytes(dict(about)))
    if answer.status_code not in {200, 201}:
        raise oauth_trouble(answer, name, sentence("{host} does not register this server.", host=name))
    document = object_of(answer, name)
    client_id, secret = document.get("client_id"), document.get("client_secret")
    if not (_is(client_id, _SECRET) and _is(secret, _SECRET)):
        raise HostTrouble(sentence("{host} registered this server without saying how it is known there.", host=name))
    return Registered(str(client_id), str(secret))


def consent_url(connection: Connection, secrets: Secrets, redirect_uri: str) -> str:
    """Where the person allows it at the host (RFC 6749, section 4.1.1; RFC 7636)."""
    digest = hashlib.sha256(secrets.verifier.encode("ascii")).digest()
    asked_for = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(connection.scopes),
        "state": secrets.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    url = str(connection.endpoints["authorization"])
    return url + ("&" if urlsplit(url).query else "?") + urlencode(asked_for)


def comes_from(connection: Connection, iss: str | None) -> bool:
    """Whether an answer is of the host that was asked, as far as it says (RFC 9207, section 2.4)."""
    expected = str(connection.endpoints.get("issuer", ""))
    if iss is None:
        return connection.endpoints.get("says_iss") is not True
    if expected:
        return hmac.compare_digest(iss.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
    # It says a name that it published nowhere: then it must at least be of the place that was asked.
    place = urlsplit(str(connection.endpoints["authorization"]))
    try:
        given = urlsplit(iss)
    except ValueError:
        return False
    return (place.scheme, place.netloc) == (given.scheme, given.netloc)


def redeem(wire: Wire, connection: Connection, secrets: Secrets, code: str, redirect_uri: str, now: datetime) -> Tokens:
    """Tokens for the code. Raises HostTrouble."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "scope": " ".join(connection.scopes),
        "code_verifier": secrets.verifier,
    }
    return _tokens(wire, connection, secrets, str(connection.endpoints["token"]), form, now)


def refresh(wire: Wire, connection: Connection, secrets: Secrets, now: datetime) -> Tokens:
    """New tokens; the old refresh token stays if the host gives no new one. Raises Lost, HostTrouble."""
    host = host_of(connection.base)
    lost = sentence("{host} lets this server in no more. Connect it anew.", host=host)
    if not secrets.refresh:
        raise Lost(lost)
    form = {"grant_type": "refresh_token", "refresh_token": secrets.refresh, "scope": " ".join(connection.scopes)}
    try:
        made = _tokens(wire, connection, secrets, str(connection.endpoints["refresh"]), form, now)
    except HostTrouble as trouble:
        if trouble.status in {400, 401, 403}:
            raise Lost(lost, status=trouble.status) from None
        raise
    return replace(made, refresh=made.refresh or secrets.refresh)


def revoke(wire: Wire, connection: Connection, secrets: Secrets) -> bool:
    """Tell the host that the tokens are needed no more (RFC 7009); whether it took that."""
    url = str(connection.endpoints.get("revocation", ""))
    token, kind = (secrets.refresh, "refresh_token") if secrets.refresh else (secrets.access, "access_token")
    if not url or not token:
        return False
    body = urlencode({"token": token, "token_type_hint": kind}).encode()
    try:
        headers = {**_FORM, **_basic(connection, secrets)}
        return asked(wire, "POST", url, host_of(connection.base), headers=headers, body=body).status_code == 200
    except HostTrouble:
        return False


def _tokens(
    wire: Wire, connection: Connection, secrets: Secrets, url: str, form: Mapping[str, str], now: datetime
) -> Tokens:
    host = host_of(connection.base)
    headers = {**_FORM, **_basic(connection, secrets)}
    answer = asked(wire, "POST", url, host, headers=headers, body=urlencode(form).encode())
    if answer.status_code != 200:
        raise oauth_trouble(answer, host, sentence("{host} does not let this server in.", host=host))
    document = object_of(answer, host)
    access, again, kind = (document.get(name) for name in ("access_token", "refresh_token", "token_type"))
    if not _is(access, _TOKEN) or not isinstance(kind, str) or kind.lower() != "bearer":
        raise HostTrouble(sentence("{host} gave no token that can be used.", host=host))
    given = document.get("scope")
    named = given.split() if isinstance(given, str) else connection.scopes
    seconds = document.get("expires_in")
    lasts = seconds if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0 else _UNSAID
    return Tokens(
        scopes=tuple(one for one in connection.scopes if one in named),
        access_until=now + timedelta(seconds=min(lasts, _LONGEST)),
        access=str(access),
        refresh=str(again) if _is(again, _SECRET) else "",
    )


def _basic(connection: Connection, secrets: Secrets) -> dict[str, str]:
    """RFC 6749, section 2.3.1: both are form-encoded first."""
    known = f"{quote_plus(connection.client_id)}:{quote_plus(secrets.client_secret)}"
    return {"Authorization": "Basic " + base64.b64encode(known.encode()).decode()}


def _is(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
