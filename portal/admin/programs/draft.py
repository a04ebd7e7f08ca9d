"""`/admin/program-drafts/{id}`: a draft at a glance; its levels in order, added and taken away; its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import UnknownProgram
from issuer.program_drafts import Draft, DraftChanged, discard_draft, overtaken, save_draft
from issuer.program_drafts_text import changed
from issuer.programs import load_catalogue
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.programs.form_document import Data
from portal.admin.programs.looking import DRAFTS, PATH, Looked, digest, draft_path, fault_views, level_views, the_draft
from portal.forms import FieldFault, Form, form_of
from portal.layers.security_headers import IMAGE_POLICY
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

DRAFT = DRAFTS + "/{draft_id}"
_DONE = frozenset({"begun", "imported", "saved", "moved", "removed"})
_TRIES = 5
"""Of a change that does not depend on what others change meanwhile."""


@router.get(DRAFT)
def draft(request: Request, service: Served, person: Administers, draft_id: UUID, done: str = "") -> Response:
    """The draft at a glance. Raises a 404 problem."""
    return _shown(request, service, person, the_draft(service, draft_id), done=done if done in _DONE else "")


@router.post(DRAFT + "/levels")
async def arrange(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Move a level up or down, or take it away. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_arrange, service, person, draft_id, form)


@router.post(DRAFT + "/discard")
async def discard(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Throw the draft away, if it still is what the page showed. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_discard, request, service, person, draft_id, form)


@router.get(DRAFT + "/pictures/{named}")
def picture(service: Served, _person: Administers, draft_id: UUID, named: str) -> Response:
    """A picture of the draft by its digest. Raises a 404 problem."""
    found = the_draft(service, draft_id).draft
    for image in found.images.values():
        if digest(image)[:32] == named:
            media_type = "image/png" if image.startswith(b"\x89PNG") else "image/svg+xml"
            headers = {"Content-Security-Policy": IMAGE_POLICY}
            return for_him_alone(Response(image, media_type=media_type, headers=headers))
    raise UnknownProgram(sentence("there is no such picture"))


def save_document(service: Service, person: Person, looked: Looked, document: Data) -> Draft:
    """The draft with another document. Raises DraftChanged, ProgramRefused, UnknownProgram."""
    return save_text(service, person, looked.draft, changed(looked.draft.text, document))


def save_text(service: Service, person: Person, draft: Draft, text: str) -> Draft:
    """The draft with another text. Raises DraftChanged, ProgramRefused, UnknownProgram."""
    return save_draft(
        service.database, draft, issuer=service.issuer, text=text, actor=person.actor, now=service.clock()
    )


def insist(change: Callable[[], Response]) -> Response:
    """A change that is made anew of what stands there, as often as somebody else comes between."""
    for _ in range(_TRIES - 1):
        try:
            return change()
        except DraftChanged:
            continue
    return change()


def _arrange(service: Service, person: Person, draft_id: UUID, form: Form) -> Response:
    def change() -> Response:
        looked = the_draft(service, draft_id)
        position = looked.position(form.value("level"))
        if looked.document is None or position is None:
            return lead(service, draft_path(draft_id))
        levels: list[Any] = [*looked.levels]
        level = levels.pop(position)
        action = form.value("action")
        if action == "up":
            levels.insert(max(position - 1, 0), level)
        elif action == "down":
            levels.insert(position + 1, level)
        elif action != "remove":
            return lead(service, draft_path(draft_id))
        save_document(service, person, looked, {**looked.document, "levels": levels})
        return lead(service, draft_path(draft_id) + ("?done=removed" if action == "remove" else "?done=moved"))

    return insist(change)


def _discard(request: Request, service: Service, person: Person, draft_id: UUID, form: Form) -> Response:
    looked = the_draft(service, draft_id)
    changed_meanwhile = form.value("revision") != str(looked.draft.revision)
    if not changed_meanwhile:
        try:
            discard_draft(
                service.database, looked.draft, issuer=service.issuer, actor=person.actor, now=service.clock()
            )
        except DraftChanged:
            changed_meanwhile, looked = True, the_draft(service, draft_id)
    if changed_meanwhile:
        what = sentence("Somebody changed the draft while you looked at it. Look again before you discard it.")
        return _shown(request, service, person, looked, form=Form().refused(FieldFault("", what)), status=422)
    return lead(service, f"{PATH}?done=discarded")


def _shown(
    request: Request,
    service: Service,
    person: Person,
    looked: Looked,
    *,
    form: Form | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    catalogue = load_catalogue(service.database, service.issuer)
    return admin_page(
        request,
        "program_draft.html",
        person,
        "programs",
        status=status,
        part="levels",
        looked=looked,
        draft=looked.draft,
        levels=level_views(looked, catalogue),
        faults=fault_views(looked),
        overtaken=overtaken(service.database, looked.draft, issuer=service.issuer),
        form=form or Form(),
        done=done,
        zone=service.settings.zone,
    )
