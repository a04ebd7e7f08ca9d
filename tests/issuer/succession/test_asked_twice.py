"""The same award, asked for twice at once: what the first call made is no reason against the second."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from issuer import batches
from tests.issuer.succession.conftest import Works


def test_the_call_that_comes_second_is_given_what_the_first_one_made(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[UUID] = []
    rules = batches._check_rules

    def another_comes_first(*given: Any, **more: Any) -> None:
        """Between the look at the keys and the look at who holds what, another call is through."""
        monkeypatch.setattr(batches, "_check_rules", rules)
        others.append(works.earned(idempotency_key="once"))
        rules(*given, **more)

    monkeypatch.setattr(batches, "_check_rules", another_comes_first)
    assert works.earned(idempotency_key="once") == others[0]
