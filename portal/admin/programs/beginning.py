"""`/admin/new-program` and `/admin/import-program`: one short form, a ready-made one, a file, or as it is published."""

from __future__ import annotations

import secrets
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from credentials.sentence import sentence, together
from issuer.errors import ProgramRefused
from issuer.plain_text import slug_of
from issuer.program_drafts import Draft, DraftExists, begin_draft, edit_program, new_program
from issuer.program_drafts_shelf import shelf
from issuer.program_drafts_text import changed, document_of
from issuer.program_file import read_program
from issuer.program_templates import Template, template_text
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.programs.looking import PATH, draft_path
from portal.admin.programs.places import Placed, placed
from portal.forms import FieldFault, Form, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

_FIELDS = {"levels[0].name": "level", "levels[0].criteria": "criteria", "levels[0].validity": "validity"}


@router.get("/admin/new-program")
def ask(request: Request, person: Administers) -> Response:
    """One short form, or something ready-made."""
    return _new(request, person, Form())


@router.post("/admin/new-program")
async def begin(request: Request, service: Served, person: Administers) -> Response:
    """Make the draft."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_begin, request, service, person, form)


@router.get("/admin/import-program")
def ask_for_file(request: Request, person: Administers) -> Response:
    """A file and its pictures."""
    return _import_page(request, person, Form())


@router.post("/admin/import-program")
async def take_file(request: Request, service: Served, person: Administers) -> Response:
    """Make a draft of a file."""
    sent = await sent_form(request)
    form, text, images = await _files(sent)
    await sent.close()
    return await run_in_threadpool(_import, request, service, person, form, text, images)


@router.post(PATH + "/{program}/edit")
def edit(service: Served, person: Administers, program: str) -> Response:
    """The draft of a published program, made if there is none. Raises a 404 problem."""
    draft = edit_program(
        service.database,
        program,
        issuer=service.issuer,
        actor=person.actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    return lead(service, draft_path(draft.id))


def _begin(request: Request, service: Service, person: Person, form: Form) -> Response:
    taken = {one.slug for one in shelf(service.database, issuer=service.issuer, now=service.clock())}
    if form.value("template") in tuple(Template):
        text = _renamed(template_text(Template(form.value("template"))), taken)
        return lead(service, draft_path(_made(service, person, text).id) + "?done=begun")
    slug = form.value("program") or slug_of(form.value("name"))
    if not form.value("name"):
        form = form.refused(FieldFault("name", sentence("Say what the program is called.")))
    elif not slug:
        form = form.refused(FieldFault("program", sentence("Choose a short name in Latin letters, like first-aid.")))
    elif slug in taken:
        what = sentence("There is a program of this short name already. Choose another one.")
        form = form.refused(FieldFault("program", what))
    if not form.value("level"):
        form = form.refused(FieldFault("level", sentence("Say what its first level is called.")))
    if not form.value("criteria"):
        form = form.refused(FieldFault("criteria", sentence("Say what it takes; strangers read it in the credential.")))
    text = new_program(
        name=form.value("name"),
        program=slug,
        level=form.value("level"),
        criteria=form.value("criteria"),
        validity=form.value("validity"),
    )
    if not form.faults:
        text, form = _judged(text, form)
    if form.faults:
        return _new(request, person, form, status=422)
    return lead(service, draft_path(_made(service, person, text).id) + "?done=begun")


def _judged(text: str, form: Form) -> tuple[str, Form]:
    """The text, and what is wrong with it at the fields of the short form."""
    document = document_of(text)
    if document is not None and not slug_of(form.value("level")):
        document["levels"][0] = {"level": "level-1", **document["levels"][0]}  # no Latin letter to make one of
        text = changed(text, document)
    try:
        read_program(text.encode())
    except ProgramRefused as refused:
        for one in placed(refused.faults):
            where = one.fault.where.partition(", ")[2] or one.fault.where
            field = next((name for place, name in _FIELDS.items() if where.startswith(place)), "")
            field = field or (where if where in {"program", "name"} else "")
            form = form.refused(FieldFault(field, one.said))
    return text, form


def _renamed(text: str, taken: set[str]) -> str:
    """A ready-made program under a short name that is free."""
    document = document_of(text) or {}
    slug = str(document["program"])
    if slug not in taken:
        return text
    free = next(name for number in count(2) if (name := f"{slug}-{number}") not in taken)
    return changed(text, {**document, "program": free})


def _made(service: Service, person: Person, text: str, images: dict[str, bytes] | None = None) -> Draft:
    return begin_draft(
        service.database,
        issuer=service.issuer,
        text=text,
        images=images or {},
        actor=person.actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )


async def _files(sent: FormData) -> tuple[Form, str, dict[str, bytes]]:
    """The form, the text of the file (pasted, if none was chosen), and the pictures by name."""
    form = form_of(sent)
    form = Form(form.values, tuple(fault for fault in form.faults if fault.name != "text"))
    upload, pasted = sent.get("file"), sent.get("text")
    data = pasted.encode() if isinstance(pasted, str) else b""
    if isinstance(upload, UploadFile) and upload.filename:
        data = await upload.read()
    images = {}
    for one in sent.getlist("pictures"):
        if isinstance(one, UploadFile) and one.filename:
            images[one.filename.replace("\\", "/").rpartition("/")[2]] = await one.read()
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        what = sentence("Byte {number} of this file is not UTF-8. Save it as UTF-8.", number=error.start)
        return form.refused(FieldFault("file", what)), "", images
    if not text.strip():
        form = form.refused(FieldFault("file", sentence("Choose a file, or paste its text below.")))
    return form, text, images


def _import(
    request: Request, service: Service, person: Person, form: Form, text: str, images: dict[str, bytes]
) -> Response:
    form = replace(form, values=MappingProxyType({**form.values, "text": (text,)}))  # no browser sends a file again
    if form.faults:
        return _import_page(request, person, form, status=422)
    try:
        draft = _made(service, person, _beside(text, images), images)
    except DraftExists as error:
        what = sentence("There is a draft of this program already. Publish or discard it first.")
        return _import_page(request, person, form.refused(FieldFault("file", what)), status=422, draft=error.draft_id)
    except ProgramRefused as refused:
        faults = [_of_file(one, images) for one in placed(refused.faults)]
        return _import_page(request, person, form.refused(*faults), status=422)
    return lead(service, draft_path(draft.id) + "?done=imported")


def _of_file(one: Placed, images: dict[str, bytes]) -> FieldFault:
    """At the file, with its line, or at the pictures, with their name."""
    if one.fault.where in images:
        return FieldFault("pictures", together(f"{one.fault.where}:", one.said))
    return FieldFault("file", together(sentence("Line {line}:", line=one.line), one.said) if one.line else one.said)


def _beside(text: str, images: dict[str, bytes]) -> str:
    """The text, its pictures named without their folders: browsers do not say in which they lie."""
    document = document_of(text)
    levels = (document or {}).get("levels")
    if document is None or not isinstance(levels, list):
        return text
    for level in levels:
        name = level.get("image") if isinstance(level, dict) else None
        if isinstance(name, str) and name not in images and (bare := name.rpartition("/")[2]) in images:
            level["image"] = bare
    return changed(text, document)


def _new(request: Request, person: Person, form: Form, *, status: int = 200) -> Response:
    return admin_page(request, "program_new.html", person, "programs", slim=True, status=status, form=form)


def _import_page(
    request: Request, person: Person, form: Form, *, status: int = 200, draft: UUID | None = None
) -> Response:
    return admin_page(
        request,
        "program_import.html",
        person,
        "programs",
        slim=True,
        status=status,
        form=form,
        draft=draft_path(draft) if draft else "",
    )
