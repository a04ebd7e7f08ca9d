"""The web application: routes, layers, and what becomes of every error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import DatabaseError
from portal import answers
from portal.admin.routed import ADMIN
from portal.api import (
    assignments,
    bulks,
    credentials,
    health,
    identifiers,
    learning,
    listing,
    proposals,
    published_documents,
    refresh,
    status_messages,
    vc_api,
    verification,
)
from portal.api.description import describe
from portal.asking import pages as asking_pages
from portal.asking import wallet_side as asking_wallet_side
from portal.assess import routes as assess_routes
from portal.bodies import MOST_BYTES
from portal.elsewhere import bringing as elsewhere_bringing
from portal.elsewhere import connecting as elsewhere_connecting
from portal.elsewhere import held_badges as elsewhere_badges
from portal.elsewhere import hosts as elsewhere_hosts
from portal.elsewhere import profiles as elsewhere_profiles
from portal.exchanges import holder_side as exchange_holder_side
from portal.exchanges import wallet_side as exchange_wallet_side
from portal.language.wanted import VARY
from portal.layers.apologies import Apologies
from portal.layers.body_limit import BodyLimit
from portal.layers.chosen_language import ChosenLanguage
from portal.layers.head_requests import HeadRequests
from portal.layers.kept_answers import KeptAnswers
from portal.layers.path_prefix import PathPrefix
from portal.layers.request_log import RequestLog, request_id
from portal.layers.security_headers import SecurityHeaders
from portal.layers.verify_rate import VerifyRate
from portal.log import routes as log_routes
from portal.looking import Looking
from portal.lti import going_on as lti_going_on
from portal.lti import routes as lti_routes
from portal.lti.tool import make_tool
from portal.me import calendar, certifications, levels
from portal.me import credentials as my_credentials
from portal.me import europass as my_europass
from portal.me import proposals as my_proposals
from portal.me import some as my_selection
from portal.me import vcard as my_card
from portal.metrics.counting import NamedRoutes
from portal.negotiation import choose
from portal.oauth import applications as oauth_applications
from portal.oauth import asking as oauth_asking
from portal.oauth import logos as oauth_logos
from portal.oauth import registering as oauth_registering
from portal.oauth import terms as oauth_terms
from portal.oauth import tokens as oauth_tokens
from portal.ob_api import credentials as ob_credentials
from portal.ob_api import discovery as ob_discovery
from portal.ob_api import profile as ob_profile
from portal.ob_api import unknown as ob_unknown
from portal.oid4vci import authorizing as wallet_questions
from portal.oid4vci import consent as wallet_consent
from portal.oid4vci import credentials as wallet_credentials
from portal.oid4vci import desk_offers, own_offers
from portal.oid4vci import metadata as wallet_metadata
from portal.oid4vci import offered as wallet_offers
from portal.oid4vci import tokens as wallet_tokens
from portal.pages import (
    card,
    embed,
    landing,
    oembed,
    outbox,
    program,
    reference,
    shared,
    static,
    verify,
)
from portal.pages.card_drawing import Drawing
from portal.pages.error_page import ErrorPage, error_page
from portal.pages.rendering import product_version
from portal.pages.site import site_of, spoken, unnamed_site
from portal.passes import holder_side as pass_holder_side
from portal.passes import web_service as pass_web_service
from portal.problems import (
    BAD_REQUEST,
    BY_STATUS,
    DOMAIN_ERRORS,
    INTERNAL,
    INVALID_PARAMETER,
    MEDIA_TYPE,
    NOT_FOUND,
    OPERATORS_TROUBLE,
    HttpProblem,
    problem_of,
    without_ticks,
)
from portal.quick_credentials import QuickCredentials
from portal.scim import discovery as scim_discovery
from portal.scim import routes as scim
from portal.sealed_search import lead_on
from portal.service import Service
from portal.sign_in import at_door, back_channel, by_link, by_provider, leaving
from portal.sign_in.door import make_door
from portal.sign_in.turned_away import turn_away
from portal.team import routes as team_routes
from portal.uploads import MOST_LET_BY
from portal.verifying.desk import Desk
from portal.verifying.places import Overloaded
from portal.verifying.quick import QuickVerify
from portal.wall import consent as wall_consent
from portal.wall import routes as wall_routes

log = structlog.get_logger("guildmark.app")

_DESCRIPTION: Final = (
    "Issues, publishes and verifies Open Badges 3.0. Public documents carry `Access-Control-Allow-Origin: *`."
)
_ERROR_FORMS: Final = (MEDIA_TYPE, "application/json", "text/html")
_UNFORESEEN: Final = sentence("This was not foreseen. It is in the log.")
_FIVE_MINUTES: Final = timedelta(minutes=5)
_PUBLISHED: Final = (
    "/credentials/", "/status-lists/", "/achievements/", "/programs/", "/issuer", "/.well-known/", "/did.json"
)  # fmt: skip
"""Where public documents lie, and pages that follow from them."""
_MACHINES: Final = ("/api/", "/vc-api/", "/xapi/", "/scim/", "/oid4vci/", "/apple-wallet/", "/ims/")
"""Where no browser sends forms."""


ROUTED: Final = (
    verification,
    credentials,
    card,
    embed,
    oembed,
    refresh,
    published_documents,
    log_routes,
    identifiers,
    program,
    vc_api,
    proposals,
    assignments,
    bulks,
    listing,
    status_messages,
    learning,
    wallet_metadata,
    wallet_offers,
    wallet_tokens,
    wallet_credentials,
    wallet_questions,
    wallet_consent,
    ob_discovery,
    ob_credentials,
    ob_profile,
    ob_unknown,
    oauth_registering,
    oauth_tokens,
    oauth_asking,
    oauth_logos,
    oauth_applications,
    oauth_terms,
    elsewhere_connecting,
    elsewhere_hosts,
    elsewhere_profiles,
    elsewhere_bringing,
    elsewhere_badges,
    scim_discovery,
    scim,
    health,
    landing,
    verify,
    asking_pages,
    asking_wallet_side,
    exchange_wallet_side,
    exchange_holder_side,
    pass_web_service,
    pass_holder_side,
    outbox,
    lti_routes,
    lti_going_on,
    at_door,
    by_provider,
    back_channel,
    by_link,
    leaving,
    certifications,
    my_credentials,
    my_selection,
    my_card,
    my_europass,
    levels,
    own_offers,
    desk_offers,
    my_proposals,
    calendar,
    wall_consent,
    wall_routes,
    shared,
    team_routes,
    assess_routes,
    *ADMIN,
    reference,
    static,
)
"""The modules that answer requests, each with a `router`; in this order they stand in the documentation."""


def create_app(service: Service) -> FastAPI:
    """The application around an open service, which whoever opened it closes."""
    app = FastAPI(
        title="Guildmark",
        version=product_version() or "0",
        summary="Open Badges 3.0: issue, verify, export",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": service.base_url}],
        redirect_slashes=False,
        # Addresses may hold secrets, which our own log and figures leave out (`portal.layers.request_log`).
        telemetry={"tracing": False, "metrics": False, "logs": False},
        # As they are: an included router would analyze each of its routes once more, for every application.
        routes=[route for module in ROUTED for route in module.router.routes],
    )
    looking = Looking(service.documents.memory.mark)
    app.state.service = service
    app.state.drawing = Drawing()
    app.state.desk = Desk(service, looking.look)
    app.state.door = make_door(service)
    app.state.lti = make_tool(service)
    app.add_api_route("/openapi.json", _openapi, include_in_schema=False)
    _add_error_handlers(app)
    turn_away(app, answer_problem)
    lead_on(app)
    _add_layers(app, service, looking)
    return app


def _openapi(request: Request) -> Response:
    return answers.public(request, json.dumps(describe(request.app)).encode(), "application/json", keep=_FIVE_MINUTES)


def _add_layers(app: FastAPI, service: Service, looking: Looking) -> None:
    """The last one added is the outermost."""
    base = urlsplit(service.base_url)
    memory = service.documents.memory
    app.add_middleware(NamedRoutes)
    app.add_middleware(BodyLimit, most=MOST_BYTES, most_of_forms=MOST_LET_BY, machines=_MACHINES)
    app.add_middleware(QuickCredentials, service=service, desk=app.state.desk)
    app.add_middleware(QuickVerify, service=service, desk=app.state.desk, refuse=_refuse)
    app.add_middleware(VerifyRate, service=service, most=service.settings.verify_per_minute, refuse=answer_problem)
    app.add_middleware(Apologies, apologize=_apologize)
    app.add_middleware(SecurityHeaders, https=base.scheme == "https")
    app.add_middleware(ChosenLanguage, path=base.path, https=base.scheme == "https")
    app.add_middleware(KeptAnswers, memory=memory, look=looking.look, clock=service.clock, below=_PUBLISHED)
    app.add_middleware(HeadRequests)
    if base.path:
        app.add_middleware(PathPrefix, prefix=base.path)
    app.add_middleware(RequestLog, behind_proxy=service.settings.behind_proxy, counting=service.counting)


def _add_error_handlers(app: FastAPI) -> None:
    async def told(request: Request, error: Exception) -> Response:
        problem = error if isinstance(error, HttpProblem) else _problem(error)
        if isinstance(error, (DatabaseError, *OPERATORS_TROUBLE)):
            service: Service = request.app.state.service
            service.counting.error("database" if isinstance(error, DatabaseError) else "signer")
        return answer_problem(request, problem)

    domain = (kind for kind, _ in DOMAIN_ERRORS)
    for kind in (HttpProblem, HTTPException, RequestValidationError, Overloaded, *domain, *OPERATORS_TROUBLE):
        app.add_exception_handler(kind, told)


def _problem(error: Exception) -> HttpProblem:
    """Framework and domain errors as problems. Raises what nobody foresaw again, for the outermost layer."""
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        kind = BY_STATUS.get(error.status_code, BAD_REQUEST if error.status_code < 500 else INTERNAL)
        return HttpProblem(kind, without_ticks(kind.meaning), headers=error.headers)
    problem = problem_of(error)
    if problem is None:
        raise error
    if isinstance(error, DatabaseError):
        log.error("database not usable", reason=str(error), kind=type(error).__name__)
    if isinstance(error, OPERATORS_TROUBLE):
        log.error("cannot sign", reason=str(error), kind=type(error).__name__)
    return problem


def _of_validation(error: RequestValidationError) -> HttpProblem:
    """A path that holds no id leads nowhere; anything else that is wrong is named."""
    faults = error.errors()
    if all(fault["loc"][:1] == ("path",) for fault in faults):
        return HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    errors = [{"detail": fault["msg"], "where": "/".join(str(step) for step in fault["loc"])} for fault in faults]
    return HttpProblem(INVALID_PARAMETER, sentence("See `errors`."), members={"errors": errors})


def answer_problem(request: Request, problem: HttpProblem, *, incident: UUID | None = None) -> Response:
    """The problem as JSON, or as a page if that is what the client would rather have."""
    service: Service = request.app.state.service
    headers: Mapping[str, str] = {"Cache-Control": "no-store", "Vary": "Accept", **problem.headers}
    if choose(request.headers.get("accept"), _ERROR_FORMS) == "text/html":
        shown = ErrorPage(problem.kind.status, problem.kind.title, problem.detail, str(incident) if incident else "")
        site = unnamed_site(service) if problem.kind.status >= 500 else site_of(service)
        response = error_page(spoken(site, request), shown)
        response.headers.update(headers)
        response.headers["Vary"] = f"Accept, {VARY}"
        return response
    document: dict[str, Any] = problem.document(service.base_url, incident=incident)
    if identifier := request_id(request.scope):
        document["request"] = identifier
    return Response(
        json.dumps(document, ensure_ascii=False),
        status_code=problem.kind.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _apologize(request: Request, incident: UUID) -> Response:
    request.app.state.service.counting.error("unforeseen")
    return answer_problem(request, HttpProblem(INTERNAL, _UNFORESEEN), incident=incident)


def _refuse(request: Request, error: Exception) -> Response:
    return answer_problem(request, _problem(error))
