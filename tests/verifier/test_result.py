"""The result: one word from the checks, and no truth value by accident."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

import pytest

from credentials.problems import Problem, own_type
from verifier.result import (
    EXPIRED,
    NOT_YET_VALID,
    REVOKED,
    SUSPENDED,
    Check,
    CheckName,
    NotVerified,
    Outcome,
    Status,
    VerificationResult,
    status_of,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def check(name: CheckName, outcome: Outcome, type_: str = "") -> Check:
    """A check, with a problem where it needs one."""
    needed = type_ or outcome in (Outcome.FAILED, Outcome.INCOMPLETE)
    problems = (Problem(type_ or own_type("test"), "Title", "Detail"),) if needed else ()
    return Check(name, outcome, f"{name} {outcome}", problems)


PASSED = tuple(check(name, Outcome.PASSED) for name in CheckName)


def passed_but(*others: Check) -> tuple[Check, ...]:
    """All checks passed but for these."""
    changed = {other.name: other for other in others}
    return tuple(changed.get(each.name, each) for each in PASSED)


def result_of(*checks: Check) -> VerificationResult:
    """A result of these checks."""
    return VerificationResult(checks, {"id": "urn:x"}, "json", "", NOW, None)


FORGED = check(CheckName.PROOF, Outcome.FAILED)
UNREACHED = check(CheckName.PROOF, Outcome.INCOMPLETE)
IS_REVOKED = check(CheckName.STATUS, Outcome.FAILED, REVOKED)
IS_SUSPENDED = check(CheckName.STATUS, Outcome.FAILED, SUSPENDED)
LIST_FORGED = check(CheckName.STATUS, Outcome.FAILED)
LIST_GONE = check(CheckName.STATUS, Outcome.INCOMPLETE)
IS_EXPIRED = check(CheckName.VALIDITY, Outcome.FAILED, EXPIRED)
IS_EARLY = check(CheckName.VALIDITY, Outcome.FAILED, NOT_YET_VALID)
OTHERS = check(CheckName.RECIPIENT, Outcome.FAILED)


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ((), Status.VALID),
        ((FORGED, IS_EXPIRED), Status.INVALID),
        ((FORGED, IS_REVOKED), Status.INVALID),
        ((UNREACHED, IS_REVOKED), Status.UNCHECKED),
        ((check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.FAILED), IS_EXPIRED), Status.INVALID),
        ((check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.FAILED), UNREACHED), Status.INVALID),
        ((check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.SKIPPED),), Status.VALID),
        ((check(CheckName.PROOF, Outcome.SKIPPED),), Status.UNCHECKED),
        ((IS_REVOKED, IS_EXPIRED, OTHERS), Status.REVOKED),
        ((IS_SUSPENDED, IS_EXPIRED), Status.SUSPENDED),
        ((IS_EXPIRED, LIST_GONE, OTHERS), Status.EXPIRED),
        ((IS_EXPIRED, LIST_FORGED), Status.EXPIRED),
        ((IS_EARLY, LIST_GONE), Status.NOT_YET_VALID),
        ((OTHERS, LIST_GONE), Status.INVALID),
        ((LIST_FORGED,), Status.INVALID),
        ((LIST_GONE,), Status.UNCHECKED),
    ],
)
def test_precedence(checks: tuple[Check, ...], status: Status) -> None:
    result = result_of(*passed_but(*checks))
    assert result.status is status
    if status is not Status.VALID and result.deciding_check:
        assert result.sentence == result.deciding_check.sentence


def test_no_checks_is_not_verified() -> None:
    assert not result_of().verified
    assert result_of().status is Status.UNCHECKED


def test_verified_only_if_nothing_failed_or_is_incomplete() -> None:
    """Over every combination of outcomes of four checks: the rule itself, against the word."""
    names = (CheckName.CONFORMS, CheckName.PROOF, CheckName.STATUS, CheckName.RECIPIENT)
    for outcomes in itertools.product(Outcome, repeat=4):
        checks = tuple(check(name, outcome) for name, outcome in zip(names, outcomes, strict=True))
        good = not {Outcome.FAILED, Outcome.INCOMPLETE} & set(outcomes) and outcomes[1] is Outcome.PASSED
        result = result_of(*checks)
        assert result.verified is good
        assert (result.exit_code == 0) is good
        assert (status_of(checks) is Status.VALID) is good


def test_a_result_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"\.verified"):
        bool(result_of(*PASSED))


def test_require() -> None:
    good, bad = result_of(*PASSED), result_of(*passed_but(IS_REVOKED))
    assert good.require() is good
    with pytest.raises(NotVerified, match="status failed") as raised:
        bad.require()
    assert raised.value.result is bad


def test_a_check_that_is_not_passed_says_why() -> None:
    for outcome in (Outcome.FAILED, Outcome.INCOMPLETE):
        with pytest.raises(ValueError, match="names no problem"):
            Check(CheckName.PROOF, outcome, "?")


def test_as_json() -> None:
    value = json.loads(json.dumps(result_of(*passed_but(IS_REVOKED)).as_dict()))
    assert (value["verified"], value["status"], value["checkedAt"]) == (False, "revoked", "2026-11-22T10:00:00Z")
    assert [each["check"] for each in value["checks"]] == list(CheckName)
    assert value["checks"][6]["problems"][0]["type"] == REVOKED
    assert Status.NOT_YET_VALID.words == "not yet valid"
    with pytest.raises(KeyError):
        result_of().check("proof")
