"""What a person asks about his own way to a level, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from issuer.assessment.cases import State
from issuer.assessment.own import may_be_appealed, proposals_of, road_of
from issuer.people.progress import history_of_person
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Work
from tests.issuer.assessment.conftest import School
from tests.issuer.conftest import NOW

JOURNEYMAN = LevelKey("craft", "journeyman")


def test_one_s_own_proposals_and_what_came_of_them(both: School) -> None:
    cara = both.id_of("cara")
    both.award("cara", "apprentice", date(2026, 9, 1))
    made = both.proposed().proposal
    (own,) = proposals_of(both.db, None, cara)
    assert (own.id, own.level_name, own.state, own.running, own.appealed) == (
        made.id,
        "Journeyman",
        State.PROPOSED,
        True,
        False,
    )
    assert not may_be_appealed(both.db, made.id)
    told = [one.what for one in history_of_person(both.db, None, cara, NOW)]
    assert "Journeyman proposed" in told
    assert proposals_of(both.db, None, both.id_of("ann")) == ()


def test_what_happened_at_one_instant_is_told_in_its_order_and_what_ended_as_ended(both: School) -> None:
    cara = both.id_of("cara")
    both.award("cara", "apprentice", date(2026, 9, 1))
    both.proposed()
    issued, ended = "Apprentice issued (version 1, earned on 1 September 2026)", "Apprentice expired"
    told = [one.what for one in history_of_person(both.db, None, cara, NOW)]
    assert told == ["Journeyman proposed", issued]
    told = [one.what for one in history_of_person(both.db, None, cara, NOW + timedelta(days=366))]
    assert told == ["Journeyman proposed", issued, ended]


def test_the_road_says_what_judges_a_completion_of_today(both: School) -> None:
    cara = both.id_of("cara")
    road = road_of(both.db, None, cara, JOURNEYMAN, NOW)
    assert road is not None
    assert (road.renews, road.not_now, road.work) == (None, None, Work.REASSESSMENT)
    assert [rule.id for rule in road.demands.evidence] == ["design-note", "recording"]
    held = both.award("cara", "journeyman", date(2024, 12, 20))
    renewing = road_of(both.db, None, cara, JOURNEYMAN, NOW)
    assert renewing is not None
    assert renewing.renews == held
    both.award("ben", "journeyman", date(2026, 9, 1))
    early = road_of(both.db, None, both.id_of("ben"), JOURNEYMAN, NOW)
    assert early is not None
    assert early.not_now is not None
    assert "it can be renewed from" in early.not_now.sentence
    assert road_of(both.db, None, cara, LevelKey("craft", "king"), NOW) is None
