"""Levels required and suggested: due rules, who comes under them, and nobody who is late the moment a rule is made."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from credentials.sentence import day_words
from issuer.errors import Refused
from issuer.messages.bundling import bundle
from issuer.people.assignment_rules import DueRule, Start, Target, due_rule_from_dict, parse_due_rule
from issuer.people.assignments import AssignmentRefused, assign, end_assignment, list_assignments
from issuer.people.facts import levels_of, people_facts
from issuer.recertification.facts import LevelKey, Requirement
from issuer.tables import MessageRow
from issuer.validity import Validity
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import DIRECTORY, TODAY, Company

TEAM = "assign: [{level: associate, to: {team: platform}, required: within 90 days of joining}]\n"
ASSOCIATE, EXPERT = LevelKey("cloud", "associate"), LevelKey("cloud", "expert")


def requirements(company: Company, address: str) -> tuple[Requirement, ...]:
    person = company.person(address)
    with company.db.read() as session:
        levels, _ = levels_of(session, 1)
        return next(people_facts(session, 1, levels, person_ids=[person.id])).requirements


def by_hand(company: Company, level: str, to: Target, due: str | None) -> int:
    rule = parse_due_rule(due) if due is not None else None
    return assign(company.db, issuer=None, program="cloud", level=level, to=to, due=rule, actor="test", now=NOW).id


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("within 90 days of joining", DueRule(Validity(days=90), Start.JOINING)),
        ("Within 6  months of assignment", DueRule(Validity(months=6), Start.ASSIGNMENT)),
        ("by 2026-12-31", DueRule(by=date(2026, 12, 31))),
        ("by 2026-12-31 or within 30 days of joining", DueRule(Validity(days=30), Start.JOINING, date(2026, 12, 31))),
    ],
)
def test_due_rules_are_read_from_words_and_kept_as_json(words: str, rule: DueRule) -> None:
    assert parse_due_rule(words) == rule
    assert parse_due_rule(str(rule)) == rule
    assert due_rule_from_dict(rule.as_dict()) == rule


@pytest.mark.parametrize("words", ["soon", "within never of joining", "by 2026-02-30", "within 90 days", "by tomorrow"])
def test_what_says_no_due_date_is_refused_with_what_to_write(words: str) -> None:
    with pytest.raises(ValueError, match="write it as within 90 days of joining"):
        parse_due_rule(words)


@given(
    st.sampled_from(
        ["within 90 days of joining", "within 1 month of assignment", "by 2026-12-31 or within 7 days of joining"]
    ),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_nobody_is_late_the_moment_a_rule_is_made_or_he_comes_under_it(
    words: str, joined: date, assigned: date
) -> None:
    due = parse_due_rule(words).due_on(joined=joined, assigned=assigned)
    assert due > max(joined, assigned)


def test_a_programs_file_assigns_and_the_same_file_again_changes_nothing(company: Company) -> None:
    company.apply(TEAM)
    (one,) = list_assignments(company.db)
    assert (one.level, one.kind, one.target, str(one.due)) == (
        "associate",
        "team",
        "platform",
        "within 90 days of joining",
    )
    assert {note.key for note in company.notices()} == {
        f"assigned:{one.id}:{company.person(address).id}" for address in ("zoe@b.example", "ravi@b.example")
    }
    company.apply(TEAM, now=NOW + timedelta(days=400))
    assert list_assignments(company.db) == (one,)
    counted = f"counted from {day_words(TODAY)}, when it was first asked for"
    words = f"for the team platform, within 90 days of joining, {counted}"
    assert requirements(company, "zoe@b.example") == (Requirement(ASSOCIATE, TODAY + timedelta(days=90), TODAY, words),)


def test_what_a_file_no_longer_says_ends_and_stays_on_record(company: Company) -> None:
    company.apply(TEAM)
    company.apply(TEAM.replace("90 days", "60 days"))
    assert [str(one.due) for one in list_assignments(company.db)] == ["within 60 days of joining"]
    company.apply()
    assert list_assignments(company.db) == ()
    assert len(list_assignments(company.db, ended=True)) == 2
    assert requirements(company, "zoe@b.example") == ()


def test_who_joins_a_team_later_comes_under_it_by_being_there(company: Company) -> None:
    company.apply(TEAM)
    company.enter(DIRECTORY.replace("Head,leads", "Head,platform"), today=date(2027, 6, 1))
    (asked,) = requirements(company, "signe@b.example")
    assert asked.due_on == date(2027, 8, 30)
    assert requirements(company, "old@b.example") == ()


def test_of_several_assignments_the_strictest_counts(company: Company) -> None:
    by_hand(company, "associate", Target(everyone=True), None)
    assert not requirements(company, "zoe@b.example")[0].required
    by_hand(company, "associate", Target(team="platform"), "within 90 days of joining")
    by_hand(company, "associate", Target(role="sre"), "by 2026-12-01")
    by_hand(company, "expert", Target(person="ZOE@home.example"), "by 2027-12-01")
    assert [(one.level, one.due_on) for one in requirements(company, "zoe@b.example")] == [
        (ASSOCIATE, date(2026, 12, 1)),
        (EXPERT, date(2027, 12, 1)),
    ]
    assert [(one.level, one.due_on) for one in requirements(company, "signe@b.example")] == [(ASSOCIATE, None)]


def test_an_assignment_to_nobody_is_refused(company: Company) -> None:
    for to, words in (
        (Target(team="platfrom"), "assigned to nobody: there is no team 'platfrom'; did you mean 'platform'?"),
        (Target(team="attic"), "assigned to nobody: everyone of the team 'attic' has left"),
        (Target(role="king"), "assigned to nobody: there is no role 'king'; known are: sre"),
        (Target(person="x@b.example"), "assigned to nobody: nobody has the address 'x@b.example'"),
        (Target(person="old@b.example"), "assigned to nobody: old@b.example left on 1 January 2020"),
    ):
        with pytest.raises(AssignmentRefused) as caught:
            by_hand(company, "associate", to, "by 2027-01-01")
        assert words in str(caught.value)
    with pytest.raises(AssignmentRefused, match="1 January 2026 has passed"):
        by_hand(company, "associate", Target(everyone=True), "by 2026-01-01")
    assert list_assignments(company.db) == ()


def test_a_file_with_wrong_assignments_publishes_nothing(company: Company) -> None:
    with pytest.raises(Refused) as caught:
        company.apply(
            "assign: [{level: master, to: everyone, suggested: true}, "
            "{level: expert, to: {team: ghosts}, required: by 2020-01-01}]\n",
            program="program: other\nname: Other\nlevels: [{level: expert, name: Expert, criteria: x}]\n",
        )
    text = str(caught.value)
    assert "no level 'master'" in text
    assert "there is no team 'ghosts'" in text
    assert "1 January 2020 has passed" in text
    with company.db.read() as session:
        assert {key.program for key in levels_of(session, 1)[0]} == {"cloud"}


def test_only_who_does_not_hold_it_is_told_and_only_if_it_is_required(company: Company) -> None:
    company.hold("zoe@b.example", "associate", date(2026, 6, 1))
    by_hand(company, "associate", Target(everyone=True), None)
    assert company.notices() == []
    by_hand(company, "associate", Target(team="platform"), "within 90 days of joining")
    (note,) = company.notices()
    assert note.recipient_id == company.person("ravi@b.example").id
    assert note.facts["due_on"] == (TODAY + timedelta(days=90)).isoformat()


def test_the_mail_about_an_assignment_names_the_level_and_the_day(company: Company) -> None:
    by_hand(company, "associate", Target(team="platform"), "within 90 days of joining")
    bundle(company.db, now=NOW + timedelta(days=1), time_zone="UTC")  # a Monday
    with company.db.read() as session:
        mails = session.scalars(select(MessageRow)).all()
    (subject,) = {mail.subject for mail in mails if mail.recipient_id == company.person("ravi@b.example").id}
    assert subject == "“Cloud Associate” is required of you"


def test_hand_and_file_are_one_truth(company: Company) -> None:
    number = by_hand(company, "associate", Target(team="platform"), "within 90 days of joining")
    assert by_hand(company, "associate", Target(team="platform"), "within 90 days of joining") == number
    company.apply(TEAM)
    (one,) = list_assignments(company.db)
    assert (one.id, one.source) == (number, "program")
    with pytest.raises(AssignmentRefused, match="assigns associate to the team platform already; change it there"):
        by_hand(company, "associate", Target(team="platform"), None)
    with pytest.raises(AssignmentRefused, match="take it out there"):
        end_assignment(company.db, issuer=None, assignment_id=number, actor="test", now=NOW)
    other = by_hand(company, "expert", Target(role="sre"), None)
    end_assignment(company.db, issuer=None, assignment_id=other, actor="test", now=NOW)
    assert [one.id for one in list_assignments(company.db)] == [number]
