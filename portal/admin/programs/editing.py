"""The forms of a draft: a level of it, and what the program says beside its levels.

A form holds the digest of what it was made of. If somebody else changed just that meanwhile, it comes back with what
was typed, and at each field what stands there now; sent once more it replaces that. What others change elsewhere in
the draft does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from credentials.model.vocabularies import ACHIEVEMENT_TYPES, RESULT_TYPES
from credentials.sentence import sentence, sentence_of
from issuer.errors import ProgramRefused
from issuer.plain_text import short_name, slug_of
from issuer.program_drafts import Draft, keep_image
from issuer.program_drafts_text import changed
from issuer.programs import load_catalogue
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.programs.draft import DRAFT, insist, save_text
from portal.admin.programs.facts_form import facts_edited, facts_said, facts_shown
from portal.admin.programs.form_document import MOST_ROWS, Data, fields
from portal.admin.programs.level_form import key_of, level_edited, level_said, level_shown
from portal.admin.programs.looking import (
    Looked,
    digest_of,
    draft_path,
    level_choices,
    look,
    picture_path,
    the_draft,
)
from portal.admin.programs.places import Placed, at_facts_fields, at_level_fields, placed
from portal.forms import FieldFault, Form, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

LEVEL = DRAFT + "/levels/{key}"
FACTS = DRAFT + "/facts"
NEW = "+"
_OF_LEVEL = {"skills": "name", "results": "name", "evidence": "name", "prerequisites": "needed"}
_OF_FACTS = {"members": "name", "decisions": "decision", "assign": "whom", "learning": "system"}
_ROW = re.compile(r"(skills|results|evidence|prerequisites|members|decisions|assign|learning)-\d+-")
_MORE = 3
_NEW_LEVEL: Data = {}
_LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form that was sent, and the picture in it."""

    form: Form
    picture: bytes


@router.get(LEVEL)
def ask_level(request: Request, service: Served, person: Administers, draft_id: UUID, key: str) -> Response:
    """The form of a level; `+` for one more. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    if looked.document is None:
        return lead(service, draft_path(draft_id, "text"))
    position = looked.position(key)
    if position is None and key != NEW:
        return lead(service, draft_path(draft_id))
    level = fields(looked.levels[position]) if position is not None else _NEW_LEVEL
    form = level_shown(level)
    if position is not None:
        form = form.refused(*at_level_fields(looked.faults_of_level(position)))
    return _level_page(request, service, person, looked, key, form, seen=digest_of(level))


@router.post(LEVEL)
async def change_level(request: Request, service: Served, person: Administers, draft_id: UUID, key: str) -> Response:
    """Change a level, or add one. Raises a 404 problem."""
    sent = await _sent(request)
    return await run_in_threadpool(_change_level, request, service, person, draft_id, key, sent)


@router.get(FACTS)
def ask_facts(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """The form of what the program says beside its levels. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    if looked.document is None:
        return lead(service, draft_path(draft_id, "text"))
    form = facts_shown(looked.document).refused(*at_facts_fields(looked.faults_of_facts()))
    return _facts_page(request, person, looked, form, seen=_facts_digest(looked.document))


@router.post(FACTS)
async def change_facts(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Change what the program says beside its levels. Raises a 404 problem."""
    sent = await _sent(request)
    return await run_in_threadpool(_change_facts, request, service, person, draft_id, sent.form)


async def _sent(request: Request) -> _Sent:
    data: FormData = await sent_form(request)
    upload = data.get("picture")
    chosen = isinstance(upload, UploadFile) and bool(upload.filename)
    picture = await upload.read() if chosen and isinstance(upload, UploadFile) else b""
    await data.close()
    return _Sent(form_of(data), picture)


def _change_level(
    request: Request, service: Service, person: Person, draft_id: UUID, key: str, sent: _Sent
) -> Response:
    looked, form = _with_picture(service, the_draft(service, draft_id), sent)
    if (more := form.value("action").removeprefix("more:")) in _OF_LEVEL:
        shown = replace(_compact_level(form), faults=())
        return _level_page(request, service, person, looked, key, shown, seen=form.value("seen"), more=more)

    def change() -> Response:
        looked = the_draft(service, draft_id)
        if looked.document is None:
            return lead(service, draft_path(draft_id, "text"))
        position = looked.position(key)
        old = fields(looked.levels[position]) if position is not None else _NEW_LEVEL
        shown = _compact_level(form)
        if form.value("seen") != digest_of(old):
            gone = key != NEW and position is None
            shown = shown.refused(*_overtaken(looked.draft, shown, level_shown(old), gone=gone))
            return _level_page(request, service, person, looked, key, shown, seen=digest_of(old), status=422)
        level = level_edited(form, old)
        position = len(looked.levels) if position is None else position
        levels = [*looked.levels[:position], level, *looked.levels[position + 1 :]]
        document = {**looked.document, "levels": levels}
        faults = [*form.faults, *_level_faults(looked, document, position)]
        if faults:
            shown = replace(shown, faults=tuple(faults))
            return _level_page(request, service, person, looked, key, shown, seen=digest_of(old), status=422)
        save_text(service, person, looked.draft, changed(looked.draft.text, document))
        if form.value("action") == "preview":
            return lead(service, draft_path(draft_id, "preview", key_of(level, position)))
        return lead(service, draft_path(draft_id) + "?done=saved")

    return insist(change)


def _change_facts(request: Request, service: Service, person: Person, draft_id: UUID, form: Form) -> Response:
    if (more := form.value("action").removeprefix("more:")) in _OF_FACTS:
        looked, shown = the_draft(service, draft_id), replace(_compact_facts(form), faults=())
        return _facts_page(request, person, looked, shown, seen=form.value("seen"), more=more)

    def change() -> Response:
        looked = the_draft(service, draft_id)
        if looked.document is None:
            return lead(service, draft_path(draft_id, "text"))
        shown, seen = _compact_facts(form), _facts_digest(looked.document)
        if form.value("seen") != seen:
            shown = shown.refused(*_overtaken(looked.draft, shown, facts_shown(looked.document), gone=False))
            return _facts_page(request, person, looked, shown, seen=seen, status=422)
        document = facts_edited(form, looked.document)
        found = _looked_with(looked, document).faults_of_facts()
        shown = replace(shown, faults=(*form.faults, *at_facts_fields(found)))
        if not shown.faults:
            try:
                save_text(service, person, looked.draft, changed(looked.draft.text, document))
                return lead(service, draft_path(draft_id) + "?done=saved")
            except ProgramRefused as refused:
                shown = shown.refused(*at_facts_fields(placed(refused.faults)))
        return _facts_page(request, person, looked, shown, seen=seen, status=422)

    return insist(change)


def _with_picture(service: Service, looked: Looked, sent: _Sent) -> tuple[Looked, Form]:
    """The form with the picture that came in it, which is kept at once: a browser does not send it again by itself."""
    form = sent.form
    if form.ticked("no_picture"):
        form = _with_value(form, "image", "")
    if not sent.picture:
        return looked, form
    stem = form.value("level") or slug_of(form.value("name")) or "badge"
    try:
        short_name(stem)
        draft, name = keep_image(service.database, looked.draft, issuer=service.issuer, stem=stem, image=sent.picture)
    except ValueError as error:
        what = sentence("This picture cannot be used: {why}.", why=sentence_of(error))
        return looked, form.refused(FieldFault("picture", what))
    return look(draft), _with_value(form, "image", name)


def _with_value(form: Form, name: str, value: str) -> Form:
    return replace(form, values=MappingProxyType({**form.values, name: (value,)}))


def _level_faults(looked: Looked, document: Data, position: int) -> list[FieldFault]:
    """What is wrong with the level as it would be, and with the whole because of it; not what others have wrong."""
    found = _looked_with(looked, document)
    own = at_level_fields(found.faults_of_level(position))
    before = {(one.path, one.fault.what) for one in looked.faults}
    whole = [one for one in found.faults if _is_of_all(one) and (one.path, one.fault.what) not in before]
    return [*own, *(FieldFault("level" if "are called" in one.fault.what else "", one.said) for one in whole)]


def _is_of_all(one: Placed) -> bool:
    return one.path in {(), ("levels",)}


def _looked_with(looked: Looked, document: Data) -> Looked:
    return look(replace(looked.draft, text=changed(looked.draft.text, document)))


def _overtaken(draft: Draft, form: Form, now: Form, *, gone: bool) -> Sequence[FieldFault]:
    """That somebody else was faster, and what stands at each field now that is not what was typed."""
    who = draft.changed_name or sentence("Somebody")
    if gone:
        what = sentence(
            "{who} took this level away or called it otherwise meanwhile. What you typed is here; save it once more to "
            "add it to the draft.",
            who=who,
        )
        return [FieldFault("", what)]
    what = sentence(
        "{who} changed this while you wrote. What you typed is still here, and at each field stands what it says now. "
        "Save once more to put yours in its place.",
        who=who,
    )
    differ = [
        name for name in {**now.values, **form.values} if now.values.get(name, ("",)) != form.values.get(name, ("",))
    ]
    hidden = {"seen", "csrf_token", "action", "no_picture"}
    return [
        FieldFault("", what),
        *(
            FieldFault(name, _now(", ".join(now.values.get(name, ()))))
            for name in differ
            if name not in hidden and not name.endswith("-gone")
        ),
    ]


def _now(value: str) -> str:
    cut = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + " …"
    return sentence("Now it says: “{value}”", value=cut) if value else sentence("Now it says nothing here.")


def _facts_digest(document: Data) -> str:
    return digest_of({name: value for name, value in document.items() if name != "levels"})


def _compact_level(form: Form) -> Form:
    """What was typed, its rows without gaps, so that each stands where its fault will be."""
    return _compact(form, level_shown(level_said(form)))


def _compact_facts(form: Form) -> Form:
    return _compact(form, facts_shown(facts_said(form)))


def _compact(form: Form, said: Form) -> Form:
    values = {name: value for name, value in form.values.items() if not _ROW.match(name)}
    values |= {name: value for name, value in said.values.items() if _ROW.match(name)}
    return replace(form, values=MappingProxyType(values))


def _rows(form: Form, names: dict[str, str], more: str) -> dict[str, list[int]]:
    """The numbers of the rows of each list: those that say something, and some to be filled in."""
    found = {}
    for prefix, first in names.items():
        count = next(number for number in range(MOST_ROWS + 1) if f"{prefix}-{number}-{first}" not in form.values)
        found[prefix] = [*range(min(count + (_MORE if prefix == more else 0 if count else 1), MOST_ROWS))]
    return found


def _steps(form: Form, results: Sequence[int]) -> dict[int, list[int]]:
    """The numbers of the rows of steps of each result."""
    found = {}
    for number in results:
        row = f"results-{number}-steps"
        count = next(step for step in range(MOST_ROWS + 1) if f"{row}-{step}-name" not in form.values)
        found[number] = [*range(min(count + 1 if count else _MORE, MOST_ROWS))]
    return found


def _level_page(
    request: Request,
    service: Service,
    person: Person,
    looked: Looked,
    key: str,
    form: Form,
    *,
    seen: str,
    more: str = "",
    status: int = 200,
) -> Response:
    catalogue = load_catalogue(service.database, service.issuer)
    position = looked.position(key)
    rows = _rows(form, _OF_LEVEL, more)
    choices = level_choices(looked, catalogue, position)
    known = {value for value, _ in choices}
    named = [name for number in rows["prerequisites"] for name in form.all(f"prerequisites-{number}-of")]
    choices += [(name, name) for name in dict.fromkeys(named) if name not in known]
    return admin_page(
        request,
        "program_level.html",
        person,
        "programs",
        slim=True,
        status=status,
        part="levels",
        looked=looked,
        draft=looked.draft,
        key=key,
        is_new=position is None,
        published=catalogue.find(looked.draft.program, key) is not None,
        form=form,
        seen=seen,
        rows=rows,
        steps=_steps(form, rows["results"]),
        choices=choices,
        picture=picture_path(looked.draft, form.value("image")),
        result_types=_sorted(RESULT_TYPES - {"Result", "RubricCriterionLevel"}),
        achievement_types=_sorted(ACHIEVEMENT_TYPES - {"Certification"}),
        opened=_opened(form, more),
        action=draft_path(looked.draft.id, "levels", key),
    )


def _facts_page(
    request: Request,
    person: Person,
    looked: Looked,
    form: Form,
    *,
    seen: str,
    more: str = "",
    status: int = 200,
) -> Response:
    rows = _rows(form, _OF_FACTS, more)
    for number in rows["learning"]:
        if f"learning-{number}-system" not in form.values:  # what a rule means that says nothing of it
            form = _with_value(form, f"learning-{number}-passed", "yes")
    levels = [
        (key_of(level, number), str(fields(level).get("name") or "")) for number, level in enumerate(looked.levels)
    ]
    return admin_page(
        request,
        "program_facts.html",
        person,
        "programs",
        slim=True,
        status=status,
        part="facts",
        looked=looked,
        draft=looked.draft,
        published=looked.draft.begun_from is not None,
        form=form,
        seen=seen,
        rows=rows,
        levels=levels,
        opened=_opened(form, more),
        action=draft_path(looked.draft.id, "facts"),
    )


def _opened(form: Form, more: str) -> Callable[..., bool]:
    """Whether a part of the form is open at first: it has a fault, or rows were asked for."""

    def opened(*names: str) -> bool:
        faulty = [one.name for one in form.faults if one.name]
        return more in names or any(one == name or one.startswith(f"{name}-") for one in faulty for name in names)

    return opened


def _sorted(names: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(names)]
