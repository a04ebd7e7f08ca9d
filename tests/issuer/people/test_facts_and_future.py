"""From rows to the engine: what people hold, what they must do, and what will happen if nobody acts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from issuer.errors import IdempotencyConflict, UnknownProgram
from issuer.people.credits import (
    CreditRequest,
    CreditsRefused,
    list_credits,
    read_credits_csv,
    record_credits,
    withdraw_credit,
)
from issuer.people.directory import PeopleFilter
from issuer.people.duties import duties_of_people, duties_of_person, standing_of_person
from issuer.people.facts import levels_of, people_facts
from issuer.people.mentors import (
    MentorRefused,
    assign_mentor,
    candidates_of,
    consent_to_thanks,
    end_mentor,
    thanked_mentors,
)
from issuer.people.progress import history_of_person
from issuer.people.simulation import Change, compare, simulate
from issuer.program_file import read_program
from issuer.recertification.duties import Task
from issuer.recertification.facts import LevelKey
from issuer.recertification.timeline import What
from issuer.tables import ProgramRow
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import DIRECTORY, PROGRAM, Company

YEAR = datetime(2027, 11, 22, tzinfo=UTC)
ASSOCIATE, EXPERT = LevelKey("cloud", "associate"), LevelKey("cloud", "expert")


def test_successors_are_found_link_by_link_with_few_queries(company: Company) -> None:
    first = company.hold("zoe@b.example", "associate", date(2024, 1, 20))
    second = company.hold("zoe@b.example", "associate", date(2025, 1, 10), replaces=first)
    third = company.hold("zoe@b.example", "associate", date(2026, 1, 5), replaces=second)
    company.hold("ravi@b.example", "expert", date(2026, 11, 5))
    queries: list[str] = []
    event.listen(company.db.engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    with company.db.read() as session:
        levels, _ = levels_of(session, 1)
        found = {one.id: one for one in people_facts(session, 1, levels)}
    assert len(queries) < 15
    zoe, ravi = (found[company.person(address).id] for address in ("zoe@b.example", "ravi@b.example"))
    assert [(one.credential_id, one.replaces) for one in zoe.holdings] == [
        (first, None),
        (second, first),
        (third, second),
    ]
    assert [(one.level, one.version, one.completed_on) for one in ravi.holdings] == [(EXPERT, 1, date(2026, 11, 5))]
    assert (str(zoe.zone), str(ravi.zone)) == ("Europe/Copenhagen", "Asia/Kolkata")


def test_a_correction_stands_where_the_corrected_one_stood(company: Company) -> None:
    """It renews what that one renewed, or nothing: it is no renewal itself."""
    first = company.hold("zoe@b.example", "associate", date(2024, 1, 20))
    corrected = company.correct(first, date(2024, 1, 20))
    renewal = company.hold("zoe@b.example", "associate", date(2025, 1, 10), replaces=corrected)
    again = company.correct(renewal, date(2025, 1, 10))
    with company.db.read() as session:
        levels, _ = levels_of(session, 1)
        (zoe,) = people_facts(session, 1, levels, person_ids=[company.person("zoe@b.example").id])
    renews = {one.credential_id: one.replaces for one in zoe.holdings}
    assert renews == {first: None, corrected: None, renewal: corrected, again: corrected}


def test_pages_give_what_the_whole_gives(company: Company) -> None:
    company.enter(DIRECTORY + "".join(f"P{n},p{n}@b.example,{n + 100},,,core,,,,,\n" for n in range(20)))
    company.hold("p3@b.example", "associate", date(2026, 1, 5))
    with company.db.read() as session:
        levels, _ = levels_of(session, 1)
        whole = list(people_facts(session, 1, levels))
        assert list(people_facts(session, 1, levels, page=7)) == whole
        assert list(people_facts(session, 1, levels, person_ids=[one.id for one in whole], page=5)) == whole
        assert list(people_facts(session, 1, levels, after=whole[9].id, limit=4)) == whole[10:14]
    assert len(whole) == 24


def test_what_someone_must_do_until_when_and_why(company: Company) -> None:
    company.hold("zoe@b.example", "associate", date(2026, 1, 20))
    company.apply("assign: [{level: expert, to: {team: platform}, required: within 90 days of joining}]\n")
    zoe = company.person("zoe@b.example")
    renew, earn = duties_of_person(company.db, None, zoe.id, NOW)
    assert (renew.kind, renew.due_on) == (Task.RENEW, date(2027, 1, 20))
    assert (earn.kind, earn.due_on, earn.level) == (Task.EARN, date(2027, 2, 20), EXPERT)
    assert "for the team platform, within 90 days of joining" in earn.why
    assert standing_of_person(company.db, None, zoe.id, NOW).courses[0].level == ASSOCIATE
    signe = company.person("signe@b.example")
    found = duties_of_people(company.db, None, PeopleFilter(manager_id=signe.id), NOW)
    assert [(one.person.name, one.duty.level.level) for one in found] == [
        ("Zoë Kjærsgaard", "associate"),
        ("Ravi Kulkarni", "expert"),
        ("Zoë Kjærsgaard", "expert"),
    ]
    soon = duties_of_people(company.db, None, PeopleFilter(), NOW, within=timedelta(days=60))
    assert [one.duty.due_on for one in soon] == [date(2027, 1, 20)]
    assert [one.what for one in history_of_person(company.db, None, zoe.id, NOW)] == [
        "Cloud Associate issued (version 1, earned on 20 January 2026)"
    ]


def test_the_coming_year_is_shown_month_by_month(company: Company) -> None:
    company.hold("zoe@b.example", "associate", date(2026, 1, 20))
    company.hold("zoe@b.example", "expert", date(2026, 2, 20))
    future = simulate(company.db, None, start=NOW, end=YEAR)
    assert (future.covered, future.happenings[0].on) == (4, date(2026, 12, 21))
    months = dict(future.months())
    assert next(iter(months)) == "2026-11"
    assert months["2027-01"][What.EXPIRED] == 1
    assert months["2027-02"][What.DEPENDENT] == 1
    assert sum(count for counts in months.values() for count in counts.values()) == len(future.happenings)
    assert simulate(company.db, None, start=NOW, end=YEAR, filter_=PeopleFilter(team="leads")).happenings == ()
    with pytest.raises(UnknownProgram, match="no program 'clod'"):
        simulate(company.db, None, start=NOW, end=YEAR, program="clod")


def test_a_file_not_yet_applied_shows_what_its_rules_would_change(company: Company) -> None:
    company.hold("zoe@b.example", "associate", date(2026, 1, 20))
    changed = PROGRAM.replace("grace: 30 days", "grace: 60 days") + "reminders: [45 days, 7 days]\n"
    found = compare(company.db, None, read_program(changed.encode()), start=NOW, end=YEAR)
    assert {(one.change, one.happening.what, one.happening.distance) for one in found.differences} == {
        (Change.MOVES, What.LAPSED, 0),
        (Change.VANISHES, What.REMINDER, 30),
        (Change.APPEARS, What.REMINDER, 45),
    }
    moved = next(one for one in found.differences if one.change is Change.MOVES)
    assert moved.before is not None
    assert moved.after is not None
    assert (moved.after.on - moved.before.on).days == 30
    company.apply(program=changed, now=NOW)
    after = simulate(company.db, None, start=NOW, end=YEAR)
    assert after.happenings == found.then.happenings, "what was shown ahead is what comes"
    same = compare(company.db, None, read_program(changed.encode()), start=NOW, end=YEAR)
    assert same.differences == ()


def credit(**changes: object) -> CreditRequest:
    members: dict[str, object] = {
        "email": "zoe@b.example",
        "program": "cloud",
        "level": "expert",
        "done_on": date(2026, 10, 1),
        "hours": Decimal("2.5"),
        "activity": "Talk",
    }
    return CreditRequest(**{**members, **changes})  # type: ignore[arg-type]


def test_credits_count_once_until_they_are_withdrawn(company: Company) -> None:
    def total() -> int:
        with company.db.read() as session:
            levels, _ = levels_of(session, 1)
            person = company.person("zoe@b.example").id
            return sum(one.hundredths for one in next(people_facts(session, 1, levels, person_ids=[person])).credits)

    first = record_credits(company.db, None, [credit(), credit(activity="Course")], actor="t", now=NOW)
    again = record_credits(company.db, None, [credit()], actor="t", now=NOW)
    assert ((first.new, first.already), (again.new, again.already), total()) == ((2, 0), (0, 1), 500)
    with pytest.raises(IdempotencyConflict, match="recorded before with other hours"):
        record_credits(company.db, None, [credit(hours=Decimal(3))], actor="t", now=NOW)
    with company.db.read() as session:
        talk = next(one for one in list_credits(session, 1) if one.activity == "Talk")
    withdraw_credit(company.db, None, talk.id, actor="t", now=NOW)
    assert total() == 250
    assert record_credits(company.db, None, [credit(hours=Decimal(3))], actor="t", now=NOW).new == 1
    assert total() == 550
    told = [one.what for one in history_of_person(company.db, None, company.person("zoe@b.example").id, NOW)]
    assert "3 hours recorded for Cloud Expert: Talk (1 October 2026)" in told


def test_wrong_credits_are_all_named_and_none_is_recorded(company: Company) -> None:
    data = (
        b"email,program,level,done_on,hours,activity\n"
        b"zoe@b.example,cloud,expert,2026-10-01,2.5,Talk\n"
        b"nobody@b.example,cloud,master,2030-01-01,1,Talk\n"
    )
    with pytest.raises(CreditsRefused) as caught:
        record_credits(company.db, None, read_credits_csv(data), actor="t", now=NOW)
    assert [fault.where for fault in caught.value.faults] == ["row 3, email", "row 3, level"]
    with pytest.raises(CreditsRefused, match="'0' are no hours"):
        read_credits_csv(data.replace(b"2.5", b"0"))
    with company.db.read() as session:
        assert list_credits(session, 1) == ()


def test_a_mentor_sees_his_candidate_and_is_thanked_only_if_he_agreed(company: Company) -> None:
    def thanked() -> list[tuple[str, int]]:
        with company.db.read() as session:
            return [(one.name, one.candidates) for one in thanked_mentors(session, session.get_one(ProgramRow, 1))]

    def mentor(who: str, by: str, *, agreed: bool = False) -> None:
        assign_mentor(
            company.db, issuer=None, program="cloud", candidate=who, mentor=by, thanked=agreed, actor="t", now=NOW
        )

    mentor("zoe@b.example", "signe@b.example")
    company.hold("zoe@b.example", "associate", NOW.date())
    assert thanked() == []
    assert consent_to_thanks(company.db, issuer=None, mentor="signe@b.example", thanked=True, actor="t", now=NOW) == 1
    assert thanked() == [("Signe Dahl", 1)]
    (seen,) = candidates_of(company.db, None, NOW, mentor="signe@b.example")
    assert (seen.mentoring.candidate.name, [one.level for one in seen.courses]) == ("Zoë Kjærsgaard", [ASSOCIATE])
    mentor("zoe@b.example", "ravi@b.example", agreed=True)
    assert candidates_of(company.db, None, NOW, mentor="signe@b.example") == ()
    end_mentor(company.db, issuer=None, program="cloud", candidate="zoe@b.example", actor="t", now=NOW)
    assert candidates_of(company.db, None, NOW) == ()
    for who, by, why in (
        ("zoe@b.example", "zoe@home.example", "are one person"),
        ("zoe@b.example", "old@b.example", "left on 2020-01-01"),
    ):
        with pytest.raises(MentorRefused, match=why):
            mentor(who, by)
