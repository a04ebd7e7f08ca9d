"""`/lti/register` and `/admin/lti/register`: a platform brings its admin here, who registers it with one button.

The platform shows the first page within its own; that leads on into a tab, where the admin is signed in and sees which
platform it is. Nobody is asked anything before he said so there.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.errors import AlreadyExists
from issuer.lti.platforms import OWN, PlatformRefused, Registration, add_platform, check_new, check_own_part
from issuer.plain_text import short_name
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.admin.lti import PATH, number_of, platforms_page
from portal.forms import FieldFault, Form, filled, form_of
from portal.lti.registering import Invitation, NotRegistered, described, registered
from portal.lti.showing import framed
from portal.lti.tool import REGISTER_PATH, AtTool, Tool, own_key
from portal.pages.site import site_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import Administers, Person
from portal.webhooks import fault_of_address

router = APIRouter(include_in_schema=False)

_MINE: Final = PATH + "/register"
_NO_PLATFORM: Final = sentence("This address is for learning platforms: enter it there, where tools are registered.")
_LATER: Final = sentence("The platform has registered this tool, and does not say the deployment ID yet. Copy it from "
                         "there.")  # fmt: skip
_PENDING: Final = "pending"
"""In the place of what only the platform will say."""


@router.get(REGISTER_PATH)
def begin(request: Request, service: Served, openid_configuration: str = "", registration_token: str = "") -> Response:
    """Where a platform leads its admin (section 3.3): on into a tab, or at once if it is one."""
    invitation = Invitation(openid_configuration, registration_token)
    if not invitation.is_whole():
        return framed(request, None, "refused.html", status=400, why=_NO_PLATFORM)
    sent = {"openid_configuration": openid_configuration, "registration_token": registration_token}
    leads = site_of(service).at(f"{_MINE}?{urlencode({name: one for name, one in sent.items() if one})}")
    if request.headers.get("sec-fetch-dest") == "document":
        return for_him_alone(RedirectResponse(leads, status_code=303))
    return framed(request, None, "register.html", more=(openid_configuration,), host=invitation.host, leads=leads)


@router.get(_MINE)
def ask(
    request: Request, service: Served, person: Administers, openid_configuration: str = "", registration_token: str = ""
) -> Response:
    """Which platform it is, and what it is to be called."""
    invitation = Invitation(openid_configuration, registration_token)
    if not invitation.is_whole():
        return lead(service, PATH)
    form = filled(
        name=_name_for(invitation.host),
        passing="80",
        openid_configuration=openid_configuration,
        registration_token=registration_token,
    )
    return _shown(request, person, form, invitation)


@router.post(_MINE)
async def register(request: Request, service: Served, tool: AtTool, person: Administers) -> Response:
    """Register it there and here. A form that is refused comes back with everything that was typed."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_register, request, service, tool, person, form)


def _register(request: Request, service: Service, tool: Tool, person: Person, form: Form) -> Response:
    invitation = Invitation(form.value("openid_configuration"), form.value("registration_token"))
    if not invitation.is_whole():
        return lead(service, PATH)
    try:
        said = _known_there(service, tool, person, form, invitation)
    except NotRegistered as trouble:
        return _shown(request, person, form.refused(FieldFault("", trouble.said)), invitation, status=422)
    except (AlreadyExists, PlatformRefused) as error:
        return _shown(request, person, form.refused(*_faults(error)), invitation, status=422)
    if not said.deployments:
        form = _by_hand(said).refused(FieldFault("deployments", _LATER))
        return platforms_page(request, service, person, form, status=422)
    try:
        _add(service, person, said)
    except (AlreadyExists, PlatformRefused) as error:
        return platforms_page(request, service, person, _by_hand(said).refused(*_faults(error)), status=422)
    return lead(service, f"{PATH}?done=added")


def _known_there(service: Service, tool: Tool, person: Person, form: Form, invitation: Invitation) -> Registration:
    """The platform, after it has registered this tool. Raises NotRegistered, AlreadyExists, PlatformRefused."""
    if service.keyring is None:
        raise NotRegistered(LOCKED)
    name, passing = form.value("name"), number_of(form.value("passing"))
    check_own_part(name, passing)
    platform = described(tool.reach, invitation)
    said = Registration(
        name=name,
        iss=platform.iss,
        client_id=_PENDING,
        deployments=(_PENDING,),
        auth_url=platform.auth_url,
        token_url=platform.token_url,
        keys_url=platform.keys_url,
        audience=platform.audience,
        trusts_addresses=form.ticked("trusts_addresses"),
        passing=passing,
    )
    # What we would refuse is refused before the platform does anything: its leave to register is good once.
    check_new(
        service.database, said, issuer=service.issuer, fault_of_address=lambda url: fault_of_address(service, url)
    )
    own_key(service, service.keyring, actor=person.actor)
    known = registered(tool.reach, service, invitation, platform)
    return replace(said, client_id=known.client_id, deployments=(known.deployment,) if known.deployment else ())


def _add(service: Service, person: Person, said: Registration) -> None:
    assert service.keyring is not None  # noqa: S101  (the platform was not asked without it)
    add_platform(
        service.database,
        service.keyring,
        said,
        issuer=service.issuer,
        fault_of_address=lambda url: fault_of_address(service, url),
        actor=person.actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )


def _faults(error: AlreadyExists | PlatformRefused) -> list[FieldFault]:
    """At the fields of the form; what the platform says wrongly, of the form as a whole."""
    if isinstance(error, AlreadyExists):
        return [FieldFault("name", error.args[0])]
    return [FieldFault(one.where if one.where in OWN else "", one.what) for one in error.faults]


def _by_hand(said: Registration) -> Form:
    """The form of a platform with all that is known of it, to be completed."""
    return filled(
        name=said.name,
        iss=said.iss,
        client_id=said.client_id,
        deployments="\n".join(said.deployments),
        auth_url=said.auth_url,
        token_url=said.token_url,
        keys_url=said.keys_url,
        audience=said.audience,
        passing=str(said.passing),
        trusts_addresses="yes" if said.trusts_addresses else "",
    )


def _name_for(host: str) -> str:
    """A short name to begin with: of moodle.example.org, moodle; "" if that makes none."""
    first = re.sub(r"[^a-z0-9]+", "-", host.partition(":")[0].removeprefix("www.").partition(".")[0].lower())
    try:
        short_name(first)
    except ValueError:
        return ""
    return first


def _shown(request: Request, person: Person, form: Form, invitation: Invitation, *, status: int = 200) -> Response:
    return admin_page(
        request, "lti_register.html", person, "lti", slim=True, status=status, form=form, host=invitation.host,
        address=invitation.configuration,
    )  # fmt: skip
