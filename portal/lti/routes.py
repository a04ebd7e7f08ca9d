"""A launch: begun by the platform, taken once, and on to the level; or back to the platform with one chosen.

A platform shows the tool within its own page, where browsers may hold back our cookies, or in a tab of its own. There,
a person whom a trusted platform vouches for is let in at once. Within a page, or in a browser that does not show that
it is the one that set out, a button says as whom one goes on, in a tab of its own: so nobody is signed in as somebody
else behind his back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.lti.grades import note_launch
from issuer.lti.launches import LENGTH, Start, begin, make_ticket, take
from issuer.lti.own_key import tool_key
from issuer.lti.platforms import Platform, platform_by_id, platforms_of
from issuer.people.directory import person
from issuer.programs import Achievement, load_catalogue
from issuer.sign_in.identities import person_of_identity
from issuer.sign_in.rates import Rate, within
from issuer.sign_in.refusals import NotLetIn, Stranger
from issuer.sign_in.tokens import is_secret, new_secret
from portal import answers
from portal.access import Served
from portal.lti.deep_linking import level_address
from portal.lti.refusals import LaunchRefused, PlatformTrouble
from portal.lti.showing import framed
from portal.lti.tool import KEYS_PATH, LAUNCH_PATH, LEVELS_PATH, LOGIN_PATH, AtTool, Tool
from portal.pages.site import site_of
from portal.service import Service
from portal.sign_in.client import network_of
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.letting_in import let_in
from portal.sign_in.rates import STARTS
from portal.sign_in.sent_form import sent_form, text_in
from portal.sign_in.showing import for_him_alone
from portal.webhooks import fault_of_address
from portal.worker import nudge

if TYPE_CHECKING:
    from portal.lti.launch_token import Launch

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("guildmark.lti")

JOB: Final = "grades"
LAUNCHES: Final = Rate("lti launch", 6_000, STARTS.every)
"""From one network: whole courses begin at the same minute, behind one address."""
_LONGEST: Final = 4_000
_UNKNOWN: Final = sentence(
    "No platform of that name is registered here. Whoever administers Guildmark registers it under “LTI”."
)
_LATE: Final = sentence("This launch was used already, or took longer than ten minutes. Open it anew in your course.")
_NO_LEVEL: Final = sentence(
    "The link in the course names no level that is in use here. Who teaches the course can choose another."
)
_AWAY: Final = sentence(
    "Your learning platform could not be asked whether this launch is its own. Try again in a moment."
)


@router.get(KEYS_PATH)
def keys(request: Request, service: Served) -> Response:
    """The tool's public key, as platforms fetch it."""
    key = tool_key(service.database, service.issuer)
    body = json.dumps({"keys": [key.public] if key else []}).encode()
    return answers.public(request, body, "application/json", keep=timedelta(minutes=5))


@router.get(LEVELS_PATH + "/{program}/{level}")
def level(service: Served, program: str, level: str) -> Response:
    """The address of a level in a course, for whoever opens it elsewhere: the level's own page."""
    return for_him_alone(RedirectResponse(site_of(service).at(f"/me/levels/{program}/{level}"), status_code=303))


@router.get(LOGIN_PATH)
def login_by_link(request: Request, door: AtDoor) -> Response:
    """Step 1 of a launch, as a link."""
    return _login(request, door, dict(request.query_params))


@router.post(LOGIN_PATH)
async def login_by_form(request: Request, door: AtDoor) -> Response:
    """Step 1 of a launch, as the platform's form."""
    form = await sent_form(request)
    given = {name: text_in(form, name) for name in form}
    return await run_in_threadpool(_login, request, door, given)


def _login(request: Request, door: Door, given: dict[str, str]) -> Response:
    """On to the platform, with state and nonce (Security Framework 1.1, section 5.1.1)."""
    service = door.service
    if not within(service.database, LAUNCHES, network_of(request, service), now=door.now()):
        why = sentence("Too many launches came from your network in a short time. Wait some minutes.")
        return framed(request, None, "refused.html", status=429, why=why)
    given = {name: value for name, value in given.items() if len(value) <= _LONGEST}
    iss, client_id, hint = given.get("iss", ""), given.get("client_id", ""), given.get("login_hint", "")
    found = platforms_of(service.database, service.issuer, iss=iss, client_id=client_id)
    deployment = given.get("lti_deployment_id", "")
    if len(found) > 1 and deployment:
        found = tuple(one for one in found if deployment in one.said.deployments)
    if len(found) != 1:
        return framed(request, None, "refused.html", status=404, why=_UNKNOWN)
    platform = found[0]
    if not hint:
        why = sentence("It lacks {name}, or has it in a form that the standard does not know.", name="login_hint")
        return framed(request, platform, "refused.html", status=400, why=why)
    if not _is_ours(service, given.get("target_link_uri", "")):
        why = sentence("The platform wants to go on to an address that is not of this server.")
        return framed(request, platform, "refused.html", status=400, why=why)
    browser = request.cookies.get(cookie_of(door), "")
    if not is_secret(browser):
        browser = new_secret(secrets.token_bytes)
    state, nonce = new_secret(secrets.token_bytes), new_secret(secrets.token_bytes)
    begin(service.database, platform=platform, state=state, nonce=nonce, browser=browser, now=door.now())
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.said.client_id,
        "redirect_uri": service.base_url + LAUNCH_PATH,
        "login_hint": hint,
        "state": state,
        "nonce": nonce,
    }
    if "lti_message_hint" in given:
        asked["lti_message_hint"] = given["lti_message_hint"]
    joint = "&" if urlsplit(platform.said.auth_url).query else "?"
    response = RedirectResponse(platform.said.auth_url + joint + urlencode(asked), status_code=303)
    _keep(response, door, browser)
    return for_him_alone(response)


@router.post(LAUNCH_PATH)
async def launch(request: Request, door: AtDoor, tool: AtTool) -> Response:
    """Step 3: what the platform says of who comes, and to what."""
    form = await sent_form(request)
    given = {name: text_in(form, name) for name in ("state", "id_token", "error")}
    return await run_in_threadpool(_launched, request, door, tool, given)


def _launched(request: Request, door: Door, tool: Tool, given: dict[str, str]) -> Response:
    service, browser = door.service, request.cookies.get(cookie_of(door), "")
    start = take(service.database, state=given["state"], browser=browser, now=door.now())
    platform = platform_by_id(service.database, service.issuer, start.platform_id) if start else None
    if start is None or platform is None or start.late:
        return framed(request, platform, "refused.html", status=400, why=_LATE)
    try:
        said = _read(service, tool, platform, start, given)
        if said.deep is not None:
            return _to_choose(request, door, platform, start, browser, said)
        level = level_meant(service, said.level, said.target)
        person_id = _person(door, platform, said.subject, said.email)
    except LaunchRefused as refusal:
        log.warning("launch refused", platform=str(platform.id), why=_logged(refusal.said))
        return framed(request, platform, "refused.html", status=400, why=refusal.said)
    except PlatformTrouble as trouble:
        log.warning("the platform is of no use", platform=str(platform.id), why=str(trouble))
        return framed(request, platform, "refused.html", status=503, why=_AWAY)
    except NotLetIn as error:
        return framed(request, platform, "refused.html", status=403, why=error.said)
    return _to_level(request, door, platform, start, browser, said, level, person_id)


def _to_level(
    request: Request,
    door: Door,
    platform: Platform,
    start: Start,
    browser: str,
    said: Launch,
    level: Achievement,
    person_id: UUID | None,
) -> Response:
    service = door.service
    details = {
        "subject": said.subject,
        "line_item": said.line_item,
        "program": level.program,
        "level": level.level,
    }
    if person_id is not None and said.line_item is not None:
        follow_grade(service, platform, person_id, details)
    in_a_tab = start.same_browser and request.headers.get("sec-fetch-dest") == "document"
    if person_id is not None and in_a_tab:
        return let_in(request, door, person_id, f"/me/levels/{level.program}/{level.level}")
    ticket = _ticket(door, "open", platform, start, browser, person_id, details)
    name = _name(service, person_id) if person_id is not None else ""
    return framed(request, platform, "launched.html", platform=platform, ticket=ticket, level=level, name=name)


def _read(service: Service, tool: Tool, platform: Platform, start: Start, given: Mapping[str, str]) -> Launch:
    """What the platform says. Raises LaunchRefused, PlatformTrouble."""
    if given["error"]:
        raise LaunchRefused(sentence("The platform says that it cannot launch: {error}.", error=given["error"][:100]))
    said = tool.read(given["id_token"], platform, nonce_hash=start.nonce_hash)
    if said.deep is not None and fault_of_address(service, said.deep.return_url) is not None:
        raise LaunchRefused(sentence("The platform wants its answer at an address that is not safe."))
    return said


def _to_choose(request: Request, door: Door, platform: Platform, start: Start, browser: str, said: Launch) -> Response:
    assert said.deep is not None  # noqa: S101  (it was asked)
    details: dict[str, Any] = {
        "deployment": said.deployment,
        "return_url": said.deep.return_url,
        "data": said.deep.data,
        "columns": said.deep.line_items,
    }
    ticket = _ticket(door, "choose", platform, start, browser, None, details)
    return choosing(request, platform, ticket, details)


def follow_grade(service: Service, platform: Platform, person_id: UUID, details: Mapping[str, Any]) -> None:
    """Ask for this person's grade from now on, and at once."""
    note_launch(
        service.database,
        platform_id=platform.id,
        line_item=details["line_item"],
        subject=details["subject"],
        person_id=person_id,
        program=details["program"],
        level=details["level"],
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    nudge(service, JOB)


def choosing(
    request: Request, platform: Platform, ticket: str, details: Mapping[str, Any], *, fault: Sentence | None = None
) -> Response:
    """The page on which somebody chooses a level for a course."""
    service: Service = request.app.state.service
    programs = [one for one in load_catalogue(service.database, service.issuer).programs.values() if one.levels]
    return framed(
        request,
        platform,
        "choose.html",
        status=200 if fault is None else 422,
        platform=platform,
        ticket=ticket,
        programs=sorted(programs, key=lambda one: one.name),
        columns=details["columns"],
        fault=fault,
    )


def level_meant(service: Service, named: str | None, target: str) -> Achievement:
    """The level that a link in a course is for. Raises LaunchRefused."""
    if named is None:
        root = level_address(service, "", "").rstrip("/") + "/"
        named = target.removeprefix(root).partition("?")[0] if target.startswith(root) else ""
    program, _, level = named.partition("/")
    found = load_catalogue(service.database, service.issuer).find(program, level)
    if found is None:
        raise LaunchRefused(_NO_LEVEL)
    return found


def cookie_of(door: Door) -> str:
    """The name under which a browser keeps the secret of its launches."""
    return "__Host-guildmark-lti" if door.https else "guildmark-lti"


def _person(door: Door, platform: Platform, subject: str, email: str | None) -> UUID | None:
    """Whom the launch is of, None if the platform's word does not say. Raises NotLetIn for who left."""
    try:
        return person_of_identity(
            door.service.database,
            provider=platform.provider,
            subject=subject,
            email=email if platform.said.trusts_addresses else None,
            now=door.now(),
            today=door.today(),
        )
    except Stranger:
        return None


def _ticket(
    door: Door,
    kind: str,
    platform: Platform,
    start: Start,
    browser: str,
    person_id: UUID | None,
    details: dict[str, Any],
) -> str:
    return make_ticket(
        door.service.database,
        kind,
        platform_id=platform.id,
        person_id=person_id,
        browser=browser if start.same_browser else None,
        details=details,
        now=door.now(),
        randomness=secrets.token_bytes,
    )


def _name(service: Service, person_id: UUID) -> str:
    with service.database.read() as session:
        found = person(session, person_id)
    return found.name if found is not None else ""


def _keep(response: Response, door: Door, browser: str) -> None:
    """Sent within a page of the platform too, whose form brings the launch: so SameSite=None, where https allows it."""
    response.set_cookie(
        cookie_of(door),
        browser,
        max_age=int(LENGTH.total_seconds()) * 6,
        path="/",
        secure=door.https,
        httponly=True,
        samesite="none" if door.https else "lax",
    )


def _is_ours(service: Service, url: str) -> bool:
    return url == service.base_url or url.startswith(service.base_url + "/")


def _logged(said: str) -> str:
    return "".join(one for one in said if one.isprintable())[:200]
