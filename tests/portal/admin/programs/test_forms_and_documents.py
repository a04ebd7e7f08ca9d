"""A document leads to a form and back: what nobody touches stays as written, and what a form says means the same."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.images import accepted_image
from issuer.program_definition import ProgramDefinition
from issuer.program_document import yaml_of
from issuer.program_drafts_text import changed, document_of
from issuer.program_file import read_program
from issuer.program_templates import Template, template_text
from portal.admin.programs.facts_form import facts_edited, facts_said, facts_shown
from portal.admin.programs.form_document import merged
from portal.admin.programs.level_form import level_edited, level_said, level_shown
from portal.forms import Form
from tests.conftest import PROJECT

EXAMPLES = PROJECT / "examples"
TEXTS = {
    **{
        name: (EXAMPLES / f"{name}.yaml").read_text()
        for name in ("program", "customer-support", "information-security")
    },
    **{template.value: template_text(template) for template in Template},
}
EVERYTHING = """\
program: everything
name: Everything
mail_hours: {from: 7, to: 12, weekdays_only: false}
thank_mentors: no
reminders: [2 weeks]
committee: {members: [{name: Ada}], decisions: [{on: 2026-01-02, decision: Yes, url: "https://a.example/1"}]}
assign:
  - {level: one, to: {person: a@b.example}, suggested: true}
  - {level: two, to: {team: x}, required: by 2027-01-01 or within 30 days of joining}
learning:
  - {system: moodle, activity: "https://lms.example/c/7", verbs: [passed], level: one, minimum: {score.scaled: 0.8}}
levels:
  - name: One
    version: 2026.1
    criteria: {url: "https://a.example/criteria"}
    validity: {years: 1}
    achievement_type: Badge
    recertification: {window: {days: 30}, counts_from: 31 March, takes: {credits: 7.5, over: 12 months}}
    midway: map
  - name: Two
    level: two
    criteria: {narrative: Text, url: "https://a.example/criteria"}
    prerequisites: [one, {of: [one, {program: everything, level: three}], needed: 1}]
    results:
      - {id: state, name: State, type: Status, passing: Completed}
      - {id: grade, name: Grade, type: LetterGrade, values: [A, "B, but late", C], passing: C}
    evidence: [{id: note, name: Note, description: With a date., kind: file, required: false}]
    assessment: {by: manager, publish_assessors: true}
    midway: {finish_until: 2027-03-31}
  - name: Three
    criteria: Text
    validity: never
    skills: [{name: S, url: "https://s.example/1", framework: F, type: CFItem, code: C.1, description: "Two\\nlines"}]
    status: [revocation, suspension]
    tags: [a, "b, c"]
"""
TEXTS["everything"] = EVERYTHING


def definition(text: str) -> ProgramDefinition:
    images = {path.name: path.read_bytes() for path in (EXAMPLES / "badges").iterdir()}
    found = read_program(text.encode(), images={f"badges/{name}": image for name, image in images.items()})
    return found.model_copy(update={"lines": {}, "images": {}})


def document(name: str) -> dict[str, Any]:
    found = document_of(TEXTS[name])
    assert found is not None
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_a_form_that_nobody_touches_changes_nothing(name: str) -> None:
    found = document(name)
    before = deepcopy(found)
    assert facts_edited(facts_shown(found), found) == before
    for level in found["levels"]:
        assert level_edited(level_shown(level), level) == level
    assert found == before
    assert changed(TEXTS[name], found) == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_what_forms_say_of_an_example_means_the_same(name: str) -> None:
    found = document(name)
    said = facts_said(facts_shown(found)) | {
        "levels": [level_said(level_shown(level)) for level in found["levels"]],
    }
    assert definition(yaml_of(said)) == definition(TEXTS[name])


def test_a_learning_rule_is_said_by_its_row() -> None:
    empty = {"program": "p", "name": "P", "levels": []}
    form = facts_shown(empty)
    row = {
        "system": "moodle",
        "level": "one",
        "activity": "https://lms.example/c/*",
        "completed": "yes",
        "passed": "yes",
        "results": "quiz: score.scaled\n oral:score.raw",
        "minimum": "score.scaled",
        "propose": "yes",
        "accounts": "https://lms.example/\n",
    }
    values = {**form.values, **{f"learning-0-{name}": (value,) for name, value in row.items()}}
    assert facts_edited(Form(values), empty)["learning"] == [
        {
            "system": "moodle",
            "level": "one",
            "activity": "https://lms.example/c/*",
            "verbs": ["passed", "completed"],
            "results": {"quiz": "score.scaled", "oral": "score.raw"},
            "minimum": {"score.scaled": "?"},
            "propose": "true",
            "accounts": ["https://lms.example/"],
        }
    ]
    gone = {**values, "learning-0-gone": ("yes",)}
    assert "learning" not in facts_edited(Form(gone), empty)


def test_one_change_leaves_the_writing_of_the_rest() -> None:
    text = TEXTS["two-tiers"]
    found = document("two-tiers")
    level = found["levels"][0]
    form = level_shown(level)
    values = {**form.values, "grace": ("45 days",), "name": ("Customer Care Beginner",)}
    found["levels"][0] = level_edited(Form(values), level)
    assert found["levels"][0]["level"] == "starter"
    new = changed(text, found)
    lines = set(text.splitlines()) ^ set(new.splitlines())
    assert lines == {
        "    name: Customer Care Starter",
        "    name: Customer Care Beginner",
        "      grace: 30 days                    # and still so long after",
        "      grace: 45 days                    # and still so long after",
    }


def test_a_level_keeps_its_short_name_when_it_is_called_otherwise() -> None:
    level = document("one-level")["levels"][0]
    form = level_shown(level)
    assert level_edited(Form({**form.values, "name": ("First Responder",)}), level) == {
        "level": "first-aider",
        "name": "First Responder",
        "criteria": level["criteria"],
    }


def test_rows_are_added_and_taken_away() -> None:
    level = document("rubric")["levels"][0]
    values = dict(level_shown(level).values)
    values |= {"evidence-0-gone": ("yes",), "evidence-2-name": ("A drawing",), "evidence-2-required": ("yes",)}
    values |= {"evidence-2-kind": ("any",), "evidence-2-id": ("",), "evidence-2-description": ("",)}
    values |= {f"results-0-steps-3-{name}": (word,) for name, word in {"name": "Unheard of", "points": "4"}.items()}
    new = level_edited(Form(values), level)
    assert new["evidence"] == [level["evidence"][1], {"id": "a-drawing", "name": "A drawing"}]
    assert new["results"][0]["levels"][3] == {"id": "unheard-of", "name": "Unheard of", "points": "4"}
    assert new["results"][1] == level["results"][1]
    assert changed(TEXTS["rubric"], {**document("rubric"), "levels": [new]}).count("#") == TEXTS["rubric"].count("#")


PLAIN = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
    | st.sampled_from(["two words", "no", "1.10", "a: b", "a #b", "line\nline\n", "- x", "null ", "'", '"', "~x", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdefgh"), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_whatever_changes_the_text_says_it(name: str, data: st.DataObject) -> None:
    """Any edit at any place gives a text that says exactly the new document."""
    new = deepcopy(document(name))
    for _ in range(data.draw(st.integers(1, 4))):
        _edit(new, data)
    text = changed(TEXTS[name], new)
    assert document_of(text) == new


def _edit(value: Any, data: st.DataObject) -> None:
    """One edit somewhere in a document."""
    while True:
        places = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        if isinstance(value[place], dict | list) and data.draw(st.booleans()):
            value = value[place]
            continue
        match data.draw(st.sampled_from(["remove", "replace", "add", "reverse"])):
            case "remove" if len(value) > 1:
                del value[place]
            case "replace":
                value[place] = data.draw(PLAIN)
            case "add" if isinstance(value, dict):
                value["extra"] = data.draw(PLAIN)
            case "add":
                value.insert(place, data.draw(PLAIN))
            case _ if isinstance(value, list):
                value.reverse()
        return


def test_what_a_form_was_not_shown_stays() -> None:
    old = {"name": "A", "unknown": {"x": "1"}, "rows": [{"name": "a", "odd": "1"}, {"name": "b"}]}
    before = {"name": "A", "rows": [{"name": "a"}, {"name": "b"}]}
    said = {"name": "B", "rows": [{"name": "a"}, {"name": "c"}, {"name": "d"}]}
    assert merged(said, before, old) == {
        "name": "B",
        "rows": [{"name": "a", "odd": "1"}, {"name": "c"}, {"name": "d"}],
        "unknown": {"x": "1"},
    }


def test_pictures_of_the_examples_are_accepted() -> None:
    for path in sorted(Path(EXAMPLES / "badges").iterdir()):
        assert accepted_image(path.read_bytes())[0] == "image/svg+xml"
