"""Is it shown by its holder? Asked only if the policy names a question that the holder had to sign (RFC 9901, 7.3)."""

from __future__ import annotations

from credentials.problems import PROOF_VERIFICATION_ERROR, Problem, Unacceptable
from credentials.sentence import sentence, together
from verifier.extract import Extracted
from verifier.inquiry import Inquiry
from verifier.result import Check, CheckName, Outcome


def with_holder(recipient: Check, found: Extracted, inquiry: Inquiry) -> Check:
    """The check `recipient`, which is also about whose hands it comes from if the policy asks that."""
    question = inquiry.policy.shown_for
    if question is None or inquiry.depth or recipient.outcome is Outcome.FAILED:
        return recipient
    envelope = found.envelope
    if envelope is None or envelope.sd_jwt is None:
        said = sentence("It cannot be shown to come from its holder: only an SD-JWT can carry the holder's signature.")
        problem = Problem(PROOF_VERIFICATION_ERROR, "Not shown by its holder", said)
        return Check(CheckName.RECIPIENT, Outcome.FAILED, said, (problem,))
    from credentials.proofs.sd_jwt import key_binding

    asked = key_binding.Asked(question.nonce, question.audience)
    try:
        key_binding.check(envelope.sd_jwt, asked, inquiry.now)
    except Unacceptable as refusal:
        return Check(CheckName.RECIPIENT, Outcome.FAILED, refusal.problems[0].detail, refusal.problems)
    said = sentence("It is shown by its holder, for this very question.")
    before = recipient.sentence if recipient.outcome is Outcome.PASSED else ""
    return Check(CheckName.RECIPIENT, Outcome.PASSED, together(before, said))
