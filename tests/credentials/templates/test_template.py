"""A badge that is filled is the badge that is prepared; what is read is what was filled; all else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from random import Random
from typing import Any
from unicodedata import normalize

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.canonical import canonicalize_slowly
from credentials.canonical_text import CanonicalText
from credentials.prepared import from_template, prepare
from credentials.problems import Unacceptable
from credentials.templates import compiler
from credentials.templates.compiler import MAX_SLOTS, compile_template
from credentials.templates.filled import Filled
from credentials.templates.kinds import PATTERNS, Age, SlotKind, exists, mark
from credentials.templates.refusals import NoTemplate, Unfit
from credentials.templates.template import Template
from tests.credentials.badges import badge
from tests.credentials.templates.shapes import ODD, conforming, slotted, values_for
from tests.work import work_of_at_most

OF_AN_ORDINARY_RUN = 80
compared = settings(
    max_examples=max(OF_AN_ORDINARY_RUN, settings().max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SLOTS = {
    "credential": SlotKind.UUID,
    "from": SlotKind.INSTANT,
    "until": SlotKind.INSTANT,
    "subject": SlotKind.IRI,
    "name": SlotKind.TEXT,
    "digest": SlotKind.DIGEST,
    "salt": SlotKind.TEXT,
    "score": SlotKind.TEXT,
    "index": SlotKind.NUMBER,
}
ANA = {
    "credential": "1f0b8f2e-6b0a-4f0c-9d57-2f5c7d6b3a11",
    "from": "2026-11-22T10:00:00Z",
    "until": "2028-11-22T22:59:59Z",
    "subject": "did:web:ana.example",
    "name": 'Ana "Zoë" \\ Ångström\n運用',
    "digest": "0af9" * 16,
    "salt": "c0ffee",
    "score": "91.5",
    "index": "4711",
}


def make(values: Mapping[str, str]) -> dict[str, Any]:
    """A level's badge for a person."""
    document = badge(
        id=f"https://badges.example/credentials/{values['credential']}",
        validFrom=values["from"],
        awardedDate=values["from"],
        validUntil=values["until"],
    )
    subject, status = document["credentialSubject"], document["credentialStatus"]
    subject["id"] = values["subject"]
    subject["identifier"][0]["identityHash"] = values["name"]
    hashed = {"type": "IdentityObject", "identityType": "emailAddress", "hashed": True}
    subject["identifier"].append({**hashed, "identityHash": f"sha256${values['digest']}", "salt": values["salt"]})
    subject["result"][0]["value"] = values["score"]
    status["id"] = f"{status['statusListCredential']}#{values['index']}"
    status["statusListIndex"] = values["index"]
    return document


@pytest.fixture(scope="module")
def template() -> Template:
    return compile_template(make, SLOTS)


@compared
@given(st.integers(0, 2**63))
def test_what_is_filled_is_what_would_be_prepared(seed: int) -> None:
    """The canonical form, the JSON and the right to be signed are those of the ordinary road, and it can be read."""
    chance = Random(seed)  # noqa: S311
    shape = slotted(chance, conforming(chance))
    try:
        template = compile_template(shape.make, shape.slots)
    except NoTemplate:
        return
    for _ in range(3):
        values = values_for(chance, shape.slots)
        try:
            filled = template.fill(values)
        except Unfit:
            continue
        document = shape.make(values)
        prepared = prepare(document)  # raises where this may not be signed
        assert filled.json == prepared.json
        assert filled.canonical == prepared.canonical == canonicalize_slowly(document)
        assert filled.sha256 == sha256(filled.canonical).digest()
        for reading in (template.read(filled.json), template.reread(filled.json, filled)):
            assert reading is not None
            assert reading.rest == b"}"
            assert (reading.filled.values, reading.filled.canonical) == (values, filled.canonical)
            assert (reading.filled.written, reading.filled.sha256) == (filled.written, filled.sha256)


def test_a_filled_template_can_be_signed_like_any_other(template: Template) -> None:
    filled, prepared = template.fill(ANA), prepare(make(ANA))
    made = from_template(filled)
    assert (made.json, made.canonical, made.contexts) == (prepared.json, prepared.canonical, prepared.contexts)
    assert made.document == prepared.document == filled.document == make(ANA)
    assert filled.text == prepared.text
    assert template.check(ANA)


def test_values_may_be_given_in_order(template: Template) -> None:
    filled = template.fill_in_order(tuple(ANA.values()))
    assert (filled.values, filled.given) == (ANA, tuple(ANA.values()))
    assert filled.json == template.fill(ANA).json
    for wrong in (
        tuple(ANA.values())[:-1],
        (*ANA.values(), "x"),
        ("\0".join(list(ANA.values())[:2]), *list(ANA.values())[2:]),
    ):
        with pytest.raises(ValueError, match="as many values"):
            template.fill_in_order(wrong)


def test_most_people_fit(template: Template) -> None:
    """Otherwise every test here could pass with templates that refuse everything."""
    for name in (
        "Ana",
        "O’Neil",
        "李小龍",
        "a" * 10_000,
        "line\nbreak",
        "}{",
        '"',
        "\U0001f600",
        "\u2028",
        "context: x",
    ):
        for subject in ("urn:uuid:5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11", "did:key:z6Mk", "https://zoe.example/#me"):
            values = {**ANA, "name": name, "subject": subject}
            prepared = prepare(make(values))
            filled = template.fill(values)
            assert (filled.json, filled.canonical) == (prepared.json, prepared.canonical)
            reading = template.read(filled.json)
            assert reading is not None
            assert reading.filled.values == values


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("name", "", "“name” holds what is no value of the kind text"),
        ("name", "ext:x", "no value"),
        ("name", "ta\tb", "no value"),
        ("name", "\x7f", "no value"),
        ("name", "\x85", "no value"),
        ("name", "\ud800", "no value"),
        ("name", "\uffff", "no value"),
        ("name", "a\0b", "no value"),
        ("salt", "", "no value"),
        ("subject", "relative", "no value"),
        ("subject", "xsd:string", "no value"),
        ("subject", "https://bücher.example", "no value"),
        ("subject", "https://e.example/a b", "no value"),
        ("subject", "https:", "no value"),
        ("subject", 'urn:"', "no value"),
        ("subject", "did:web:badges.example", "equal"),
        ("subject", "https://badges.example/credentials/1f0b8f2e-6b0a-4f0c-9d57-2f5c7d6b3a11", "equal"),
        ("from", "2026-02-30T10:00:00Z", "“from” holds what is no value of the kind instant"),
        ("from", "2026-11-22T24:00:00Z", "no value"),
        ("from", "2026-11-22T10:00:00+01:00", "no value"),
        ("from", "2026-11-22", "no value"),
        ("from", "٢٠٢٦-11-22T10:00:00Z", "no value"),
        ("from", "2029-01-01T00:00:00Z", "ends before it begins"),
        ("until", "2026-11-22T09:59:59Z", "ends before it begins"),
        ("score", "100.1", "not what its description allows"),
        ("score", "-1 %", "not what its description allows"),
        ("index", "007", "no value"),
        ("index", "1" * 16, "no value"),
        ("digest", "0AF9" * 16, "no value"),
        ("digest", "0", "no value"),
        ("credential", ANA["credential"].upper(), "no value"),
    ],
)
def test_values_that_do_not_fit_are_refused(template: Template, name: str, value: str, why: str) -> None:
    with pytest.raises(Unfit) as refusal:
        template.fill({**ANA, name: value})
    assert why in refusal.value.why


def test_a_missing_value_is_a_mistake_and_not_a_refusal(template: Template) -> None:
    with pytest.raises(KeyError):
        template.fill({})


def test_every_odd_value_is_exact_or_refused(template: Template) -> None:
    for name in SLOTS:
        for value in ODD:
            values = {**ANA, name: value}
            try:
                filled = template.fill(values)
            except Unfit:
                continue
            prepared = prepare(make(values))
            assert (filled.json, filled.canonical) == (prepared.json, prepared.canonical)


def test_signed_bytes_are_read_up_to_the_proof(template: Template) -> None:
    filled = template.fill(ANA)
    proof = b',"proof":[{"type":"DataIntegrityProof"}]}'
    reading = template.read(filled.json[:-1] + proof)
    assert reading is not None
    assert (reading.filled.values, reading.rest) == (ANA, proof)


def test_what_was_filled_is_read_again_and_nothing_else_is(template: Template) -> None:
    """Not even what the template reads: another person, or the same one under another name."""
    filled, proof = template.fill(ANA), b',"proof":[{"type":"DataIntegrityProof"}]}'
    reading = template.reread(filled.json[:-1] + proof, filled)
    assert reading is not None
    assert (reading.filled.json, reading.filled.given, reading.rest) == (filled.json, filled.given, proof)
    assert reading.filled.canonical_text is not filled.canonical_text, "it is made anew of what was read"
    assert reading.filled.sha256 == filled.sha256
    for name, value in (("name", "Bea"), ("salt", "decaf"), ("index", "4712"), ("score", "91")):
        assert template.read(template.fill({**ANA, name: value}).json) is not None
        assert template.reread(template.fill({**ANA, name: value}).json, filled) is None
    for change in CHANGES.values():
        assert template.reread(change(filled.json), filled) is None


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "another word": lambda body: body.replace(b"Practitioner", b"practitioner", 1),
    "a word more": lambda body: body.replace(b"Practitioner", b"Practitioner ", 1),
    "a member moved to the end": lambda body: orjson.dumps(dict(sorted(orjson.loads(body).items()))),
    "a space": lambda body: body.replace(b'":', b'": ', 1),
    "a needless escape": lambda body: body.replace(b"91.5", b"\\u0039\\u0031.5"),
    "an escaped slash": lambda body: body.replace(b"did:web:ana.example", b"did:web:ana.example\\/"),
    "a raw line break": lambda body: body.replace(b"\\n\xe9", b"\n\xe9"),
    "a control character": lambda body: body.replace(b"91.5", b"91.5\\t"),
    "one slot with two values": lambda body: body.replace(b'"awardedDate":"2026', b'"awardedDate":"2025'),
    "a result that is not allowed": lambda body: body.replace(b"91.5", b"101"),
    "no UTF-8": lambda body: body.replace(b"\xc3\x85", b"\xff\xff"),
    "half a character": lambda body: body.replace(b"91.5", b"\xed\xa0\x80"),
    "an end of string in a text": lambda body: body.replace(b"91.5", b'91.5","status":"Completed'),
    "a name more": lambda body: body.replace(b'"91.5"', b'"91.5","value":"92"'),
    "what separates values": lambda body: body.replace(b"91.5", b"91\x015"),
    "the end cut off": lambda body: body[:-1],
    "the end twice": lambda body: body + b"}",
    "white space at the end": lambda body: body + b"\n",
    "another document behind it": lambda body: body + body,
    "nothing": lambda _: b"",
    "no JSON": lambda body: b"[" + body,
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
}


@pytest.mark.parametrize("story", CHANGES)
def test_what_is_not_from_the_template_is_never_read(template: Template, story: str) -> None:
    body = template.fill(ANA).json
    changed = CHANGES[story](body)
    assert changed != body
    assert template.read(changed) is None


@given(st.data())
def test_no_changed_byte_is_overlooked(template: Template, data: st.DataObject) -> None:
    """Whatever is read says what the template makes of its values, and a changed byte is a changed value."""
    body = bytearray(template.fill(ANA).json)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    reading = template.read(bytes(body))
    if reading is not None and reading.rest == b"}":
        assert reading.filled.json == body
        assert reading.filled.values != ANA
        assert reading.filled.document == orjson.loads(bytes(body)) == make(reading.filled.values)


def test_hostile_bytes_cost_no_more_than_their_length(template: Template) -> None:
    """Nested repetition in an expression would take years here; generously, a megabyte may take a second."""
    body = template.fill(ANA).json
    begun = body[: body.index(b"Ana")]
    for filler in (b"\\", b"\\\\", b'\\"', b"a", b'"', b"\xff", b"0", b"{", body):
        hostile = begun + filler * (1_000_000 // len(filler))
        with work_of_at_most(5):
            assert template.read(hostile) is None


def test_a_wrong_template_is_found_by_the_check() -> None:
    """Whatever of it is wrong: the canonical form, the JSON, or what it lets through."""
    other = compile_template(lambda values: {**make(values), "name": "Another level"}, SLOTS)
    for part in ("_canonical", "_json"):
        planted = compile_template(make, SLOTS)
        assert planted.check(ANA)
        setattr(planted, part, getattr(other, part))
        assert not planted.check(ANA)
    careless = compile_template(make, SLOTS)
    careless._conditions = ()
    beyond = {**ANA, "score": "101"}
    assert careless.fill(beyond).canonical == canonicalize_slowly(make(beyond))
    assert not careless.check(beyond)


def test_a_digest_that_is_not_of_the_text_is_found_by_the_check() -> None:
    """It is what is signed, and it is taken of a beginning that was hashed before."""
    planted = compile_template(make, SLOTS)
    layouts = planted._canonical._layouts
    assert planted.check(ANA)
    assert layouts
    for arrangement, layout in layouts.items():
        layouts[arrangement] = layout._replace(hashed=sha256(layout.beginning[:-1]))
    assert planted.fill(ANA).canonical == canonicalize_slowly(make(ANA))
    assert not planted.check(ANA)


def test_a_maker_that_changes_its_mind_is_found() -> None:
    """By the second document that is compiled, or by the check."""
    said = ["Practitioner"] * 2 + ["Expert"] * 100

    def fickle(values: Mapping[str, str]) -> dict[str, Any]:
        return {**make(values), "name": said.pop(0)}

    template = compile_template(fickle, SLOTS)
    assert not template.check(ANA)
    said[:] = ["Practitioner", "Expert", "Expert", "Expert"]
    with pytest.raises(NoTemplate, match="differ in more"):
        compile_template(fickle, SLOTS)


@pytest.mark.parametrize(
    "change",
    [
        str.strip,
        str.lower,
        str.upper,
        str.title,
        lambda text: " ".join(text.split()),
        lambda text: normalize("NFC", text),
    ],
)
def test_a_maker_that_changes_texts_on_their_way_is_found(change: Callable[[str], str]) -> None:
    """Filling would not do what it does; so the mark is a text that all of these change."""
    with pytest.raises(NoTemplate):
        compile_template(lambda values: badge(name=change(values["name"])), {"name": SlotKind.TEXT})


Making = Callable[[str], dict[str, Any]]


def _subject(**changes: Any) -> dict[str, Any]:
    return badge(credentialSubject={**badge()["credentialSubject"], **changes})


def _description(**changes: Any) -> dict[str, Any]:
    achievement = badge()["credentialSubject"]["achievement"]
    described = {**achievement["resultDescription"][0], **changes}
    return _subject(achievement={**achievement, "resultDescription": [described]})


REFUSED: dict[str, tuple[Making, SlotKind, str]] = {
    "nowhere": (lambda _: badge(), SlotKind.TEXT, "stands nowhere"),
    "in a type": (lambda x: badge(type=["VerifiableCredential", "OpenBadgeCredential", x]), SlotKind.IRI, "decides"),
    "in a context": (lambda x: badge(**{"@context": [*badge()["@context"], x]}), SlotKind.IRI, "not every value"),
    "in a name": (lambda x: badge(**{x: "x"}), SlotKind.UUID, "not every value"),
    "a text where an address belongs": (lambda x: badge(id=x), SlotKind.TEXT, "not every value"),
    "a text in an address": (lambda x: badge(id=f"https://e.example/{x}"), SlotKind.TEXT, "not every value"),
    "a text for an instant": (lambda x: badge(validFrom=x), SlotKind.TEXT, "not every value"),
    "a digit of an instant": (lambda x: badge(validFrom=f"2026-01-15T09:00:00.{x}Z"), SlotKind.NUMBER, "not every"),
    "a term of a vocabulary": (
        lambda x: _subject(result=[{"type": ["Result"], "status": x}]),
        SlotKind.TEXT,
        "not every value",
    ),
    "what results are measured by": (lambda x: _description(valueMax=x), SlotKind.NUMBER, "decides"),
    "a text before more text": (lambda x: badge(name=f"{x} did it"), SlotKind.TEXT, "must end its string"),
    "an address before more": (lambda x: badge(id=f"{x}#x"), SlotKind.IRI, "must end its string"),
    "a number before a digit": (lambda x: badge(name=f"{x}0"), SlotKind.NUMBER, "digit"),
    "what could become an extension term": (lambda x: badge(name=f"ext{x}"), SlotKind.TEXT, "“ext:”"),
    "a validity that is written otherwise": (
        lambda x: badge(validFrom=x, validUntil="9026-01-15T09:00:00+01:00"),
        SlotKind.INSTANT,
        "not written as",
    ),
    "half of the document": (
        lambda x: badge(name=x, description=x.upper()),
        SlotKind.TEXT,
        "differ in more",
    ),
    "a document that is signed already": (lambda x: badge(name=x, proof=[{"type": "x"}]), SlotKind.TEXT, "not every"),
}


@pytest.mark.parametrize("story", REFUSED)
def test_there_is_no_template_where_exactness_is_not_proven(story: str) -> None:
    made, kind, why = REFUSED[story]
    with pytest.raises(NoTemplate) as refusal:
        compile_template(lambda values: made(values["slot"]), {"slot": kind})
    assert why in refusal.value.why


@pytest.mark.parametrize("name", ["https", "urn:x"])
def test_a_context_that_gives_addresses_a_meaning_of_its_own_ends_templates(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No known context has a term with a colon, or one that is named like a scheme."""
    assert compiler._schemes_are_plain()
    compiler._schemes_are_plain.cache_clear()
    monkeypatch.setattr(compiler.contexts, "load", lambda _: {"@context": {"Badge": {"@context": {name: "urn:y"}}}})
    assert not compiler._schemes_are_plain()
    monkeypatch.undo()
    compiler._schemes_are_plain.cache_clear()


def test_a_template_has_slots_and_not_too_many() -> None:
    for number in (0, MAX_SLOTS + 1):
        with pytest.raises(NoTemplate, match="slots"):
            compile_template(lambda _: badge(), {f"slot{place}": SlotKind.TEXT for place in range(number)})


def test_a_fixed_end_of_validity_and_a_fixed_beginning() -> None:
    for member, good, bad in (
        ("validFrom", "2028-01-15T22:59:59Z", "2028-01-15T23:00:00Z"),
        ("validUntil", "2026-01-15T09:00:00Z", "2026-01-15T08:59:59Z"),
    ):
        template = compile_template(
            lambda values, name=member: badge(**{name: values["when"]}), {"when": SlotKind.INSTANT}
        )  # type: ignore[misc]
        assert template.check({"when": good})
        with pytest.raises(Unfit, match="ends before"):
            template.fill({"when": bad})


def test_only_the_right_path_makes_one(template: Template) -> None:
    with pytest.raises(TypeError, match="compile_template"):
        Template(make, SLOTS, None, object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="made by"):
        Filled(b"{}", CanonicalText(b""), (), (), (), [], object())
    with pytest.raises(TypeError, match="Filled"):
        from_template(prepare(badge()))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", SlotKind)
def test_a_mark_is_a_value_of_its_kind(kind: SlotKind) -> None:
    for age in Age:
        for number in range(0, MAX_SLOTS, 50):
            made = mark(kind, number, age, lambda length: b"\xff" * length)
            assert re.fullmatch(PATTERNS[kind], made)
            assert kind is not SlotKind.INSTANT or exists(made)


def test_threads_may_fill_at_once(template: Template) -> None:
    people = [{**ANA, "name": f"Person {number}", "index": str(number)} for number in range(200)]
    expected = [template.fill(one).canonical for one in people]
    with ThreadPoolExecutor(8) as pool:
        assert [one.canonical for one in pool.map(template.fill, people * 3)] == expected * 3


def test_the_ordinary_road_refuses_what_the_template_refuses() -> None:
    """A result out of range is no badge on either road."""
    with pytest.raises(Unacceptable):
        prepare(make({**ANA, "score": "101"}))
