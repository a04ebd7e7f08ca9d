"""How large a document may be, whichever road it takes to canonical form."""

from __future__ import annotations

from typing import NamedTuple

from credentials.problems import TOO_COMPLEX, Unacceptable, refuse
from credentials.sentence import sentence


class Bounds(NamedTuple):
    """How much a document may hold before canonicalization declines it."""

    depth: int = 40
    values: int = 20_000
    blank_nodes: int = 1_000
    contexts: int = 100


def too_complex() -> Unacceptable:
    """The refusal of a document that nests too deep or holds too much."""
    return refuse(
        TOO_COMPLEX, "Too large or too deep", sentence("The document nests too deep or holds too many values.")
    )
