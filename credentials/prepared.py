"""What may be signed, and what came out: two types that only the right path produces.

A `PreparedCredential` exists only if its document conforms to the data model, is in closed form and loses nothing
in canonicalization. Signing functions take nothing else, so signing something unchecked is not forbidden but
impossible. A `SecuredCredential` is the exact bytes that travel; nobody serializes them again.
"""

from __future__ import annotations

import copy
import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from credentials import closed_form
from credentials.canonical import canonicalize, walked
from credentials.canonical_text import CanonicalText
from credentials.filled_list import FilledList
from credentials.model import conformance
from credentials.problems import PROOF_GENERATION_ERROR, Problem, Unacceptable
from credentials.templates.filled import Filled

if TYPE_CHECKING:
    from credentials.shapes.shapes import Shapes

EMBEDDED = "application/vc"
"""Media type of a credential with an embedded proof (VCDM 2.0, section 6.2)."""

COMPACT_JWS = "application/vc+jwt"
"""Media type of a credential as a compact JWS (VC-JOSE-COSE, section 6.1)."""

_ONLY_HERE = object()
_UNCHANGING = frozenset({str, int, float, bool, type(None)})


class PreparedCredential:
    """A conforming credential without a proof, as JSON and as canonical N-Quads. Made by this module and no one else.

    `json` is its compact JSON, whose bytes are those that travel; `canonical_text` what is hashed and signed;
    `contexts` the URLs of its `@context`, in their order.
    """

    __slots__ = ("_document", "canonical_text", "contexts", "json")

    def __init__(
        self,
        json: bytes,
        canonical_text: CanonicalText,
        contexts: tuple[str, ...],
        made_by: object,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        if made_by is not _ONLY_HERE:
            raise TypeError("a PreparedCredential is made by credentials.prepared.prepare")
        self.json = json
        self.canonical_text = canonical_text
        self.contexts = contexts
        self._document = document

    @property
    def canonical(self) -> bytes:
        """The canonical N-Quads; put together now, if a template made them."""
        return bytes(self.canonical_text)

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object, which nobody may change; read when first asked for, as a template makes the JSON only."""
        if self._document is None:
            self._document = orjson.loads(self.json)
        return self._document

    @property
    def text(self) -> str:
        """The JSON as text."""
        return self.json.decode()


@dataclass(frozen=True, slots=True)
class SecuredCredential:
    """A signed credential: its media type and the exact bytes."""

    media_type: str
    body: bytes

    @property
    def text(self) -> str:
        """The bytes as text; both forms are UTF-8."""
        return self.body.decode()


def prepare(document: Mapping[str, Any], *, shapes: Shapes | None = None) -> PreparedCredential:
    """The document, checked for everything that issuing demands, as a copy that no one else holds.

    Raises `Unacceptable` with all problems found: the data model (Open Badges 3.0 section 5 in its canonical form,
    VCDM 2.0), the closed form, numbers that processors write differently, and terms that would go unsigned.

    `shapes` is the caller's memory of badges that it prepared before: whatever is recognized as one of a shape for
    which all this was checked is not checked anew. What is prepared is the same.
    """
    if shapes is not None:
        reading = shapes.read(_json_of(document))
        if reading is not None and reading.rest == b"}":
            return from_template(reading.filled)
    own, json = _own(document)
    known = walked(own)
    problems = [
        *(() if known is not None and known.in_closed_form else closed_form.check(own)),
        *conformance.check(own, for_issuing=True, json=json, has_only_texts=known is not None and known.has_only_texts),
    ]
    if "proof" in own:
        problems.append(
            Problem(PROOF_GENERATION_ERROR, "Already signed", "The document already carries a proof.", "/proof")
        )
    if problems:
        raise Unacceptable(dict.fromkeys(problems))
    canonical = CanonicalText(canonicalize(own, known=known))
    prepared = PreparedCredential(json or written(own), canonical, tuple(own["@context"]), _ONLY_HERE, own)
    if shapes is not None:
        shapes.learn(own, prepared.json)
    return prepared


def _json_of(document: Mapping[str, Any]) -> bytes:
    """The compact JSON of a document all of Python's own types, which JSON writes as what they are; else nothing."""
    try:
        return written(document) if marshal.dumps({**document}, 0) else b""
    except (TypeError, ValueError):
        return b""


def _own(document: Mapping[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    """A copy and its JSON: the value that the JSON has, if the document holds nothing but JSON values."""
    try:
        json = written(dict(document))
        own: dict[str, Any] = orjson.loads(json)
    except (TypeError, orjson.JSONDecodeError):
        own = {}
    if own == document:
        return own, json
    return {name: _copied(value) for name, value in document.items()}, None


def from_template(filled: Filled) -> PreparedCredential:
    """A filled template: its document with marks in the slots was prepared here, and stands for all others."""
    if not isinstance(filled, Filled):
        raise TypeError("what a template made is a Filled")
    return PreparedCredential(filled.json, filled.canonical_text, filled.contexts, _ONLY_HERE)


def from_list_form(filled: FilledList) -> PreparedCredential:
    """A status list credential: its form was prepared here, and its gaps were filled by `credentials.list_form`."""
    if not isinstance(filled, FilledList):
        raise TypeError("what a list form made is a FilledList")
    return PreparedCredential(filled.json, CanonicalText(filled.canonical), filled.contexts, _ONLY_HERE)


def written(document: Mapping[str, Any]) -> bytes:
    """The compact JSON of a document that `prepare` accepts: its members in their order, nothing escaped needlessly."""
    return orjson.dumps(document)


def _copied(value: Any) -> Any:
    """A copy of a JSON value; `deepcopy` takes five times as long to keep track of what a tree cannot hold."""
    if value.__class__ is dict:
        return {name: _copied(member) for name, member in value.items()}
    if value.__class__ is list:
        return [_copied(item) for item in value]
    return value if value.__class__ in _UNCHANGING else copy.deepcopy(value)
