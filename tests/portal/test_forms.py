"""Forms keep what was typed, and say what is wrong where it is wrong."""

from __future__ import annotations

from starlette.datastructures import FormData

from issuer.errors import Fault
from portal.forms import LONGEST, MOST_VALUES, FieldFault, Form, filled, form_of


def test_values_are_read_as_they_were_typed() -> None:
    form = form_of(FormData([("name", "  Zoë "), ("note", "one\r\ntwo"), ("id", "1"), ("id", "2"), ("id", " ")]))
    assert (form.value("name"), form.value("note"), form.value("nothing")) == ("Zoë", "one\ntwo", "")
    assert form.all("id") == ("1", "2")
    assert not form.faults


def test_boxes_are_ticked_or_not() -> None:
    form = filled(agreed=True, told=False, name="Zoë", ids=["1", "2"], left=None)
    assert (form.ticked("agreed"), form.ticked("told"), form.value("name"), form.all("ids")) == (
        True, False, "Zoë", ("1", "2"),
    )  # fmt: skip


def test_what_is_too_long_is_kept_and_said() -> None:
    form = form_of(FormData([("note", "x" * (LONGEST + 1))]))
    assert form.fault("note") == "This is longer than 20,000 characters."
    assert len(form.value("note")) == LONGEST + 1


def test_values_without_end_are_not_read() -> None:
    form = form_of(FormData([("a", "b")] * (MOST_VALUES + 5)))
    assert len(form.values["a"]) == MOST_VALUES
    assert form.whole[0].what == "The form has more than 2,000 values."


def test_faults_of_the_issuer_come_to_the_field_they_are_about() -> None:
    faults = [
        Fault("evidence 1, url", "this is no web address", "write one like https://example.org"),
        Fault("person", "nobody has that address"),
        Fault("", "the level is no longer in use"),
    ]
    form = filled(link="htp:/x").refused_by(faults, {"evidence": "link"})
    assert form.fault("link") == "this is no web address; write one like https://example.org"
    assert [one.what for one in form.whole] == ["person: nobody has that address", "the level is no longer in use"]
    assert form.value("link") == "htp:/x"
    assert form.fault("other") == ""


def test_faults_add_up() -> None:
    form = Form().refused(FieldFault("a", "no")).refused(FieldFault("b", "neither"))
    assert [one.name for one in form.faults] == ["a", "b"]
