"""What a program says beside its levels, as a form. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from issuer.learning.rules import Verb
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
    text,
    tick,
    truth,
)
from portal.forms import Form

ORDER: Final = (
    "program", "name", "description", "time_zone", "owner", "reminders", "escalation", "mail_hours", "committee",
    "thank_mentors", "assign", "learning", "levels",
)  # fmt: skip
_PLAIN = ("program", "name", "description", "time_zone", "owner")
_DECISION = ("on", "decision", "url")
_VERBS = tuple(verb.value for verb in Verb)


def facts_shown(document: Data) -> Form:
    """The form that shows a document's facts."""
    escalation, hours = fields(document.get("escalation")), fields(document.get("mail_hours"))
    committee = fields(document.get("committee"))
    values: Values = {name: (text(document.get(name)),) for name in _PLAIN}
    values |= {
        "reminders": (", ".join(map(text, items(document.get("reminders")))),),
        "manager_after": (length(escalation.get("manager_after")),),
        "owner_after": (length(escalation.get("owner_after")),),
        "mail_from": (text(hours.get("from")),),
        "mail_to": (text(hours.get("to")),),
        "weekdays_only": tick(truth(hours.get("weekdays_only"), default=True)),
        "thank_mentors": tick(truth(document.get("thank_mentors"), default=True)),
    }
    for number, member in enumerate(items(committee.get("members"))):
        values |= {f"members-{number}-{name}": (text(fields(member).get(name)),) for name in ("name", "function")}
    for number, decision in enumerate(items(committee.get("decisions"))):
        values |= {f"decisions-{number}-{name}": (text(fields(decision).get(name)),) for name in _DECISION}
    for number, rule in enumerate(items(document.get("assign"))):
        values |= _assignment_shown(fields(rule), f"assign-{number}-")
    for number, rule in enumerate(items(document.get("learning"))):
        values |= _learning_shown(fields(rule), f"learning-{number}-")
    return form_of_values(values)


def facts_said(form: Form) -> Data:
    """The facts that a form says, in its own writing."""
    hours = given(**{"from": form.value("mail_from"), "to": form.value("mail_to")})
    if not form.ticked("weekdays_only"):
        hours["weekdays_only"] = "false"
    return given(
        **{name: form.value(name) for name in _PLAIN},
        reminders=commas(form.value("reminders")),
        escalation=given(manager_after=form.value("manager_after"), owner_after=form.value("owner_after")),
        mail_hours=hours,
        thank_mentors="" if form.ticked("thank_mentors") else "false",
        committee=given(
            members=[*_said(form, "members", ("name", "function"))], decisions=[*_said(form, "decisions", _DECISION)]
        ),
        assign=[*_assignments_said(form)],
        learning=[*_learning_said(form)],
    )


def facts_edited(form: Form, old: Data) -> Data:
    """The document as the form changes it: what the form does not touch, and the levels, stay as they are."""
    return in_order(merged(facts_said(form), facts_said(facts_shown(old)), old), ORDER)


def _said(form: Form, prefix: str, names: tuple[str, ...]) -> Iterator[Data]:
    for row in rows(form, prefix, names[0]):
        found = given(**{name: form.value(row + name) for name in names})
        if found:
            yield found


def _assignment_shown(rule: Data, row: str) -> Values:
    to: Any = rule.get("to")
    kind = text(to) or next((one for one in ("team", "role", "person") if one in fields(to)), "everyone")
    return {
        row + "level": (text(rule.get("level")),),
        row + "kind": (kind,),
        row + "whom": (text(fields(to).get(kind)),),
        row + "required": (text(rule.get("required")),),
    }


def _assignments_said(form: Form) -> Iterator[Data]:
    for row in rows(form, "assign", "whom"):
        level, kind, required = (form.value(row + name) for name in ("level", "kind", "required"))
        if not level:
            continue
        to: Any = kind if kind == "everyone" else {kind: form.value(row + "whom")}
        yield {"level": level, "to": to, **({"required": required} if required else {"suggested": "true"})}


def _learning_shown(rule: Data, row: str) -> Values:
    verbs = [text(verb) for verb in items(rule.get("verbs"))] if "verbs" in rule else [Verb.PASSED.value]
    return {
        **{row + name: (text(rule.get(name)),) for name in ("system", "level", "activity")},
        **{row + verb: tick(verb in verbs) for verb in _VERBS},
        **{row + name: (_pairs_shown(rule.get(name)),) for name in ("results", "minimum")},
        row + "propose": tick(truth(rule.get("propose"))),
        row + "accounts": ("\n".join(map(text, items(rule.get("accounts")))),),
    }


def _learning_said(form: Form) -> Iterator[Data]:
    for row in rows(form, "learning", "system"):
        named = given(**{name: form.value(row + name) for name in ("system", "level", "activity")})
        if not named:
            continue
        verbs = [verb for verb in _VERBS if form.ticked(row + verb)]
        yield (
            named
            | ({} if verbs == [Verb.PASSED.value] else {"verbs": verbs})
            | given(
                results=_pairs_said(form.value(row + "results")),
                minimum=_pairs_said(form.value(row + "minimum")),
                propose="true" if form.ticked(row + "propose") else "",
                accounts=lines(form.value(row + "accounts")),
            )
        )


def _pairs_shown(pairs: Any) -> str:
    return "\n".join(f"{name}: {text(value)}" for name, value in fields(pairs).items())


def _pairs_said(words: str) -> Data:
    """`quiz: score.scaled` on each line; what has no value keeps its name, so that its fault can be told."""
    pairs = (line.partition(":") for line in lines(words))
    return {name.strip(): value.strip() or "?" for name, _, value in pairs}
