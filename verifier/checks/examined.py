"""What is found out about a document without network, clock or policy: steps 2 and 3 as far as they ask nobody."""

from __future__ import annotations

from dataclasses import dataclass

from credentials.problems import Unacceptable
from verifier.checks.conforms import check_conforms
from verifier.checks.signatures import Signature, signatures_of
from verifier.extract import Extracted
from verifier.result import Check, Outcome


@dataclass(frozen=True, slots=True)
class Examined:
    """The check `conforms`, and the signatures, or why there are none to be checked; none if the check did not pass.

    The same for the same document, so whoever sees a document again and again may keep it.
    """

    conforms: Check
    signatures: tuple[Signature, ...] | Unacceptable


def examine(found: Extracted, *, embedded: bool) -> Examined:
    """`embedded`: the document lies within another one, where less room is given to it."""
    conforms, canonical = check_conforms(found, embedded=embedded)
    if conforms.outcome is not Outcome.PASSED:
        return Examined(conforms, ())
    try:
        return Examined(conforms, signatures_of(found, canonical))
    except Unacceptable as refusal:
        return Examined(conforms, refusal)
