"""What a holder is told when a credential of his was issued: that it is there, was renewed, or was corrected. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from issuer.messages.notices import Kind, Notice
from issuer.waiting import WaitingAward

HISTORY = "history"
"""The source of awards that were made long ago and are entered now: nobody is told of them."""


def notices_of_issued(issued: Iterable[WaitingAward], issuer_id: int, now: datetime) -> list[Notice]:
    """A notice for each of these that are issued now, if they are a person's; none for imported history."""
    found = []
    for one in issued:
        kind = _kind(one)
        if kind is None or one.person_id is None:
            continue
        identifier = str(one.credential_id)
        facts = {"credential": identifier, "level": f"{one.achievement.program}/{one.achievement.level}"}
        if one.replaced is not None:
            facts["predecessor"] = str(one.replaced.credential_id)
        found.append(
            Notice(
                key=f"issued:{identifier}",
                kind=kind,
                issuer_id=issuer_id,
                recipient_id=one.person_id,
                due_at=now,
                facts=facts,
            )
        )
    return found


def _kind(one: WaitingAward) -> Kind | None:
    if one.replaced is not None:
        return Kind.REISSUED if one.replaced.same_award else Kind.RENEWED
    return None if one.source == HISTORY else Kind.ISSUED
