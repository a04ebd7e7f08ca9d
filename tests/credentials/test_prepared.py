"""Only what was checked can be signed."""

from __future__ import annotations

from typing import Any

import pytest

from credentials.canonical import canonicalize
from credentials.prepared import PreparedCredential, prepare
from credentials.problems import MALFORMED_VALUE_ERROR, PROOF_GENERATION_ERROR, UNSIGNED_TERM, Unacceptable
from tests.credentials.badges import badge


def test_a_conforming_badge_is_prepared_as_a_copy() -> None:
    document = badge()
    prepared = prepare(document)
    document["name"] = "changed later"
    document["credentialSubject"]["achievement"]["name"] = "changed later"
    assert prepared.document == badge()
    assert prepared.canonical == canonicalize(badge())


def test_no_one_else_can_make_one() -> None:
    with pytest.raises(TypeError, match="prepare"):
        PreparedCredential(b"{}", b"", (), object())


def _in_subject(**changes: Any) -> dict[str, Any]:
    return {"credentialSubject": {**badge()["credentialSubject"], **changes}}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"proof": [{"type": "DataIntegrityProof"}]}, PROOF_GENERATION_ERROR),
        ({"unknown": "term"}, UNSIGNED_TERM),
        ({"validFrom": "2026-01-15"}, MALFORMED_VALUE_ERROR),
        (_in_subject(creditsEarned=1e-9), MALFORMED_VALUE_ERROR),
        (_in_subject(creditsEarned=2.0**60), MALFORMED_VALUE_ERROR),
        (_in_subject(creditsEarned=-0.0), MALFORMED_VALUE_ERROR),
        (_in_subject(role=None), MALFORMED_VALUE_ERROR),
        ({"validFrom": "\ud800"}, MALFORMED_VALUE_ERROR),
        ({"validUntil": "2026-01-15T09:00:00Z\udfff"}, MALFORMED_VALUE_ERROR),
        ({"name": "half a character: \ud800"}, MALFORMED_VALUE_ERROR),
        ({"half a name: \ud800": "x"}, UNSIGNED_TERM),
    ],
)
def test_what_must_not_be_signed_is_not_prepared(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unacceptable) as refusal:
        prepare(badge(**changes))
    assert problem in [found.type for found in refusal.value.problems]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Unacceptable) as refusal:
        prepare(badge(validFrom="soon", name=None, proof={}))
    assert {"/validFrom", "/name", "/proof"} <= {problem.pointer for problem in refusal.value.problems}
