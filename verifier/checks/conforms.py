"""Step 2: has the document the form in which it can only mean one thing?

Nothing is fetched before this has passed: the form, the contexts, the data model, and every term defined.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from credentials import canonical, closed_form, contexts
from credentials.canonical import Walked
from credentials.canonical_text import CanonicalText
from credentials.contexts import ContextDamaged
from credentials.model import conformance
from credentials.model.conformance import UNSUPPORTED_DATA_MODEL_VERSION
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    TOO_COMPLEX,
    UNKNOWN_CONTEXT,
    UNSIGNED_TERM,
    UNSUPPORTED_PROOF,
    VERIFICATION_UNAVAILABLE,
    Problem,
    Unacceptable,
)
from credentials.proofs import data_integrity, jose, vc_claim
from credentials.proofs.envelope import VC_JWT, Envelope, misplaced_claims
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


_CONFORMS_TO_THE_VALIDATORS = Check(
    CheckName.CONFORMS,
    Outcome.PASSED,
    sentence(
        "It has the form that the standard asks for, in the edition of context 3.0.3 that 1EdTech’s validator has: the "
        "published one does not define what it says."
    ),
)


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
        _refuse_what_does_not_conform(found, walked, unsecured, bounds)
        if unsecured is None:
            return CONFORMS, None
        if walked is None and _has_terms_of_the_validator(unsecured):
            made = canonical.canonicalize(unsecured, bounds=bounds, load=contexts.load_as_the_validator)
            return _CONFORMS_TO_THE_VALIDATORS, CanonicalText(made)
        made = canonical.canonicalize(unsecured, bounds=bounds, known=walked)
    except Unacceptable as refusal:
        return not_passed(refusal.problems), None
    except ContextDamaged as damage:
        return _unavailable(damage), None
    return CONFORMS, CanonicalText(made)


def _has_terms_of_the_validator(document: dict[str, Any]) -> bool:
    """Whether it says what only one of the two files by the name of context 3.0.3 defines.

    With the published one such a member would not be signed, so it is not even tried: it could only be refused.
    """
    named = document.get("@context")
    if not isinstance(named, list) or contexts.OPEN_BADGES_3_0_3 not in named:
        return False
    waiting: list[Any] = [document]
    for holder in waiting:
        if isinstance(holder, dict):
            if not contexts.TERMS_OF_THE_VALIDATOR.isdisjoint(holder):
                return True
            waiting.extend(value for value in holder.values() if value.__class__ in (dict, list))
        else:
            waiting.extend(value for value in holder if value.__class__ in (dict, list))
    return False


def _unavailable(damage: ContextDamaged) -> Check:
    problem = context_unavailable(damage)
    return Check(CheckName.CONFORMS, Outcome.INCOMPLETE, problem.detail, (problem,))


def context_unavailable(damage: ContextDamaged) -> Problem:
    """What a damaged installation means for a document: nothing is said against it, and nothing is known."""
    said = sentence(
        "Its form could not be checked, because this installation is damaged: {why}.", why=sentence_of(damage)
    )
    return Problem(VERIFICATION_UNAVAILABLE, "Installation damaged", said)


def not_passed(problems: tuple[Problem, ...]) -> Check:
    """The check that says so: failed, or incomplete if all of them are limits of this software."""
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


def _refuse_what_does_not_conform(
    found: Extracted, walked: Walked | None, unsecured: dict[str, Any] | None, bounds: canonical.Bounds
) -> None:
    """All that is wrong with form, data model and claims; of two findings at one place the first.

    Where all that is found in the form is what this verifier does not know, the layers above are not asked: they would
    call wrong what is only unknown. `walked` is the document without its proof, if it was walked; `unsecured` that
    document, if what it means is signed.
    """
    problems = form = _form(found, walked, of_json=unsecured is None)
    if not problems or outcome_of(problems) is Outcome.FAILED:
        places = {problem.pointer for problem in problems}
        further = (*conformance.check(found.document), *_claims(found.envelope))
        problems = (*problems, *(problem for problem in further if problem.pointer not in places))
    if problems and not form and unsecured is not None:
        problems = (*problems, *_unsigned(unsecured, bounds, problems))
    if problems:
        raise Unacceptable(dict.fromkeys(problems))


def _unsigned(unsecured: dict[str, Any], bounds: canonical.Bounds, known: Iterable[Problem]) -> Iterable[Problem]:
    """What no context defines, of a document with other faults; of a wrong type that would be its own members."""
    if any(problem.pointer.startswith(("/type", "/@context")) for problem in known):
        return ()
    try:
        canonical.canonicalize(unsecured, bounds=bounds)
    except Unacceptable as refusal:
        return tuple(problem for problem in refusal.problems if problem.type == UNSIGNED_TERM)
    return ()


def _form(found: Extracted, walked: Walked | None, *, of_json: bool) -> tuple[Problem, ...]:
    if walked is not None and walked.in_closed_form and closed_form.is_flat(found.document.get("proof", [])):
        return ()  # as is seen on the way to the canonical form
    problems = closed_form.check(found.document)
    if not of_json:
        return problems
    # The signature covers the JSON itself and not what its contexts make of it (Open Badges 3.0, 8.2; VC-DI-EDDSA,
    # 3.3), so a context for further terms need not be known.
    return tuple(problem for problem in problems if problem.type != UNKNOWN_CONTEXT)


def _claims(token: Envelope | None) -> tuple[Problem, ...]:
    """The claims agree with the credential; only VCDM 1.1 has the claim `vc` around it."""
    if token is None:
        return ()
    if "vc" in token.payload and not vc_claim.is_of_version_1(token.credential):
        detail = sentence("The token wraps a credential of data model 2.0 in the claim vc, which only model 1.1 has.")
        return (Problem(MALFORMED_VALUE_ERROR, "Wrapped twice", detail, "/vc"),)
    if "vp" in token.payload:
        return misplaced_claims(token.payload)
    if token.media_type != VC_JWT:
        return jose.claims_that_disagree(token.payload, token.credential, required=False)
    return jose.check_claims(token)


def _is_signed_as_json(found: Extracted) -> bool:
    """Whether it is a token, or every proof on it is over the JSON: then it has no canonical RDF that matters."""
    if found.envelope is not None:
        return True
    try:
        proofs = data_integrity.proofs_of(found.document)
        return bool(proofs) and all(data_integrity.suite_of(proof).of_json for proof in proofs)
    except Unacceptable:
        return False


def _unsecured(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}
