"""The library's way to many badges of one level: from records to signed bytes, by the template of their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from credentials.prepared import from_template
from credentials.proofs import data_integrity
from credentials.templates.compiler import compile_template
from credentials.templates.kinds import SlotKind
from issuer.awards import AwardRequest
from issuer.prepare import award_document
from issuer.shapes import Allocation, reader_of, shape_of, words_of
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
        shape = shape_of(example.request, shop.achievement, example.allocation)
        reader = reader_of(shape)
        self.template = compile_template(
            lambda values: award_document(shape, values, shop.achievement, shop.issuer),
            {name: KINDS.get(name, SlotKind.TEXT) for name in reader.names},
        )
        assert self.template.check(words_of(example.request, shape, example.allocation)), (
            "the template does not make what the slow road makes"
        )
        self._read = reader.read
        self._stamp = data_integrity.Stamp(shop.signer, shop.method, NOW)

    def make(self, records: Sequence[Record]) -> list[bytes]:
        """The signed badges, in the order of the records."""
        fill = self.template.fill_in_order
        prepared = [from_template(fill(self._read(one.request, one.allocation))) for one in records]
        return [one.body for one in self._stamp.secure_all(prepared)]
