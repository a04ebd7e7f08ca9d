"""Signing in at the provider: there, and back.

Of what this browser and this sign-in alone may know, the server keeps hashes: the cookie holds a secret, of which with
the state follow nonce and code verifier. Setting out is a link and not a form: it changes nothing but a row that is
forgotten in minutes, and browsers let a form lead only where the page's own policy allows.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.sign_in.identities import person_of_identity
from issuer.sign_in.rates import within
from issuer.sign_in.refusals import NotLetIn
from issuer.sign_in.starts import LENGTH, begin_start, take_start
from issuer.sign_in.tokens import is_secret, new_secret
from portal.problems import NOT_FOUND, HttpProblem
from portal.sign_in.client import network_of
from portal.sign_in.door import RETURN_PATH, AtDoor, Door
from portal.sign_in.letting_in import derived, keep_cookie, let_in, not_let_in, refused
from portal.sign_in.own_paths import own_path
from portal.sign_in.rates import STARTS, too_many
from portal.sign_in.showing import for_him_alone
from portal.sign_in.vouching import Attempt, ProviderTrouble, SignInRefused

if TYPE_CHECKING:
    from portal.sign_in.provider import Provider

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("guildmark.sign_in")

_FAILED = sentence("That sign-in did not work")
_LATE = sentence(
    "It was not begun in this browser, took longer than ten minutes, or was finished already. Begin again."
)
_AWAY = sentence("Your company’s sign-in cannot be reached")
_NOT_HERE = sentence("You cannot sign in here")


@router.get("/sign-in/provider")
def set_out(request: Request, door: AtDoor, next: str = "") -> Response:
    """On to the provider, with a secret in a cookie by which this browser is known when it comes back."""
    provider = _provider(door)
    if not within(door.service.database, STARTS, network_of(request, door.service), now=door.now()):
        return too_many(request, STARTS)
    browser = request.cookies.get(door.start_cookie, "")
    if not is_secret(browser):
        browser = new_secret(secrets.token_bytes)
    attempt = _attempt(browser, new_secret(secrets.token_bytes))
    try:
        address = provider.address(attempt)
    except ProviderTrouble as trouble:
        return _away(request, trouble, next)
    begin_start(door.service.database, state=attempt.state, browser=browser, next_=own_path(next), now=door.now())
    response = RedirectResponse(address, status_code=303)
    keep_cookie(response, door, door.start_cookie, browser, seconds=int(LENGTH.total_seconds()))
    return for_him_alone(response)


@router.get(RETURN_PATH)
def come_back(request: Request, door: AtDoor) -> Response:
    """Back from the provider: with a code, or with the reason why there is none."""
    provider = _provider(door)
    returned = {name: value for name, value in request.query_params.items() if len(value) < 4_000}
    state, browser = returned.get("state", ""), request.cookies.get(door.start_cookie, "")
    next_ = None
    if is_secret(state) and is_secret(browser):
        next_ = take_start(door.service.database, state=state, browser=browser, now=door.now())
    if next_ is None:
        log.info("sign-in refused", why="this browser did not set out with this state, or too long ago")
        return refused(request, _FAILED, _LATE, status=400)
    try:
        vouched = provider.redeem(returned, _attempt(browser, state))
        person_id = person_of_identity(
            door.service.database,
            provider=provider.issuer,
            subject=vouched.subject,
            email=vouched.email,
            now=door.now(),
            today=door.today(),
        )
        return let_in(request, door, person_id, next_, vouched=vouched, roles=door.roles_of(vouched.groups))
    except SignInRefused as error:
        log.warning("sign-in refused", why=str(error))
        return refused(request, _FAILED, _refusal(returned), status=400, next_=next_)
    except ProviderTrouble as trouble:
        return _away(request, trouble, next_)
    except NotLetIn as error:
        return not_let_in(request, error, _NOT_HERE)


def _provider(door: Door) -> Provider:
    if door.provider is None:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    return door.provider


def _attempt(browser: str, state: str) -> Attempt:
    return Attempt(state, derived(browser, f"nonce {state}"), derived(browser, f"verifier {state}"))


def _refusal(returned: dict[str, str]) -> Sentence:
    if returned.get("error") == "access_denied":
        return sentence("Your company’s sign-in says that you stopped, or that you may not use this server.")
    return sentence(
        "What your company’s sign-in answered does not belong to this sign-in. Begin again; if it stays so, tell "
        "whoever runs this server."
    )


def _away(request: Request, trouble: ProviderTrouble, next_: str) -> Response:
    log.error("the provider is of no use", why=str(trouble))
    why = sentence("It is not your fault, and nothing is lost. Try again in a moment.")
    return refused(request, _AWAY, why, status=503, next_=next_)
