"""What must I do until when and why, and what may I go for next."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from issuer.recertification.asked import Asked
from issuer.recertification.course import course_of
from issuer.recertification.duties import Duty, Missing, Task, duties_of, next_levels
from issuer.recertification.facts import Credit, LevelFacts, PersonFacts, Requirement
from issuer.recertification.renewal import progress_of
from tests.issuer.recertification.building import day, held, instant, key, level, levels, needs, rules, version, zoe

RULES = rules(window="90 days", due="14 days", grace="30 days", dependents="require again within 60 days")
ASSOCIATE = level("associate", version(recertification=RULES))
PRACTITIONER = level("practitioner", version(recertification=rules(), prerequisites=needs("associate")))
HELD = held("associate", "2026-06-30", "2027-06-30")
REQUIRED = Requirement(key("associate"), day("2026-03-31"), day("2026-01-01"), "everyone in Platform needs it")


def duties(person: PersonFacts, now: str, *known: LevelFacts) -> tuple[Duty, ...]:
    return duties_of(person, levels(*(known or (ASSOCIATE, PRACTITIONER))), instant(now))


def test_what_is_asked_and_not_held_is_to_be_earned_and_what_it_needs_first() -> None:
    wanted = Requirement(key("practitioner"), day("2026-05-31"), day("2026-01-01"), "your team needs it")
    first, second = duties(zoe(requirements=(wanted, REQUIRED)), "2026-04-01")
    assert (first.level, first.kind, first.requirement, first.due_on, first.overdue) == (
        key("associate"),
        Task.EARN,
        Asked.REQUIRED,
        day("2026-03-31"),
        True,
    )
    assert second.missing == (Missing((key("associate"),), 1),)
    assert second.why == "“Practitioner” is required: your team needs it. First earn “Associate”."
    assert not second.overdue


def test_the_last_day_is_not_late_and_the_next_is() -> None:
    person = zoe(requirements=(REQUIRED,))
    assert [one.overdue for one in duties(person, "2026-03-31 21:59:59")] == [False]
    assert [one.overdue for one in duties(person, "2026-03-31 22:00:00")] == [True]


def test_of_several_assignments_the_strictest_counts() -> None:
    sooner = REQUIRED._replace(due_on=day("2026-02-28"), why="your role needs it")
    mild = REQUIRED._replace(due_on=None, why="it is good to have")
    (duty,) = duties(zoe(requirements=(mild, REQUIRED, sooner)), "2026-02-01")
    assert (duty.due_on, duty.requirement) == (day("2026-02-28"), Asked.REQUIRED)
    assert "your role needs it" in duty.why


def test_what_is_held_is_to_be_renewed_and_without_an_assignment_that_is_suggested() -> None:
    for requirements, expected in (((REQUIRED,), Asked.REQUIRED), ((), Asked.SUGGESTED)):
        (duty,) = duties(zoe(HELD, requirements=requirements), "2027-01-15")
        assert (duty.kind, duty.requirement) == (Task.RENEW, expected)
        assert (duty.opens_on, duty.due_on, duty.lapses_on) == (day("2027-04-01"), day("2027-06-16"), day("2027-07-30"))
        assert duty.why == "“Associate” expires on 30 June 2027; it can be renewed from 1 April 2027."
    assert [one.overdue for one in duties(zoe(HELD), "2027-06-16 21:59:59")] == [False]
    assert [one.overdue for one in duties(zoe(HELD), "2027-06-16 22:00:00")] == [True]
    (grace,) = duties(zoe(HELD), "2027-07-15")
    assert grace.why == "“Associate” expired on 30 June 2027; until 30 July 2027 it can still be renewed."
    assert (grace.kind, grace.overdue) == (Task.RENEW, True)


def test_what_lapsed_is_to_be_earned_again_if_it_is_asked_for() -> None:
    (duty,) = duties(zoe(HELD, requirements=(REQUIRED,)), "2027-08-15")
    assert (duty.kind, duty.overdue, duty.takes) == (Task.EARN_AGAIN, True, None)
    assert duties(zoe(HELD), "2027-08-15") == ()
    anew = REQUIRED._replace(assigned_on=day("2027-08-10"), due_on=day("2027-11-10"))
    (duty,) = duties(zoe(HELD, requirements=(anew,)), "2027-08-15")
    assert (duty.due_on, duty.overdue) == (day("2027-11-10"), False)


def test_what_depends_on_a_lapsed_level_is_to_be_restored() -> None:
    dependent = held("practitioner", "2026-09-01", "2028-09-01", 2)
    person = zoe(HELD, dependent, requirements=(REQUIRED,))
    duty = next(one for one in duties(person, "2027-08-15") if one.kind is Task.RESTORE)
    assert (duty.level, duty.due_on, duty.credential_id) == (key("practitioner"), day("2027-09-29"), UUID(int=2))
    assert duty.why == (
        "“Practitioner” demands “Associate”, which lapsed on 31 July 2027. Hold “Associate” again by 29 September 2027."
    )
    assert not [one for one in duties(person, "2027-07-30") if one.kind is Task.RESTORE]
    again = held("associate", "2027-08-10", "2028-08-10", 3)
    assert not [one for one in duties(zoe(HELD, again, dependent), "2027-08-15") if one.kind is Task.RESTORE]
    strict = level("associate", version(recertification=rules(dependents="suspend")))
    suspended = replace(dependent, suspended_at=instant("2027-07-01"))
    (renew, restore) = sorted(
        duties(zoe(HELD, suspended), "2027-08-15", strict, PRACTITIONER), key=lambda one: one.kind
    )
    assert renew.kind is Task.RENEW
    assert "reinstated first" in renew.why
    assert restore.why.endswith("so it is suspended too. It is restored when you hold “Associate” again.")


def test_who_left_and_what_is_out_of_use_make_no_duties() -> None:
    gone = zoe(HELD, requirements=(REQUIRED,), left_on=day("2027-05-01"))
    assert len(duties(gone, "2027-05-01 12:00")) == 1
    assert duties(gone, "2027-05-02") == ()
    assert next_levels(gone, levels(ASSOCIATE), instant("2027-05-02")) == ()
    unused = replace(ASSOCIATE, in_use=False)
    assert duties(zoe(HELD, requirements=(REQUIRED,)), "2027-05-01", unused) == ()
    assert next_levels(zoe(), levels(unused), instant("2027-05-01")) == ()


def test_what_one_may_go_for_next() -> None:
    known = levels(ASSOCIATE, PRACTITIONER)
    found = next_levels(zoe(requirements=(REQUIRED,)), known, instant("2026-07-15"))
    assert [(one.level.level, one.open, one.requirement) for one in found] == [
        ("associate", True, Asked.REQUIRED),
        ("practitioner", False, Asked.NONE),
    ]
    (only,) = next_levels(zoe(HELD), known, instant("2026-07-15"))
    assert (only.level, only.missing) == (key("practitioner"), ())


def test_two_of_three_prerequisites() -> None:
    expert = level("expert", version(prerequisites=needs("associate", "a", "b", needed=2)))
    known = levels(ASSOCIATE, level("a", version()), level("b", version()), expert)
    found = {one.level.level: one for one in next_levels(zoe(HELD), known, instant("2026-07-15"))}
    assert found["expert"].missing == (Missing((key("a"), key("b")), 1),)
    wanted = Requirement(key("expert"), None, day("2026-01-01"), "it suits your role")
    why = [one.why for one in duties_of(zoe(HELD, requirements=(wanted,)), known, instant("2026-07-15"))]
    assert "“Expert” is suggested: it suits your role. First earn “A” or “B”." in why


def credit(done: str, hundredths: int, name: str = "associate") -> Credit:
    return Credit(key(name), day(done), hundredths)


def test_hours_count_within_their_time_and_never_twice() -> None:
    taking = rules(takes={"credits": Decimal("20.5"), "over": "6 months"})
    facts = level("associate", version(recertification=taking))
    credits = (
        credit("2026-06-29", 500),
        credit("2026-06-30", 100),  # six months before 30 June 2027 is 30 December 2026
        credit("2026-12-29", 500),
        credit("2026-12-30", 200),
        credit("2027-03-01", 750),
        credit("2027-03-01", 750, "practitioner"),
        credit("2027-06-02", 1000),
    )

    def done(over: str, now: str, **given: object) -> int:
        rule = rules(takes={"credits": Decimal("20.5"), "over": over})
        course = course_of(facts, (replace(HELD, **given),), instant(now))  # type: ignore[arg-type]
        progress = progress_of(rule, credits, course, instant(now))
        assert progress is not None
        assert progress.needed == 2050
        assert progress.missing == max(0, 2050 - progress.done)
        return progress.done

    assert done("6 months", "2027-06-01 12:00") == 950
    assert done("6 months", "2027-06-02 12:00") == 1950
    assert done("24 months", "2027-06-02 12:00") == 2550
    assert done("24 months", "2027-06-02 12:00", replaces=UUID(int=9)) == 2450  # that day counted for the renewal
    (duty,) = duties(zoe(HELD, credits=credits), "2027-06-02 12:00", facts)
    assert duty.progress is not None
    assert (duty.progress.done, duty.progress.complete) == (1950, False)
    course = course_of(ASSOCIATE, (HELD,), instant("2027-06-01"))
    assert progress_of(RULES, credits, course, instant("2027-06-01")) is None
