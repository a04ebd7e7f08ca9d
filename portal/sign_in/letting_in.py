"""Letting somebody in: a new session, its cookie, and on to where he wanted to go; or a page that says why not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence
from issuer.sign_in.refusals import NotLetIn
from issuer.sign_in.roles import Role
from issuer.sign_in.sessions import Entry, begin_session
from portal.pages.site import site_of
from portal.sign_in.client import agent_of
from portal.sign_in.door import Door
from portal.sign_in.own_paths import own_path, sign_in_path
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.vouching import Vouched
from portal.sign_in.who import STRANGER

log = structlog.get_logger("guildmark.sign_in")
_NONCE_BYTES = 12


def let_in(
    request: Request,
    door: Door,
    person_id: UUID,
    next_: str,
    *,
    vouched: Vouched | None = None,
    roles: frozenset[Role] = frozenset(),
) -> Response:
    """A new session for the person, whom the provider `vouched` for or who brought a link. Raises NotLetIn."""
    service = door.service
    entry = Entry(agent=agent_of(request), roles=roles)
    if vouched is not None and door.provider is not None:
        entry = Entry(agent_of(request), door.provider.issuer, vouched.session, roles)
    new = begin_session(
        service.database,
        issuer=service.issuer,
        person_id=person_id,
        entry=entry,
        limits=door.limits,
        now=door.now(),
        today=door.today(),
        randomness=secrets.token_bytes,
        instead_of=request.cookies.get(door.session_cookie),
        seal=_sealing(vouched.id_token) if vouched is not None else None,
    )
    response = RedirectResponse(site_of(service).at(own_path(next_)), status_code=303)
    keep_cookie(response, door, door.session_cookie, new.token, seconds=int(door.limits.longest.total_seconds()))
    response.delete_cookie(door.start_cookie, path="/", secure=door.https, httponly=True, samesite="lax")
    return for_him_alone(response)


def refused(
    request: Request, title: Sentence, why: str, *, status: int = 403, next_: str = "", again: bool = True
) -> Response:
    """A page that says why somebody is not let in; `again` leads him to the sign-in page."""
    link = sign_in_path(next_) if again else ""
    return show(
        request,
        "sign_in_refused.html",
        visitor=STRANGER,
        status=status,
        here="sign-in",
        title=title,
        why=why,
        link=link,
    )


def not_let_in(request: Request, error: NotLetIn, title: Sentence) -> Response:
    """The page for somebody whom we know, or whom the provider knows, and who may not come in."""
    log.info("not let in", why=type(error).__name__)
    return refused(request, title, error.said, again=False)


def keep_cookie(response: Response, door: Door, name: str, value: str, *, seconds: int) -> None:
    """A cookie for this host alone, which scripts cannot read and other sites' forms do not send."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=door.https, httponly=True, samesite="lax")


def open_id_token(sealed: bytes | None, token: str) -> str | None:
    """The provider's ID token that was sealed for the session of this token; None if there is none to be had."""
    if sealed is None:
        return None
    try:
        return AESGCM(_key(token)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
    except (InvalidTag, ValueError):
        return None


def _sealing(id_token: str) -> Callable[[str], bytes]:
    def seal(token: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(_key(token)).encrypt(nonce, id_token.encode(), None)

    return seal


def _key(token: str) -> bytes:
    return hmac.new(token.encode(), b"guildmark id token", hashlib.sha256).digest()


def derived(secret: str, label: str) -> str:
    """A secret that follows from another, and does not give it away."""
    digest = hmac.new(secret.encode(), label.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
