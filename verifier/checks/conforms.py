"""Step 2: has the document the form in which it can only mean one thing?

Nothing is fetched before this has passed: the form, the contexts, the data model, and every term defined.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from credentials import canonical, closed_form
from credentials.canonical import Walked
from credentials.canonical_text import CanonicalText
from credentials.contexts import ContextDamaged
from credentials.model import conformance
from credentials.model.conformance import UNSUPPORTED_DATA_MODEL_VERSION
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    TOO_COMPLEX,
    UNKNOWN_CONTEXT,
    UNSUPPORTED_PROOF,
    VERIFICATION_UNAVAILABLE,
    Problem,
    Unacceptable,
)
from credentials.proofs import data_integrity, jose
from credentials.sentence import sentence, sentence_of
from verifier.extract import Extracted
from verifier.result import Check, CheckName, Outcome

# What this software cannot judge, which says nothing against the document.
BEYOND_US = frozenset(
    {UNKNOWN_CONTEXT, UNSUPPORTED_PROOF, UNSUPPORTED_DATA_MODEL_VERSION, TOO_COMPLEX, VERIFICATION_UNAVAILABLE}
)

# Canonicalization takes up to seconds at its widest bounds; a badge may hold many endorsements, and those are small.
_BOUNDS_OF_AN_ENDORSEMENT = canonical.Bounds(blank_nodes=200)


CONFORMS = Check(CheckName.CONFORMS, Outcome.PASSED, sentence("It has the form that the standard asks for."))


def check_conforms(found: Extracted, *, embedded: bool) -> tuple[Check, CanonicalText | None]:
    """Passed if the document keeps to the closed form, the data model and, for a JWT, the claims agree.

    Incomplete if all that is wrong is that it uses what this verifier does not know. Beside the check comes the
    canonical form that was made for it, so that the proof need not make it again; None where the JSON is signed.
    `embedded`: it lies within another document.
    """
    bounds = _BOUNDS_OF_AN_ENDORSEMENT if embedded else canonical.Bounds()
    try:
        unsecured = None if _is_signed_as_json(found) else _unsecured(found.document)
        walked = canonical.walked(unsecured, bounds=bounds) if unsecured is not None else None
        _refuse_what_does_not_conform(found, walked)
        if unsecured is None:
            return CONFORMS, None
        made = canonical.canonicalize(unsecured, bounds=bounds, known=walked)
    except Unacceptable as refusal:
        return _not_passed(refusal.problems), None
    except ContextDamaged as damage:
        return _unavailable(damage), None
    return CONFORMS, CanonicalText(made)


def _unavailable(damage: ContextDamaged) -> Check:
    problem = context_unavailable(damage)
    return Check(CheckName.CONFORMS, Outcome.INCOMPLETE, problem.detail, (problem,))


def context_unavailable(damage: ContextDamaged) -> Problem:
    """What a damaged installation means for a document: nothing is said against it, and nothing is known."""
    said = sentence(
        "Its form could not be checked, because this installation is damaged: {why}.", why=sentence_of(damage)
    )
    return Problem(VERIFICATION_UNAVAILABLE, "Installation damaged", said)


def _not_passed(problems: tuple[Problem, ...]) -> Check:
    first, more = problems[0].detail, len(problems) - 1
    if more:
        first = sentence("{first} (and {more} more)", first=first, more=more)
    if outcome_of(problems) is Outcome.INCOMPLETE:
        said = sentence("It uses something that this verifier does not know: {first}", first=first)
        return Check(CheckName.CONFORMS, Outcome.INCOMPLETE, said, problems)
    said = sentence("It does not have the form of a credential: {first}", first=first)
    return Check(CheckName.CONFORMS, Outcome.FAILED, said, problems)


def outcome_of(problems: Iterable[Problem]) -> Outcome:
    """Incomplete if every problem is only a limit of this software, else failed."""
    beyond = all(problem.type in BEYOND_US for problem in problems)
    return Outcome.INCOMPLETE if beyond else Outcome.FAILED


def _refuse_what_does_not_conform(found: Extracted, walked: Walked | None) -> None:
    """The first layer that finds anything ends it: what lies above would only repeat the finding.

    `walked` is the document without its proof, if it was walked.
    """
    problems = _form(found, walked) or conformance.check(found.document) or (_claims(found.jwt) if found.jwt else ())
    if problems:
        raise Unacceptable(problems)


def _form(found: Extracted, walked: Walked | None) -> tuple[Problem, ...]:
    if walked is not None and walked.in_closed_form and closed_form.is_flat(found.document.get("proof", [])):
        return ()  # as is seen on the way to the canonical form
    problems = closed_form.check(found.document)
    if not _is_signed_as_json(found):
        return problems
    # The signature covers the JSON itself and not what its contexts make of it (Open Badges 3.0, 8.2; VC-DI-EDDSA,
    # 3.3), so a context for further terms need not be known.
    return tuple(problem for problem in problems if problem.type != UNKNOWN_CONTEXT)


def _claims(token: jose.UnverifiedJwt) -> tuple[Problem, ...]:
    """The claims agree with the credential; VCDM 2.0 has no `vc` claim beside or around it."""
    if "vc" in token.payload:
        detail = sentence("The token wraps a credential of data model 2.0 in the claim vc, which only model 1.1 has.")
        return (Problem(MALFORMED_VALUE_ERROR, "Wrapped twice", detail, "/vc"),)
    return jose.check_claims(token)


def _is_signed_as_json(found: Extracted) -> bool:
    """Whether it is a token, or every proof on it is over the JSON: then it has no canonical RDF that matters."""
    if found.jwt is not None:
        return True
    try:
        proofs = data_integrity.proofs_of(found.document)
        return bool(proofs) and all(data_integrity.suite_of(proof).of_json for proof in proofs)
    except Unacceptable:
        return False


def _unsecured(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}
