"""`/admin/credentials`: find them; and one of them, with its whole course."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from credentials.status_entry import REFRESH
from issuer import audit
from issuer.awards import Evidence
from issuer.catalogue import CredentialView, Standing, find_credential
from issuer.errors import Refused, UnknownCredential
from issuer.jobs.bulk import BulkKind
from issuer.reports.credential_search import MOST_AT_ONCE, count_found, find_page, person_of
from issuer.reports.figures import HORIZONS
from issuer.reports.names import names_for
from issuer.status_told import Messages, messages_of, say
from portal.access import Served
from portal.admin.credential_view import line_of
from portal.admin.deeds import deed
from portal.admin.going import LOCKED, admin_page, lead, place
from portal.admin.searching import asked, level_options
from portal.forms import FieldFault, Form, filled, form_of
from portal.language.language import Language
from portal.sealed_search import CREDENTIALS, lead_to_search
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import language_of
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/credentials"
_IN_PAGE = 50
_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses of the pages before and after, "" where there is none."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a credential: when, what, by whom."""

    at: str
    what: str
    who: str
    reason: str = ""


@router.get(PATH)
def credentials(request: Request, service: Served, person: Administers, after: str = "") -> Response:
    """Those that are looked for, newest first, to be picked for a change."""
    now, wanted = service.clock(), asked(request, service, person)
    try:
        page = find_page(service.database, service.issuer, wanted.search, now=now, after=after, limit=_IN_PAGE)
    except Refused:  # a cursor of no page: begin anew
        page = find_page(service.database, service.issuer, wanted.search, now=now, limit=_IN_PAGE)
    found = count_found(service.database, service.issuer, wanted.search, now=now)
    lines = [line_of(one, now, service.settings.zone) for one in page.items]
    following = place(PATH, {**wanted.given, "after": page.next}) if page.next else ""
    first = place(PATH, wanted.given) if after else ""
    return admin_page(
        request,
        "credentials.html",
        person,
        "credentials",
        asked=wanted,
        form=wanted.form,
        lines=lines,
        found=found,
        most=MOST_AT_ONCE,
        pages=Pages(first, following),
        levels=level_options(service),
        standings=[one.value for one in Standing],
        horizons=HORIZONS,
        zone=service.settings.time_zone,
        status=422 if wanted.form.faults else 200,
    )


@router.post(PATH)
async def search(request: Request, service: Served, person: Administers) -> Response:
    """To the credentials that the form asks for."""
    return await run_in_threadpool(lead_to_search, form_of(await sent_form(request)), service, person, CREDENTIALS)


@router.get(PATH + "/{credential_id}")
def credential(request: Request, service: Served, person: Administers, credential_id: UUID, done: str = "") -> Response:
    """One credential: what it says, how it stands, what happened to it, and what can be done. Raises a 404 problem."""
    found, told = _found(service, credential_id), messages_of(service.database, credential_id)
    form = filled(message=told.word) if told is not None else Form()
    return _shown(request, service, person, found, told, form, done=done)


@router.post(PATH + "/{credential_id}/message")
async def message(request: Request, service: Served, person: Administers, credential_id: UUID) -> Response:
    """Let its status say another of its messages. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_say, request, service, person, credential_id, form)


def _say(request: Request, service: Service, person: Person, credential_id: UUID, form: Form) -> Response:
    found, told = _found(service, credential_id), messages_of(service.database, credential_id)
    if told is None or form.value("message") not in told.words:
        form = form.refused(FieldFault("message", sentence("Choose one of the messages that it names.")))
    if service.keyring is None:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults or service.keyring is None:
        return _shown(request, service, person, found, told, form, status=422)
    say(
        service.database,
        service.keyring,
        credential_id=credential_id,
        message=form.value("message"),
        actor=person.actor,
        now=service.clock(),
    )
    return lead(service, f"{PATH}/{credential_id}?done=told")


def _found(service: Service, credential_id: UUID) -> CredentialView:
    found = find_credential(service.database, credential_id)
    if found is None:
        raise UnknownCredential(sentence("no credential {credential_id} is issued", credential_id=credential_id))
    return found


def _shown(
    request: Request,
    service: Service,
    person: Person,
    found: CredentialView,
    told: Messages | None,
    form: Form,
    *,
    done: str = "",
    status: int = 200,
) -> Response:
    now = service.clock()
    return admin_page(
        request,
        "credential.html",
        person,
        "credentials",
        view=found,
        line=line_of(found.record, now, service.settings.zone),
        person_id=person_of(service.database, found.record.id),
        form=form,
        told=told,
        words=[(word, word) for word in told.words] if told is not None else [],
        newer=any(entry.purpose == REFRESH and entry.value for entry in found.entries),
        steps=_steps(service, found, language_of(request)),
        changes=_changes(found, found.standing(now)),
        evidence=[Evidence(**one) for one in found.request.get("evidence", ())],
        done=done if done in {"corrected", "awarded", "told"} else "",
        status=status,
    )


def _changes(found: CredentialView, standing: Standing) -> list[str]:
    """What can be done to it as it stands."""
    if standing is Standing.REVOKED:
        return []
    changes = [] if found.successor else [BulkKind.RENEW, BulkKind.REISSUE]
    if any(entry.purpose == "suspension" for entry in found.entries):
        changes.append(BulkKind.REINSTATE if standing is Standing.SUSPENDED else BulkKind.SUSPEND)
    return [one.value for one in [*changes, BulkKind.REVOKE]]


def _steps(service: Service, found: CredentialView, language: Language) -> list[Step]:
    """What the audit trail tells of it, the latest first, with the reasons of its changes of status."""
    events = audit.events(service.database, subject=f"credential:{found.record.id}", limit=_EVENTS)
    names = names_for(service.database, {event.actor for event in events})
    reasons = {(f"credential {one.change}", one.at): one.reason for one in found.events}
    zone = service.settings.zone
    return [
        Step(
            language.minute(event.at, zone),
            deed(event.action),
            names.get(event.actor, event.actor),
            next(
                (
                    text
                    for (what, at), text in reasons.items()
                    if what == event.action and abs(at - event.at).total_seconds() < 1
                ),
                "",
            ),
        )
        for event in reversed(events)
    ]
