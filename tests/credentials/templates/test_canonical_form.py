"""Canonical form by filling is canonical form by the slow road, byte for byte, or is refused.

Here without the data model: any document in the vocabulary of the contexts, any slot, any value of its kind.
`make fuzz` tries many more than an ordinary run.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.bounds import Bounds
from credentials.canonical import canonicalize, canonicalize_slowly
from credentials.direct import road
from credentials.problems import Unacceptable
from credentials.templates import canonical_form
from credentials.templates.canonical_form import MAX_BLANK_NODES, MAX_LAYOUTS, CanonicalForm
from credentials.templates.fragments import Splitter
from credentials.templates.kinds import Age, SlotKind, mark
from credentials.templates.places import conditions_of
from credentials.templates.refusals import NoTemplate, Unfit
from credentials.templates.values import Values
from tests.credentials.badges import badge
from tests.credentials.random_documents import documents
from tests.credentials.templates.shapes import Slotted, slotted, values_for

OF_AN_ORDINARY_RUN = 60
compared = settings(
    max_examples=max(OF_AN_ORDINARY_RUN, settings().max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def form_of(shape: Slotted) -> CanonicalForm:
    """Raises NoTemplate where a template could not be made for a reason of canonical form."""
    kinds = [*shape.slots.values()]
    marks = [mark(kind, number, Age.PAST, secrets.token_bytes) for number, kind in enumerate(kinds)]
    document = shape.make(dict(zip(shape.slots, marks, strict=True)))
    splitter = Splitter(marks)
    conditions_of(document, splitter, kinds)
    canonical = road.canonicalize(document, hash_=hashlib.sha256, bounds=Bounds())
    if canonical is None:
        raise NoTemplate("the direct road does not take it")
    return CanonicalForm(canonical, splitter, len(kinds))


def written_of(shape: Slotted, values: Mapping[str, str]) -> list[bytes]:
    """Raises Unfit for values that are not of their kinds."""
    slots = Values(shape.slots)
    return slots.written(slots.in_order(values))


@compared
@given(documents(), st.integers(0, 2**63))
def test_filling_makes_what_the_slow_road_makes(document: dict[str, object], seed: int) -> None:
    chance = Random(seed)  # noqa: S311
    shape = slotted(chance, document)
    if not shape.slots:
        return
    try:
        form = form_of(shape)
    except (NoTemplate, Unacceptable):
        return
    for _ in range(3):
        values = values_for(chance, shape.slots)
        try:
            written = written_of(shape, values)
            filled = form.filled(written)
        except Unfit:
            continue
        assert bytes(filled) == canonicalize_slowly(shape.make(values))
        assert filled.sha256() == hashlib.sha256(bytes(filled)).digest()


def _filled(shape: Slotted, values: dict[str, str]) -> bytes:
    written = written_of(shape, values)
    return bytes(form_of(shape).filled(written))


def _evidence(*names: str, kind: SlotKind = SlotKind.TEXT, member: str = "name") -> Slotted:
    """A badge with one piece of evidence for each slot."""
    return Slotted(
        lambda values: badge(evidence=[{"type": ["Evidence"], member: values[name]} for name in names]),
        dict.fromkeys(names, kind),
    )


def test_labels_follow_the_hashes() -> None:
    """With ten and more blank nodes `_:c14n10` comes before `_:c14n2`, and every value shuffles the labels anew."""
    names = [f"slot{number}" for number in range(12)]
    shape = _evidence(*names)
    form = form_of(shape)
    for seed in range(20):
        values = {name: f"{seed} {name}" for name in names}
        written = written_of(shape, values)
        assert bytes(form.filled(written)) == canonicalize_slowly(shape.make(values))


def test_layouts_are_kept_only_where_there_are_few() -> None:
    """A badge of `badge` has four blank nodes that never change; with two that do there are 30 rankings."""
    few, many = form_of(_evidence("one", "two")), form_of(_evidence("one", "two", "three"))
    assert many._layouts is None
    assert few._layouts == {}
    shape = _evidence("one", "two")
    for number in range(100):
        values = {"one": f"1 {number}", "two": f"2 {number}"}
        assert bytes(few.filled(written_of(shape, values))) == canonicalize(shape.make(values))
    assert 15 < len(few._layouts) <= few._naming.rankings() <= MAX_LAYOUTS


def test_an_address_among_others_makes_few_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where evidence lies decides where its lines stand; without room for more layouts nothing else changes."""
    shape = _evidence("one", kind=SlotKind.IRI, member="id")
    found = [
        "did:web:a",
        "did:web:zoo",
        "http://x",
        "https://badges.example/a",
        "https://z.example/",
        "mailto:x",
        "urn:z",
    ]
    for most in (MAX_LAYOUTS, 2, 0):
        monkeypatch.setattr(canonical_form, "MAX_LAYOUTS", most)
        form = form_of(shape)
        for address in found * 2:
            given = {"one": address}
            filled = form.filled(written_of(shape, given))
            assert bytes(filled) == canonicalize_slowly(shape.make(given))
            assert filled.sha256() == hashlib.sha256(bytes(filled)).digest()
        assert len(form._layouts or ()) == min(most, len({*map(form._shuffled[0].order, _written_each(shape, found))}))


def _written_each(shape: Slotted, addresses: list[str]) -> list[list[bytes]]:
    return [written_of(shape, {"one": address}) for address in addresses]


def test_two_parts_that_become_alike_are_left_to_the_full_algorithm() -> None:
    with pytest.raises(Unfit, match="alike"):
        _filled(_evidence("one", "two"), {"one": "same", "two": "same"})
    document = badge(evidence=[{"type": ["Evidence"], "name": "same"}] * 2)
    with pytest.raises(NoTemplate, match="alike"):
        form_of(Slotted(lambda values: {**document, "name": values["name"]}, {"name": SlotKind.TEXT}))


def test_addresses_in_no_proven_order_are_sorted() -> None:
    shape = _evidence("one", "two", "three", kind=SlotKind.IRI, member="id")
    found = ["https://a.example/", "https://badges.example/credentials/2", "urn:x", "did:web:zoo", "https://b.example"]
    for values in (found[:3], found[2:], found[::-1][:3]):
        given = dict(zip(shape.slots, values, strict=True))
        assert _filled(shape, given) == canonicalize_slowly(shape.make(given))
    for equal in ("https://a.example/", "https://badges.example/credentials/1f0b8f2e"):
        with pytest.raises(Unfit, match="equal"):
            _filled(shape, {"one": equal, "two": "https://a.example/", "three": "urn:x"})


def test_texts_of_one_property_are_sorted_as_they_are_escaped() -> None:
    shape = Slotted(
        lambda values: badge(
            credentialSubject={**badge()["credentialSubject"], "achievement": _tagged(["middle", *values.values()])}
        ),
        {"one": SlotKind.TEXT, "two": SlotKind.TEXT},
    )
    for one, two in (('"', "a"), ("\\", "]"), ("\n", "~"), ("z", "\U0001f600"), ("\uffef", "\U00010000"), ("m", "n")):
        given = {"one": one, "two": two}
        assert _filled(shape, given) == canonicalize_slowly(shape.make(given))
    with pytest.raises(Unfit, match="equal"):
        _filled(shape, {"one": "x", "two": "middle"})


def _tagged(tags: list[str]) -> dict[str, object]:
    achievement: dict[str, object] = {**badge()["credentialSubject"]["achievement"], "tag": tags}
    return achievement


def test_ordered_lists_and_nested_parts_without_ids() -> None:
    achievement = badge()["credentialSubject"]["achievement"]
    description = {**achievement["resultDescription"][0], "allowedValue": ["a", "b", "c"]}

    def make(values: dict[str, str]) -> dict[str, object]:
        address = {"type": ["Address"], "addressCountry": values["country"], "geo": {"type": "GeoCoordinates"}}
        subject = {"type": ["AchievementSubject"], "achievement": {**achievement, "resultDescription": [description]}}
        return badge(credentialSubject=subject, issuer={"type": ["Profile"], "address": address})

    shape = Slotted(make, {"country": SlotKind.TEXT})  # type: ignore[arg-type]
    for country in ("Norge", "Suomi", "Eesti", "Ísland"):
        assert _filled(shape, {"country": country}) == canonicalize_slowly(make({"country": country}))


def test_the_parts_without_an_id_are_bounded() -> None:
    names = [f"slot{number}" for number in range(MAX_BLANK_NODES)]
    with pytest.raises(NoTemplate, match="more than 64"):
        form_of(_evidence(*names))
