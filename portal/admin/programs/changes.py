"""`/admin/program-drafts/{id}/changes`: what publishing would change, whom it touches, and publishing it.

What was looked at is what is published: the form holds the digest of what the page showed, and if that is another by
now, it is shown again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from difflib import unified_diff
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import Sentence, sentence, together
from issuer.errors import ProgramRefused
from issuer.program_diff import Change, LevelDiff, ProgramDiff, diff_program
from issuer.program_drafts import DraftChanged, overtaken, publish_draft
from issuer.program_drafts_text import changed
from issuer.program_yaml import path_of
from issuer.publish_level import Outcome
from portal.access import Served
from portal.admin.going import admin_page, lead, today_of
from portal.admin.programs.draft import DRAFT, insist, save_document
from portal.admin.programs.form_document import Data, fields, items
from portal.admin.programs.looking import (
    PATH,
    FaultView,
    Looked,
    digest_of,
    draft_path,
    fault_views,
    fault_views_of,
    look,
    the_draft,
    words_of_fields,
)
from portal.forms import FieldFault, Form, filled, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

CHANGES = DRAFT + "/changes"
_DONE = frozenset({"midway"})
_ONE_LINE = 60


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A field that changes, in words; long texts as `lines` that begin with + or -, or with a space."""

    field: str
    old: str
    new: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelDiffView:
    """A level that changes. `until` is the day until which those midway may finish, "" if they go on under the new."""

    diff: LevelDiff
    changes: tuple[ChangeView, ...]
    until: str
    asks_midway: bool


@router.get(CHANGES)
def changes(request: Request, service: Served, person: Administers, draft_id: UUID, done: str = "") -> Response:
    """What publishing would change. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    form = filled(decided_on=today_of(service).isoformat())
    return _shown(request, service, person, looked, form, done=done if done in _DONE else "")


@router.post(DRAFT + "/midway")
async def midway(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Say how those are treated who are on the way to a level that changes. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_midway, request, service, person, draft_id, form)


@router.post(DRAFT + "/publish")
async def publish(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Publish what the page showed, and be done with the draft. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_publish, request, service, person, draft_id, form)


def _midway(request: Request, service: Service, person: Person, draft_id: UUID, form: Form) -> Response:
    def change() -> Response:
        looked = the_draft(service, draft_id)
        position = looked.position(form.value("level"))
        if looked.document is None or position is None:
            return lead(service, draft_path(draft_id, "changes"))
        said = "map" if form.value("midway") == "map" else {"finish_until": form.value("finish_until") or "?"}
        levels = [*looked.levels]
        levels[position] = {**fields(levels[position]), "midway": said}
        document = {**looked.document, "levels": levels}
        _, faults = _diff(service, person, _with(looked, document))
        wrong = [one for one in faults if one.href.endswith("#finish_until")]
        if wrong:
            refused = Form(form.values).refused(
                *(FieldFault(f"midway-{form.value('level')}", one.said) for one in wrong)
            )
            return _shown(request, service, person, looked, refused, status=422)
        save_document(service, person, looked, document)
        return lead(service, draft_path(draft_id, "changes") + "?done=midway")

    return insist(change)


def _publish(request: Request, service: Service, person: Person, draft_id: UUID, form: Form) -> Response:
    looked = the_draft(service, draft_id)
    found, faults = _diff(service, person, looked)
    if found is None or faults:
        return _shown(request, service, person, looked, form, status=422)
    if form.value("seen") != _seen(found):
        what = sentence("Something changed while you looked at it. This is what would be published now.")
        return _shown(request, service, person, looked, form.refused(FieldFault("", what)), status=422)
    if not form.ticked("sure"):
        form = form.refused(FieldFault("sure", sentence("Tick that you have looked at what changes.")))
    text, form = _with_decision(looked, form)
    if form.faults:
        return _shown(request, service, person, looked, form, status=422)
    try:
        publish_draft(
            service.database, looked.draft, issuer=service.issuer, actor=person.actor, now=service.clock(), text=text
        )
    except DraftChanged:
        what = sentence("Somebody changed the draft in this moment. Look again before you publish it.")
        return _shown(
            request, service, person, the_draft(service, draft_id), form.refused(FieldFault("", what)), status=422
        )
    except ProgramRefused as refused:
        return _shown(request, service, person, looked, form.refused_by(refused.faults), status=422)
    return lead(service, f"{PATH}/{found.program}?done=published")


def _with_decision(looked: Looked, form: Form) -> tuple[str, Form]:
    """The text with what the committee decided, if that was said; and the form with what is wrong with it."""
    text, document = looked.draft.text, looked.document or {}
    if not form.value("decision"):
        if form.value("decision_url"):
            form = form.refused(FieldFault("decision", sentence("Say what was decided.")))
        return text, form
    decision = {"on": form.value("decided_on"), "decision": form.value("decision")}
    if form.value("decision_url"):
        decision["url"] = form.value("decision_url")
    committee = fields(document.get("committee"))
    decisions = [*items(committee.get("decisions")), decision]
    said = _with(looked, {**document, "committee": {**committee, "decisions": decisions}})
    names = {"on": "decided_on", "decision": "decision", "url": "decision_url"}
    for one in said.faults:
        field = names.get(str(one.path[-1]), "decision") if one.path[:2] == ("committee", "decisions") else "decision"
        form = form.refused(FieldFault(field, one.said))
    return said.draft.text, form


def _with(looked: Looked, document: Data) -> Looked:
    return look(replace(looked.draft, text=changed(looked.draft.text, document)))


def _diff(service: Service, person: Person, looked: Looked) -> tuple[ProgramDiff | None, tuple[FaultView, ...]]:
    """What publishing would change, or what stands against it."""
    if looked.definition is None:
        return None, fault_views(looked)
    try:
        found = diff_program(
            service.database,
            issuer=service.issuer,
            definition=looked.definition,
            actor=person.actor,
            now=service.clock(),
        )
    except ProgramRefused as refused:
        return None, fault_views_of(looked, refused.faults)
    return found, ()


def _seen(diff: ProgramDiff) -> str:
    return digest_of(asdict(diff))


def _shown(
    request: Request,
    service: Service,
    person: Person,
    looked: Looked,
    form: Form,
    *,
    done: str = "",
    status: int = 200,
) -> Response:
    found, faults = _diff(service, person, looked)
    changing = [one for one in found.levels if one.outcome is not Outcome.UNCHANGED] if found is not None else []
    return admin_page(
        request,
        "program_changes.html",
        person,
        "programs",
        status=status,
        part="changes",
        looked=looked,
        draft=looked.draft,
        form=form,
        diff=found,
        faults=faults,
        seen=_seen(found) if found is not None else "",
        facts=[_change_view(one) for one in found.changes] if found is not None else [],
        levels=[_level_view(looked, one) for one in changing],
        unchanged=[one for one in found.levels if one.outcome is Outcome.UNCHANGED] if found is not None else [],
        overtaken=overtaken(service.database, looked.draft, issuer=service.issuer),
        done=done,
    )


def _level_view(looked: Looked, one: LevelDiff) -> LevelDiffView:
    position = looked.position(one.level)
    level = fields(looked.levels[position]) if position is not None else {}
    return LevelDiffView(
        diff=one,
        changes=tuple(_change_view(change) for change in one.changes),
        until=str(fields(level.get("midway")).get("finish_until") or ""),
        asks_midway=one.outcome is Outcome.CHANGED,
    )


def _change_view(change: Change) -> ChangeView:
    old, new = change.old or "", change.new or ""
    field = _in_words(change.field)
    if "\n" in old + new or (old and new and len(old + new) > _ONE_LINE * 2):
        lines = list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
        return ChangeView(field, old, new, tuple(line for line in lines if not line.startswith("@@")))
    return ChangeView(field, old, new)


def _in_words(field: str) -> Sentence | str:
    """`results.exam.passing` as “Results › exam › Passes from”."""
    known = words_of_fields()
    if field in known:
        return known[field]
    return together(*_parts(field), between=" › ")


def _parts(field: str) -> Iterator[str]:
    known = words_of_fields()
    for part in field.split("."):
        name, *more = path_of(part) or (part,)
        yield known.get(str(name), str(name))
        for number in more:
            yield str(int(number) + 1) if isinstance(number, int) else str(number)
