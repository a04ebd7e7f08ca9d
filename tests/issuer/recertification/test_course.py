"""Where someone stands: the state changes at midnight of the level's zone, to the second, and on no other day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from issuer.recertification.course import State, course_of
from issuer.recertification.facts import Holding
from issuer.recertification.governing import governing, newest
from issuer.recertification.renewal import NotNow, renewal_of
from tests.issuer.recertification.building import day, held, instant, level, rules, version

RULES = rules(window="90 days", due="14 days", grace="30 days")

# Expiry on 30 June 2027: opens 1 April, due through 16 June, valid through 30 June, grace through 30 July.
MIDNIGHTS = [
    # zone, E, first instant of: the window, overdue, grace, lapse
    ("UTC", "2027-06-30", "2027-04-01 00:00", "2027-06-17 00:00", "2027-07-01 00:00", "2027-07-31 00:00"),
    ("Asia/Kathmandu", "2027-06-30", "2027-03-31 18:15", "2027-06-16 18:15", "2027-06-30 18:15", "2027-07-30 18:15"),
    # Berlin's clocks go on at 01:00 UTC on 28 March 2027 and back on 31 October 2027
    ("Europe/Berlin", "2027-06-26", "2027-03-27 23:00", "2027-06-12 22:00", "2027-06-26 22:00", "2027-07-26 22:00"),
    ("Europe/Berlin", "2027-06-27", "2027-03-28 22:00", "2027-06-13 22:00", "2027-06-27 22:00", "2027-07-27 22:00"),
    ("Europe/Berlin", "2027-10-30", "2027-07-31 22:00", "2027-10-16 22:00", "2027-10-30 22:00", "2027-11-29 23:00"),
    ("Europe/Berlin", "2027-10-31", "2027-08-01 22:00", "2027-10-17 22:00", "2027-10-31 23:00", "2027-11-30 23:00"),
    # Santiago, 5 September 2021: from 24:00 on to 01:00, there is no midnight; 3 April 2021: 23:00 comes twice
    ("America/Santiago", "2021-09-04", "2021-06-06 04:00", "2021-08-22 04:00", "2021-09-05 04:00", "2021-10-05 03:00"),
    ("America/Santiago", "2021-04-03", "2021-01-03 03:00", "2021-03-21 03:00", "2021-04-04 04:00", "2021-05-04 04:00"),
    # Apia had no 30 December 2011: it went from UTC−10 to UTC+14
    ("Pacific/Apia", "2011-12-29", "2011-09-30 10:00", "2011-12-16 10:00", "2011-12-30 10:00", "2012-01-28 10:00"),
]


@pytest.mark.parametrize(("zone", "expires", "opens", "overdue", "grace", "lapses"), MIDNIGHTS)
def test_a_state_begins_with_the_first_second_of_its_day(
    zone: str, expires: str, opens: str, overdue: str, grace: str, lapses: str
) -> None:
    where = ZoneInfo(zone)
    facts = level("associate", version(published="2000-01-01", recertification=RULES), zone=where)
    holding = held("associate", "2010-06-30", expires, zone=where)
    turns = [opens, overdue, grace, lapses]
    states = [State.CURRENT, State.OPEN, State.OVERDUE, State.IN_GRACE, State.LAPSED]
    for turn, before, after in zip(turns, states, states[1:], strict=False):
        at = instant(turn)
        assert course_of(facts, (holding,), at - timedelta(microseconds=1)).state is before
        assert course_of(facts, (holding,), at).state is after
    course = course_of(facts, (holding,), instant(opens))
    assert [course.opens_at, course.overdue_at, course.expired_at, course.lapsed_at] == [instant(one) for one in turns]


ASSOCIATE = level("associate", version(recertification=RULES))


def state(*holdings: Holding, now: str = "2027-01-01") -> State:
    return course_of(ASSOCIATE, holdings, instant(now)).state


def test_the_signed_instant_decides_when_it_expires_and_not_todays_rules() -> None:
    odd = replace(held("associate", "2026-06-30", "2027-06-30"), valid_until=instant("2027-06-30 09:59:59"))
    assert state(odd, now="2027-06-30 09:59:59") is State.OVERDUE
    assert state(odd, now="2027-06-30 10:00:00") is State.IN_GRACE
    assert state(odd, now="2027-07-30 21:59:59") is State.IN_GRACE
    assert state(odd, now="2027-07-30 22:00:00") is State.LAPSED


def test_what_is_held_is_the_one_that_lasts_longest_of_those_not_revoked() -> None:
    old, new = held("associate", "2025-06-30", "2026-06-30", 1), held("associate", "2026-06-01", "2027-06-01", 2)
    for history in ((old, new), (new, old)):
        course = course_of(ASSOCIATE, history, instant("2026-07-15"))
        assert course.holding == new
        assert course.state is State.CURRENT
    for_ever = held("associate", "2024-01-01", None, 3)
    course = course_of(ASSOCIATE, (new, for_ever, old), instant("2099-01-01"))
    assert (course.holding, course.state, course.due_on) == (for_ever, State.CURRENT, None)
    assert isinstance(renewal_of(ASSOCIATE, course, day("2030-01-01")), NotNow)


def test_a_renewal_that_is_revoked_gives_place_to_its_predecessor() -> None:
    old = held("associate", "2025-06-30", "2026-06-30", 1)
    new = held("associate", "2026-06-01", "2027-06-01", 2, replaces=UUID(int=1), revoked_at=instant("2026-06-10"))
    assert course_of(ASSOCIATE, (old, new), instant("2026-06-09")).holding == new
    course = course_of(ASSOCIATE, (old, new), instant("2026-06-10"))
    assert (course.holding, course.state, course.revoked) == (old, State.OPEN, False)


def test_a_reissued_credential_stands_in_for_the_one_it_corrects() -> None:
    wrong = held("associate", "2026-06-30", "2027-06-30", 1)
    right = held("associate", "2026-06-30", "2027-06-15", 2, issued_at=instant("2026-08-01"), replaces=UUID(int=1))
    assert course_of(ASSOCIATE, (right, wrong), instant("2026-08-02")).holding == right  # the old not yet revoked
    wrong = replace(wrong, revoked_at=instant("2026-08-03"))
    assert course_of(ASSOCIATE, (right, wrong), instant("2026-08-04")).holding == right


def test_revoked_suspended_and_not_yet_valid() -> None:
    whole = held("associate", "2026-06-30", "2027-06-30")
    course = course_of(ASSOCIATE, (replace(whole, revoked_at=instant("2026-12-01")),), instant("2027-01-01"))
    assert (course.state, course.revoked, course.valid_now) == (State.NOT_HELD, True, False)
    assert not course_of(ASSOCIATE, (), instant("2027-01-01")).revoked
    suspended = replace(whole, suspended_at=instant("2027-05-01"))
    course = course_of(ASSOCIATE, (suspended,), instant("2027-05-02"))
    assert (course.state, course.by_time, course.suspended, course.valid_now) == (
        State.SUSPENDED,
        State.OPEN,
        True,
        False,
    )
    assert isinstance(renewal_of(ASSOCIATE, course, day("2027-05-02")), NotNow)
    assert state(suspended, now="2027-07-30 22:00") is State.LAPSED
    later = replace(whole, valid_from=instant("2027-02-01"))
    assert not course_of(ASSOCIATE, (later,), instant("2027-01-31 23:59:59")).valid_now
    assert course_of(ASSOCIATE, (later,), instant("2027-02-01")).valid_now


def test_without_recertification_it_lapses_as_it_expires_and_may_be_earned_anew() -> None:
    plain = level("associate", version())
    holding = held("associate", "2026-06-30", "2027-06-30")
    assert course_of(plain, (holding,), instant("2027-06-30 21:59:59")).state is State.CURRENT
    assert course_of(plain, (holding,), instant("2027-06-30 22:00:00")).state is State.LAPSED
    found = renewal_of(plain, course_of(plain, (holding,), instant("2027-06-01")), day("2027-06-01"))
    assert not isinstance(found, NotNow)
    assert (found.kind, found.replaces, found.valid_until) == ("new start", None, day("2028-06-01"))


def test_a_grace_once_begun_is_kept_and_a_lapse_stays_one() -> None:
    shorter = version(2, "2027-01-01", recertification=rules(grace="5 days"), finish_until=day("2027-07-10"))
    longer = version(2, "2027-01-01", recertification=rules(grace="90 days"), finish_until=day("2027-08-10"))
    holding = held("associate", "2026-06-30", "2027-06-30")
    first = version(recertification=RULES)
    assert course_of(level("associate", first, shorter), (holding,), instant("2027-07-20")).state is State.IN_GRACE
    for now in ("2027-08-01", "2027-08-15"):
        assert course_of(level("associate", first, longer), (holding,), instant(now)).state is State.LAPSED


def test_the_way_from_version_to_version() -> None:
    facts = level(
        "associate",
        version(1, "2026-01-01"),
        version(2, "2026-03-01", finish_until=day("2026-06-30")),
        version(3, "2026-05-01", finish_until=day("2026-12-31")),
        version(4, "2027-02-01"),
    )

    def at(ordinal: int, on: str) -> int:
        return governing(facts, ordinal, day(on)).ordinal

    assert [at(1, "2026-02-28"), at(1, "2026-03-01"), at(1, "2026-06-30"), at(1, "2026-07-01")] == [1, 1, 1, 2]
    assert [at(1, "2026-12-31"), at(1, "2027-01-01"), at(1, "2027-01-31"), at(1, "2027-02-01")] == [2, 3, 3, 4]
    assert [at(2, "2026-06-30"), at(3, "2026-06-30"), at(4, "2026-06-30")] == [2, 3, 4]
    assert [newest(facts, day(on)).ordinal for on in ("2025-01-01", "2026-02-28", "2026-03-01", "2027-02-01")] == [
        1,
        1,
        2,
        4,
    ]


def test_the_completion_that_is_held_for_renews_nothing() -> None:
    course = course_of(ASSOCIATE, (held("associate", "2026-06-30", "2026-12-31"),), instant("2026-07-01"))
    found = renewal_of(ASSOCIATE, course, day("2026-06-30"))
    assert isinstance(found, NotNow)
    assert "takes a later completion" in str(found)
    assert found.from_on == day("2026-07-01")
    assert not isinstance(renewal_of(ASSOCIATE, course, day("2026-07-01"), early=True), NotNow)


def test_what_was_issued_later_was_not_held_then() -> None:
    holding = held("associate", "2026-06-30", "2027-06-30")
    at: datetime = holding.issued_at
    assert course_of(ASSOCIATE, (holding,), at - timedelta(seconds=1)).state is State.NOT_HELD
    assert course_of(ASSOCIATE, (holding,), at).state is State.CURRENT
    renewed = held("associate", "2027-06-01", "2028-06-01", 2)
    assert course_of(ASSOCIATE, (holding, renewed), instant("2027-05-31")).holding == holding
    unknown = replace(holding, issued_at=instant("2026-09-01"), revoked_at=instant("2026-10-01"))
    assert not course_of(ASSOCIATE, (unknown,), instant("2026-08-01")).revoked
