"""What a test of this folder tests: a standard, a section of it, and what that section demands, in our own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True)
class Clause:
    """`says` begins with who must do what; `section` is that of the standard's recommendation."""

    standard: str
    section: str
    says: str


VCDM_2 = "Verifiable Credentials Data Model 2.0"
DATA_INTEGRITY = "Data Integrity 1.0"
DI_EDDSA = "Data Integrity EdDSA 1.0"
DI_ECDSA = "Data Integrity ECDSA 1.0"
BITSTRING = "Bitstring Status List 1.0"
JOSE_COSE = "Securing VCs with JOSE and COSE"


def must(standard: str, section: str, says: str) -> Callable[[Test], Test]:
    """The clause that a test function tests."""

    def named(test: Test) -> Test:
        test.clause = Clause(standard, section, says)  # type: ignore[attr-defined]
        return test

    return named


def clause_of(item: pytest.Item) -> Clause | None:
    """The clause of a collected test: that of its row in a table, or of its function."""
    row = getattr(item, "callspec", None)
    found = row.params.get("row") if row is not None else None
    clause = getattr(found, "clause", None) or getattr(getattr(item, "function", None), "clause", None)
    return clause if isinstance(clause, Clause) else None
