"""The judgement of an Open Badges 2.0 badge, in the same checks as of others, by its own standard's rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import sentence
from verifier.inquiry import Inquiry
from verifier.older import facts, proofs
from verifier.older.assertion import WEB, Assertion, of_token, require_form
from verifier.older.surroundings import Gone, Surroundings, Unbelievable, Unreachable, at_its_address, surroundings_of
from verifier.result import Check, CheckName, Outcome, VerificationResult

_READ = Check(CheckName.EXTRACT, Outcome.PASSED, sentence("An Open Badges 2.0 badge was read."))
_CONFORMS = Check(CheckName.CONFORMS, Outcome.PASSED, sentence("It has the form that Open Badges 2.0 asks for."))


def judge_older(text: str, form: str, source: str, inquiry: Inquiry) -> VerificationResult:
    """The text is an assertion as JSON, the JWS of one, or the address of one that an image held.

    1. form  2. hosted: it lies at its own address as it was given; signed: the signature is right  3. the address or
    the key is its issuer's  4. its dates, whether it was revoked, and, if the policy asks, whose it is. What comes
    after a step that did not pass is not looked at. The document of the result holds the badge class and the issuer's
    profile in the places where it only names them, if both were fetched.
    """
    assertion, checks = _read(text, inquiry)
    if assertion is None:
        return _result([*checks, *_skipped(checks)], None, form, source, text, inquiry, trusted=False)
    proven, current, around = _proven(assertion, inquiry)
    checks += proven
    authentic = around is not None and all(check.outcome is Outcome.PASSED for check in proven)
    if authentic and around is not None:
        current = {**current, "badge": {**around.badge, "issuer": dict(around.issuer)}}
        checks += [
            Check(CheckName.REFRESH, Outcome.SKIPPED, sentence("Open Badges 2.0 has no newer versions of a badge.")),
            facts.dates(assertion, inquiry),
            facts.revocation(assertion, current, around, inquiry),
            facts.recipient(assertion, inquiry),
            Check(
                CheckName.ENDORSEMENTS,
                Outcome.SKIPPED,
                sentence("Endorsements in Open Badges 2.0 badges are not looked at."),
            ),
        ]
    trusted = authentic and around is not None and around.issuer_id in (inquiry.policy.trusted_issuers or ())
    return _result([*checks, *_skipped(checks)], current, form, source, text, inquiry, trusted=trusted)


def _read(text: str, inquiry: Inquiry) -> tuple[Assertion | None, list[Check]]:
    try:
        if text.startswith(WEB):
            assertion = Assertion(at_its_address(text, inquiry), None, text)
        elif text.startswith("{"):
            assertion = Assertion(strict_json.parse(text), None, text)
        else:
            assertion = of_token(text)
        require_form(assertion)
    except Gone:
        return None, [_READ, proofs.gone(CheckName.CONFORMS, text)]
    except Unreachable as error:
        return None, [_READ, proofs.unknown(CheckName.CONFORMS, str(error))]
    except Unbelievable as error:
        return None, [_READ, proofs.unknown(CheckName.CONFORMS, str(error))]
    except Unacceptable as refusal:
        said = sentence(
            "This Open Badges 2.0 badge does not have the form of one: {why}.", why=refusal.problems[0].detail
        )
        return None, [_READ, Check(CheckName.CONFORMS, Outcome.FAILED, said, refusal.problems)]
    return assertion, [_READ, _CONFORMS]


def _proven(assertion: Assertion, inquiry: Inquiry) -> tuple[list[Check], dict[str, Any], Surroundings | None]:
    """The checks of who says it, the assertion as it stands today, and what is around it, as far as it was needed."""
    current = assertion.document
    proven: list[Check] = []
    if assertion.token is None:
        lies, current = proofs.hosted(assertion, inquiry)
        proven.append(lies)
        if lies.outcome is not Outcome.PASSED:
            return proven, current, None
    try:
        around = surroundings_of(assertion, inquiry)
    except Unreachable as error:
        name = CheckName.PROOF if assertion.token is not None else CheckName.KEY_BELONGS_TO_ISSUER
        return [*proven, proofs.unknown(name, str(error))], current, None
    except Unbelievable as error:
        return [*proven, proofs.unbelievable(error)], current, None
    if assertion.token is None:
        return [*proven, proofs.place_of_issuer(assertion, around)], current, around
    return [*proofs.signed(assertion, assertion.token, around, inquiry)], current, around


def _skipped(made: list[Check]) -> Iterator[Check]:
    names = {check.name for check in made}
    for name in CheckName:
        if name not in names:
            yield Check(name, Outcome.SKIPPED, sentence("Not looked at, because it is not known to be by its issuer."))


def _result(
    checks: list[Check],
    document: dict[str, Any] | None,
    form: str,
    source: str,
    text: str,
    inquiry: Inquiry,
    *,
    trusted: bool,
) -> VerificationResult:
    order = [*CheckName]
    checks.sort(key=lambda check: order.index(check.name))
    known = None if inquiry.policy.trusted_issuers is None else trusted
    return VerificationResult(tuple(checks), document, form, source, inquiry.now, known, text)
