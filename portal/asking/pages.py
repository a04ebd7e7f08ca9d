"""The pages for whoever asks a wallet: what to ask for, the code to scan or the link to open, and what was shown.

Who asked is known by a cookie alone: nobody else sees the answer. What was shown is forgotten after minutes.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.sign_in.tokens import is_secret, new_secret
from issuer.wallet_requests import requests
from issuer.wallet_requests.levels import AskedLevel, askable_levels
from issuer.wallet_requests.requests import State, WalletRequest, Way
from portal import answers
from portal.access import AtDesk, Served
from portal.asking.views import by_program, shown_page
from portal.asking.wallet_side import REQUESTS
from portal.asking.who_asks import asker_of
from portal.forms import FieldFault, Form, filled, form_of
from portal.json_text import JsonAnswer
from portal.layers.security_headers import IMAGE_POLICY
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.letting_in import keep_cookie
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import Anyone, Visitor
from wallet_export.oid4vp_dcql import badge_query
from wallet_export.oid4vp_request import wallet_link
from wallet_export.oid4vp_response import seed_bytes
from wallet_export.qr import ErrorCorrection, qr_svg

router = APIRouter(include_in_schema=False)

_SECONDS: Final = 3_600
_NOT_AWARDED: Final = sentence("This level is not awarded here any more. Choose another one.")
_GONE: Final = sentence("This question to a wallet is over, or was asked in another browser. Ask again.")


@router.get("/verify/wallet")
def ask_page(request: Request, service: Served, visitor: Anyone, level: str = "") -> Response:
    """The form; `?level=` chooses one beforehand."""
    return _form(request, service, visitor, filled(level=[level], secret=True))


@router.post("/verify/wallet")
def ask(
    request: Request, sent: Annotated[FormData, Depends(sent_form)], service: Served, visitor: Anyone, door: AtDoor
) -> Response:
    """Ask: leads to the page with the code."""
    form = form_of(sent)
    asker = asker_of(service)
    if asker is None:
        form = form.refused(FieldFault("", sentence("The keys of this server are locked: it cannot ask wallets now.")))
    levels = askable_levels(service.database)
    known = {one.id for one in levels}
    if set(form.all("level")) - known:
        form = form.refused(FieldFault("level", _NOT_AWARDED))
    if form.faults or asker is None:
        return _form(request, service, visitor, form, status=422)
    chosen = [one for one in levels if one.id in form.all("level")]
    secret = _secret(request, door) or new_secret(secrets.token_bytes)
    request_id = requests.ask(
        service.database,
        browser_secret=secret,
        levels=[one.id for one in chosen],
        query=badge_query([one.achievement for one in chosen], _types(chosen or levels, anything=not chosen)),
        seed=secrets.token_bytes(seed_bytes()) if form.ticked("secret") else None,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    response = RedirectResponse(site_for(request, service).at(f"/verify/wallet/{request_id}"), status_code=303)
    keep_cookie(response, door, _cookie(door), secret, seconds=_SECONDS)
    return for_him_alone(response)


@router.get("/verify/wallet/{request_id}")
async def asked_page(
    request: Request, request_id: UUID, service: Served, visitor: Anyone, door: AtDoor, desk: AtDesk
) -> Response:
    """The code and the link while nobody has answered; then what was shown, checked just now."""
    found, secret = await run_in_threadpool(_mine, request, service, door, request_id)
    if found.state is State.OPEN or found.awaits_code:
        return await run_in_threadpool(_waiting, request, service, visitor, found, secret)
    zone = service.settings.zone
    results = [await desk.verify(str(one.get("text", "")), zone=zone) for one in found.answer]
    return await run_in_threadpool(_answered, request, service, visitor, found, results)


@router.get("/verify/wallet/{request_id}/state")
def asked_state(request: Request, request_id: UUID, service: Served, door: AtDoor, _: Anyone) -> Response:
    """For the page's script: whether there is something new to see."""
    found, _secret_of_it = _mine(request, service, door, request_id)
    is_open = found.state is State.OPEN
    return JsonAnswer({"open": is_open or found.awaits_code}, headers={"Cache-Control": "no-store"})


@router.get("/verify/wallet/{request_id}/code.svg")
def asked_code(request: Request, request_id: UUID, service: Served, door: AtDoor, _: Anyone) -> Response:
    """The code for a wallet on another device."""
    found, secret = _mine(request, service, door, request_id)
    picture = qr_svg(_link(service, found, secret, Way.THERE), correction=ErrorCorrection.L)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": IMAGE_POLICY}
    return Response(picture, media_type="image/svg+xml", headers=headers)


@router.get("/verify/wallet/{request_id}/back")
def back(
    request: Request, request_id: UUID, service: Served, door: AtDoor, _: Anyone, response_code: str = ""
) -> Response:
    """Where the wallet on the same device sends its browser: the one that asked sees the answer with the code."""
    requests.bring_code(service.database, request_id, _secret(request, door), response_code, now=service.clock())
    return for_him_alone(
        RedirectResponse(site_for(request, service).at(f"/verify/wallet/{request_id}"), status_code=303)
    )


@router.post("/verify/wallet/{request_id}/forget")
def forget(request: Request, request_id: UUID, service: Served, door: AtDoor, _: Anyone) -> Response:
    """Forget what was shown, now."""
    requests.forget(service.database, request_id, _secret(request, door))
    return for_him_alone(RedirectResponse(site_for(request, service).at("/verify/wallet"), status_code=303))


def _form(request: Request, service: Service, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
    groups = by_program(askable_levels(service.database))
    can_ask = asker_of(service) is not None
    return _page(request, service, "asking/ask.html", visitor, status=status, form=form, groups=groups, can_ask=can_ask)


def _waiting(request: Request, service: Service, visitor: Visitor, found: WalletRequest, secret: str) -> Response:
    site = site_for(request, service)
    return _page(
        request,
        service,
        "asking/waiting.html",
        visitor,
        script=True,
        asked=_asked_levels(service, found),
        until=found.expires_at.astimezone(service.settings.zone),
        code=site.at(f"/verify/wallet/{found.id}/code.svg"),
        state=site.at(f"/verify/wallet/{found.id}/state"),
        link=_link(service, found, secret, Way.HERE),
        awaits_code=found.awaits_code,
    )


def _answered(
    request: Request, service: Service, visitor: Visitor, found: WalletRequest, results: list[Any]
) -> Response:
    site = site_for(request, service)
    shown = [shown_page(service, site, one, result) for one, result in zip(found.answer, results, strict=True)]
    return _page(
        request,
        service,
        "asking/shown.html",
        visitor,
        asked=_asked_levels(service, found),
        shown=shown,
        declined=found.state is State.DECLINED,
        until=found.expires_at.astimezone(service.settings.zone),
        forget=site.at(f"/verify/wallet/{found.id}/forget"),
    )


def _page(
    request: Request,
    service: Service,
    template: str,
    visitor: Visitor,
    *,
    status: int = 200,
    script: bool = False,
    **values: object,
) -> Response:
    site = site_for(request, service)
    html = render(template, site, here="verify", visitor=visitor, **values)
    reaches = ("'self'",) if script else ()
    return for_him_alone(answers.page(html, status=status, reaches=reaches, language=site.language))


def _asked_levels(service: Service, found: WalletRequest) -> tuple[AskedLevel, ...]:
    return askable_levels(service.database, found.levels) if found.levels else ()


def _types(levels: list[AskedLevel] | tuple[AskedLevel, ...], *, anything: bool) -> list[str]:
    """The types of SD-JWT VCs that badges of these levels have here (`issuer.wallet_copies.credential_type`)."""
    types = [one.type for one in levels]
    return types + sorted({one.rpartition("/")[0] + "/open-badge" for one in types}) if anything else types


def _link(service: Service, found: WalletRequest, secret: str, way: Way) -> str:
    asker = asker_of(service)
    if asker is None:
        raise HttpProblem(NOT_FOUND, _GONE)
    return wallet_link(asker.client_id, f"{service.base_url}{REQUESTS}{requests.handle(secret, found.id, way)}")


def _mine(request: Request, service: Service, door: Door, request_id: UUID) -> tuple[WalletRequest, str]:
    secret = _secret(request, door)
    found = requests.of_browser(service.database, request_id, secret, now=service.clock())
    if found is None:
        raise HttpProblem(NOT_FOUND, _GONE)
    return found, secret


def _secret(request: Request, door: Door) -> str:
    given = request.cookies.get(_cookie(door), "")
    return given if is_secret(given) else ""


def _cookie(door: Door) -> str:
    return "__Host-guildmark-asking" if door.https else "guildmark-asking"
