"""`/admin`: what needs somebody first, then how many of everything, then the way to each desk."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.reports.attention import attention
from issuer.reports.figures import MANY, figures
from portal.access import Served
from portal.admin.going import admin_page, today_of
from portal.admin.home_view import points_of
from portal.logs import lines_lost
from portal.sign_in.showing import language_of
from portal.sign_in.who import Administers
from portal.worker import all_jobs

router = APIRouter(include_in_schema=False)


@router.get("/admin")
def home(request: Request, service: Served, person: Administers) -> Response:
    """What needs attention, and the figures."""
    now, today = service.clock(), today_of(service)
    found = attention(service.database, service.issuer, jobs=all_jobs(service), now=now)
    points = points_of(
        found,
        locked=service.keyring is None,
        mails=service.settings.smtp_host is not None,
        unsigning=service.holders.faults(service.database, service.keyring, now),
        unlogged=lines_lost(),
        zone=service.settings.zone,
    )
    counted, at = service.counted.recall(
        ("figures", service.issuer),
        lambda: figures(service.database, service.issuer, now=now, today=today),
        now=now,
        takes_long=lambda one: one.issued > MANY,
    )
    when = language_of(request).minute(at, service.settings.zone) if at is not None else ""
    return admin_page(request, "home.html", person, "home", points=points, figures=counted, counted_at=when)
