"""Many credentials of one level version and one shape, made by a template instead of one by one (ADR 0015).

A template is compiled from `issuer.prepare.award_document`, the one way from words to a document, so it can make
nothing that the ordinary road would not make. That it does not is proven when it is compiled, and checked against the
slow road when it is used: on the first credential that it makes, and on one of each chunk that nobody can foresee.
What a template cannot take (a shape that has none, words that could change the shape) goes the ordinary road.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from credentials.prepared import PreparedCredential, from_template
from credentials.templates.compiler import compile_template
from credentials.templates.kinds import SlotKind
from credentials.templates.refusals import NoTemplate, Unfit
from credentials.templates.template import Template
from issuer.errors import OwnOutputMismatch
from issuer.issuers import Issuer
from issuer.prepare import award_document
from issuer.programs import Achievement
from issuer.shapes import Shape, Words, shape_of, words_of
from issuer.waiting import WaitingAward

WORTH_A_TEMPLATE = 24
"""So many credentials of a shape pay for its template: compiling and checking one take as long as preparing these."""
MOST_TEMPLATES = 64
"""A batch of more shapes than that is not of one shape: what its templates take in memory (some 50 kB each) stays
bounded, and the ordinary road takes the rest."""

_KINDS: Mapping[str, SlotKind] = {
    "credential": SlotKind.UUID,
    "address": SlotKind.DIGEST,
    "from": SlotKind.INSTANT,
    "until": SlotKind.INSTANT,
    "list": SlotKind.UUID,
    "index": SlotKind.NUMBER,
    "predecessor": SlotKind.IRI,
}


@dataclass(frozen=True, slots=True)
class Made:
    """A credential that a template made of these words."""

    template: Template
    words: Words
    prepared: PreparedCredential


class Templates:
    """The templates of one batch of one issuer: compiled when enough credentials ask for one, and kept to its end."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._compiled: dict[tuple[int, Shape], Template | None] = {}

    def make(self, waiting: Iterable[WaitingAward]) -> dict[UUID, Made]:
        """What templates can make of these; the others are left out. Raises OwnOutputMismatch for a wrong template."""
        groups: dict[tuple[int, Shape], list[WaitingAward]] = {}
        for one in waiting:
            shape = shape_of(one.request, one.achievement, one.allocation)
            groups.setdefault((one.achievement.row_id, shape), []).append(one)
        made: dict[UUID, Made] = {}
        for (row_id, shape), group in groups.items():
            made |= self._made((row_id, shape), group)
        return made

    def _made(self, key: tuple[int, Shape], group: Sequence[WaitingAward]) -> dict[UUID, Made]:
        first = key not in self._compiled
        template = self._template(key, group)
        if template is None:
            return {}
        made: dict[UUID, Made] = {}
        for one in group:
            words = words_of(one.request, key[1], one.allocation)
            try:
                made[one.credential_id] = Made(template, words, from_template(template.fill(words)))
            except Unfit:
                continue
        for credential_id in sample(made, first=first):
            if not template.check(made[credential_id].words):
                raise OwnOutputMismatch(
                    f"the credential {credential_id}, made by the template of its level, is not what it is without a "
                    "template: this is a fault of the software. The batch was stopped, and nothing of it was signed"
                )
        return made

    def _template(self, key: tuple[int, Shape], group: Sequence[WaitingAward]) -> Template | None:
        if key not in self._compiled:
            if len(group) < WORTH_A_TEMPLATE or len(self._compiled) >= MOST_TEMPLATES:
                return None
            one, shape = group[0], key[1]
            names = words_of(one.request, shape, one.allocation)
            self._compiled[key] = _compiled(one.achievement, shape, names, self._issuer)
        return self._compiled[key]


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


def sample(made: Iterable[UUID], *, first: bool) -> tuple[UUID, ...]:
    """Which of these are checked: the first that a template makes, and the one with the least id of every chunk.

    Ids are random, from the randomness that the batch was given, so nobody can foresee which one that will be.
    """
    ids = list(made)
    return tuple(dict.fromkeys(([ids[0]] if first else []) + [min(ids)])) if ids else ()
