"""What time alone will do: told once, on the right day, to whom it concerns, and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from uuid import UUID

from issuer.recertification.facts import Holding, LevelFacts, Pacing, PersonFacts, Requirement
from issuer.recertification.rules import Effect
from issuer.recertification.timeline import Happening, What, timeline_of
from tests.issuer.recertification.building import day, held, instant, key, level, levels, needs, rules, version, zoe

START, END = instant("2026-01-01"), instant("2030-01-01")
RULES = rules(window="90 days", due="14 days", grace="30 days")
ASSOCIATE = level("associate", version(recertification=RULES))
HELD = held("associate", "2026-06-30", "2027-06-30")
REQUIRED = Requirement(key("associate"), day("2025-01-31"), day("2025-01-01"), "everyone in Platform needs it")


def told(person: PersonFacts, *known: LevelFacts, pacing: Pacing | None = None) -> list[tuple[str, str, int]]:
    return [(str(one.on), one.what.value, one.distance) for one in happenings(person, *known, pacing=pacing)]


def happenings(person: PersonFacts, *known: LevelFacts, pacing: Pacing | None = None) -> tuple[Happening, ...]:
    return timeline_of(person, levels(*known), {"cloud": pacing or Pacing()}, START, END)


def test_a_required_level_that_nobody_renews() -> None:
    # Due on 16 June 2027: 90 days before is 18 March, 60 is 17 April, 30 is 17 May, 7 is 9 June.
    assert told(zoe(HELD, requirements=(REQUIRED,)), ASSOCIATE) == [
        ("2027-03-18", "reminder", 90),
        ("2027-04-01", "window opens", 0),
        ("2027-04-17", "reminder", 60),
        ("2027-05-17", "reminder", 30),
        ("2027-06-09", "reminder", 7),
        ("2027-06-17", "escalate to manager", 1),
        ("2027-06-30", "escalate to owner", 14),
        ("2027-07-01", "expired", 0),
        ("2027-07-31", "lapsed", 0),
    ]


def test_a_suggested_level_is_reminded_of_and_never_escalates() -> None:
    suggested = replace_due(REQUIRED)
    for person in (zoe(HELD), zoe(HELD, requirements=(suggested,))):
        kinds = [what for _, what, _ in told(person, ASSOCIATE)]
        assert kinds.count("reminder") == 4
        assert not [what for what in kinds if what.startswith("escalate")]


def replace_due(requirement: Requirement) -> Requirement:
    return requirement._replace(due_on=None)


def test_a_required_level_that_was_never_earned() -> None:
    wanted = REQUIRED._replace(due_on=day("2027-06-16"), assigned_on=day("2027-05-01"))
    found = happenings(zoe(requirements=(wanted,)), ASSOCIATE)
    assert [(str(one.on), one.what.value) for one in found] == [
        ("2027-05-17", "reminder"),
        ("2027-06-09", "reminder"),
        ("2027-06-17", "escalate to manager"),
        ("2027-06-30", "escalate to owner"),
    ]
    again = happenings(zoe(requirements=(wanted._replace(assigned_on=day("2027-05-02")),)), ASSOCIATE)
    assert not {one.key for one in found} & {one.key for one in again}
    assert told(zoe(requirements=(replace_due(wanted),)), ASSOCIATE) == []


def test_who_is_asked_after_his_renewal_was_due_gets_the_time_of_the_assignment() -> None:
    late = REQUIRED._replace(assigned_on=day("2027-06-20"), due_on=day("2027-07-20"))
    found = told(zoe(HELD, requirements=(late,)), ASSOCIATE)
    assert ("2027-07-21", "escalate to manager", 1) in found
    assert ("2027-08-03", "escalate to owner", 14) in found
    assert ("2027-06-17", "escalate to manager", 1) not in found


def test_who_has_renewed_hears_of_the_new_one_only() -> None:
    renewed = held("associate", "2027-05-20", "2028-05-20", 2, replaces=UUID(int=1))
    found = happenings(zoe(HELD, renewed, requirements=(REQUIRED,)), ASSOCIATE)
    assert {one.credential_id for one in found} == {UUID(int=2)}
    before = happenings(zoe(HELD, requirements=(REQUIRED,)), ASSOCIATE)
    assert not {one.key for one in found} & {one.key for one in before}


def test_nothing_is_told_of_the_revoked_nor_asked_of_who_left_or_of_a_level_out_of_use() -> None:
    assert told(zoe(replace(HELD, revoked_at=instant("2026-12-01"))), ASSOCIATE) == []
    gone = zoe(HELD, requirements=(REQUIRED,), left_on=day("2027-04-01"))
    assert [what for _, what, _ in told(gone, ASSOCIATE)] == ["reminder", "window opens", "expired", "lapsed"]
    unused = replace(ASSOCIATE, in_use=False)
    assert [what for _, what, _ in told(zoe(HELD, requirements=(REQUIRED,)), unused)] == ["expired", "lapsed"]


def test_nothing_is_told_of_days_before_the_credential_was_issued() -> None:
    imported = replace(HELD, issued_at=instant("2027-06-01"))
    assert told(zoe(imported), ASSOCIATE)[0] == ("2027-06-09", "reminder", 7)


def chain(effect: str, **given: object) -> tuple[LevelFacts, ...]:
    def rule(what: str) -> LevelFacts:
        return level("associate", version(recertification=rules(dependents=what)), **given)  # type: ignore[arg-type]

    practitioner = version(recertification=rules(dependents="suspend"), prerequisites=needs("associate"))
    expert = version(recertification=rules(), prerequisites=needs("practitioner"))
    return rule(effect), level("practitioner", practitioner), level("expert", expert)


HOLDS = (
    HELD,
    held("practitioner", "2026-08-01", "2028-08-01", 2),
    held("expert", "2026-09-01", "2029-09-01", 3),
)


def lost(*holdings: Holding, known: tuple[LevelFacts, ...]) -> list[tuple[str, str, str, Effect | None, str]]:
    found = [one for one in happenings(zoe(*holdings), *known) if one.what is What.DEPENDENT]
    return [(str(one.on), one.level.level, str(one.because), one.effect, str(one.due_on)) for one in found]


def test_a_lapse_reaches_those_who_depend_on_it_and_those_who_depend_on_them() -> None:
    suspended = [
        ("2027-07-01", "expert", "cloud/practitioner", Effect.SUSPEND, "None"),
        ("2027-07-01", "practitioner", "cloud/associate", Effect.SUSPEND, "None"),
    ]
    assert lost(*HOLDS, known=chain("suspend")) == suspended
    done = replace(HOLDS[1], suspended_at=instant("2027-07-01 03:00"))  # the rule was carried out, the rest not yet
    assert lost(HOLDS[0], done, HOLDS[2], known=chain("suspend")) == suspended
    found = lost(*HOLDS, known=chain("require again within 60 days"))
    # … and when the practitioner level itself lapses, the expert level goes with it
    assert found[0] == ("2027-07-01", "practitioner", "cloud/associate", Effect.REQUIRE_AGAIN, "2027-08-30")
    assert found[1] == ("2028-08-02", "expert", "cloud/practitioner", Effect.SUSPEND, "None")
    assert lost(*HOLDS, known=chain("nothing"))[0][3] is Effect.NOTHING
    assert lost(*HOLDS, known=chain("suspend", in_use=False))[0][3] is Effect.NOTHING


def test_one_of_two_is_enough_until_the_last_is_lost() -> None:
    def rule(name: str) -> LevelFacts:
        return level(name, version(recertification=rules(dependents="suspend")))

    expert = level("expert", version(prerequisites=needs("a", "b", needed=1)))
    a, b = held("a", "2026-01-01", "2027-01-01", 1), held("b", "2026-03-01", "2027-03-01", 2)
    known = (rule("a"), rule("b"), expert)
    top = held("expert", "2026-09-01", None, 3)
    assert lost(a, b, top, known=known) == [("2027-03-02", "expert", "cloud/b", Effect.SUSPEND, "None")]
    again = held("a", "2027-02-01", "2031-12-31", 4)
    assert lost(a, b, again, top, known=known) == []


def test_levels_that_demand_each_other_do_not_hang() -> None:
    def rule(name: str, other: str) -> LevelFacts:
        return level(name, version(recertification=rules(dependents="suspend"), prerequisites=needs(other)))

    a, b = held("a", "2026-01-01", "2027-01-01", 1), held("b", "2026-03-01", "2027-03-01", 2)
    assert len(lost(a, b, known=(rule("a", "b"), rule("b", "a")))) == 1


def test_a_rule_that_changes_midway_tells_nothing_twice() -> None:
    wider = version(2, "2027-01-01", recertification=rules(window="6 months"), finish_until=day("2027-04-30"))
    facts = level("associate", version(recertification=RULES), wider)
    found = told(zoe(HELD, requirements=(REQUIRED,)), facts)
    assert found.count(("2027-04-01", "window opens", 0)) == 1
    assert [one[1:] for one in found].count(("window opens", 0)) == 1
    # the first version's due day is 16 June, the second's 30 June; from 1 May the second governs
    assert ("2027-04-17", "reminder", 60) in found
    assert ("2027-05-31", "reminder", 30) in found
    assert ("2027-07-01", "escalate to manager", 1) in found
    early = version(2, "2027-01-01", recertification=rules(window="6 months"), finish_until=day("2027-02-28"))
    found = told(zoe(HELD), level("associate", version(recertification=RULES), early))
    assert ("2027-03-01", "window opens", 0) in found  # open since 30 December, for who comes under the new rules


def test_a_companys_sweep_is_affordable() -> None:
    person = zoe(*HOLDS, requirements=(REQUIRED,))
    known, pacings = levels(*chain("suspend")), {"cloud": Pacing()}
    start, end = instant("2027-06-30"), instant("2027-07-01")
    best = 1.0
    for _ in range(5):
        began = process_time()
        for _ in range(100):
            timeline_of(person, known, pacings, start, end)
        best = min(best, process_time() - began)
    assert best / 100 < 0.005


def test_a_loss_is_told_only_of_what_was_whole_and_held_at_that_time() -> None:
    def rule(name: str) -> LevelFacts:
        return level(name, version(recertification=rules(dependents="suspend")))

    a = held("a", "2026-01-01", "2027-01-01", 1)
    both = level("expert", version(prerequisites=needs("a", "b")))
    top = held("expert", "2026-09-01", "2029-09-01", 3)
    assert lost(a, top, known=(rule("a"), rule("b"), both)) == []  # it was short of b before
    one = level("expert", version(prerequisites=needs("a")))
    assert len(lost(a, top, known=(rule("a"), one))) == 1
    assert lost(a, held("expert", "2026-01-01", "2026-12-31", 3), known=(rule("a"), one)) == []  # lapsed before
    assert lost(a, held("expert", "2026-01-01", "2027-01-01", 3), known=(rule("a"), one)) == []  # with it
    assert lost(a, held("expert", "2027-02-01", "2029-09-01", 3), known=(rule("a"), one)) == []  # given since
    at_once = replace(top, suspended_at=instant("2027-01-01 23:00"))
    assert len(lost(a, at_once, known=(rule("a"), one))) == 1  # the rule's own suspension
    by_hand = replace(top, suspended_at=instant("2027-01-01 22:59:59"))
    assert lost(a, by_hand, known=(rule("a"), one)) == []


def test_a_credential_that_was_given_after_its_day_does_not_expire_again() -> None:
    assert told(zoe(replace(HELD, issued_at=instant("2027-07-05"))), ASSOCIATE) == [("2027-07-31", "lapsed", 0)]


def test_the_day_of_the_assignment_counts() -> None:
    wanted = REQUIRED._replace(due_on=day("2027-06-16"), assigned_on=day("2027-05-17"))
    assert told(zoe(requirements=(wanted,)), ASSOCIATE)[0] == ("2027-05-17", "reminder", 30)
    on_the_due_day = REQUIRED._replace(due_on=day("2027-09-16"), assigned_on=day("2027-06-16"))
    assert ("2027-06-17", "escalate to manager", 1) in told(zoe(HELD, requirements=(on_the_due_day,)), ASSOCIATE)


def test_rules_that_make_a_renewal_overdue_escalate_on_their_first_day() -> None:
    sooner = version(
        2, "2027-01-01", recertification=rules(window="6 months", due="3 months"), finish_until=day("2027-05-09")
    )
    found = told(zoe(HELD, requirements=(REQUIRED,)), level("associate", version(recertification=RULES), sooner))
    assert ("2027-05-10", "escalate to manager", 1) in found  # it would have been due on 30 March
    assert ("2027-05-10", "escalate to owner", 14) in found


def test_a_short_time_has_its_start_and_not_its_end() -> None:
    begins, ends = instant("2027-06-30 22:00"), instant("2027-07-30 22:00")  # expired, and lapsed
    assert [one.what for one in timeline_of(zoe(HELD), levels(ASSOCIATE), {}, begins, ends)] == [What.EXPIRED]
    practitioner = chain("suspend")[1]
    known = levels(level("associate", version(recertification=rules(dependents="suspend"))), practitioner)
    found = timeline_of(zoe(*HOLDS[:2]), known, {}, begins, begins.replace(minute=1))
    assert [one.what for one in found] == [What.EXPIRED, What.LAPSED, What.DEPENDENT]
    opens = instant("2027-03-31 22:00")
    assert timeline_of(zoe(HELD), levels(ASSOCIATE), {}, opens.replace(hour=21), opens) == ()
    assert [one.what for one in timeline_of(zoe(HELD), levels(ASSOCIATE), {}, opens, opens.replace(minute=1))] == [
        What.WINDOW_OPENS
    ]
