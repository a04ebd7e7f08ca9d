"""What the admin's pages have in common: where a form leads when it is done, and on which day that is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from portal.pages.site import site_of
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person

LOCKED = sentence("The keys of this server are locked, so nothing can be signed now. Whoever runs it unlocks them.")


def lead(service: Service, path: str) -> Response:
    """To a page of ours, after a form was taken (303)."""
    return for_him_alone(RedirectResponse(site_of(service).at(path), status_code=303))


def today_of(service: Service) -> date:
    """The day on which it counts, where the company is."""
    return service.clock().astimezone(service.settings.zone).date()


def place(path: str, values: Mapping[str, str | None]) -> str:
    """A path with those of the values that are given."""
    given = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def admin_page(
    request: Request,
    template: str,
    person: Person,
    tab: str,
    *,
    status: int = 200,
    script: bool = False,
    **values: object,
) -> Response:
    """A page of the admin: `tab` is where it stands among the others; `script`: scripts of ours may run in it."""
    return show(
        request, f"admin/{template}", visitor=person, here="admin", status=status, script=script, tab=tab, **values
    )
