"""Pass rates, times and what is overdue: figures that can be counted, and that agree with what people are told."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from issuer import audit
from issuer.assessment.earlier import DECIDED
from issuer.errors import Refused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.people.directory import PeopleFilter
from issuer.people.duties import duties_of_people
from issuer.recertification.asked import Asked as Asking
from issuer.recertification.duties import Task
from issuer.recertification.facts import LevelKey
from issuer.reports.differences import By, differences
from issuer.reports.health import health
from issuer.reports.known_levels import known_levels
from issuer.reports.outcomes import Outcomes, outcomes
from issuer.reports.overdue import Asked, Overdue, overdue
from issuer.reports.periods import Quarter
from issuer.tables import AchievementRow, ProposalRow
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import Company
from tests.issuer.reports.conftest import Decide, at

ASSOCIATE, EXPERT = LevelKey("cloud", "associate"), LevelKey("cloud", "expert")
NAMES = [f"n{number}" for number in range(24)]


def many(company: Company) -> None:
    functions = ["Engineer", "engineer ", "Buyer"]
    rows = "".join(
        f"N {name},{name}@b.example,{functions[number % 3]},core,{2010 + number}-01-01\n"
        for number, name in enumerate(NAMES[:12])
    )
    rows += "".join(f"N {name},{name}@b.example,Buyer,edge,2026-01-01\n" for name in NAMES[12:])
    company.enter(f"name,email,function,teams,joined_on\n{rows}")


def read(company: Company, since: date, before: date) -> Outcomes:
    with company.db.read() as session:
        owner = issuer_row(session, None).id
        levels = known_levels(session, owner)
        return outcomes(
            session, owner, levels, levels.of_program(None), at(since.year, since.month, since.day),
            at(before.year, before.month, before.day),
        )  # fmt: skip


def test_pass_rates_and_times(company: Company, decide: Decide) -> None:
    many(company)
    for number, name in enumerate(NAMES[:12]):
        decided = at(2026, 5, 1) + timedelta(days=number)
        decide(f"{name}@b.example", "associate", decided - timedelta(days=number), decided, passed=number % 4 > 0,
               by=("Engineer", "Safety") if number < 6 else (" engineer",))  # fmt: skip
    decide("n20@b.example", "expert", at(2026, 5, 1), at(2026, 5, 3))
    decide("n21@b.example", "associate", at(2026, 7, 30), at(2026, 8, 3))
    found = read(company, date(2026, 4, 1), date(2026, 7, 1))
    one = found.levels[ASSOCIATE]
    assert (one.decided, one.passed) == (12, 9)
    assert one.rate is not None
    assert one.rate.share == 0.75
    assert one.deciding is not None
    assert (one.deciding.low, one.deciding.median, one.deciding.high) == (3, 6, 8)
    assert (found.levels[EXPERT].decided, found.levels[EXPERT].rate) == (1, None), "of one nothing is told"
    assert found.all.decided == 13
    by = {name: (fared.decided, fared.passed) for name, fared in found.functions.items()}
    assert by == {"Engineer": (12, 9), "Safety": (6, 4)}, "written differently, one function"


def test_an_appeal_changes_no_past_quarter(company: Company, decide: Decide) -> None:
    many(company)
    appealed = decide("n0@b.example", "associate", at(2026, 5, 1), at(2026, 5, 11), passed=False, by=("Engineer",))
    decide("n1@b.example", "associate", at(2026, 5, 1), at(2026, 5, 11), by=("Engineer",))
    subject = f"proposal:{appealed}"
    with company.db.write() as session:
        audit.append(session, at=at(2026, 5, 11), actor="t", action=DECIDED, subject=subject,
                     details={"round": 1, "decision": "declined"})  # fmt: skip
    before = read(company, date(2026, 4, 1), date(2026, 7, 1))
    with company.db.write() as session:
        session.execute(
            update(ProposalRow)
            .where(ProposalRow.id == appealed)
            .values(state="approved", round=2, decided_at=at(2026, 8, 1))
        )
        audit.append(session, at=at(2026, 8, 1), actor="t", action=DECIDED, subject=subject,
                     details={"round": 2, "decision": "approved"})  # fmt: skip
    assert read(company, date(2026, 4, 1), date(2026, 7, 1)) == before
    later = read(company, date(2026, 7, 1), date(2026, 10, 1))
    assert (later.all.decided, later.all.passed) == (1, 1)


def late(company: Company) -> Overdue:
    with company.db.read() as session:
        owner = issuer_row(session, None).id
        levels = known_levels(session, owner)
        return overdue(session, owner, levels, levels.of_program(None), as_of=NOW)


def test_what_is_overdue_is_what_people_are_told(company: Company) -> None:
    many(company)
    company.apply(
        "assign:\n"
        "  - {level: associate, to: everyone, required: within 30 days of joining}\n"
        "  - {level: expert, to: {team: core}, required: by 2026-10-01}\n"
        "  - {level: expert, to: {role: sre}, required: within 300 days of assignment}\n"
        "  - {level: expert, to: {person: signe@b.example}, required: within 10 days of assignment}\n",
        now=at(2026, 1, 5),
    )
    company.apply(
        "assign:\n"
        "  - {level: associate, to: everyone, required: within 30 days of joining}\n"
        "  - {level: expert, to: {team: core}, required: by 2026-10-01}\n"
        "  - {level: expert, to: {role: sre}, required: within 300 days of assignment}\n"
        "  - {level: expert, to: {person: signe@b.example}, required: within 10 days of assignment}\n",
        now=at(2026, 1, 6),
    )
    for number, name in enumerate(NAMES):
        if number % 3:
            company.hold(f"{name}@b.example", "associate", date(2025, 6 + number % 7, 5))
        if number % 5 == 0:
            company.hold(f"{name}@b.example", "expert", date(2024 + number % 3, 10, 25))
    found = late(company)
    told = [
        one.duty
        for one in duties_of_people(company.db, None, PeopleFilter(), NOW)
        if one.duty.requirement is Asking.REQUIRED and one.duty.overdue and one.duty.kind is not Task.RESTORE
    ]
    assert found.all.overdue == len(told) > 10
    assert {key: one.overdue for key, one in found.levels.items()} == Counter(duty.level for duty in told)
    assert found.levels[EXPERT].required == 12 + 2, "twelve and Zoë of the team core, and Signe"
    assert sum(one.overdue for one in found.teams.values()) >= found.all.overdue
    assert "attic" not in found.teams, "who left is asked for nothing"


def test_nobody_is_asked_for_anything(company: Company) -> None:
    assert late(company).all == Asked(0, 0)


def test_groups_of_candidates(company: Company, decide: Decide) -> None:
    many(company)
    for number, name in enumerate(NAMES):
        decide(f"{name}@b.example", "associate", at(2026, 5, 1), at(2026, 5, 2), passed=number >= 12)
    decide("n0@b.example", "associate", at(2026, 6, 1), at(2026, 6, 2))
    with company.db.read() as session:
        owner = issuer_row(session, None).id
        found = differences(session, owner, known_levels(session, owner), ASSOCIATE, today=NOW.date())
    assert (found.first, found.last) == (date(2025, 10, 1), date(2026, 9, 30))
    assert found.all is not None
    assert (found.all.part, found.all.whole) == (13, 24), "who passed in the end has passed"
    told = {
        one.by: {group.name: (group.share.part, group.share.whole) for group in one.groups} for one in found.comparisons
    }
    assert told[By.TEAM] == {"core": (1, 12), "edge": (12, 12)}
    assert told[By.FUNCTION] == {}, "eight engineers would be the total less sixteen buyers"
    assert found.comparisons[1].withheld
    assert told[By.JOINED] == {"0": (12, 12), "": (1, 12)}


def test_a_quarter_is_the_same_whenever_it_is_told(company: Company, decide: Decide) -> None:
    many(company)
    with company.db.write() as session:
        session.execute(update(AchievementRow).values(published_at=at(2025, 1, 1)))
    for number, name in enumerate(NAMES[:11]):
        company.hold(f"{name}@b.example", "associate", date(2025, 7 + number % 6, 10))
        decide(f"{name}@b.example", "expert", at(2026, 7, 1), at(2026, 8, 1), passed=number > 2, by=("Engineer",))
    quarter = Quarter(2026, 3)
    before = health(company.db, None, "cloud", quarter, now=NOW)
    assert before.complete
    assert before.learners == 11
    assert before.total.before == 11
    assert (before.total.expired, before.total.after) == (6, 5), "of July, August and September of the year before"
    assert before.outcomes.all.rate is not None
    assert (before.outcomes.all.passed, before.outcomes.all.decided) == (8, 11)
    assert before.months[0] == date(2026, 10, 1)
    assert before.plan[ASSOCIATE].months == (2, 2, 1)
    assert before.assessments_made == 11
    company.hold("zoe@b.example", "associate", date(2026, 11, 1))
    decide("n20@b.example", "associate", at(2026, 10, 5), at(2026, 11, 1))
    assert health(company.db, None, "cloud", quarter, now=NOW + timedelta(days=200)) == before
    running = health(company.db, None, "cloud", Quarter(2026, 4), now=NOW)
    assert not running.complete
    assert running.total.before == 5
    assert running.total.after == 5 - running.total.expired + 1
    with pytest.raises(Refused, match="has not begun"):
        health(company.db, None, "cloud", Quarter(2027, 1), now=NOW)
    with pytest.raises(UnknownProgram):
        health(company.db, None, "clouds", quarter, now=NOW)


def test_quarters_are_written_and_counted() -> None:
    assert Quarter.parse(" 2026-q3 ") == Quarter(2026, 3) == Quarter.of(date(2026, 9, 30))
    assert (Quarter(2026, 4).last, Quarter(2026, 1).later(-1)) == (date(2026, 12, 31), Quarter(2025, 4))
    for wrong in ("2026", "2026-Q5", "Q1-2026", "9999-Q4", "٢٠٢٦-Q1"):
        with pytest.raises(ValueError, match="write it like"):
            Quarter.parse(wrong)
