"""Who is said to decide is who decides."""

from __future__ import annotations

import pytest

from issuer.assessment.rules import By, Quorum
from portal.me.deciding_words import who_decides


@pytest.mark.parametrize(
    ("quorum", "appealed", "said"),
    [
        (None, False, "An officer of the program decides."),
        (Quorum(by=By.MANAGER), False, "Your manager approves or declines it"),
        (Quorum(by=By.MANAGER), True, "An officer of the program decides."),
        (Quorum(assessors=1), False, "An assessor scores it."),
        (Quorum(assessors=3), True, "Assessors score it, each alone."),
    ],
)
def test_who_decides(quorum: Quorum | None, appealed: bool, said: str) -> None:
    assert str(who_decides(quorum, appealed=appealed)).startswith(said)
