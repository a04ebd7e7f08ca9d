"""What waits for whom, on both databases: asked, open to assessors, left to managers; and what was scored."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from issuer.assessment.at_hand import Seat, at_hand
from issuer.assessment.cases import State
from issuer.assessment.queue import decisions_of, queue_of, scored_by
from issuer.errors import UnknownProposal
from tests.issuer.assessment.conftest import CRAFT, School
from tests.issuer.conftest import NOW

TODAY = NOW.date()
LEFT = CRAFT + "  - {level: mate, name: Mate, criteria: Works with us., assessment: {by: manager}}\n"


def test_everybody_finds_what_is_his(both: School) -> None:
    both.publish(LEFT, NOW - timedelta(days=30))
    both.award("cara", "apprentice", TODAY - timedelta(days=90))
    journey = both.propose("cara", "journeyman", assessors=("ann@acme.example",))
    mate = both.propose("cara", "mate")
    ann, ben, mona, cara = (both.id_of(name) for name in ("ann", "ben", "mona", "cara"))

    asked = queue_of(both.db, "acme", ann, named=False, day=TODAY)
    assert [one.id for one in asked.asked] == [journey.id]
    assert (asked.open, asked.after) == ((), None)
    assert asked.asked[0].missing == "2 more assessors, among them people of 2 more functions"
    assert [one.id for one in queue_of(both.db, "acme", ben, named=True, day=TODAY).open] == [journey.id]
    assert [one.id for one in decisions_of(both.db, "acme", mona, day=TODAY)] == [mate.id]
    assert queue_of(both.db, "acme", cara, named=True, day=TODAY).open == ()
    assert decisions_of(both.db, "acme", ann, day=TODAY) == ()

    both.assess(journey, "ann")
    assert queue_of(both.db, "acme", ann, named=True, day=TODAY).asked == ()
    assert queue_of(both.db, "acme", both.id_of("cho"), named=True, day=TODAY).open == (), "of Ann’s function"
    [mine] = scored_by(both.db, "acme", ann)
    assert (mine.proposal_id, mine.level_name, mine.state) == (journey.id, "Journeyman", State.IN_ASSESSMENT)
    assert scored_by(both.db, "acme", ann, after=(mine.at, mine.proposal_id)) == ()

    hers = at_hand(both.db, "acme", journey.id, Seat(ann, uuid4()))
    assert (hers.scored, hers.may_score, len(hers.view.scorings)) == (True, False, 1)
    for seat in (Seat(ben, uuid4()), Seat(cara, uuid4()), Seat(mona, uuid4(), manages=True)):
        with pytest.raises(UnknownProposal):
            at_hand(both.db, "acme", journey.id, seat)
    left = at_hand(both.db, "acme", mate.id, Seat(mona, uuid4(), manages=True))
    assert left.may_score


def test_who_took_part_before_finds_no_appeal(school: School) -> None:
    one = school.propose("cara", "master")
    for name in ("ann", "ben"):
        school.assess(one, name, {}, passed=False)
    school.appeal(one)
    seen = {
        name: [waiting.id for waiting in queue_of(school.db, "acme", school.id_of(name), named=True, day=TODAY).open]
        for name in ("ann", "cho")
    }
    assert seen == {"ann": [], "cho": [one.id]}
    assert queue_of(school.db, "acme", school.id_of("cho"), named=True, day=TODAY).open[0].appealed


def test_long_queues_come_in_pages_without_gaps(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.assessment.queue.PAGE", 2)
    monkeypatch.setattr("issuer.assessment.queue._CHUNK", 2)
    monkeypatch.setattr("issuer.assessment.queue._CHUNKS", 1)
    names = ("cara", "mona", "ann", "ben", "cho", "dag")
    made = {
        school.proposed(name, "master", now=NOW + timedelta(minutes=number)).proposal.id
        for number, name in enumerate(names)
    }
    found: list[object] = []
    after = None
    for _ in range(10):
        queue = queue_of(school.db, "acme", school.id_of("eve"), named=True, day=TODAY, after=after)
        found += [one.id for one in queue.open]
        after = queue.after
        if after is None:
            break
    assert len(found) == len(set(found)) == 6
    assert set(found) == made
