"""Who is too few to be shown is not to be reckoned back, whatever sums are drawn from what is shown."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from issuer.reports.chance import difference, share_of, times_of
from issuer.reports.differences import By, Finding, compare
from issuer.reports.small_groups import MINIMUM, Group, shown

GROUPS = st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1)), max_size=8).map(
    lambda rows: [Group(f"g{n}", people, round(people * part)) for n, (people, part) in enumerate(rows)]
)


@given(GROUPS)
def test_no_sums_of_shown_cells_give_a_hidden_group_away(groups: list[Group]) -> None:
    found = shown(groups)
    cells = [*found.groups, *([found.rest] if found.rest else [])]
    assert all(one.people >= MINIMUM for one in cells)
    names = {one.name for one in found.groups}
    hidden = [one for one in groups if one.people and one.name not in names]
    total = sum(one.people for one in groups)
    if found.withheld:
        assert cells == []
        return
    assert sum(one.people for one in cells) == total
    assert sum(one.passed for one in cells) == sum(one.passed for one in groups)
    # Whoever adds and subtracts cells and the total gets sums of cells: none holds some of the hidden, but not all.
    assert found.hidden == len(hidden) != 1
    sums = {sum(one.people for one in some) for size in range(len(cells) + 1) for some in combinations(cells, size)}
    reachable = sums | {total - one for one in sums}
    assert all(one == 0 or one >= MINIMUM for one in reachable)


def test_the_smallest_shown_goes_with_the_hidden() -> None:
    small = [Group("a", 50, 40), Group("b", 30, 20), Group("c", 12, 9), Group("d", 3, 0)]
    found = shown(small)
    assert [one.name for one in found.groups] == ["a", "b"]
    assert found.rest == Group("", 15, 9)
    assert found.hidden == 2
    assert shown([Group("a", 12, 6), Group("b", 3, 1)]).withheld, "a total of fifteen would give the three away"
    assert shown([Group("a", 12, 6), Group("b", 11, 1)]).rest is None
    assert not shown([]).withheld


@given(st.integers(1, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_a_share_lies_in_its_interval_which_narrows(counted: tuple[int, int]) -> None:
    part, whole = counted
    one, many = share_of(part, whole), share_of(part * 10, whole * 10)
    assert one is not None
    assert many is not None
    assert 0 <= one.low <= one.share <= one.high <= 1
    assert many.high - many.low <= one.high - one.low
    low, high = difference(one, one)
    assert low <= 0 <= high, "nothing differs from itself"


def test_wilsons_and_newcombes_own_example() -> None:
    """Newcombe 1998, table II (a): 56/70 against 48/80, the difference 0.2, from 0.0524 to 0.3339."""
    one, other = share_of(56, 70), share_of(48, 80)
    assert one is not None
    assert other is not None
    assert [round(part, 4) for part in difference(one, other)] == [0.0524, 0.3339]


def test_chance_is_not_called_a_difference() -> None:
    even = compare(By.TEAM, shown([Group("a", 40, 30), Group("b", 40, 27), Group("c", 40, 29)]))
    assert {one.finding for one in even.groups} == {Finding.CHANCE}
    uneven = compare(By.TEAM, shown([Group("a", 60, 58), Group("b", 60, 30), Group("c", 4, 0), Group("d", 9, 8)]))
    assert {one.name: one.finding for one in uneven.groups} == {
        "a": Finding.HIGHER,
        "b": Finding.LOWER,
        "": Finding.CHANCE,
    }
    assert [one.rest for one in uneven.groups] == [False, False, True]
    alone = compare(By.TEAM, shown([Group("a", 60, 58)]))
    assert [one.finding for one in alone.groups] == [Finding.ALONE]


def test_few_durations_say_nothing() -> None:
    from collections import Counter

    assert times_of(Counter({3: 4})) is None
    found = times_of(Counter({1: 1, 2: 1, 3: 1, 4: 1, 5: 1}))
    assert found is not None
    assert (found.number, found.low, found.median, found.high) == (5, 2, 3, 4)
