"""`/admin/lti`: the platforms in whose courses levels stand, and what is entered there for this tool."""

from __future__ import annotations

import secrets
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import AlreadyExists, Unknown
from issuer.lti.platforms import (
    PlatformRefused,
    Registration,
    add_platform,
    list_platforms,
    platform_by_id,
    remove_platform,
)
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.forms import FieldFault, Form, filled, form_of
from portal.lti.tool import own_key, tool_addresses
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person
from portal.webhooks import fault_of_address

router = APIRouter(include_in_schema=False)

PATH = "/admin/lti"
_DONE = frozenset({"added", "removed"})


@router.get(PATH)
def platforms(request: Request, service: Served, person: Administers, done: str = "") -> Response:
    """All platforms, what is entered there, and a form for another."""
    return platforms_page(request, service, person, filled(passing="80"), done=done if done in _DONE else "")


@router.post(PATH)
async def add(request: Request, service: Served, person: Administers) -> Response:
    """Register another one. A form that is refused comes back with everything that was typed."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_add, request, service, person, form)


@router.post(PATH + "/{platform_id}/remove")
async def remove(request: Request, service: Served, person: Administers, platform_id: UUID) -> Response:
    """Take no launch from it any more. Raises a 404 problem."""
    await sent_form(request)

    def work() -> Response:
        found = platform_by_id(service.database, service.issuer, platform_id)
        if found is None:
            raise Unknown(sentence("there is no platform {platform_id}", platform_id=platform_id))
        remove_platform(
            service.database, issuer=service.issuer, name=found.said.name, actor=person.actor, now=service.clock()
        )
        return lead(service, f"{PATH}?done=removed")

    return await run_in_threadpool(work)


def _add(request: Request, service: Service, person: Person, form: Form) -> Response:
    if service.keyring is None:
        return platforms_page(request, service, person, form.refused(FieldFault("", LOCKED)), status=422)
    said = Registration(
        name=form.value("name"),
        iss=form.value("iss"),
        client_id=form.value("client_id"),
        deployments=tuple(dict.fromkeys(one.strip() for one in form.value("deployments").splitlines() if one.strip())),
        auth_url=form.value("auth_url"),
        token_url=form.value("token_url"),
        keys_url=form.value("keys_url"),
        audience=form.value("audience"),
        trusts_addresses=form.ticked("trusts_addresses"),
        passing=number_of(form.value("passing")),
    )
    try:
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
    except AlreadyExists as error:
        said_why = error.args[0] if error.args else sentence("A platform of that name is registered already.")
        return platforms_page(request, service, person, form.refused(FieldFault("name", said_why)), status=422)
    except PlatformRefused as error:
        faults = [FieldFault(one.where, one.what) for one in error.faults]
        return platforms_page(request, service, person, form.refused(*faults), status=422)
    own_key(service, service.keyring, actor=person.actor)
    return lead(service, f"{PATH}?done=added")


def number_of(text: str) -> int:
    """A percentage as people write it; 0 for what is none."""
    given = text.removesuffix("%").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 else 0


def platforms_page(
    request: Request, service: Service, person: Person, form: Form, *, done: str = "", status: int = 200
) -> Response:
    """The page with this form in it."""
    return admin_page(
        request,
        "lti.html",
        person,
        "lti",
        slim=True,
        status=status,
        form=form,
        platforms=list_platforms(service.database, service.issuer),
        own=tool_addresses(service),
        done=done,
    )
