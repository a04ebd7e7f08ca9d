"""Many credentials of one level version and one shape, made by a template instead of one by one (ADR 0015).

A template is compiled from `issuer.prepare.award_document`, the one way from words to a document, so it can make
nothing that the ordinary road would not make. That it does not is proven when it is compiled, and checked against the
slow road when it is used: on the first credential that it makes, and on those of each chunk that nobody can foresee
(`sample`).
What a template cannot take (a shape that has none, words that could change the shape) goes the ordinary road.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from credentials.prepared import PreparedCredential, from_template
from credentials.templates.compiler import compile_template
from credentials.templates.filled import Filled
from credentials.templates.kinds import SlotKind
from credentials.templates.refusals import NoTemplate, Unfit
from credentials.templates.template import Template
from issuer.errors import OwnOutputMismatch
from issuer.issuers import Issuer
from issuer.prepare import award_document
from issuer.programs import Achievement
from issuer.shapes import Shape, reader_of, shape_of
from issuer.waiting import WaitingAward

WORTH_A_TEMPLATE = 24
"""So many credentials of a shape pay for its template: compiling and checking one take as long as preparing these."""
MOST_TEMPLATES = 64
"""A batch of more shapes than that is not of one shape: what its templates take in memory (some 50 kB each) stays
bounded, and the ordinary road takes the rest."""
_MOST_COUNTED = 1_024
"""Of so many shapes it is counted how many credentials have them: a list of more is not one of levels and people."""

_KINDS: Mapping[str, SlotKind] = {
    "credential": SlotKind.UUID,
    "address": SlotKind.DIGEST,
    "from": SlotKind.INSTANT,
    "until": SlotKind.INSTANT,
    "list": SlotKind.UUID,
    "index": SlotKind.NUMBER,
    "predecessor": SlotKind.IRI,
}


class Made(NamedTuple):
    """A credential that a template made."""

    template: Template
    filled: Filled
    prepared: PreparedCredential


class Templates:
    """The templates of one batch of one issuer: compiled when enough credentials ask for one, and kept to its end."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._compiled: dict[tuple[int, Shape], Template | None] = {}
        self._asked: dict[tuple[int, Shape], int] = {}

    def make(self, waiting: Iterable[WaitingAward], chosen: Collection[UUID] = ()) -> dict[UUID, Made]:
        """What templates can make of these; the others are left out. Those of `chosen` are checked the slow way, and
        the first of each template. Raises OwnOutputMismatch for a wrong template.
        """
        groups: dict[tuple[int, Shape], list[WaitingAward]] = {}
        for one in waiting:
            shape = shape_of(one.request, one.achievement, one.allocation)
            groups.setdefault((one.achievement.row_id, shape), []).append(one)
        made: dict[UUID, Made] = {}
        for (row_id, shape), group in groups.items():
            made |= self._made((row_id, shape), group, chosen)
        return made

    def _made(
        self, key: tuple[int, Shape], group: Sequence[WaitingAward], chosen: Collection[UUID]
    ) -> dict[UUID, Made]:
        first = key not in self._compiled
        template = self._template(key, group)
        if template is None:
            return {}
        read = reader_of(key[1]).read
        made: dict[UUID, Made] = {}
        for one in group:
            try:
                filled = template.fill_in_order(read(one.request, one.allocation))
            except Unfit:
                continue
            made[one.credential_id] = Made(template, filled, from_template(filled))
        begun = [*made][:1] if first else []
        for credential_id in dict.fromkeys([*begun, *[one for one in chosen if one in made]]):
            if not template.check(made[credential_id].filled.values):
                raise OwnOutputMismatch(
                    f"the credential {credential_id}, made by the template of its level, is not what it is without a "
                    "template: this is a fault of the software. The batch was stopped; nothing of it was kept as issued"
                )
        return made

    def _template(self, key: tuple[int, Shape], group: Sequence[WaitingAward]) -> Template | None:
        if key not in self._compiled:
            if not self._worth(key, len(group)):
                return None
            shape = key[1]
            self._compiled[key] = _compiled(group[0].achievement, shape, reader_of(shape).names, self._issuer)
        return self._compiled[key]

    def _worth(self, key: tuple[int, Shape], count: int) -> bool:
        """Whether so many have asked for a template by now that it pays."""
        if key in self._asked or len(self._asked) < _MOST_COUNTED:
            count += self._asked.get(key, 0)
            self._asked[key] = count
        return count >= WORTH_A_TEMPLATE and len(self._compiled) < MOST_TEMPLATES


def _compiled(achievement: Achievement, shape: Shape, names: Iterable[str], issuer: Issuer) -> Template | None:
    """The template of a shape; None if it can have none."""
    try:
        return compile_template(
            lambda values: award_document(shape, values, achievement, issuer),
            {name: _kind(name, shape) for name in names},
        )
    except NoTemplate:
        return None


def _kind(name: str, shape: Shape) -> SlotKind:
    if name == "subject":
        return SlotKind.IRI if shape.own_did else SlotKind.UUID
    words = name.split()
    if words[0] == "evidence" and words[-1] == "id":
        return SlotKind.IRI
    return SlotKind.TEXT if name == "predecessor digest" else _KINDS.get(words[0], SlotKind.TEXT)


def sample(waiting: Iterable[WaitingAward]) -> frozenset[UUID]:
    """Which of a chunk are checked the slow way: of each level version the one with the least id.

    Ids are random, from the randomness that the batch was given, so nobody can foresee which one that will be.
    """
    least: dict[int, UUID] = {}
    for one in waiting:
        known = least.get(one.achievement.row_id)
        if known is None or one.credential_id < known:
            least[one.achievement.row_id] = one.credential_id
    return frozenset(least.values())
