"""Steps 2 and 3 together: is this document what its issuer signed? Asked of credentials, status lists and the rest."""

from __future__ import annotations

from credentials.problems import Unacceptable
from credentials.sentence import sentence
from verifier.checks.examined import Examined, examine
from verifier.checks.proof import check_proof
from verifier.extract import Extracted
from verifier.inquiry import Inquiry
from verifier.result import Check, CheckName, Outcome

_UNTOUCHED = sentence("Not looked at, because its form is not right.")


def authenticate(found: Extracted, inquiry: Inquiry, examined: Examined | None = None) -> tuple[Check, ...]:
    """The checks conforms, proof and key-belongs-to-issuer; nothing is fetched if the first does not pass.

    What is wrong with the form of a proof is told also then: whoever mends the one thing shall know of the other.

    `examined` is what `examine` finds out about the document, for a caller who has it already.
    """
    if examined is None:
        examined = examine(found, embedded=inquiry.depth > 0)
    if examined.conforms.outcome is not Outcome.PASSED:
        if isinstance(examined.signatures, Unacceptable):
            return examined.conforms, *check_proof(found, inquiry, examined.signatures)
        return (
            examined.conforms,
            Check(CheckName.PROOF, Outcome.SKIPPED, _UNTOUCHED),
            Check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.SKIPPED, _UNTOUCHED),
        )
    return examined.conforms, *check_proof(found, inquiry, examined.signatures)


def first_obstacle(checks: tuple[Check, ...]) -> Check | None:
    """The check that keeps the document from being believed: a failed one, else an incomplete one, else None."""
    for outcome in (Outcome.FAILED, Outcome.INCOMPLETE):
        for check in checks:
            if check.outcome is outcome:
                return check
    return None
