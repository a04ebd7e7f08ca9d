"""Step 7: was it given to the person somebody says it was? (Open Badges 3.0, section 8 step 5 and section 10)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from credentials import identity
from credentials.problems import Problem, own_type
from credentials.sentence import sentence
from verifier.inquiry import Inquiry
from verifier.parties import objects, shown
from verifier.result import Check, CheckName, Outcome

OTHER_RECIPIENT = own_type("other-recipient")

_NOT_ASKED = Check(CheckName.RECIPIENT, Outcome.SKIPPED, sentence("Nobody asked whose it is."))


def check_recipient(document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """Passed if one identifier of the subject, plain or hashed, or its id, is the one that the policy names."""
    if inquiry.policy.recipient is None or inquiry.depth:
        return _NOT_ASKED
    identity_type, value = inquiry.policy.recipient
    wanted = shown(value)
    subjects = objects(document.get("credentialSubject"))
    if value in _ids(subjects, identity_type):
        return Check(CheckName.RECIPIENT, Outcome.PASSED, sentence("It was given to {wanted}.", wanted=wanted))
    identifiers = [item for subject in subjects for item in objects(subject.get("identifier"))]
    if any(identity.matches(item, value, identity_type) for item in identifiers):
        return Check(CheckName.RECIPIENT, Outcome.PASSED, sentence("It was given to {wanted}.", wanted=wanted))
    said = sentence(
        "It was not given to {wanted}, as far as it tells: none of its identifiers is that {identity_type}.",
        wanted=wanted,
        identity_type=identity_type,
    )
    problem = Problem(OTHER_RECIPIENT, "Another recipient", said, "/credentialSubject")
    return Check(CheckName.RECIPIENT, Outcome.FAILED, said, (problem,))


def _ids(subjects: list[Mapping[str, Any]], identity_type: str) -> Iterator[str]:
    for subject in subjects:
        identifier = subject.get("id")
        if isinstance(identifier, str):
            yield identifier
            if identity_type == "emailAddress" and identifier.startswith("mailto:"):
                yield identifier.removeprefix("mailto:")
