"""What a credential of an award consists of: a shape, which many share, and words, which are its own.

Ten thousand people who earn one level have documents of one shape: the same members, the same objects, in the same
places. What differs are words: ids, names, instants, indexes. `issuer.prepare` puts words into a shape; so it can make
one document of them, or a template for all documents of that shape (`issuer.award_templates`). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from credentials.identity import salted_digest
from credentials.instants import format_instant
from credentials.status_entry import MESSAGE, REFRESH, REVOCATION, SUSPENSION
from issuer.assessment.evidence import EVIDENCE_TEXTS, evidence_members
from issuer.awards import AwardRequest, comparable
from issuer.program_definition import ResultRule
from issuer.programs import Achievement

Words = Mapping[str, str]
PURPOSES = (REVOCATION, SUSPENSION, REFRESH, MESSAGE)
"""Of status entries, in the order in which credentials name them: what decides comes before what only tells."""
HASHED = "sha256$"


@dataclass(frozen=True, slots=True)
class Entry:
    """A slot of a status list: which list, which index, for what purpose."""

    purpose: str
    list_id: UUID
    index: int


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The credential that this one replaces: where its exact bytes are served, as what, and their digest.

    `digest` is integrity metadata of Subresource Integrity, as `digestSRI` wants it (VCDM 2.0, section 5.3).
    """

    url: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a credential was given before it was made: id, subject, salt, validity, status slots, predecessor."""

    credential_id: UUID
    subject_id: str
    salt: str
    valid_from: datetime
    valid_until: datetime | None
    entries: tuple[Entry, ...]
    predecessor: Predecessor | None = None


class ResultShape(NamedTuple):
    """A result of a level. `value` is given where it decides the shape: a rubric's step is an address, a status a
    word of a vocabulary; any other value is a word of the credential's own."""

    name: str
    value: str | None


class Shape(NamedTuple):
    """Everything that decides which members a document of a level version has.

    `evidence` names the members of each object; `purposes` are those of the status entries; `renewed` is the media
    type of the predecessor that is named, if any.
    """

    own_did: bool
    expires: bool
    licensed: bool
    narrated: bool
    results: tuple[ResultShape, ...]
    evidence: tuple[tuple[str, ...], ...]
    purposes: tuple[str, ...]
    renewed: str | None


def shape_of(request: AwardRequest, achievement: Achievement, allocation: Allocation) -> Shape:
    """The shape of what will be signed."""
    rules = {rule.id: rule for rule in achievement.results} if request.results else {}
    return Shape(
        own_did=not allocation.subject_id.startswith("urn:uuid:"),
        expires=allocation.valid_until is not None,
        licensed=request.license_number is not None,
        narrated=request.narrative is not None,
        results=tuple(ResultShape(name, value if _decides(rules[name]) else None) for name, value in request.results),
        evidence=tuple([evidence_members(item) for item in request.evidence]),
        purposes=tuple([entry.purpose for entry in allocation.entries]),
        renewed=allocation.predecessor.media_type if allocation.predecessor is not None else None,
    )


def _decides(rule: ResultRule) -> bool:
    return bool(rule.levels) or rule.type == "Status"


class Reader:
    """Reads the words that go into a shape; `names` are those under which `issuer.prepare` takes them, in order."""

    __slots__ = ("_evidence", "_results", "_shape", "names")

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._results = [number for number, result in enumerate(shape.results) if result.value is None]
        self._evidence = [[EVIDENCE_TEXTS[member] for member in _texts(members)] for members in shape.evidence]
        self.names = tuple(self._named())

    def _named(self) -> Iterator[str]:
        """What `read` reads, one after the other."""
        shape = self._shape
        yield from ("credential", "subject", "name", "address", "salt", "from")
        if shape.expires:
            yield "until"
        for number in range(len(shape.purposes)):
            yield from (f"list {number}", f"index {number}")
        if shape.licensed:
            yield "license"
        if shape.narrated:
            yield "narrative"
        for number in self._results:
            yield f"result {number}"
        for number, members in enumerate(shape.evidence):
            yield from (f"evidence {number} {member}" for member in _texts(members))
        if shape.renewed is not None:
            yield from ("predecessor", "predecessor digest")

    def read(self, request: AwardRequest, allocation: Allocation) -> tuple[str, ...]:
        """The words of a credential of this shape."""
        shape, subject = self._shape, allocation.subject_id
        words: list[Any] = [
            str(allocation.credential_id),
            subject if shape.own_did else subject.removeprefix("urn:uuid:"),
            request.name,
            salted_digest(comparable(request.email), allocation.salt),
            allocation.salt,
            written(allocation.valid_from),
        ]
        if allocation.valid_until is not None:
            words.append(written(allocation.valid_until))
        for entry in allocation.entries:
            words += (_named_list(entry.list_id), str(entry.index))
        if shape.licensed:
            words.append(request.license_number)
        if shape.narrated:
            words.append(request.narrative)
        for number in self._results:
            words.append(request.results[number][1])
        for item, texts in zip(request.evidence, self._evidence, strict=True):
            words += [text(item) for text in texts]
        if allocation.predecessor is not None:
            words += (allocation.predecessor.url, allocation.predecessor.digest)
        return tuple(words)


@lru_cache(maxsize=256)
def reader_of(shape: Shape) -> Reader:
    """The reader of the shape. Batches have few shapes, and a reader takes about a kilobyte."""
    return Reader(shape)


def words_of(request: AwardRequest, shape: Shape, allocation: Allocation) -> dict[str, str]:
    """The words that go into the shape, by the names under which `issuer.prepare` takes them."""
    reader = reader_of(shape)
    return dict(zip(reader.names, reader.read(request, allocation), strict=True))


def _texts(members: Iterable[str]) -> list[str]:
    return [member for member in members if member != "type"]


_named_list = lru_cache(maxsize=256)(str)
"""How a status list is named: a batch has entries in a few of them."""


@lru_cache(maxsize=1_024)
def written(instant: datetime) -> str:
    """`format_instant`, kept: the awards of a batch are of a few days, and each day is written three times a badge."""
    return format_instant(instant)
