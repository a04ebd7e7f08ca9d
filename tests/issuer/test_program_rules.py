"""The rules of a level as their author writes them: kept with the version, and refused where they cannot be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from issuer import audit
from issuer.assessment.rules import Decides, EvidenceKind
from issuer.errors import ProgramRefused
from issuer.issuers import create_issuer
from issuer.program_definition import ProgramDefinition
from issuer.program_file import read_program
from issuer.programs import Achievement, ProgramApplied, apply_program, load_catalogue
from issuer.publish_level import Outcome
from issuer.recertification.rules import Basis, Effect, Late, Work
from issuer.store import Database
from issuer.validity import Validity
from tests.issuer.conftest import NOW, PROGRAM, House

EVERYTHING = b"""
program: care
name: Care
time_zone: Europe/Berlin
levels:
  - level: starter
    name: Starter
    criteria: Began.
    validity: 12 months
    recertification: {window: 60 days, takes: {credits: 7.5, over: 2 years}, dependents: suspend}
  - level: expert
    name: Expert
    criteria: Went on.
    validity: 24 months
    status: [revocation, suspension]
    prerequisites:
      - starter
      - {of: [starter, {program: cloud, level: associate}, {program: cloud, level: expert}], needed: 2}
    results:
      - {id: exam, name: Exam, type: Percent, passing: 70}
    evidence:
      - {id: note, name: Design note, kind: link}
      - {id: photo, name: Photo, required: false}
    assessment: {assessors: 3, functions: 2, not_the_manager: true, decides: majority}
    recertification:
      window: 3 months
      due: 14 days
      grace: 30 days
      counts_from: 31 March
      takes: {steps: [exam, note]}
      late: start over
      dependents: require again within 60 days
      refresh_service: true
    midway: {finish_until: 2027-03-31}
"""


def apply(db: Database, data: bytes, now: datetime = NOW) -> ProgramApplied:
    return apply_program(db, issuer=None, definition=read_program(data), actor="test", now=now)


def faults(data: bytes) -> list[str]:
    with pytest.raises(ProgramRefused) as caught:
        read_program(data)
    return [str(fault) for fault in caught.value.faults]


def refused(db: Database, data: bytes, now: datetime = NOW) -> str:
    with pytest.raises(ProgramRefused) as caught:
        apply(db, data, now)
    return str(caught.value)


def level_of(db: Database, program: str, level: str) -> Achievement:
    return load_catalogue(db).level(program, level)


def one_level(rules: str) -> bytes:
    return f"program: p\nname: P\nlevels:\n  - level: one\n    name: One\n    criteria: c\n{rules}".encode()


@pytest.fixture
def house_url(house_url_of_sqlite: str) -> str:
    """What is tested here is no matter of the database."""
    return house_url_of_sqlite


def test_the_rules_of_a_level_are_kept_with_its_version(house: House) -> None:
    apply(house.db, EVERYTHING)
    expert = level_of(house.db, "care", "expert")
    assert [[str(one.program) for one in rule.of] for rule in expert.prerequisites] == [
        ["care"],
        ["care", "cloud", "cloud"],
    ]
    assert [rule.needed for rule in expert.prerequisites] == [1, 2]
    assert [(one.id, one.kind, one.required) for one in expert.evidence] == [
        ("note", EvidenceKind.LINK, True),
        ("photo", EvidenceKind.ANY, False),
    ]
    assert expert.quorum is not None
    assert (expert.quorum.assessors, expert.quorum.functions, expert.quorum.decides) == (3, 2, Decides.MAJORITY)
    rules = expert.recertification
    assert rules is not None
    assert (rules.window, rules.due, rules.grace) == (Validity(3), Validity(days=14), Validity(days=30))
    assert (rules.counts_from, str(rules.fixed), rules.late) == (Basis.FIXED, "31 March", Late.START_OVER)
    assert (rules.takes.kind, rules.takes.steps) == (Work.STEPS, ("exam", "note"))
    assert (rules.dependents.effect, rules.dependents.within) == (Effect.REQUIRE_AGAIN, Validity(days=60))
    assert (expert.finish_until, expert.ordinal, rules.refresh_service) == (date(2027, 3, 31), 1, True)
    starter = level_of(house.db, "care", "starter").recertification
    assert starter is not None
    assert str(starter.takes.credits) == "7.5"
    assert {one.outcome for one in apply(house.db, EVERYTHING).levels} == {Outcome.UNCHANGED}


def test_a_level_without_rules_is_stored_as_it_always_was(house: House) -> None:
    """A file of before the rules existed gives the same version: its digest knows nothing of them."""
    associate = level_of(house.db, "cloud", "associate")
    assert (associate.quorum, associate.recertification, associate.finish_until) == (None, None, None)
    assert (associate.prerequisites, associate.evidence) == ((), ())
    spelled_out = PROGRAM.replace(b"24 months\n", b"24 months\n    prerequisites: []\n    midway: map\n")
    assert spelled_out != PROGRAM
    assert {one.outcome for one in apply(house.db, spelled_out).levels} == {Outcome.UNCHANGED}


def test_every_fault_of_the_rules_has_its_line_and_says_what_would_be_right() -> None:
    found = faults(b"""program: cloud
name: Cloud
owner: someone
reminders: [90 days, 3 months]
escalation: {manager_after: 14 days, owner_after: 1 day}
mail_hours: {from: 19, to: 8}
committee: {decisions: [{on: never, decision: x}]}
assign:
  - {level: a, to: nobody, required: soon}
levels:
  - level: a
    name: A
    criteria: x
    recertification:
      window: a while
      counts_from: expirey
      takes: reassesment
      late: later
      dependents: suspended
      grase: 3 days
    prerequisites:
      - Hello
      - {program: x}
      - {of: []}
      - {of: [a, c], needed: 3}
    evidence: [{id: note, name: x, kind: paper}]
    assessment: {assessors: two}
    midway: later
  - level: b
    name: B
    criteria: x
    validity: 1 year
    assessment: {assessors: 1, functions: 2}
    midway: {finish_until: tomorrow}
    recertification: {takes: {steps: [a], credits: 3}}
  - level: c
    name: C
    criteria: x
    assessment: {assessors: 0}
    recertification: {window: 30 days}
""")
    text = "\n".join(found)
    for expected in (
        "line 3, owner: 'someone' is no e-mail address; write it like",
        "line 4, reminders[1]: '3 months' is no distance; write it in days or weeks, like 30 days",
        "line 5, escalation: the owner would hear of it before the manager; make owner_after the longer one",
        "line 6, mail_hours: from 19 to 8 are no hours; write them like from: 8, to: 18",
        "line 7, committee.decisions[0].on: 'never' is no day; write it like 2026-12-31",
        "line 9, assign[0].to: 'nobody' is nobody; write one of: everyone",
        "line 15, levels[0].recertification.window: 'a while' is no length of time; write it like 90 days",
        "line 16, levels[0].recertification.counts_from: 'expirey' is no day to count from; write completion, expiry",
        "line 17, levels[0].recertification.takes: 'reassesment' is no way of renewing; write one of: reassessment",
        "line 18, levels[0].recertification.late: 'later' is not known here; use one of: 'from completion'",
        "line 19, levels[0].recertification.dependents: 'suspended' is not known here; write nothing, suspend",
        "line 20, levels[0].recertification.grase: there is no field of this name here; did you mean grace?",
        "line 22, levels[0].prerequisites[0]: 'Hello' is no short name",
        "line 23, levels[0].prerequisites[1]: this names no level; write its short name, or {program: …, level: …}",
        "line 24, levels[0].prerequisites[2]: this names no level; give at least one",
        "line 25, levels[0].prerequisites[3]: needed is 3, but only 2 levels are named",
        "line 26, levels[0].evidence[0].kind: 'paper' is not known here; use one of: 'link', 'file', 'any'",
        "line 27, levels[0].assessment.assessors: this must be a whole number; write it in digits",
        "line 28, levels[0].midway: 'later' is not known here; write map or {finish_until: 2027-03-31}",
        "line 33, levels[1].assessment: 1 assessors cannot be of 2 functions; raise assessors",
        "line 34, levels[1].midway.finish_until: 'tomorrow' is no day; write it like 2026-12-31",
        "line 35, levels[1].recertification.window: this field is missing; add window: with its value",
        "line 35, levels[1].recertification.takes: this says two things that renewing takes; write one of: re",
        "line 39, levels[2].assessment.assessors: 0 is out of range; it must be at least 1",
    ):
        assert expected in text, text
    assert len(found) == 24


def test_what_contradicts_itself_is_told_even_beside_a_misspelt_field() -> None:
    found = faults(
        one_level("    validity: 30 days\n    recertification: {window: 90 days}\n")
        + b"  - {level: two, name: Two, criteria: c, vallidity: 1 year}\n"
    )
    assert len(found) == 2
    assert found[0].startswith("line 8, levels[0].recertification: the renewal window of 90 days can be longer than")
    assert "did you mean validity?" in found[1]


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("    recertification: {window: 3 days}\n", "a level that never expires is never renewed; give it a validity"),
        (
            "    validity: 1 year\n    recertification: {window: 3 days, takes: {steps: [exam]}}\n",
            "line 8, levels[0].recertification.takes.steps[0]: 'exam' is neither a result nor a piece of evidence",
        ),
        (
            "    validity: 1 year\n    results: [{id: quiz, name: Q}]\n    evidence: [{id: note, name: N}]\n"
            "    recertification: {window: 3 days, takes: {steps: [note, exam]}}\n",
            "takes.steps[1]: 'exam' is neither a result nor a piece of evidence of this level; name one of: quiz, note",
        ),
        (
            "    results: [{id: note, name: Q}]\n    evidence: [{id: note, name: N}]\n",
            "line 8, levels[0].evidence[0].id: note names another of the level's results and evidence already",
        ),
        (
            "    assessment: {assessors: 2}\n    results:\n      - {id: quiz, name: Q, levels: [{id: bad, name: B}]}\n",
            "line 9, levels[0].results[0]: assessors score this, and nothing says from where on it is passed",
        ),
        ("    prerequisites: [one]\n", "line 7, levels[0].prerequisites[0]: one would demand itself"),
        ("    prerequisites: [two]\n", "there is no level two in use; levels of p are: one"),
        (
            "    prerequisites: [{program: a, level: b}, {program: a, level: b}]\n",
            "levels[0].prerequisites[1]: this prerequisite stands here twice; keep one of them",
        ),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules: str, sentence: str) -> None:
    assert sentence in "\n".join(faults(one_level(rules)))


@pytest.mark.parametrize(
    "rules",
    [
        "    assessment: {assessors: 2}\n",
        "    assessment: {assessors: 2}\n    results: [{id: topic, name: Topic of the thesis}]\n",
        "    prerequisites: [{program: a, level: b}, {of: [{program: a, level: b}, {program: a, level: c}]}]\n",
        "    validity: 1 year\n    recertification: {window: {days: 90}, takes: {declaration: I have read it.}}\n",
    ],
)
def test_rules_that_can_be_meant_are_accepted(rules: str) -> None:
    read_program(one_level(rules))


def test_levels_that_demand_each_other_in_a_circle_are_refused() -> None:
    found = faults(
        one_level("    prerequisites: [three]\n")
        + b"  - {level: two, name: Two, criteria: c, prerequisites: [one]}\n"
        + b"  - {level: three, name: Three, criteria: c, prerequisites: [two]}\n"
    )
    assert found == [
        "line 7, levels[0].prerequisites: nobody could ever begin: one demands three demands two demands one; "
        "leave out one of these prerequisites"
    ]


def test_a_lapse_cannot_suspend_what_cannot_be_suspended() -> None:
    program = (
        one_level("    validity: 1 year\n    recertification:\n      window: 3 days\n      dependents: suspend\n")
        + b"  - {level: two, name: Two, criteria: c, prerequisites: [one]}\n"
    )
    assert faults(program) == [
        "line 10, levels[0].recertification.dependents: a lapse of one suspends two, which cannot be suspended; "
        "write status: [revocation, suspension] at two"
    ]
    read_program(program.replace(b"[one]}", b"[one], status: [revocation, suspension]}"))


@pytest.fixture
def acme(database: Database) -> Database:
    create_issuer(database, slug="acme", name="Acme", base_url="https://badges.example.org", actor="test", now=NOW)
    return database


def other(rules: str) -> bytes:
    return one_level(rules).replace(b"program: p", b"program: q", 1)


def test_prerequisites_reach_into_other_programs_that_are_published(acme: Database) -> None:
    apply(acme, one_level(""))
    text = refused(acme, other("    prerequisites: [{program: p, level: two}, {program: r, level: one}]\n"))
    assert "line 7, levels[0].prerequisites[0]: there is no level p/two in use; levels of p are: one" in text
    assert (
        "levels[0].prerequisites[1]: there is no level r/one in use; apply the program r first, or name one of: p"
        in text
    )
    apply(acme, other("    prerequisites: [{program: p, level: one}]\n"))

    circle = refused(acme, one_level("    prerequisites: [{program: q, level: one}]\n"))
    assert "nobody could ever begin: one demands q/one demands one" in circle

    gone = refused(acme, one_level("").replace(b"level: one", b"level: other"))
    assert "levels: q/one demands one, which would no longer be in use; keep it, or apply q without" in gone
    suspends = one_level("    validity: 1 year\n    recertification: {window: 9 days, dependents: suspend}\n")
    assert "suspends q/one, which cannot be suspended; write status: [revocation, suspension] at q/one and apply q" in (
        refused(acme, suspends)
    )
    assert load_catalogue(acme).level("p", "one").version == "1", "nothing of what was refused is there"

    suspendable = other("    prerequisites: [{program: p, level: one}]\n    status: [revocation, suspension]\n")
    apply(acme, suspendable)
    apply(acme, suspends)
    again = other("    prerequisites: [{program: p, level: one}]\n")
    assert "line 4, levels[0]: a lapse of p/one suspends one, which cannot be suspended" in refused(acme, again)


def test_a_new_version_says_how_those_who_are_midway_are_treated(acme: Database) -> None:
    first, second = one_level(""), one_level("    tags: [new]\n    midway: {finish_until: 2026-11-21}\n")
    apply(acme, first)
    assert "line 8, levels[0].midway.finish_until: 2026-11-21 is past" in refused(acme, second)
    good = second.replace(b"2026-11-21", b"2026-11-22")
    assert apply(acme, good).levels[0].version == "2"
    assert level_of(acme, "p", "one").finish_until == date(2026, 11, 22)

    a_year_later = NOW + timedelta(days=365)
    assert apply(acme, good, a_year_later).changes_nothing, "a day that has passed since is no fault"
    assert apply(acme, one_level("    tags: [new]\n"), a_year_later).changes_nothing, "it need not stand there for ever"
    mapped = one_level("    tags: [new]\n    midway: map\n")
    assert apply(acme, mapped, a_year_later).levels[0].version == "3", "said otherwise, it is another version"
    assert level_of(acme, "p", "one").finish_until is None


def test_today_is_the_programs_own(acme: Database) -> None:
    """An hour before midnight in UTC it is tomorrow in Auckland."""
    apply(acme, one_level(""))
    late = datetime(2026, 11, 22, 23, tzinfo=UTC)
    changed = one_level("    tags: [new]\n    midway: {finish_until: 2026-11-22}\n")
    zone = changed.replace(b"name: P\n", b"name: P\ntime_zone: Pacific/Auckland\n")
    assert "name a day from 2026-11-23 on" in refused(acme, zone, late)
    apply(acme, changed, late)


def test_a_definition_that_was_not_read_from_a_file_is_held_to_the_same_rules(acme: Database) -> None:
    definition = ProgramDefinition.model_validate(
        {"program": "p", "name": "P", "levels": [{"name": "One", "criteria": "c", "prerequisites": ["one"]}]}
    )
    with pytest.raises(ProgramRefused, match=r"levels\[0\]\.prerequisites\[0\]\.of\[0\]: one would demand itself"):
        apply_program(acme, issuer=None, definition=definition, actor="test", now=NOW)


def test_a_level_that_comes_back_is_in_use_again(acme: Database) -> None:
    two = one_level("") + b"  - {level: two, name: Two, criteria: c}\n"
    apply(acme, two)
    apply(acme, one_level(""))
    back = apply(acme, two)
    assert [(one.level, one.version, one.outcome) for one in back.levels] == [
        ("one", "1", Outcome.UNCHANGED),
        ("two", "1", Outcome.RESTORED),
    ]
    assert not back.changes_nothing
    assert audit.events(acme)[-1].details == {"levels": {"one": "1 unchanged", "two": "1 restored"}}
