"""`/admin/webhooks`: which systems are told what happens to credentials, and how each telling went."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import Sentence, sentence, sentence_of
from issuer.errors import AlreadyExists, Unknown
from issuer.plain_text import one_line
from issuer.webhooks import delivering
from issuer.webhooks.endpoints import (
    LONGEST_NAME,
    LONGEST_URL,
    Webhook,
    WebhookRefused,
    add_webhook,
    list_webhooks,
    remove_webhook,
    resume_webhook,
)
from issuer.webhooks.kinds import TEST, Kind
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.forms import FieldFault, Form, filled, form_of
from portal.language.language import Language
from portal.language.wanted import language_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person
from portal.webhooks import fault_of_address
from portal.worker import nudge

router = APIRouter(include_in_schema=False)

PATH = "/admin/webhooks"
JOB = "webhooks"
LOG = 50
WORDS: dict[str, Sentence] = {
    Kind.ISSUED: sentence("issued"),
    Kind.RENEWED: sentence("renewed"),
    Kind.REISSUED: sentence("corrected"),
    Kind.EXPIRING: sentence("about to end, in 30 days"),
    Kind.EXPIRED: sentence("expired"),
    Kind.SUSPENDED: sentence("suspended"),
    Kind.REINSTATED: sentence("reinstated"),
    Kind.REVOKED: sentence("revoked"),
    TEST: sentence("a test"),
}
_TONES = {"delivered": "valid", "given up": "revoked", "waiting": "expired"}
_DONE = frozenset({"removed", "resumed", "test", "again"})


@router.get(PATH)
def webhooks(request: Request, service: Served, person: Administers, done: str = "") -> Response:
    """All systems that are told, and a form for another."""
    form = filled(kinds=tuple(Kind))
    return _shown(request, service, person, form, done=done if done in _DONE else "")


@router.post(PATH)
async def add(request: Request, service: Served, person: Administers) -> Response:
    """Tell another one; its secret is shown on the page that this answers with, once."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_add, request, service, person, form)


@router.get(PATH + "/{webhook_id}")
def webhook(request: Request, service: Served, person: Administers, webhook_id: UUID, done: str = "") -> Response:
    """What one was told, newest first. Raises a 404 problem."""
    return _told(request, service, person, webhook_id, Form(), done=done if done in _DONE else "")


@router.post(PATH + "/{webhook_id}/test")
async def test(request: Request, service: Served, _person: Administers, webhook_id: UUID) -> Response:
    """Send it an event of no credential. Raises a 404 problem."""
    await sent_form(request)

    def work(one: Webhook) -> None:
        delivering.send_test(
            service.database,
            issuer=service.issuer,
            name=one.name,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )

    return await run_in_threadpool(_done, service, webhook_id, work, "test")


@router.post(PATH + "/{webhook_id}/resume")
async def resume(request: Request, service: Served, person: Administers, webhook_id: UUID) -> Response:
    """Tell it again, at once. Raises a 404 problem."""
    await sent_form(request)

    def work(one: Webhook) -> None:
        resume_webhook(service.database, issuer=service.issuer, name=one.name, actor=person.actor, now=service.clock())

    return await run_in_threadpool(_done, service, webhook_id, work, "resumed")


@router.post(PATH + "/{webhook_id}/again/{delivery_id}")
async def again(
    request: Request, service: Served, person: Administers, webhook_id: UUID, delivery_id: UUID
) -> Response:
    """Send one event once more. Raises a 404 problem."""
    await sent_form(request)

    def work(one: Webhook) -> None:
        delivering.tell_again(
            service.database,
            issuer=service.issuer,
            name=one.name,
            delivery_id=delivery_id,
            actor=person.actor,
            now=service.clock(),
        )

    return await run_in_threadpool(_done, service, webhook_id, work, "again")


@router.post(PATH + "/{webhook_id}/remove")
async def remove(request: Request, service: Served, person: Administers, webhook_id: UUID) -> Response:
    """Tell it nothing more, and forget what it was told, once that was read. Raises a 404 problem."""
    form = form_of(await sent_form(request))

    def work() -> Response:
        one = _named(service, webhook_id)
        if not form.ticked("sure"):
            unread = form.refused(FieldFault("sure", sentence("Tick that you have read what follows from it.")))
            return _told(request, service, person, webhook_id, unread, status=422)
        remove_webhook(service.database, issuer=service.issuer, name=one.name, actor=person.actor, now=service.clock())
        return lead(service, f"{PATH}?done=removed")

    return await run_in_threadpool(work)


@dataclass(frozen=True, slots=True)
class Line:
    """One event that a system was told, or is to be told: `body` is what is sent, laid out to be read."""

    id: UUID
    kind: str
    state: str
    tone: str
    when: str
    next: str
    attempts: int
    fault: str
    body: str


def _told(
    request: Request,
    service: Service,
    person: Person,
    webhook_id: UUID,
    form: Form,
    *,
    done: str = "",
    status: int = 200,
) -> Response:
    one = _named(service, webhook_id)
    lines = delivering.told(service.database, issuer=service.issuer, name=one.name, limit=LOG)
    return admin_page(
        request,
        "webhook.html",
        person,
        "webhooks",
        slim=True,
        status=status,
        one=one,
        form=form,
        lines=[_line(line, language_of(request), service.settings.zone) for line in lines],
        words=WORDS,
        most=LOG,
        zone=service.settings.zone,
        done=done,
    )


def _line(told: delivering.Told, language: Language, zone: tzinfo) -> Line:
    return Line(
        told.id,
        told.kind,
        told.state,
        _TONES.get(told.state, "plain"),
        language.minute(told.created_at, zone),
        language.minute(told.not_before, zone) if told.state == "waiting" and told.attempts else "",
        told.attempts,
        told.fault or "",
        json.dumps(json.loads(told.body), indent=2, ensure_ascii=False),
    )


def _add(request: Request, service: Service, person: Person, form: Form) -> Response:
    name, url, kinds = form.value("name"), form.value("url"), form.all("kinds")
    for where, fault in (
        ("name", _fault_of_name(name)),
        ("url", _fault_of_url(service, url)),
        ("kinds", "" if kinds and set(kinds) <= set(Kind) else sentence("Choose what it is to be told of.")),
        ("", LOCKED if service.keyring is None else ""),
    ):
        if fault:
            form = form.refused(FieldFault(where, fault))
    if form.faults or service.keyring is None:
        return _shown(request, service, person, form, status=422)
    try:
        made = add_webhook(
            service.database,
            service.keyring,
            issuer=service.issuer,
            name=name,
            url=url,
            kinds=kinds,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except AlreadyExists:
        taken = sentence("Another one has this name already; choose another.")
        return _shown(request, service, person, form.refused(FieldFault("name", taken)), status=422)
    except WebhookRefused as error:
        faults = [FieldFault(one.where, one.what) for one in error.faults]
        return _shown(request, service, person, form.refused(*faults), status=422)
    return _shown(request, service, person, filled(kinds=tuple(Kind)), secret=made.secret)


def _fault_of_name(name: str) -> str:
    if not name or len(name) > LONGEST_NAME:
        return sentence("Say which system it is, in up to {most} characters.", most=LONGEST_NAME)
    try:
        one_line(name)
    except ValueError as error:
        return sentence_of(error)
    return ""


def _fault_of_url(service: Service, url: str) -> str:
    if not url or len(url) > LONGEST_URL:
        return sentence("Give the address that the system is to be told at.")
    fault = fault_of_address(service, url)
    return sentence("Nothing can be sent there: {why}", why=fault) if fault else ""


def _named(service: Service, webhook_id: UUID) -> Webhook:
    found = next((one for one in list_webhooks(service.database, service.issuer) if one.id == webhook_id), None)
    if found is None:
        raise Unknown(sentence("there is no webhook {webhook_id}", webhook_id=webhook_id))
    return found


def _done(service: Service, webhook_id: UUID, work: Callable[[Webhook], None], done: str) -> Response:
    work(_named(service, webhook_id))
    nudge(service, JOB)
    return lead(service, f"{PATH}/{webhook_id}?done={done}")


def _shown(
    request: Request,
    service: Service,
    person: Person,
    form: Form,
    *,
    secret: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        "webhooks.html",
        person,
        "webhooks",
        slim=True,
        script=bool(secret),
        status=status,
        form=form,
        webhooks=list_webhooks(service.database, service.issuer),
        words=WORDS,
        kinds=[(kind.value, language_of(request).say(WORDS[kind])) for kind in Kind],
        secret=secret,
        done=done,
        zone=service.settings.zone,
    )
