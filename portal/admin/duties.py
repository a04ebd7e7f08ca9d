"""`/admin/duties`: who must hold what, until when; made and ended once it was seen whom that touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import Refused, Unknown
from issuer.people.assignment_preview import AssignmentPreview, preview_assignment, touched_by
from issuer.people.assignment_rules import DueRule, Target
from issuer.people.assignments import (
    AssignmentView,
    assign,
    end_assignment,
    find_assignment,
    list_assignments,
    parse_due_rule,
)
from issuer.programs import load_catalogue
from portal.access import Served
from portal.admin.going import admin_page, lead, place
from portal.admin.searching import day_in, level_options
from portal.forms import FieldFault, Form, filled, form_of
from portal.sealed_search import DUTY, sought_in
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/duties"
_IN_PAGE = 50
_FIELDS = ("level", "whom", "name", "how", "length", "unit", "of", "by")
_WHOM = ("everyone", "team", "role", "person")
_UNITS = ("days", "weeks", "months")
_STARTS = ("joining", "assignment")
_DONE = frozenset({"made", "same", "ended"})


@dataclass(frozen=True, slots=True)
class Wish:
    """An assignment as it is asked for."""

    program: str
    level: str
    to: Target
    due: DueRule | None

    @property
    def said(self) -> str:
        """All of it on one line: the form carries what was looked at, so that nothing else is done."""
        return f"{self.program}/{self.level} {self.to} {self.due or 'suggested'}"


@router.get(PATH)
def duties(request: Request, service: Served, visitor: Administers, page: int = 1, done: str = "") -> Response:
    """What is assigned to whom, by program and level."""
    form = filled(
        program=request.query_params.get("program", "")[:100], ended=request.query_params.get("ended", "")[:9]
    )
    number = min(max(page, 1), 10_000)
    found = list_assignments(
        service.database,
        service.issuer,
        program=form.value("program") or None,
        ended=form.ticked("ended"),
        limit=_IN_PAGE + 1,
        offset=(number - 1) * _IN_PAGE,
    )
    given = {"program": form.value("program"), "ended": form.value("ended")}
    programs = load_catalogue(service.database, service.issuer).programs
    return admin_page(
        request,
        "duties.html",
        visitor,
        "duties",
        form=form,
        programs=[(one.slug, one.name) for one in programs.values()],
        duties=found[:_IN_PAGE],
        names=_names(service),
        searched=any(given.values()),
        before=place(PATH, {**given, "page": str(number - 1)}) if number > 1 else "",
        after=place(PATH, {**given, "page": str(number + 1)}) if len(found) > _IN_PAGE else "",
        done=done if done in _DONE else "",
        zone=service.settings.zone,
    )


@router.get(PATH + "/new")
def begin(request: Request, service: Served, visitor: Administers) -> Response:
    """Which level, of whom, until when."""
    sought = sought_in(request, service, visitor, DUTY)
    whom = sought.value("whom") if sought.value("whom") in _WHOM else "team"
    form = filled(**{**sought.words, "whom": whom, "how": "within", "length": "90", "unit": "days", "of": "joining"})
    return _asked(request, service, visitor, form, unread=sought.unread)


@router.post(PATH + "/new")
async def make(request: Request, service: Served, visitor: Administers) -> Response:
    """Show whom it touches; and once that was seen, assign it."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_make, request, service, visitor, form)


@router.get(PATH + "/{assignment_id}")
def one(request: Request, service: Served, visitor: Administers, assignment_id: int) -> Response:
    """An assignment, and of whom it asks something now. Raises a 404 problem."""
    return _one(request, service, visitor, assignment_id, filled())


@router.post(PATH + "/{assignment_id}/end")
async def end(request: Request, service: Served, visitor: Administers, assignment_id: int) -> Response:
    """End it. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_end, request, service, visitor, assignment_id, form)


def _make(request: Request, service: Service, visitor: Person, form: Form) -> Response:
    wish, form = _wish(form)
    if wish is None:
        return _asked(request, service, visitor, form, status=422)
    common = {"issuer": service.issuer, "program": wish.program, "level": wish.level, "to": wish.to, "due": wish.due}
    now = service.clock()
    try:
        if form.value("action") == "assign" and form.value("seen") == wish.said:
            assign(service.database, **common, actor=visitor.actor, now=now)  # type: ignore[arg-type]
            return lead(service, f"{PATH}?done=made")
        ahead = preview_assignment(service.database, **common, now=now)  # type: ignore[arg-type]
    except Refused as error:
        refused = form.refused_by(error.faults, {"by": "by"})
        return _asked(request, service, visitor, refused, status=422)
    except Unknown:
        form = form.refused(FieldFault("level", sentence("Choose the level.")))
        return _asked(request, service, visitor, form, status=422)
    return _asked(request, service, visitor, form, wish=wish, ahead=ahead)


def _wish(form: Form) -> tuple[Wish | None, Form]:
    program, slash, level = form.value("level").partition("/")
    if not slash or not level:
        form = form.refused(FieldFault("level", sentence("Choose the level.")))
    to, form = _target(form)
    due, form = _due(form)
    if form.faults or to is None:
        return None, form
    return Wish(program, level, to, due), form


def _target(form: Form) -> tuple[Target | None, Form]:
    whom, name = form.value("whom"), form.value("name")
    if whom not in _WHOM:
        return None, form.refused(FieldFault("whom", sentence("Choose whom it is for.")))
    if whom == "everyone":
        return Target(everyone=True), form
    if not name:
        missing = {
            "team": sentence("Write which team."),
            "role": sentence("Write which role."),
            "person": sentence("Write the e-mail address."),
        }
        return None, form.refused(FieldFault("name", missing[whom]))
    try:
        return Target.model_validate({whom: name}), form
    except ValueError:
        wrong = sentence("“{name}” cannot be meant; write a name, or an address like name@example.org.", name=name)
        return None, form.refused(FieldFault("name", wrong))


def _due(form: Form) -> tuple[DueRule | None, Form]:
    """None for a suggestion; a day and a length together mean the later of the two."""
    how = form.value("how")
    if how == "suggested":
        return None, form
    if how not in {"within", "by"}:
        return None, form.refused(FieldFault("how", sentence("Choose whether it is required.")))
    day, form = day_in(form, "by")
    if how == "by":
        if day is None and not form.fault("by"):
            form = form.refused(FieldFault("by", sentence("Say until which day.")))
        return (DueRule(by=day) if day is not None else None), form
    length, unit, of = form.value("length"), form.value("unit"), form.value("of")
    usable = length.isascii() and length.isdigit() and 0 < int(length[:5]) < 5_000
    if not usable or unit not in _UNITS or of not in _STARTS:
        return None, form.refused(FieldFault("length", sentence("Write a number, like 90.")))
    return parse_due_rule(f"within {int(length)} {unit} of {of}"), form


def _end(request: Request, service: Service, visitor: Person, assignment_id: int, form: Form) -> Response:
    if not form.ticked("sure"):
        form = form.refused(FieldFault("sure", sentence("Tick that you have seen whom it frees.")))
        return _one(request, service, visitor, assignment_id, form, status=422)
    try:
        end_assignment(
            service.database,
            issuer=service.issuer,
            assignment_id=assignment_id,
            actor=visitor.actor,
            now=service.clock(),
        )
    except Refused as error:
        return _one(request, service, visitor, assignment_id, form.refused_by(error.faults), status=422)
    return lead(service, f"{PATH}?done=ended")


def _one(
    request: Request, service: Service, visitor: Person, assignment_id: int, form: Form, *, status: int = 200
) -> Response:
    found: AssignmentView = find_assignment(service.database, service.issuer, assignment_id)
    touched = touched_by(service.database, issuer=service.issuer, assignment_id=assignment_id, now=service.clock())
    return admin_page(
        request, "duty.html", visitor, "duties", slim=True, status=status, form=form, duty=found, touched=touched,
        names=_names(service), zone=service.settings.zone,
    )  # fmt: skip


def _asked(
    request: Request,
    service: Service,
    visitor: Person,
    form: Form,
    *,
    wish: Wish | None = None,
    ahead: AssignmentPreview | None = None,
    unread: bool = False,
    status: int = 200,
) -> Response:
    return admin_page(
        request, "duty_new.html", visitor, "duties", slim=True, status=status, form=form, wish=wish, ahead=ahead,
        levels=level_options(service), names=_names(service), seen=wish.said if wish is not None else "",
        fields=_FIELDS, unread=unread,
    )  # fmt: skip


def _names(service: Service) -> Mapping[str, str]:
    """The names of levels, by `program/level`."""
    catalogue = load_catalogue(service.database, service.issuer)
    return {
        f"{program.slug}/{level.level}": f"{program.name}: {level.name}"
        for program in catalogue.programs.values()
        for level in program.levels
    }
