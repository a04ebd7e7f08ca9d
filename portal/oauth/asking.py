"""`/oauth/authorize`, and the page on which a person allows or denies what an application asks for.

A request is judged before anybody signs in. What is wrong with the application or the address of the answer is told to
the person (RFC 6749, section 4.1.2.1: no redirect); everything else goes to the application.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.authorizations.clients import find_client
from issuer.authorizations.grants import Asked, allow, begin_request, deny, find_request
from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, UPSERT
from portal.access import Served
from portal.layers.security_headers import PAGE_POLICY
from portal.oauth.answers import ASKINGS, OauthRefused, require_rate
from portal.pages.site import site_of
from portal.problems import BAD_REQUEST, GONE, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import SignedIn

router = APIRouter(include_in_schema=False)

_PARAMETERS: Final = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
)  # fmt: skip
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_STATE: Final = re.compile(r"[\x20-\x7e]{1,1000}")
MAY: Final[Mapping[str, Sentence]] = {
    READ: sentence("See all of your badges, those from elsewhere too"),
    UPSERT: sentence("Bring you badges from elsewhere, and replace those with newer ones"),
    PROFILE_READ: sentence("See your name and e-mail address, or the profile that you keep here"),
    PROFILE_UPDATE: sentence("Write the profile that other applications see"),
}
"""What each scope means, as people are told."""


@router.get("/oauth/authorize")
def authorize(request: Request, service: Served) -> Response:
    """Judge the request, keep it, and lead on to its page. Raises a problem for what the application cannot be told."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=40) if request.url.query else []
    given = dict(pairs)
    twice = {name for name, _ in pairs if name in _PARAMETERS and [one for one, _ in pairs].count(name) > 1}
    try:
        require_rate(request, service, ASKINGS)
    except OauthRefused as refused:
        raise HttpProblem(
            BAD_REQUEST, sentence("Too many requests came from your network. Wait some minutes.")
        ) from refused
    client = find_client(service.database, given.get("client_id", ""), now=service.clock())
    if client is None or "client_id" in twice:
        raise HttpProblem(
            BAD_REQUEST,
            sentence("No application of that name is registered here. Go back to it, and connect it anew."),
        )
    redirect_uri = given.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris or "redirect_uri" in twice:
        detail = sentence(
            "“{application}” wants its answer at an address that it did not register, so it gets none.",
            application=client.name,
        )
        raise HttpProblem(BAD_REQUEST, detail)
    state = given.get("state", "")
    try:
        asked_scopes = _scopes(given, twice, client.scopes)
    except OauthRefused as refused:
        back = {"error": refused.code, "error_description": refused.description}
        return _back(service, redirect_uri, state if _STATE.fullmatch(state) else "", back)
    asked = Asked(client, redirect_uri, asked_scopes, state, given["code_challenge"])
    handle = begin_request(service.database, asked, now=service.clock(), randomness=secrets.token_bytes)
    return for_him_alone(RedirectResponse(site_of(service).at(f"/oauth/consent/{handle}"), status_code=303))


@router.get("/oauth/consent/{handle}")
def consent_page(request: Request, service: Served, person: SignedIn, handle: str) -> Response:
    """Who asks, for what, and two buttons."""
    asked = find_request(service.database, handle, now=service.clock())
    if asked is None:
        raise _over()
    facts = asked.client.registered
    response = show(
        request,
        "oauth/consent.html",
        visitor=person,
        here="applications",
        handle=handle,
        client=facts,
        host=urlsplit(asked.redirect_uri).hostname or "",
        may=[MAY[one] for one in asked.scopes],
    )
    parts = urlsplit(asked.redirect_uri)
    # The form's answer leads to the application: browsers hold form-action against that too.
    policy = PAGE_POLICY.replace("form-action 'self'", f"form-action 'self' {parts.scheme}://{parts.netloc}")
    response.headers["Content-Security-Policy"] = policy
    return response


@router.post("/oauth/consent/{handle}")
def answer(service: Served, person: SignedIn, handle: str, said: Annotated[str, Form(alias="answer")] = "") -> Response:
    """To the application, with a code or a no."""
    now = service.clock()
    if said != "allow":
        asked = deny(service.database, handle, now=now)
        if asked is None:
            raise _over()
        said_no = {"error": "access_denied", "error_description": "The person did not allow it."}
        return _back(service, asked.redirect_uri, asked.state, said_no)
    allowed = allow(service.database, handle, person_id=person.person_id, now=now, randomness=secrets.token_bytes)
    if allowed is None:
        raise _over()
    fields = {"code": allowed.code, "scope": " ".join(allowed.asked.scopes)}
    return _back(service, allowed.asked.redirect_uri, allowed.asked.state, fields)


def _over() -> HttpProblem:
    return HttpProblem(
        GONE, sentence("This question was answered already, or waited too long. Go back to the application.")
    )


def _scopes(given: Mapping[str, str], twice: set[str], registered: tuple[str, ...]) -> tuple[str, ...]:
    """What is asked for. Raises OauthRefused, which goes to the application."""
    if twice:
        raise OauthRefused("invalid_request", "A parameter is given twice.")
    if "response_type" not in given:
        raise OauthRefused("invalid_request", "There is no response_type.")
    if given["response_type"] != "code":
        raise OauthRefused("unsupported_response_type", "The response_type can only be code.")
    if not _STATE.fullmatch(given.get("state", "")):
        raise OauthRefused("invalid_request", "There must be a state of at most 1000 printable characters.")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(given.get("code_challenge", "")):
        raise OauthRefused("invalid_request", "There must be a code_challenge with code_challenge_method S256.")
    asked = tuple(dict.fromkeys(given.get("scope", "").split()))
    if not asked or not set(asked) <= set(registered):
        raise OauthRefused("invalid_scope", "The scope must name scopes that the application registered.")
    return asked


def _back(service: Service, redirect_uri: str, state: str, fields: Mapping[str, str]) -> Response:
    """To the application, saying who answers (RFC 9207)."""
    said = {**fields, **({"state": state} if state else {}), "iss": service.base_url}
    joint = "&" if urlsplit(redirect_uri).query else "?"
    response = RedirectResponse(redirect_uri + joint + urlencode(said), status_code=303)
    for_him_alone(response)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
