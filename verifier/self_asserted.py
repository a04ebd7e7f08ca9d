"""A credential that its holder makes of itself: without a proof, secured by that of the presentation it is in.

VCDM 2.0, section 4.13.4 "Presentations Including Holder Claims": the presentation names its holder, and the credential
the same as its issuer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from credentials.sentence import sentence
from verifier.checks.status import check_status
from verifier.checks.validity import check_validity
from verifier.extract import Extracted
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, shown
from verifier.result import Check, CheckName, Outcome, VerificationResult


def is_self_asserted(credential: str, holder: str) -> bool:
    """Whether the text is a credential without a proof, issued by this holder."""
    if not holder or not credential.startswith("{"):
        return False
    document = json.loads(credential)
    return "proof" not in document and issuer_id(document) == holder


def as_said_by(holder: str, result: VerificationResult, inquiry: Inquiry) -> VerificationResult:
    """The result of `verify` for such a credential, its holder's proof being right: the other questions are asked now.

    What does not conform stays as it was judged.
    """
    document: Mapping[str, Any] | None = result.document
    if document is None or result.check(CheckName.CONFORMS).outcome is not Outcome.PASSED:
        return result
    words = shown(holder)
    said = sentence("It has no signature of its own; {holder}, who presents it, signed it with the rest.", holder=words)
    found = Extracted(result.form, dict(document), None, result.secured)
    answers = {
        CheckName.PROOF: Check(CheckName.PROOF, Outcome.PASSED, said),
        CheckName.KEY_BELONGS_TO_ISSUER: Check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.PASSED, said),
        CheckName.VALIDITY: check_validity(found, inquiry.now, inquiry.zone),
        CheckName.STATUS: check_status(document, inquiry),
    }
    return replace(result, checks=tuple(answers.get(check.name, check) for check in result.checks))
