"""What may be signed, and what came out: two types that only the right path produces.

A `PreparedCredential` exists only if its document conforms to the data model, is in closed form and loses nothing
in canonicalization. Signing functions take nothing else, so signing something unchecked is not forbidden but
impossible. A `SecuredCredential` is the exact bytes that travel; nobody serializes them again.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credentials import closed_form
from credentials.canonical import canonicalize
from credentials.model import conformance
from credentials.problems import PROOF_GENERATION_ERROR, Problem, Unacceptable

EMBEDDED = "application/vc"
"""Media type of a credential with an embedded proof (VCDM 2.0, section 6.2)."""

COMPACT_JWS = "application/vc+jwt"
"""Media type of a credential as a compact JWS (VC-JOSE-COSE, section 6.1)."""

_ONLY_PREPARE = object()
_UNCHANGING = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class PreparedCredential:
    """A conforming credential without a proof, with its canonical N-Quads. Made by `prepare` and no one else."""

    document: Mapping[str, Any]
    canonical: bytes
    _made_by: object

    def __post_init__(self) -> None:
        if self._made_by is not _ONLY_PREPARE:
            raise TypeError("a PreparedCredential is made by credentials.prepared.prepare")


@dataclass(frozen=True, slots=True)
class SecuredCredential:
    """A signed credential: its media type and the exact bytes."""

    media_type: str
    body: bytes

    @property
    def text(self) -> str:
        """The bytes as text; both forms are UTF-8."""
        return self.body.decode()


def prepare(document: Mapping[str, Any]) -> PreparedCredential:
    """The document, checked for everything that issuing demands, as a copy that no one else holds.

    Raises `Unacceptable` with all problems found: the data model (Open Badges 3.0 section 5 in its canonical form,
    VCDM 2.0), the closed form, numbers that processors write differently, and terms that would go unsigned.
    """
    own: dict[str, Any] = {name: _copied(value) for name, value in document.items()}
    problems = [
        *closed_form.check(own),
        *conformance.check(own, for_issuing=True),
    ]
    if "proof" in own:
        problems.append(
            Problem(PROOF_GENERATION_ERROR, "Already signed", "The document already carries a proof.", "/proof")
        )
    if problems:
        raise Unacceptable(dict.fromkeys(problems))
    return PreparedCredential(own, canonicalize(own), _ONLY_PREPARE)


def _copied(value: Any) -> Any:
    """A copy of a JSON value; `deepcopy` takes five times as long to keep track of what a tree cannot hold."""
    if value.__class__ is dict:
        return {name: _copied(member) for name, member in value.items()}
    if value.__class__ is list:
        return [_copied(item) for item in value]
    return value if value.__class__ in _UNCHANGING else copy.deepcopy(value)
