"""A level as a form: what it is called and takes, who finds it passed, how long it lasts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from issuer.plain_text import slug_of
from portal.admin.programs.form_document import (
    Data,
    Values,
    commas,
    fields,
    form_of_values,
    given,
    in_order,
    items,
    length,
    lines,
    merged,
    rows,
    short_of,
    text,
    tick,
    truth,
)
from portal.forms import Form

ORDER: Final = (
    "level", "name", "version", "description", "image", "validity", "achievement_type", "tags", "criteria", "skills",
    "results", "status", "status_messages", "status_reference",
    "prerequisites", "evidence", "assessment", "recertification", "midway",
)  # fmt: skip
_PLAIN = ("name", "version", "description", "image", "achievement_type")
_SKILL = ("name", "url", "framework", "type", "code", "description")
_RESULT = ("id", "name", "type", "min", "max", "passing")
_STEP = ("id", "name", "description", "points")


def key_of(level: Any, position: int) -> str:
    """How a level of a document is called in addresses: its short name, or what one would be made of."""
    found = fields(level)
    return text(found.get("level")) or slug_of(text(found.get("name"))) or f"level-{position + 1}"


def level_shown(level: Data) -> Form:
    """The form that shows a level of a document."""
    criteria = level.get("criteria")
    values: Values = {name: (text(level.get(name)),) for name in _PLAIN}
    values |= {
        "level": (text(level.get("level")) or slug_of(text(level.get("name"))),),
        "criteria": (text(criteria) or text(fields(criteria).get("narrative")),),
        "criteria_url": (text(fields(criteria).get("url")),),
        "validity": (length(level.get("validity")),),
        "tags": ("\n".join(map(text, items(level.get("tags")))),),
        "suspension": tick("suspension" in items(level.get("status"))),
        "refresh": tick("refresh" in items(level.get("status"))),
        "status_messages": ("\n".join(map(text, items(level.get("status_messages")))),),
    }
    for number, skill in enumerate(items(level.get("skills"))):
        values |= {f"skills-{number}-{name}": (text(fields(skill).get(name)),) for name in _SKILL}
    for number, result in enumerate(items(level.get("results"))):
        values |= _result_shown(fields(result), f"results-{number}-")
    for number, rule in enumerate(items(level.get("evidence"))):
        values |= _evidence_shown(fields(rule), f"evidence-{number}-")
    for number, rule in enumerate(items(level.get("prerequisites"))):
        values |= _prerequisite_shown(rule, f"prerequisites-{number}-")
    values |= _assessment_shown(level.get("assessment"))
    values |= _recertification_shown(level.get("recertification"))
    values |= _midway_shown(level.get("midway"))
    return form_of_values(values)


def level_said(form: Form) -> Data:
    """The level that a form says, in its own writing."""
    narrative, url = form.value("criteria"), form.value("criteria_url")
    return given(
        level=form.value("level"),
        **{name: form.value(name) for name in _PLAIN},
        validity=form.value("validity"),
        tags=lines(form.value("tags")),
        criteria=given(narrative=narrative, url=url) if url else narrative,
        skills=[skill for row in rows(form, "skills", "name") if (skill := _fields(form, row, _SKILL))],
        results=[*_results_said(form)],
        status=_status_said(form),
        status_messages=lines(form.value("status_messages")),
        prerequisites=[*_prerequisites_said(form)],
        evidence=[*_evidence_said(form)],
    ) | {name: value for name, value in _rules_said(form).items() if value is not None}


def _status_said(form: Form) -> list[str]:
    """What the statuses of its credentials are for; nothing, if that is only to revoke them."""
    more = [name for name in ("suspension", "refresh") if form.ticked(name)]
    if lines(form.value("status_messages")):
        more.append("message")
    return ["revocation", *more] if more else []


def level_edited(form: Form, old: Data) -> Data:
    """The level as the form changes it: what the form does not touch stays as it is written."""
    before = level_shown(old)
    new: Data = merged(level_said(form), level_said(before), old)
    if old and "level" not in new and form.value("level") and form.value("level") != slug_of(text(new.get("name"))):
        new["level"] = form.value("level")  # a level keeps its short name when it is called otherwise
    return in_order(new, [*ORDER])


def _fields(form: Form, row: str, names: tuple[str, ...]) -> Data:
    return given(**{name: form.value(row + name) for name in names})


def _result_shown(result: Data, row: str) -> Values:
    values: Values = {row + name: (text(result.get(name)),) for name in _RESULT}
    values[row + "values"] = ("\n".join(map(text, items(result.get("values")))),)
    values[row + "required"] = tick(truth(result.get("required")))
    for number, step in enumerate(items(result.get("levels"))):
        values |= {f"{row}steps-{number}-{name}": (text(fields(step).get(name)),) for name in _STEP}
    if not values[row + "type"][0] and items(result.get("levels")):
        values[row + "type"] = ("RubricCriterionLevel",)
    return values


def _results_said(form: Form) -> Iterator[Data]:
    for number, row in enumerate(rows(form, "results", "name")):
        found = _fields(form, row, _RESULT)
        steps = [
            {**_fields(form, one, _STEP), "id": short_of(form, one, f"step-{position + 1}")}
            for position, one in enumerate(rows(form, row + "steps", "name"))
            if _fields(form, one, _STEP)
        ]
        values = lines(form.value(row + "values"))
        if not (found.keys() - {"type"} or steps or values):
            continue
        found["id"] = short_of(form, row, f"result-{number + 1}")
        if found.get("type") == "Result" or (steps and found.get("type") == "RubricCriterionLevel"):
            del found["type"]
        order = ("id", "name", "type", "min", "max", "values", "levels", "passing", "required")
        steps = [in_order(step, _STEP) for step in steps]
        required = "true" if form.ticked(row + "required") else ""
        yield in_order(found | given(values=values, levels=steps, required=required), order)


def _evidence_shown(rule: Data, row: str) -> Values:
    return {
        row + "id": (text(rule.get("id")),),
        row + "name": (text(rule.get("name")),),
        row + "description": (text(rule.get("description")),),
        row + "kind": (text(rule.get("kind")) or "any",),
        row + "required": tick(truth(rule.get("required"), default=True)),
    }


def _evidence_said(form: Form) -> Iterator[Data]:
    for number, row in enumerate(rows(form, "evidence", "name")):
        found = _fields(form, row, ("name", "description"))
        if not found and not form.value(row + "id"):
            continue
        kind = form.value(row + "kind")
        yield given(
            id=short_of(form, row, f"evidence-{number + 1}"),
            **found,
            kind="" if kind == "any" else kind,
            required="" if form.ticked(row + "required") else "false",
        )


def _prerequisite_shown(rule: Any, row: str) -> Values:
    named = items(fields(rule).get("of")) or [rule]
    return {
        row + "of": tuple(filter(None, map(_name_shown, named))),
        row + "needed": (text(fields(rule).get("needed")),),
    }


def _name_shown(name: Any) -> str:
    program, level = text(fields(name).get("program")), text(fields(name).get("level"))
    return text(name) or (f"{program}/{level}" if program else level)


def _prerequisites_said(form: Form) -> Iterator[Any]:
    for row in rows(form, "prerequisites", "needed"):
        names = [_name_said(name) for name in form.all(row + "of")]
        needed = form.value(row + "needed")
        if len(names) == 1 and needed in {"", "1"}:
            yield names[0]
        elif names or needed:
            yield given(of=names, needed="" if needed == str(len(names)) else needed)


def _name_said(name: str) -> Any:
    program, _, level = name.rpartition("/")
    return {"program": program, "level": level} if program else level


def _assessment_shown(quorum: Any) -> Values:
    found = fields(quorum)
    return {
        "assessed": ("" if quorum is None else text(found.get("by")) or "anyone",),
        "assessors": (text(found.get("assessors")),),
        "functions": (text(found.get("functions")),),
        "not_the_manager": tick(truth(found.get("not_the_manager"))),
        "decides": (text(found.get("decides")) or "every",),
        "publish_assessors": tick(truth(found.get("publish_assessors"))),
    }


def _recertification_shown(rules: Any) -> Values:
    found = fields(rules)
    takes, dependents = found.get("takes"), text(found.get("dependents"))
    work = fields(takes)
    kind = text(takes) or text(work.get("kind"))
    kind = kind or next((name for name in ("steps", "declaration", "credits") if name in work), "reassessment")
    effect, _, within = dependents.partition(" within ")
    basis = text(found.get("counts_from")) or "completion"
    fixed = basis not in {"completion", "expiry"}
    return {
        "renews": tick(rules is not None),
        "window": (length(found.get("window")),),
        "due": (length(found.get("due")),),
        "grace": (length(found.get("grace")),),
        "counts_from": ("fixed" if fixed else basis,),
        "fixed": (basis if fixed else "",),
        "takes": (kind,),
        "steps": (", ".join(map(text, items(work.get("steps")))),),
        "declaration": (text(work.get("declaration")),),
        "credits": (text(work.get("credits")),),
        "over": (length(work.get("over")),),
        "late": (text(found.get("late")) or "from completion",),
        "dependents": (effect or "nothing",),
        "within": (within,),
        "refresh_service": tick(truth(found.get("refresh_service"))),
    }


def _midway_shown(midway: Any) -> Values:
    until = text(fields(midway).get("finish_until"))
    return {"midway": ("until" if until else text(midway),), "finish_until": (until,)}


def _rules_said(form: Form) -> Data:
    midway: Any = None
    if form.value("midway") == "until":
        midway = {"finish_until": form.value("finish_until") or "?"}
    elif form.value("midway"):
        midway = form.value("midway")
    return {
        "assessment": _assessment_said(form),
        "recertification": _recertification_said(form) if form.ticked("renews") else None,
        "midway": midway,
    }


def _assessment_said(form: Form) -> Data | None:
    by, publish = form.value("assessed"), "true" if form.ticked("publish_assessors") else ""
    if not by:
        return None
    if by == "manager":
        return given(by="manager", publish_assessors=publish)
    functions = form.value("functions")
    return given(
        assessors=form.value("assessors") or "1",
        functions="" if functions == "1" else functions,
        not_the_manager="true" if form.ticked("not_the_manager") else "",
        decides="" if form.value("decides") == "every" else form.value("decides"),
        publish_assessors=publish,
    )


def _recertification_said(form: Form) -> Data:
    basis, effect = form.value("counts_from"), form.value("dependents")
    basis = form.value("fixed") or "?" if basis == "fixed" else basis
    within = f" within {form.value('within')}" if form.value("within") and effect == "require again" else ""
    late = form.value("late")
    return given(
        window=form.value("window"),
        due=form.value("due"),
        grace=form.value("grace"),
        counts_from="" if basis == "completion" else basis,
        takes=_takes_said(form),
        late="" if late == "from completion" else late,
        dependents="" if effect == "nothing" else effect + within,
        refresh_service="true" if form.ticked("refresh_service") else "",
    )


def _takes_said(form: Form) -> Any:
    match form.value("takes"):
        case "steps":
            return {"steps": commas(form.value("steps"))}
        case "declaration":
            return {"declaration": form.value("declaration")}
        case "credits":
            return {"credits": form.value("credits"), **given(over=form.value("over"))}
        case "reassessment":
            return ""
        case other:
            return other
