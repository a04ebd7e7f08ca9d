"""`/admin/credentials/change`: what a change of many would do, and, once it is confirmed, its beginning.

What was looked at is what is done: the form holds the digest of what the preview touched, and if that is another by
now, the preview is shown again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import counted, sentence
from issuer.errors import Refused
from issuer.jobs.bulk import Bulk, BulkKind
from issuer.jobs.bulk_change import change_in_background, renew_in_background
from issuer.jobs.table import BULK
from issuer.preview import Preview, preview_status
from issuer.reports.credential_search import MOST_AT_ONCE, ids_found
from issuer.selection import Selected, Selection, select_credentials
from issuer.status_transitions import Change
from issuer.succession.correction import Corrections
from issuer.succession.previews import current, preview_corrections, preview_renewals
from issuer.succession.renewal_work import RenewalWish
from portal.access import Served
from portal.admin.credential_view import line_of_selected
from portal.admin.going import admin_page, lead, place, today_of
from portal.admin.searching import Asked, asked, asked_of, day_in
from portal.forms import FieldFault, Form, filled, form_of
from portal.sealed_search import CREDENTIALS, sought_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person
from portal.worker import nudge

router = APIRouter(include_in_schema=False)

PATH = "/admin/credentials/change"
SHOWN = 50
_STATUS = {
    BulkKind.REVOKE: Change.REVOKED,
    BulkKind.SUSPEND: Change.SUSPENDED,
    BulkKind.REINSTATE: Change.REINSTATED,
}
KINDS = (*_STATUS, BulkKind.REISSUE, BulkKind.RENEW)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change as it is asked for: its kind, of which credentials, with what was filled in.

    `completed_on`, `declared` and `early` are for renewals, the reason for all others. `unread`: it is asked for all
    of a search that cannot be read.
    """

    kind: BulkKind
    ids: tuple[UUID, ...]
    too_many: bool
    form: Form
    given: Mapping[str, str]
    all: bool
    completed_on: date
    declared: bool
    early: bool
    unread: bool


@router.get(PATH)
def look(request: Request, service: Served, person: Administers) -> Response:
    """What it would do, before anything is done."""
    values = request.query_params
    wanted = _proposed(service, values, values.getlist("id"), asked(request, service, person))
    return _shown(request, service, person, wanted, _preview(service, wanted))


@router.post(PATH)
async def begin(request: Request, service: Served, person: Administers) -> Response:
    """Begin it, if it is still what was looked at."""
    data = await sent_form(request)
    sent = form_of(data)
    values = {name: sent.value(name) for name in sent.values}
    return await run_in_threadpool(_begin, request, service, person, values, sent.all("id"))


def _begin(
    request: Request, service: Service, person: Person, values: Mapping[str, str], ids: Sequence[str]
) -> Response:
    wanted = _proposed(service, values, ids, asked_of(sought_of(values, service, person, CREDENTIALS), service))
    preview = _preview(service, wanted)
    if wanted.form.faults or not preview.touched:
        return _shown(request, service, person, wanted, preview, status=422)
    if values.get("seen") != _digest(preview):
        changed = sentence("What it would do is not what you looked at before. Please look again, and confirm.")
        again = _with(wanted, wanted.form.refused(FieldFault("", changed)))
        return _shown(request, service, person, again, preview, status=409)
    try:
        bulk = _begun(service, person, wanted, preview, values.get("once", ""))
    except Refused as error:
        refused = _with(wanted, wanted.form.refused_by(error.faults, {"": "reason"}))
        return _shown(request, service, person, refused, preview, status=422)
    nudge(service, BULK)
    return lead(service, f"/admin/jobs/{bulk.id}?done=begun")


def _begun(service: Service, person: Person, wanted: Proposed, preview: Preview, once: str) -> Bulk:
    """The same form sent twice begins it once."""
    ids = [one.id for one in preview.touched]
    reason = wanted.form.value("reason")
    made = sha256("\n".join([once, wanted.kind, reason, _digest(preview)]).encode()).hexdigest()
    common: dict[str, Any] = {
        "issuer": service.issuer,
        "credential_ids": ids,
        "actor": person.actor,
        "now": service.clock(),
        "randomness": secrets.token_bytes,
        "idempotency_key": f"page:{made}",
    }
    if wanted.kind is BulkKind.RENEW:
        return renew_in_background(
            service.database,
            completed_on=wanted.completed_on,
            declared=wanted.declared,
            early=wanted.early,
            **common,
        )
    return change_in_background(service.database, wanted.kind, reason=reason, **common)


def _proposed(service: Service, values: Mapping[str, str], ids: Sequence[str], search: Asked) -> Proposed:
    """What is asked for. Of the credentials named, those that are no ids are left out.

    Of a search that cannot be read nothing is found, where a list would show what it finds without it.
    """
    name = values.get("change", "")
    kind = BulkKind(name) if name in KINDS else BulkKind.RENEW
    everything = bool(values.get("all"))
    form = filled(
        reason=values.get("reason", ""),
        completed_on=values.get("completed_on") or today_of(service).isoformat(),
        declared=bool(values.get("declared")),
        early=bool(values.get("early")),
    )
    day, form = day_in(form, "completed_on")
    if kind is not BulkKind.RENEW and "seen" in values and not form.value("reason"):
        form = form.refused(FieldFault("reason", sentence("Say why: holders and strangers read it.")))
    found: tuple[UUID, ...]
    if everything and search.unread:
        found = ()
    elif everything and not search.form.faults:
        found = ids_found(service.database, service.issuer, search.search, now=service.clock())
    else:
        found = tuple(dict.fromkeys(one for text in ids[:MOST_AT_ONCE] if (one := _uuid(text)) is not None))
    return Proposed(
        kind,
        found[:MOST_AT_ONCE],
        len(found) > MOST_AT_ONCE,
        form,
        search.given,
        everything,
        day or today_of(service),
        form.ticked("declared"),
        form.ticked("early"),
        everything and search.unread,
    )


def _with(wanted: Proposed, form: Form) -> Proposed:
    return Proposed(
        wanted.kind,
        wanted.ids,
        wanted.too_many,
        form,
        wanted.given,
        wanted.all,
        wanted.completed_on,
        wanted.declared,
        wanted.early,
        wanted.unread,
    )


def _preview(service: Service, wanted: Proposed) -> Preview:
    """What it would do now; of ids that are no credentials of ours nothing is said."""
    if not wanted.ids or wanted.too_many:
        return Preview((), (), ())
    selected = _selected(service, wanted.ids)
    if wanted.kind in _STATUS:
        return preview_status(selected, _STATUS[wanted.kind])
    if len(wanted.ids) > 1:
        selected = current(selected)
    now = service.clock()
    if wanted.kind is BulkKind.REISSUE:
        return preview_corrections(service.database, selected, Corrections(newest_version=True), now=now)
    wishes = [
        RenewalWish(one.id, wanted.completed_on, declared=wanted.declared, early=wanted.early) for one in selected
    ]
    return preview_renewals(service.database, selected, wishes, now=now)


def _selected(service: Service, ids: Sequence[UUID]) -> tuple[Selected, ...]:
    try:
        return select_credentials(service.database, Selection(issuer=service.issuer, ids=tuple(ids)))
    except Refused as error:
        unknown = {fault.what.rpartition(" ")[2] for fault in error.faults}
        known = tuple(one for one in ids if str(one) not in unknown)
        return _selected(service, known) if known and len(known) < len(ids) else ()


def _shown(
    request: Request, service: Service, person: Person, wanted: Proposed, preview: Preview, *, status: int = 200
) -> Response:
    now, zone = service.clock(), service.settings.zone
    touched = [line_of_selected(one, now, zone) for one in preview.touched[:SHOWN]]
    refused = [line_of_selected(one, now, zone, why) for one, why in preview.refused[:SHOWN]]
    left = preview.replaced_elsewhere if wanted.kind in (BulkKind.REVOKE, BulkKind.SUSPEND) else ()
    return admin_page(
        request,
        "change.html",
        person,
        "credentials",
        status=status,
        slim=True,
        kind=wanted.kind.value,
        form=wanted.form,
        preview=preview,
        touched=touched,
        refused=refused,
        replaced=[line_of_selected(one, now, zone) for one in left[:SHOWN]],
        replaced_count=len(left),
        too_many=wanted.too_many,
        most=MOST_AT_ONCE,
        ids=[] if wanted.all else [str(one) for one in wanted.ids],
        all=wanted.all,
        given=wanted.given,
        back=place("/admin/credentials", wanted.given),
        seen=_digest(preview),
        once=secrets.token_urlsafe(12),
        heading=counted(len(preview.touched), "{n} credential would be changed", "{n} credentials would be changed"),
        locked=service.keyring is None,
        unread=wanted.unread,
    )


def _digest(preview: Preview) -> str:
    return sha256("".join(sorted(one.id.hex for one in preview.touched)).encode()).hexdigest()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
