"""What holds for all rules, histories and times: found by looking for the opposite."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.recertification.check import contradictions
from issuer.recertification.course import State, course_of
from issuer.recertification.duties import duties_of, next_levels
from issuer.recertification.expiry import NothingGained, first_expiry, renewed_expiry
from issuer.recertification.facts import Holding, LevelFacts, LevelVersion, PersonFacts, Requirement
from issuer.recertification.renewal import Kind, NotNow, Renewal, renewal_of
from issuer.recertification.rules import Basis, Late, Recertification
from issuer.recertification.timeline import What, timeline_of
from issuer.validity import Validity, end_of_day, start_of_day
from tests.issuer.recertification.building import key, levels, needs, zoe

ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo")
]
DAYS = st.dates(date(2011, 6, 1), date(2034, 12, 31))
LENGTHS = [Validity(days=days) for days in (1, 7, 30, 59, 90, 364, 366, 500)]
LENGTHS += [Validity(months=months) for months in (1, 3, 6, 11, 12, 24, 36)]
YEARS = [Validity(months=12 * years) for years in (1, 2, 3)]
UNHURRIED = settings(max_examples=60)
"""Each example is a life of some years."""

ORDER = [State.CURRENT, State.OPEN, State.OVERDUE, State.IN_GRACE, State.LAPSED]


@cache
def within(limit: Validity) -> list[Validity]:
    """The lengths that never exceed `limit`, by the product's own judgement, which has its own tests."""
    return [one for one in LENGTHS if not contradictions(limit, Recertification(window=one))]


@st.composite
def meant(draw: st.DrawFn, ordinal: int = 1, published: date = date(2000, 1, 1)) -> LevelVersion:
    """A version whose rules do not contradict themselves."""
    counts = draw(st.sampled_from([*list(Basis)[:2], "31 March", "29 February", "1 January", "31 December"]))
    fixed = counts not in set(Basis)
    validity = draw(st.sampled_from(YEARS if fixed else LENGTHS))
    window = draw(st.sampled_from(within(Validity(days=364) if fixed else validity)))
    grace = draw(st.sampled_from([None, *within(validity)]))
    rules = {
        "window": window,
        "due": draw(st.sampled_from([None, *within(window)])),
        "grace": grace,
        "counts_from": counts,
        "late": draw(st.sampled_from(list(Late) if grace else [Late.FROM_COMPLETION, Late.START_OVER])),
        "dependents": draw(st.sampled_from(["nothing", "suspend", "require again within 60 days"])),
    }
    return LevelVersion(ordinal, published, validity, Recertification.model_validate(rules))


@UNHURRIED
@given(meant(), DAYS, DAYS)
def test_a_renewal_always_extends(version: LevelVersion, completed: date, expires: date) -> None:
    first = first_expiry(version, completed)
    assert first is not None
    assert first > completed
    until, from_on = renewed(version, completed, expires)
    if from_on is not None:
        assert completed < from_on <= expires
        until, again = renewed(version, from_on, expires)  # the day that is named will do, the day before it will not
        assert again is None
        assert renewed(version, from_on - timedelta(days=1), expires)[0] is None
        completed = from_on
    assert until is not None
    assert until > expires
    assert until >= completed


def renewed(version: LevelVersion, completed: date, expires: date) -> tuple[date | None, date | None]:
    """The last valid day, or the first day on which there would be one."""
    try:
        return renewed_expiry(version, completed, expires), None
    except NothingGained as nothing:
        return None, nothing.from_on


@UNHURRIED
@given(meant(), DAYS, st.integers(-500, 500), st.sampled_from(ZONES))
def test_who_takes_the_new_day_extends_what_he_holds(
    version: LevelVersion, expires: date, offset: int, zone: ZoneInfo
) -> None:
    level = LevelFacts(key("a"), "A", zone, (version,))
    completed = expires + timedelta(days=offset)
    holding = held_by(level, expires)
    course = course_of(level, (holding,), end_of_day(completed, zone))
    found = renewal_of(level, course, completed)
    if isinstance(found, NotNow):
        assert found.from_on is not None
        assert isinstance(renewal_of(level, course, found.from_on), Renewal)
        return
    assert found.valid_until is not None
    assert found.valid_until > expires
    if found.kind is Kind.NEW_START:
        assert course.by_time in {State.IN_GRACE, State.LAPSED}
        assert found.valid_until == first_expiry(version, completed)


def held_by(level: LevelFacts, expires: date, number: int = 1) -> Holding:
    begins = start_of_day(date(2008, 1, 1), level.zone)
    return Holding(UUID(int=number), level.key, 1, date(2008, 1, 1), begins, end_of_day(expires, level.zone), begins)


@st.composite
def worlds(draw: st.DrawFn, *, changing: bool = True) -> tuple[tuple[LevelFacts, ...], PersonFacts]:
    """Three levels, each demanding those before it, in any zones, with rules that change, held and asked for or not."""
    known, holdings, wanted = [], [], []
    for number, name in enumerate(("a", "b", "c")):
        versions = [draw(meant())]
        if changing and draw(st.booleans()):
            newer = draw(meant(2, draw(DAYS)))
            finish = draw(st.none() | DAYS)
            versions.append(LevelVersion(2, newer.published_on, newer.validity, newer.recertification, (), finish))
        if number:
            versions = [
                LevelVersion(
                    one.ordinal,
                    one.published_on,
                    one.validity,
                    one.recertification,
                    needs("ab"[number - 1]),
                    one.finish_until,
                )
                for one in versions
            ]
        level = LevelFacts(key(name), name, draw(st.sampled_from(ZONES)), tuple(versions))
        known.append(level)
        if draw(st.booleans()):
            holdings.append(held_by(level, draw(DAYS), number + 1))
        if draw(st.booleans()):
            wanted.append(Requirement(key(name), draw(st.none() | DAYS), draw(DAYS), "it is"))
    return tuple(known), zoe(*holdings, requirements=tuple(wanted), left_on=draw(st.none() | DAYS))


INSTANTS = st.integers(0, 27 * 366 * 86400).map(
    lambda seconds: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@UNHURRIED
@given(worlds(), st.lists(INSTANTS, min_size=2, max_size=6))
def test_time_in_pieces_is_the_whole_time(
    world: tuple[tuple[LevelFacts, ...], PersonFacts], cuts: list[datetime]
) -> None:
    known, person = levels(*world[0]), world[1]
    cuts = sorted(cuts)
    whole = timeline_of(person, known, {}, cuts[0], cuts[-1])
    pieces = [one for start, end in pairwise(cuts) for one in timeline_of(person, known, {}, start, end)]
    assert tuple(pieces) == whole
    assert all(cuts[0] <= one.at < cuts[-1] for one in whole)
    for one in whole:  # a cut exactly at a happening loses it to neither side, nor gives it to both
        assert one not in timeline_of(person, known, {}, cuts[0], one.at)
        assert one in timeline_of(person, known, {}, one.at, cuts[-1])


@UNHURRIED
@given(worlds())
def test_keys_are_unique(world: tuple[tuple[LevelFacts, ...], PersonFacts]) -> None:
    found = timeline_of(
        world[1], levels(*world[0]), {}, datetime(2000, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
    )
    assert len({one.key for one in found}) == len(found)
    assert list(found) == sorted(found, key=lambda one: one.at)


@UNHURRIED
@given(worlds())
def test_the_course_turns_exactly_when_the_timeline_says(world: tuple[tuple[LevelFacts, ...], PersonFacts]) -> None:
    known, person = levels(*world[0]), world[1]
    found = timeline_of(person, known, {}, datetime(2000, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
    for level in world[0]:
        mine = [one for one in person.holdings if one.level == level.key]
        ends = {one.what: one.at for one in found if one.level == level.key and one.what in {What.EXPIRED, What.LAPSED}}
        assert len(ends) == 2 * len(mine)
        for what, at in ends.items():
            before = course_of(level, mine, at - timedelta(microseconds=1)).by_time
            after = course_of(level, mine, at).by_time
            if what is What.EXPIRED:
                assert before in {State.CURRENT, State.OPEN, State.OVERDUE}
                assert after in {State.IN_GRACE, State.LAPSED}
            else:
                assert before is not State.LAPSED
                assert after is State.LAPSED
        opens = [one.at for one in found if one.level == level.key and one.what is What.WINDOW_OPENS]
        for at in opens:
            assert course_of(level, mine, at - timedelta(microseconds=1)).by_time is State.CURRENT
            assert course_of(level, mine, at).by_time is not State.CURRENT


@UNHURRIED
@given(worlds(changing=False), st.lists(INSTANTS, min_size=2, max_size=8))
def test_without_a_change_of_rules_time_only_goes_on(
    world: tuple[tuple[LevelFacts, ...], PersonFacts], instants: list[datetime]
) -> None:
    for level in world[0]:
        mine = [one for one in world[1].holdings if one.level == level.key]
        states = [course_of(level, mine, at).by_time for at in sorted(instants)]
        ranks = [ORDER.index(state) for state in states if state is not State.NOT_HELD]
        assert ranks == sorted(ranks)


@UNHURRIED
@given(worlds(), st.lists(INSTANTS, min_size=2, max_size=8))
def test_whatever_changes_what_expired_or_lapsed_stays_so(
    world: tuple[tuple[LevelFacts, ...], PersonFacts], instants: list[datetime]
) -> None:
    for level in world[0]:
        mine = [one for one in world[1].holdings if one.level == level.key]
        states = [course_of(level, mine, at).by_time for at in sorted(instants)]
        ranks = [max(2, ORDER.index(state)) for state in states if state is not State.NOT_HELD]
        assert ranks == sorted(ranks)


@UNHURRIED
@given(worlds(), INSTANTS)
def test_duties_are_sorted_and_say_why(world: tuple[tuple[LevelFacts, ...], PersonFacts], now: datetime) -> None:
    known, person = levels(*world[0]), world[1]
    found = duties_of(person, known, now)
    dates = [one.due_on or date.max for one in found]
    assert dates == sorted(dates)
    assert all(one.why.endswith(".") for one in found)
    held = {one.level for one in found if one.credential_id}
    assert held <= {one.level for one in person.holdings}
    next_levels(person, known, now)
