"""SD-JWT VC (`dc+sd-jwt`): a credential of the IETF, which is none of the W3C's and is asked the same questions.

conforms: the claims that the standard asks for, none of them concealed. Then who signed it, its dates (`nbf`, `exp`),
its status (`status_list`), and whose it is. It has neither a refresh service nor endorsements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from credentials.instants import format_instant
from credentials.problems import MALFORMED_VALUE_ERROR, Problem, Unacceptable
from credentials.proofs.envelope import Envelope
from credentials.sentence import sentence
from verifier.checks.conforms import CONFORMS
from verifier.checks.holder import with_holder
from verifier.checks.proof import check_proof
from verifier.checks.recipient import OTHER_RECIPIENT
from verifier.checks.signatures import of_envelope
from verifier.checks.token_status import check_token_status
from verifier.checks.validity import check_validity
from verifier.extract import Extracted
from verifier.inquiry import Inquiry
from verifier.issuer_metadata import published_by
from verifier.parties import shown
from verifier.result import Check, CheckName, Outcome

_NEVER_CONCEALED = ("iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status")
_LAST_SECOND = 253_402_300_799


def judge(found: Extracted, envelope: Envelope, inquiry: Inquiry) -> tuple[Check, ...]:
    """The eight questions after `extract`, in their order; nothing is fetched before the first is answered."""
    problems = tuple(_problems(envelope))
    if problems:
        said = sentence("It does not have the form of an SD-JWT VC: {first}", first=problems[0].detail)
        return (Check(CheckName.CONFORMS, Outcome.FAILED, said, problems), *_untouched(CheckName.CONFORMS))
    claims = envelope.payload
    try:
        signature = of_envelope(envelope, signer=claims["iss"])
        proof, key = check_proof(found, inquiry, (signature._replace(published=published_by),))
    except Unacceptable as refusal:
        proof, key = check_proof(found, inquiry, refusal)
    if proof.outcome is not Outcome.PASSED or key.outcome not in (Outcome.PASSED, Outcome.SKIPPED):
        return (CONFORMS, proof, key, *_untouched(CheckName.KEY_BELONGS_TO_ISSUER))
    none = sentence("Credentials of this kind have none.")
    return (
        CONFORMS,
        proof,
        key,
        Check(CheckName.REFRESH, Outcome.SKIPPED, none),
        check_validity(_dated(claims), inquiry.now, inquiry.zone),
        check_token_status(claims, inquiry),
        with_holder(_recipient(claims, inquiry), found, inquiry),
        Check(CheckName.ENDORSEMENTS, Outcome.SKIPPED, none),
    )


def _problems(envelope: Envelope) -> Iterator[Problem]:
    claims = envelope.payload
    for name in ("iss", "vct"):
        if not isinstance(claims.get(name), str) or not claims[name]:
            yield _problem(name, sentence("The claim {name} is missing, or is no text.", name=name))
    for name in ("iat", "nbf", "exp"):
        if name in claims and not _is_instant(claims[name]):
            yield _problem(name, sentence("The claim {claim} of the token is no date.", claim=name))
    for name in ("status", "cnf"):
        if name in claims and not isinstance(claims[name], dict):
            yield _problem(name, sentence("The claim {name} is no object.", name=name))
    disclosed = {one.name for one in envelope.sd_jwt.disclosures} if envelope.sd_jwt is not None else set()
    signed = envelope.sd_jwt.token.payload if envelope.sd_jwt is not None else claims
    for name in _NEVER_CONCEALED:
        if name in disclosed and name in claims and name not in signed:
            yield _problem(name, sentence("The claim {name} may not be concealed, and it was.", name=name))


def _dated(claims: Mapping[str, Any]) -> Extracted:
    """Its dates under the names that `check_validity` reads."""
    names = {"nbf": "validFrom", "exp": "validUntil"}
    dates = {
        member: format_instant(datetime.fromtimestamp(int(claims[claim]), UTC))
        for claim, member in names.items()
        if claim in claims
    }
    return Extracted("sd-jwt", dates, None, "")


def _recipient(claims: Mapping[str, Any], inquiry: Inquiry) -> Check:
    if inquiry.policy.recipient is None:
        return Check(CheckName.RECIPIENT, Outcome.SKIPPED, sentence("Nobody asked whose it is."))
    kind, value = inquiry.policy.recipient
    given = {claims.get("sub"), claims.get("email") if kind == "emailAddress" else None}
    wanted = shown(value)
    if value in given or (kind == "emailAddress" and f"mailto:{value}" in given):
        return Check(CheckName.RECIPIENT, Outcome.PASSED, sentence("It was given to {wanted}.", wanted=wanted))
    said = sentence("It was not given to {wanted}, as far as it tells.", wanted=wanted)
    return Check(CheckName.RECIPIENT, Outcome.FAILED, said, (Problem(OTHER_RECIPIENT, "Another recipient", said),))


def _is_instant(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST_SECOND


def _problem(name: str, detail: str) -> Problem:
    return Problem(MALFORMED_VALUE_ERROR, "Claim is not right", detail, f"/{name}")


def _untouched(after: CheckName) -> Iterator[Check]:
    names = list(CheckName)
    for name in names[names.index(after) + 1 :]:
        yield Check(name, Outcome.SKIPPED, sentence("Not looked at, because it is not known to be by its issuer."))
