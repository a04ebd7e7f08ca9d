"""The sign-in page: the ways in that there are."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from portal.forms import Form
from portal.pages.site import site_of
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.own_paths import own_path
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import STRANGER, Anyone

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def sign_in(request: Request, door: AtDoor, visitor: Anyone, next: str = "") -> Response:
    """The page; whoever is signed in already goes on to where he wanted to go."""
    if visitor.signed_in:
        return for_him_alone(RedirectResponse(site_of(door.service).at(own_path(next)), status_code=303))
    return sign_in_form(request, door, next, Form())


def sign_in_form(request: Request, door: Door, next_: str, form: Form) -> Response:
    """The page with what was typed, and what is wrong with it."""
    return show(
        request,
        "sign_in.html",
        visitor=STRANGER,
        status=422 if form.faults else 200,
        here="sign-in",
        next=own_path(next_),
        form=form,
        by_provider=door.provider is not None,
        by_mail=door.by_mail,
    )
