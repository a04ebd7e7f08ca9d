"""What a credential of an award consists of: a shape, which many share, and words, which are its own.

Ten thousand people who earn one level have documents of one shape: the same members, the same objects, in the same
places. What differs are words: ids, names, instants, indexes. `issuer.prepare` puts words into a shape; so it can make
one document of them, or a template for all documents of that shape (`issuer.award_templates`). Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from credentials.identity import EMAIL_ADDRESS, hashed_identity
from credentials.instants import format_instant
from issuer.assessment.evidence import evidence_object
from issuer.awards import AwardRequest, comparable
from issuer.program_definition import ResultRule
from issuer.programs import Achievement

Words = Mapping[str, str]
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
        evidence=tuple(tuple(evidence_object(item)) for item in request.evidence),
        purposes=tuple([entry.purpose for entry in allocation.entries]),
        renewed=allocation.predecessor.media_type if allocation.predecessor is not None else None,
    )


def _decides(rule: ResultRule) -> bool:
    return bool(rule.levels) or rule.type == "Status"


def words_of(request: AwardRequest, shape: Shape, allocation: Allocation) -> dict[str, str]:
    """The words that go into the shape, by the names under which `issuer.prepare` takes them."""
    salted = hashed_identity(comparable(request.email), EMAIL_ADDRESS, allocation.salt)
    words = {
        "credential": str(allocation.credential_id),
        "subject": allocation.subject_id if shape.own_did else allocation.subject_id.removeprefix("urn:uuid:"),
        "name": request.name,
        "address": salted["identityHash"].removeprefix(HASHED),
        "salt": allocation.salt,
        "from": written(allocation.valid_from),
    }
    if allocation.valid_until is not None:
        words["until"] = written(allocation.valid_until)
    for number, entry in enumerate(allocation.entries):
        words[f"list {number}"] = str(entry.list_id)
        words[f"index {number}"] = str(entry.index)
    words.update(_given(request, shape))
    if allocation.predecessor is not None:
        words["predecessor"] = allocation.predecessor.url
        words["predecessor digest"] = allocation.predecessor.digest
    return words


def _given(request: AwardRequest, shape: Shape) -> Iterator[tuple[str, str]]:
    if request.license_number is not None:
        yield "license", request.license_number
    if request.narrative is not None:
        yield "narrative", request.narrative
    for number, ((_, value), result) in enumerate(zip(request.results, shape.results, strict=True)):
        if result.value is None:
            yield f"result {number}", value
    for number, item in enumerate(request.evidence):
        for member, text in evidence_object(item).items():
            if member != "type":
                yield f"evidence {number} {member}", text


@lru_cache(maxsize=1_024)
def written(instant: datetime) -> str:
    """`format_instant`, kept: the awards of a batch are of a few days, and each day is written three times a badge."""
    return format_instant(instant)
