"""`/admin/program-drafts/{id}/text`: the draft as text. It is kept as it was written, whatever is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import ProgramRefused
from issuer.program_drafts import DraftChanged
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.programs.draft import DRAFT, save_text
from portal.admin.programs.looking import Looked, digest, draft_path, fault_views, fault_views_of, look, the_draft
from portal.forms import FieldFault, Form, filled, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

TEXT = DRAFT + "/text"
_MOST_LINES = 200


@router.get(TEXT)
def ask(request: Request, service: Served, person: Administers, draft_id: UUID, done: str = "") -> Response:
    """The text, and what is wrong with it. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    form = filled(text=looked.draft.text, seen=digest(looked.draft.text.encode()))
    return _shown(request, person, looked, form, done="saved" if done == "saved" else "")


@router.post(TEXT)
async def write(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Keep the text, right or wrong. Raises a 404 problem."""
    sent = await sent_form(request)
    text, form = sent.get("text"), form_of(sent)
    written = text.replace("\r\n", "\n") if isinstance(text, str) else ""
    form = replace(form, faults=tuple(one for one in form.faults if one.name != "text"))
    return await run_in_threadpool(_write, request, service, person, draft_id, form, written)


def _write(request: Request, service: Service, person: Person, draft_id: UUID, form: Form, written: str) -> Response:
    looked = the_draft(service, draft_id)
    text = written if not written or written.endswith("\n") else written + "\n"
    seen = digest(looked.draft.text.encode())
    other: tuple[str, ...] = ()
    if not text.strip():
        form = form.refused(FieldFault("text", sentence("There is nothing here. To be rid of the draft, discard it.")))
    elif form.value("seen") != seen and text != looked.draft.text:
        form, other = form.refused(_overtaken(looked)), _between(looked.draft.text, text)
    if not form.faults:
        try:
            save_text(service, person, looked.draft, text)
            return lead(service, draft_path(draft_id, "text") + "?done=saved")
        except DraftChanged:
            looked = the_draft(service, draft_id)
            seen = digest(looked.draft.text.encode())
            form, other = form.refused(_overtaken(looked)), _between(looked.draft.text, text)
        except ProgramRefused as refused:
            said = fault_views_of(look(replace(looked.draft, text=text)), refused.faults)
            form = form.refused(*(FieldFault("text", one.said) for one in said))
    kept = filled(text=text, seen=seen)
    return _shown(request, person, looked, replace(kept, faults=form.faults), other=other, status=422)


def _overtaken(looked: Looked) -> FieldFault:
    what = sentence(
        "{who} changed the draft while you wrote. What you wrote is still here, and below it what differs. Save once "
        "more to put yours in its place.",
        who=looked.draft.changed_name or sentence("Somebody"),
    )
    return FieldFault("text", what)


def _between(now: str, mine: str) -> tuple[str, ...]:
    """The lines that differ: with `-` those that stand there now, with `+` those that were written here."""
    lines = list(unified_diff(now.splitlines(), mine.splitlines(), lineterm="", n=1))[2:]
    return tuple(lines[:_MOST_LINES])


def _shown(
    request: Request,
    person: Person,
    looked: Looked,
    form: Form,
    *,
    other: tuple[str, ...] = (),
    done: str = "",
    status: int = 200,
) -> Response:
    text = form.values["text"][0]
    looking = looked if text == looked.draft.text else look(replace(looked.draft, text=text))
    return admin_page(
        request,
        "program_text.html",
        person,
        "programs",
        status=status,
        part="text",
        looked=looked,
        draft=looked.draft,
        form=form,
        text=text,
        faults=fault_views(looking),
        other=other,
        rows=min(max(text.count("\n") + 3, 12), 40),
        done=done,
    )
