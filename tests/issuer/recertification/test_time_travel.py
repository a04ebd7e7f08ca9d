# ruff: noqa: E501 – a row of the table is one line
"""The table of time travel: every rule × early, in window, in grace, late, leap day, rule changed midway.

The dates were counted by hand, on a calendar, not taken from the program.
"""

from __future__ import annotations

import pytest

from issuer.recertification.course import course_of
from issuer.recertification.expiry import first_expiry, timing_of
from issuer.recertification.facts import LevelFacts
from issuer.recertification.renewal import Kind, NotNow, Renewal, renewal_of
from issuer.validity import end_of_day
from tests.issuer.recertification.building import day, held, level, rules, version

# E is the predecessor's last day, C the day of completion. 90 days before 30 June is 1 April; 30 days after, 30 July.
# 90 days before 31 March is 31 December, in a leap year 1 January.
RENEWALS = """
case                                | counts from | late            | valid     | window   | grace    | E          | C          | gives
early                               | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-03-31 | renewal 2028-03-31
in window, its first day            | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-04-01 | renewal 2028-04-01
in window                           | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-05-15 | renewal 2028-05-15
in window, its last day             | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-06-30 | renewal 2028-06-30
in grace, its first day             | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-01 | renewal 2028-07-01
in grace, its last day              | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-30 | renewal 2028-07-30
in grace, its first day             | completion  | from expiry     | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-01 | renewal 2028-06-30
in grace, its last day              | completion  | from expiry     | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-30 | renewal 2028-06-30
in grace, its first day             | completion  | start over      | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-01 | new start 2028-07-01
late                                | completion  | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-31 | new start 2028-07-31
late                                | completion  | from expiry     | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-31 | new start 2028-07-31
late                                | completion  | start over      | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-31 | new start 2028-07-31
late, without grace                 | completion  | from completion | 12 months | 90 days  | none     | 2027-06-30 | 2027-07-01 | new start 2028-07-01
the last day, without grace         | completion  | from completion | 12 months | 90 days  | none     | 2027-06-30 | 2027-06-30 | renewal 2028-06-30
early                               | expiry      | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-03-31 | renewal 2028-03-31
in window, its first day            | expiry      | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-04-01 | renewal 2028-06-30
in window, its last day             | expiry      | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-06-30 | renewal 2028-06-30
in grace                            | expiry      | from completion | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-30 | renewal 2028-07-30
in grace                            | expiry      | from expiry     | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-30 | renewal 2028-06-30
in grace                            | expiry      | start over      | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-30 | new start 2028-07-30
late                                | expiry      | from expiry     | 12 months | 90 days  | 30 days  | 2027-06-30 | 2027-07-31 | new start 2028-07-31
late, without grace                 | expiry      | from completion | 12 months | 90 days  | none     | 2027-06-30 | 2027-07-01 | new start 2028-07-01
early, nothing to gain              | 31 March    | from completion | 12 months | 90 days  | 30 days  | 2027-03-31 | 2026-12-30 | not before 2026-12-31
in window, its first day            | 31 March    | from completion | 12 months | 90 days  | 30 days  | 2027-03-31 | 2026-12-31 | renewal 2028-03-31
in window, its last day             | 31 March    | from completion | 12 months | 90 days  | 30 days  | 2027-03-31 | 2027-03-31 | renewal 2028-03-31
in window, two years                | 31 March    | from completion | 24 months | 90 days  | 30 days  | 2027-03-31 | 2027-01-15 | renewal 2029-03-31
early, and yet a year more          | 31 March    | from completion | 24 months | 90 days  | 30 days  | 2028-03-31 | 2027-06-01 | renewal 2029-03-31
in window, of an odd old expiry     | 31 March    | from completion | 12 months | 90 days  | 30 days  | 2027-03-15 | 2027-03-01 | renewal 2028-03-31
in window, each year exactly one    | 1 January   | from completion | 12 months | 364 days | none     | 2027-01-01 | 2027-01-01 | renewal 2028-01-01
in grace                            | 31 March    | from completion | 12 months | 90 days  | 30 days  | 2027-03-31 | 2027-04-30 | renewal 2028-03-31
in grace                            | 31 March    | from expiry     | 12 months | 90 days  | 30 days  | 2027-03-31 | 2027-04-30 | renewal 2028-03-31
in a long grace, the next open      | 31 March    | from completion | 12 months | 90 days  | 300 days | 2027-03-31 | 2028-01-10 | renewal 2029-03-31
in a long grace, the next open      | 31 March    | from expiry     | 12 months | 90 days  | 300 days | 2027-03-31 | 2028-01-10 | renewal 2028-03-31
in a long grace, old expiry odd     | 31 March    | from expiry     | 12 months | 30 days  | 300 days | 2027-01-01 | 2027-09-01 | renewal 2028-03-31
in grace                            | 31 March    | start over      | 12 months | 90 days  | 30 days  | 2027-03-31 | 2027-04-30 | new start 2028-03-31
late                                | 31 March    | from completion | 12 months | 90 days  | 30 days  | 2027-03-31 | 2027-05-01 | new start 2028-03-31
leap day, completed on it           | completion  | from completion | 12 months | 90 days  | 30 days  | 2028-03-31 | 2028-02-29 | renewal 2029-02-28
leap day, to the next one           | completion  | from completion | 48 months | 90 days  | 30 days  | 2028-03-31 | 2028-02-29 | renewal 2032-02-29
leap day, expired on it             | expiry      | from completion | 12 months | 90 days  | 30 days  | 2028-02-29 | 2028-02-01 | renewal 2029-02-28
leap day, 24 months                 | expiry      | from expiry     | 24 months | 90 days  | 30 days  | 2028-02-29 | 2028-03-01 | renewal 2030-02-28
leap day, fixed, to a leap year     | 29 February | from completion | 12 months | 90 days  | 30 days  | 2027-02-28 | 2027-02-28 | renewal 2028-02-29
leap day, fixed, to a common year   | 29 February | from completion | 12 months | 90 days  | 30 days  | 2028-02-29 | 2028-02-29 | renewal 2029-02-28
month without the day, common year  | expiry      | from completion | 12 months | 3 months | 30 days  | 2027-05-31 | 2027-02-28 | renewal 2028-05-31
the day before that                 | expiry      | from completion | 12 months | 3 months | 30 days  | 2027-05-31 | 2027-02-27 | renewal 2028-02-27
month without the day, leap year    | expiry      | from completion | 12 months | 3 months | 30 days  | 2028-05-31 | 2028-02-29 | renewal 2029-05-31
the day before that                 | expiry      | from completion | 12 months | 3 months | 30 days  | 2028-05-31 | 2028-02-28 | renewal 2029-02-28
grace into a short month            | expiry      | from expiry     | 12 months | 90 days  | 1 month  | 2027-01-31 | 2027-02-28 | renewal 2028-01-31
the day after that                  | expiry      | from expiry     | 12 months | 90 days  | 1 month  | 2027-01-31 | 2027-03-01 | new start 2028-03-01
validity in days                    | expiry      | from completion | 90 days   | 30 days  | none     | 2027-03-31 | 2027-03-15 | renewal 2027-06-29
old expiry far ahead                | completion  | from completion | 12 months | 90 days  | 30 days  | 2028-06-30 | 2027-06-30 | not before 2027-07-01
old expiry far ahead, a day later   | completion  | from completion | 12 months | 90 days  | 30 days  | 2028-06-30 | 2027-07-01 | renewal 2028-07-01
far too early, counted from expiry  | expiry      | from completion | 12 months | 90 days  | 30 days  | 2028-06-30 | 2027-01-01 | not before 2027-07-01
the window is as long as the time   | completion  | from completion | 6 months  | 6 months | none     | 2027-08-31 | 2027-02-28 | not before 2027-03-01
"""

# The level's second version makes 12 months 24 and counts from expiry; who holds the first may finish through a day.
CHANGED = """
case                                | published  | finish until | new grace | E          | C          | gives
before it is published              | 2027-03-01 | none         | 10 days   | 2027-06-30 | 2027-02-28 | renewal 2028-02-28 by 1
mapped to it at once                | 2027-03-01 | none         | 10 days   | 2027-06-30 | 2027-03-01 | renewal 2029-03-01 by 2
in window, mapped to it at once     | 2027-03-01 | none         | 10 days   | 2027-06-30 | 2027-04-01 | renewal 2029-06-30 by 2
in window, the last day of the old  | 2027-03-01 | 2027-05-31   | 90 days   | 2027-06-30 | 2027-05-31 | renewal 2028-05-31 by 1
in window, the day after            | 2027-03-01 | 2027-05-31   | 90 days   | 2027-06-30 | 2027-06-01 | renewal 2029-06-30 by 2
in grace, still the old             | 2027-03-01 | 2027-07-15   | 90 days   | 2027-06-30 | 2027-07-15 | renewal 2028-07-15 by 1
in the old grace, already the new   | 2027-03-01 | 2027-07-15   | 90 days   | 2027-06-30 | 2027-07-16 | renewal 2029-07-16 by 2
in the old grace, its last day      | 2027-03-01 | 2027-07-15   | 90 days   | 2027-06-30 | 2027-07-30 | renewal 2029-07-30 by 2
late, who begins begins the new     | 2027-03-01 | 2027-12-31   | 90 days   | 2027-06-30 | 2027-07-31 | new start 2029-07-31 by 2
the new has a shorter grace         | 2027-03-01 | none         | 10 days   | 2027-06-30 | 2027-07-11 | new start 2029-07-11 by 2
the old, longer grace is kept       | 2027-03-01 | 2027-07-05   | 10 days   | 2027-06-30 | 2027-07-20 | renewal 2029-07-20 by 2
"""

FIRST = """
case                        | counts from | valid     | window   | C          | gives
from completion             | completion  | 12 months | 90 days  | 2027-06-30 | 2028-06-30
there is no old expiry      | expiry      | 12 months | 90 days  | 2027-06-30 | 2028-06-30
leap day                    | completion  | 12 months | 90 days  | 2028-02-29 | 2029-02-28
before the window           | 31 March    | 12 months | 90 days  | 2026-12-30 | 2027-03-31
the window's first day      | 31 March    | 12 months | 90 days  | 2026-12-31 | 2028-03-31
in the window               | 31 March    | 12 months | 90 days  | 2027-03-01 | 2028-03-31
on the day itself           | 31 March    | 12 months | 90 days  | 2027-03-31 | 2028-03-31
the day after               | 31 March    | 12 months | 90 days  | 2027-04-01 | 2028-03-31
before a leap year's window | 31 March    | 12 months | 90 days  | 2027-12-31 | 2028-03-31
a leap year's window        | 31 March    | 12 months | 90 days  | 2028-01-01 | 2029-03-31
two years, before           | 31 March    | 24 months | 90 days  | 2026-12-30 | 2028-03-31
two years, in the window    | 31 March    | 24 months | 90 days  | 2027-03-01 | 2029-03-31
29 February, common year    | 29 February | 12 months | 1 month  | 2026-06-01 | 2027-02-28
29 February, leap year      | 29 February | 12 months | 1 month  | 2027-06-01 | 2028-02-29
its window, leap year       | 29 February | 12 months | 1 month  | 2028-01-29 | 2029-02-28
the day before              | 29 February | 12 months | 1 month  | 2028-01-28 | 2028-02-29
never                       | completion  | never     | 90 days  | 2027-06-30 | never
"""


def rows(table: str) -> list[object]:
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [pytest.param(*line[1:], id=f"{number} {line[0]}") for number, line in enumerate(lines[1:], start=1)]


@pytest.mark.parametrize(
    ("counts", "late", "valid", "window", "grace", "expires", "completed", "gives"), rows(RENEWALS)
)
def test_time_travel(
    counts: str, late: str, valid: str, window: str, grace: str, expires: str, completed: str, gives: str
) -> None:
    rule = rules(counts_from=counts, late=late, window=window, grace=None if grace == "none" else grace)
    assert _outcome(level("associate", version(1, validity=valid, recertification=rule)), expires, completed) == gives


@pytest.mark.parametrize(("published", "finish", "grace", "expires", "completed", "gives"), rows(CHANGED))
def test_a_rule_changed_midway(
    published: str, finish: str, grace: str, expires: str, completed: str, gives: str
) -> None:
    second = version(
        2,
        published,
        "24 months",
        recertification=rules(counts_from="expiry", grace=grace),
        finish_until=None if finish == "none" else day(finish),
    )
    changed = level("associate", version(1, recertification=rules(grace="30 days")), second)
    outcome = _outcome(changed, expires, completed, by=True)
    assert outcome == gives


@pytest.mark.parametrize(("counts", "valid", "window", "completed", "gives"), rows(FIRST))
def test_a_first_award(counts: str, valid: str, window: str, completed: str, gives: str) -> None:
    found = first_expiry(
        version(validity=valid, recertification=rules(counts_from=counts, window=window)), day(completed)
    )
    assert str(found or "never") == gives


def test_the_grace_that_was_promised_counts_as_grace_by_the_new_rule_of_lateness() -> None:
    second = version(
        2,
        "2027-03-01",
        "24 months",
        recertification=rules(counts_from="expiry", grace="10 days", late="from expiry"),
        finish_until=day("2027-07-05"),
    )
    changed = level("associate", version(1, recertification=rules(grace="30 days")), second)
    assert _outcome(changed, "2027-06-30", "2027-07-20", by=True) == "renewal 2029-06-30 by 2"


def test_each_boundary_belongs_to_the_kinder_side() -> None:
    rule = rules(window="90 days", grace="30 days")
    turns = {"2027-03-31": "EARLY", "2027-04-01": "IN_WINDOW", "2027-06-30": "IN_WINDOW", "2027-07-01": "IN_GRACE"}
    turns |= {"2027-07-30": "IN_GRACE", "2027-07-31": "LAPSED"}
    assert {on: timing_of(rule, day(on), day("2027-06-30")).name for on in turns} == turns


@pytest.mark.parametrize("counts", ["completion", "expiry", "31 March"])
def test_before_the_window_nothing_is_renewed_unless_somebody_insists(counts: str) -> None:
    facts = level("associate", version(1, recertification=rules(window="90 days", counts_from=counts)))
    predecessor = held("associate", "2020-01-01", "2027-03-31")
    course = course_of(facts, (predecessor,), end_of_day(day("2026-12-30"), facts.zone))
    found = renewal_of(facts, course, day("2026-12-30"))
    assert isinstance(found, NotNow)
    assert str(found).endswith("is held through 31 March 2027; it can be renewed from 31 December 2026 on.")
    assert found.from_on == day("2026-12-31")
    assert isinstance(renewal_of(facts, course, found.from_on), Renewal)


def _outcome(facts: LevelFacts, expires: str, completed: str, *, by: bool = False) -> str:
    predecessor = held("associate", "2020-01-01", expires)
    course = course_of(facts, (predecessor,), end_of_day(day(completed), facts.zone))
    found = renewal_of(facts, course, day(completed), early=True)
    if isinstance(found, NotNow):
        return f"not before {found.from_on}"
    assert found.replaces == (predecessor.credential_id if found.kind is Kind.RENEWAL else None)
    assert found.valid_from == day(completed)
    return f"{found.kind} {found.valid_until}" + (f" by {found.version}" if by else "")
