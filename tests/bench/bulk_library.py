"""The library's way to many badges of one level: from records to signed bytes, by the template of their shape."""

from __future__ import annotations

from typing import NamedTuple

from credentials.prepared import from_template
from credentials.proofs import data_integrity
from credentials.templates.compiler import compile_template
from credentials.templates.kinds import SlotKind
from issuer.awards import AwardRequest
from issuer.prepare import award_document
from issuer.shapes import Allocation, shape_of, words_of
from tests.bench.badges import NOW, Workshop, award

KINDS = {
    "credential": SlotKind.UUID,
    "subject": SlotKind.UUID,
    "address": SlotKind.DIGEST,
    "from": SlotKind.INSTANT,
    "until": SlotKind.INSTANT,
    "list 0": SlotKind.UUID,
    "index 0": SlotKind.NUMBER,
    "evidence 0 id": SlotKind.IRI,
}
"""Of the words of the bench's awards; all others are text."""


class Record(NamedTuple):
    """Who earned the level, and what was given to the badge."""

    request: AwardRequest
    allocation: Allocation


def record(shop: Workshop, number: int) -> Record:
    """The record of a person."""
    request = award(number)
    return Record(request, shop.allocation(request, number))


class BulkMaker:
    """Makes signed bytes of records of one level, whose template it compiles first."""

    def __init__(self, shop: Workshop) -> None:
        example = record(shop, 0)
        shape = self._shape = shape_of(example.request, shop.achievement, example.allocation)
        words = words_of(example.request, shape, example.allocation)
        self.template = compile_template(
            lambda values: award_document(shape, values, shop.achievement, shop.issuer),
            {name: KINDS.get(name, SlotKind.TEXT) for name in words},
        )
        assert self.template.check(words), "the template does not make what the slow road makes"
        self._stamp = data_integrity.Stamp(shop.signer, shop.method, NOW)

    def make(self, one: Record) -> bytes:
        """The signed badge."""
        words = words_of(one.request, self._shape, one.allocation)
        return self._stamp.secure(from_template(self.template.fill(words))).body
