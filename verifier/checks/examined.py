"""What is found out about a document without network, clock or policy: steps 2 and 3 as far as they ask nobody."""

from __future__ import annotations

from typing import NamedTuple

from credentials.problems import PROOF_VERIFICATION_ERROR, Unacceptable
from verifier.checks.conforms import check_conforms, not_passed
from verifier.checks.signatures import Signature, signatures_of
from verifier.extract import Extracted
from verifier.result import Check, Outcome


class Examined(NamedTuple):
    """The check `conforms`, and the signatures, or what is wrong with them; nothing of them if the check did not pass
    and they look right, since they will not be checked.

    The same for the same document, so whoever sees a document again and again may keep it.
    """

    conforms: Check
    signatures: tuple[Signature, ...] | Unacceptable


def examine(found: Extracted, *, embedded: bool) -> Examined:
    """`embedded`: the document lies within another one, where less room is given to it."""
    conforms, canonical = check_conforms(found, embedded=embedded)
    try:
        signatures = signatures_of(found, canonical)
    except Unacceptable as refusal:
        return _told_once(conforms, refusal)
    return Examined(conforms, signatures if conforms.outcome is Outcome.PASSED else ())


def _told_once(conforms: Check, refusal: Unacceptable) -> Examined:
    """The data model's rules look at proofs as well: of two findings at one place that of Data Integrity is told."""
    better = {one.pointer: one for one in reversed(refusal.problems) if one.type == PROOF_VERIFICATION_ERROR}
    if better.keys() & {problem.pointer for problem in conforms.problems}:
        conforms = not_passed(tuple(better.get(problem.pointer, problem) for problem in conforms.problems))
    return Examined(conforms, refusal)
