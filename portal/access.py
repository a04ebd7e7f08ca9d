"""Who may do what over HTTP: bearer tokens (RFC 6750) to roles. The only place that decides."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from credentials.sentence import sentence
from issuer.addresses import SLUG
from issuer.api_tokens import ApiToken, Role, authenticate
from issuer.errors import UnknownIssuer
from issuer.issuers import Issuer, find_issuer
from portal import recalled
from portal.problems import FORBIDDEN, NOT_FOUND, UNAUTHENTICATED, HttpProblem
from portal.service import Service
from portal.verifying.desk import Desk

DEFAULT_INSTANCE = "default"


async def service_of(request: Request) -> Service:
    """The service that the application was made with; asynchronous, since a thread costs more than the look."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]


async def desk_of(request: Request) -> Desk:
    """Where the application has documents verified."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


def instance(name: str, service: Service) -> Issuer:
    """The issuer that a `{instance}` names: a slug, or `default`. Raises a 404 problem."""
    if not SLUG.fullmatch(name):
        raise HttpProblem(NOT_FOUND, "There is no instance of such a name; an instance is a short name, or `default`.")
    try:
        return recalled.default_issuer(service) if name == DEFAULT_INSTANCE else find_issuer(service.database, name)
    except UnknownIssuer as error:
        raise HttpProblem(NOT_FOUND, f"There is no instance “{name[:64]}”: {error}") from None


def require_role(request: Request, service: Service, issuer: Issuer, role: Role) -> ApiToken:
    """The token of the request, if it may do what `role` names for `issuer`. Raises a 401 or 403 problem."""
    token = _token_of(request, service)
    if token.issuer_slug != issuer.slug or not token.allows(role):
        detail = f"The token “{token.name}” may not {role.value} for the issuer “{issuer.slug}”."
        raise HttpProblem(FORBIDDEN, detail, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
    return token


def require_provisioning(request: Request, service: Service) -> ApiToken:
    """The token of the request, if it may enter people; of whichever issuer: they share one directory.

    Raises a 401 or 403 problem.
    """
    token = _token_of(request, service)
    if not token.allows(Role.PROVISION):
        detail = f"The token “{token.name}” may not enter people; make one of the role provision."
        raise HttpProblem(FORBIDDEN, detail, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
    return token


def _token_of(request: Request, service: Service) -> ApiToken:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise _unauthenticated(sentence("Send a token in the header Authorization: Bearer …."), "")
    token = authenticate(service.database, secret.strip(), service.clock())
    if token is None:
        raise _unauthenticated(sentence("This token is unknown, expired or revoked."), ', error="invalid_token"')
    return token


def _unauthenticated(detail: str, error: str) -> HttpProblem:
    return HttpProblem(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": f'Bearer realm="guildmark"{error}'})
