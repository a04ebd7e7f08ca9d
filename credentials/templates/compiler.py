"""From a way of making documents to a template, or to the reason why there is none."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from credentials import contexts
from credentials.bounds import Bounds
from credentials.direct import road
from credentials.prepared import prepare
from credentials.problems import Unacceptable
from credentials.templates.canonical_form import CanonicalForm
from credentials.templates.fragments import Splitter, holes
from credentials.templates.kinds import SCHEMES, Age, Randomness, SlotKind, mark
from credentials.templates.places import conditions_of
from credentials.templates.refusals import NoTemplate, Unfit
from credentials.templates.template import ONLY_THE_COMPILER, Make, Parts, Template

MAX_SLOTS = 200


def compile_template(
    make: Make, slots: Mapping[str, SlotKind], *, randomness: Randomness = secrets.token_bytes
) -> Template:
    """The template of the documents that `make` makes for any values of the slots.

    What may differ between two documents is in the slots, in whole strings or parts of them; a slot for the beginning
    of a validity is named before one for its end. Raises `NoTemplate` where it is not proven that filling makes what
    the ordinary road makes, and whatever `make` raises.
    """
    if not 0 < len(slots) <= MAX_SLOTS:
        raise NoTemplate(f"a template has one to {MAX_SLOTS} slots")
    first, second = (_marked(make, slots, randomness) for _ in range(2))
    splitter = Splitter(first.marks.values())
    json = splitter.split(first.json.decode())
    if json != Splitter(second.marks.values()).split(second.json.decode()):
        raise NoTemplate("documents of other values differ in more than these values")
    if holes(json) != set(range(len(slots))):
        raise NoTemplate("a slot stands nowhere in the document")
    if not _schemes_are_plain():
        raise NoTemplate("a known context gives a meaning of its own to a scheme of IRIs")
    template = Template(
        make,
        slots,
        Parts(
            contexts=first.contexts,
            json=json,
            canonical=CanonicalForm(first.canonical, splitter, len(slots)),
            conditions=conditions_of(first.document, splitter, tuple(slots.values())),
        ),
        ONLY_THE_COMPILER,
    )
    for marked in (first, second):
        _require_same(template, marked)
    return template


class _Marked(NamedTuple):
    """A document with marks in its slots, and what the ordinary road makes of it."""

    marks: dict[str, str]
    document: Mapping[str, Any]
    contexts: tuple[str, ...]
    json: bytes
    canonical: bytes


def _marked(make: Make, slots: Mapping[str, SlotKind], randomness: Randomness) -> _Marked:
    """Of the two ages for marked instants the first in which the document may be signed."""
    refusals: list[Unacceptable] = []
    for age in Age:
        marks = {name: mark(kind, number, age, randomness) for number, (name, kind) in enumerate(slots.items())}
        try:
            prepared = prepare(make(marks))
        except Unacceptable as refusal:
            refusals.append(refusal)
            continue
        # Nothing but the direct road treats all strings of one term alike, as filling does.
        if road.canonicalize(prepared.document, hash_=hashlib.sha256, bounds=Bounds()) != prepared.canonical:
            raise NoTemplate("the direct road to canonical form does not take such documents")
        return _Marked(marks, prepared.document, prepared.contexts, prepared.json, prepared.canonical)
    raise NoTemplate(f"not every value of these kinds can stand there: {refusals[0]}")


@cache
def _schemes_are_plain() -> bool:
    """Nothing with a colon is a term in any known context, and nothing with one of the schemes a compact IRI."""
    names = (name for url in contexts.known() for name in _names(contexts.load(url)))
    return not any(":" in name or name in SCHEMES for name in names)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _names(member)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _require_same(template: Template, marked: _Marked) -> None:
    try:
        filled = template.fill(marked.marks)
    except Unfit as unfit:
        raise NoTemplate(unfit.why) from unfit
    made = (filled.json, filled.canonical, filled.sha256)
    if made != (marked.json, marked.canonical, hashlib.sha256(marked.canonical).digest()):
        raise NoTemplate("the template does not make the documents that it was made of")
