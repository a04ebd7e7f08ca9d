"""A crash between any two steps of renewing and reissuing: the same call again, or the sweep, makes it good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import func, select

from issuer.catalogue import Standing
from issuer.doctor import examine
from issuer.issue import resume
from issuer.signing import Step
from issuer.succession.correction import Corrections
from issuer.succession.outcomes import SuccessionOutcome
from issuer.succession.reissue import reissue_many
from issuer.succession.renew import renew_many
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import CredentialRow, NoticeRow
from tests.issuer.succession.conftest import NOW, Works

pytestmark = pytest.mark.slow

RENEWING = [Step.READ, Step.ALLOCATE, Step.PREPARE, Step.SIGN, Step.VERIFY, Step.STORE, Step.DONE]
REISSUING = [*RENEWING[:-1], Step.SUPERSEDE, Step.DONE]


class Crash(BaseException):
    """Not an Exception: nothing may catch it."""


def crash_at(step: Step) -> Callable[[Step], None]:
    def reached(at: Step) -> None:
        if at is step:
            raise Crash

    return reached


def count(works: Works, *conditions: Any) -> int:
    with works.db.read() as session:
        return session.scalar(select(func.count()).select_from(CredentialRow).where(*conditions)) or 0


@pytest.mark.parametrize(("step", "cure"), list(zip(RENEWING, cycle(["resume", "again"]), strict=False)))
def test_renewing(works: Works, step: Step, cure: str) -> None:
    old = [works.earned(number=number) for number in (1, 2)]

    def run(reached: Callable[[Step], None] | None = None) -> tuple[SuccessionOutcome, ...]:
        return renew_many(
            works.db,
            works.keyring,
            wishes=[RenewalWish(one, date(2026, 11, 20), (("exam", "91"),)) for one in old],
            actor="t",
            now=NOW,
            randomness=works.randomness,
            reached=reached,
        )

    with pytest.raises(Crash):
        run(crash_at(step))
    made_good(works, cure, run, 2)
    assert all(works.view(one).standing(NOW) is Standing.VALID for one in old)


@pytest.mark.parametrize(("step", "cure"), list(zip(REISSUING, cycle(["resume", "again"]), strict=False)))
def test_reissuing(works: Works, step: Step, cure: str) -> None:
    old = [works.earned(number=number) for number in (1, 2)]

    def run(reached: Callable[[Step], None] | None = None) -> tuple[SuccessionOutcome, ...]:
        return reissue_many(
            works.db,
            works.keyring,
            credential_ids=old,
            corrections=Corrections(narrative="Well done."),
            reason="More to say.",
            actor="t",
            now=NOW,
            randomness=works.randomness,
            reached=reached,
        )

    with pytest.raises(Crash):
        run(crash_at(step))
    made_good(works, cure, run, 2)
    for one in old:
        assert works.view(one).standing(NOW) is Standing.REVOKED
        assert len(works.view(one).events) == 1


def made_good(works: Works, cure: str, run: Callable[[], tuple[SuccessionOutcome, ...]], wanted: int) -> None:
    """After the cure there is one successor of each, everything is whole, and everybody is told once."""
    if cure == "resume":
        resume(works.db, works.keyring, actor="sweep", now=NOW)
        assert count(works, CredentialRow.state == "preparing") == 0
    successors = [one.successor_id for one in run()]
    assert len(set(successors)) == wanted
    assert [one.successor_id for one in run()] == successors
    assert count(works, CredentialRow.replaces_id.is_not(None)) == wanted
    assert count(works, CredentialRow.state != "issued") == 0
    health = examine(works.db, now=NOW)
    assert health.sound, [one.faults for one in health.examinations]
    with works.db.read() as session:
        assert session.scalar(select(func.count()).select_from(NoticeRow)) == 2 * wanted
