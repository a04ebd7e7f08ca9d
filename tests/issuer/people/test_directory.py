"""The directory: entered whole or not at all, every fault at once, and the same file again changes nothing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from issuer.audit import verify
from issuer.errors import Refused
from issuer.people.directory import (
    PeopleFilter,
    UnknownPerson,
    leave,
    list_people,
    manager_of,
    person_by_address,
    reports_of,
)
from issuer.people.directory_import import Missing, preview_directory
from issuer.people.people_csv import DirectoryRefused
from issuer.people.reporting_lines import depths, loops
from issuer.tables import AuditEventRow, PersonRow
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import DIRECTORY, TODAY, Company


def faults(company: Company, text: str) -> list[str]:
    with pytest.raises(DirectoryRefused) as caught:
        company.enter(text)
    return [str(fault) for fault in caught.value.faults]


def test_a_directory_is_entered_with_managers_who_stand_later(company: Company) -> None:
    zoe = company.person("zoe@b.example")
    assert (zoe.name, zoe.manager_name, zoe.emails) == (
        "Zoë Kjærsgaard",
        "Signe Dahl",
        ("Zoe@b.example", "zoe@home.example"),
    )
    assert [(one.name, one.since) for one in zoe.teams] == [
        ("core", date(2025, 3, 1)),
        ("platform", date(2026, 1, 15)),
    ]
    assert company.person("ZOE@home.example ") == zoe
    with company.db.read() as session:
        signe = person_by_address(session, "signe@b.example")
        assert signe is not None
        assert [one.name for one in reports_of(session, signe.id, TODAY)] == ["Ravi Kulkarni", "Zoë Kjærsgaard"]
        assert manager_of(session, zoe.id) == signe
        assert manager_of(session, signe.id) is None
        assert [one.name for one in list_people(session, PeopleFilter(search="ZOË"))] == ["Zoë Kjærsgaard"]
        assert [one.name for one in list_people(session, PeopleFilter(team="platform", search="ravi@"))] == [
            "Ravi Kulkarni"
        ]


def test_the_same_file_again_changes_nothing(company: Company) -> None:
    with company.db.read() as session:
        before = session.scalar(select(func.count()).select_from(AuditEventRow))
    done = company.enter()
    assert (done.new, done.changed, done.unchanged) == (0, 0, 4)
    with company.db.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEventRow)) == before
    assert verify(company.db).whole


def test_a_preview_says_what_would_change_and_changes_nothing(company: Company) -> None:
    text = DIRECTORY.replace("Head,leads", "Chief,leads") + "New,new@b.example,20,17,,core,,,,,\n"
    ahead = preview_directory(
        company.db, text.encode(), missing=Missing.KEEP, now=NOW, today=TODAY, randomness=company.randomness
    )
    assert (ahead.new, ahead.changed, ahead.unchanged) == (1, 1, 3)
    with company.db.read() as session:
        assert person_by_address(session, "new@b.example") is None
    done = company.enter(text)
    assert (done.new, done.changed, done.unchanged) == (ahead.new, ahead.changed, ahead.unchanged)
    assert company.person("new@b.example").manager_name == "Zoë Kjærsgaard"


def test_a_move_to_another_team_counts_from_the_day_it_is_seen(company: Company) -> None:
    company.enter(DIRECTORY.replace("platform,,Asia", "core,,Asia"), today=date(2027, 2, 1))
    assert [(one.name, one.since) for one in company.person("ravi@b.example").teams] == [("core", date(2027, 2, 1))]


def test_who_is_matched_by_number_may_change_his_address_and_keeps_the_old_one(company: Company) -> None:
    before = company.person("zoe@b.example")
    company.enter(DIRECTORY.replace("Zoe@b.example", "zoe.holm@b.example").replace("Zoë Kjærsgaard", "Zoë Holm"))
    after = company.person("zoe.holm@b.example")
    assert (after.id, after.name) == (before.id, "Zoë Holm")
    assert company.person("zoe@b.example").id == before.id


def test_columns_that_are_not_there_leave_things_as_they_are(company: Company) -> None:
    before = company.person("zoe@b.example")
    done = company.enter("name,email\nZoë Kjærsgaard,Zoe@b.example\n")
    assert (done.changed, done.missing) == (0, 2)
    assert company.person("zoe@b.example") == before


def test_the_address_that_the_file_names_first_is_the_main_one(company: Company) -> None:
    assert company.person("zoe@home.example").email == "Zoe@b.example"
    assert company.enter("name,email\nZoë Kjærsgaard,zoe@home.example\n").changed == 1
    assert company.person("zoe@b.example").email == "zoe@home.example"
    assert company.enter("name,email\nZoë Kjærsgaard,zoe@home.example\n").changed == 0


def test_who_is_missing_stays_unless_it_is_said_that_he_left(company: Company) -> None:
    text = "\n".join(line for line in DIRECTORY.splitlines() if not line.startswith("Ravi")) + "\n"
    assert company.enter(text).missing == 1
    assert company.person("ravi@b.example").left_on is None
    assert company.enter(text, missing=Missing.LEAVE).left == 1
    assert company.person("ravi@b.example").left_on == TODAY
    assert company.enter(text, missing=Missing.LEAVE).left == 0
    company.enter(today=date(2027, 1, 1))
    assert company.person("ravi@b.example").left_on is None, "he stands in the file again"


def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_entered(company: Company) -> None:
    found = faults(
        company,
        "name,email,employee_number,manager,teams,time_zone,joined_on,left_on\n"
        "A,a@x.example,101,b@x.example,x@monday,Europe/Atlantis,2026-01-01,2025-01-01\n"
        "B,b@x.example,101,nobody@x.example,,,2026-02-30,\n"
        ",A@X.example,103,,,,,\n"
        "C,nomail,104,e@x.example,,,,\n"
        "D,d@x.example\n"
        "E,e@x.example,105,f@x.example,,,,\n"
        "F,f@x.example,106,105,,,,\n"
        "G,g@x.example,107,d@x.example,,,,\n"
        "H,zoe@b.example,108,,,,,\n"
        "I,ravi@b.example,17,,,,,\n",
    )
    expected = [
        "row 2, left_on: 2025-01-01 is before the day of joining",
        "row 2, teams: 'x@monday' does not say since when",
        "row 2, time_zone: 'Europe/Atlantis' is no time zone",
        "row 3, joined_on: '2026-02-30' is no day",
        "row 3, employee_number: the employee number 101 stands in row 2 too",
        "row 3, manager: nobody has the address or employee number 'nobody@x.example'",
        "row 4, name: this is empty",
        "row 4, email: the address a@x.example stands in row 2 too",
        "row 5, email: 'nomail' is no e-mail address",
        "row 6: it has 2 cells and the heading has 8",
        "row 7, manager: e@x.example reports to himself: e@x.example → f@x.example → e@x.example",
        "row 10, employee_number: the address zoe@b.example is that of employee 17 on record",
        "row 11: this is the same person as row 10",
        "row 11, email: the address ravi@b.example is that of employee 18 on record",
    ]
    assert len(found) == len(expected)
    for fault, start in zip(sorted(found), sorted(expected), strict=True):
        assert fault.startswith(start)
    with company.db.read() as session:
        assert session.scalar(select(func.count()).select_from(PersonRow)) == 4


def test_a_loop_through_someone_who_is_only_on_record_is_found(company: Company) -> None:
    found = faults(company, "name,email,manager\nSigne Dahl,signe@b.example,zoe@b.example\n")
    assert found == [
        "row 2, manager: signe@b.example reports to himself: signe@b.example → (on record) → signe@b.example; "
        "someone on it must report to somebody else"
    ]


def test_two_rows_of_one_person_on_record_are_refused(company: Company) -> None:
    found = faults(company, "name,email\nZoë,zoe@b.example\nZoë K,zoe@home.example\n")
    assert found[0].startswith("row 3: this is the same person as row 2")


def test_a_file_that_is_no_directory_says_what_is_needed(company: Company) -> None:
    assert "did you mean email?" in faults(company, "name,e-mail\nA,a@x.example\n")[0]
    assert "the file is empty" in faults(company, "")[0]


def test_leaving_is_recorded_once(company: Company) -> None:
    assert leave(company.db, "zoe@b.example", on=date(2026, 12, 31), actor="t", now=NOW).left_on == date(2026, 12, 31)
    with pytest.raises(Refused, match="before the day of joining, 1 March 2025"):
        leave(company.db, "zoe@b.example", on=date(2024, 12, 31), actor="t", now=NOW)
    with pytest.raises(UnknownPerson, match="nobody has the address 'x@y'"):
        leave(company.db, "x@y", on=TODAY, actor="t", now=NOW)


@given(st.lists(st.integers(min_value=-1, max_value=11), min_size=12, max_size=12))
def test_a_graph_of_managers_has_loops_exactly_if_its_people_cannot_be_put_in_order(above: list[int]) -> None:
    ids = [UUID(int=number) for number in range(12)]
    graph = {ids[at]: ids[manager] if manager >= 0 else None for at, manager in enumerate(above)}
    found = loops(graph)
    on_loops = {one for loop in found for one in loop}
    reached = {one for one in ids if _ends(one, graph)}
    assert bool(on_loops) == (len(reached) < 12)
    for loop in found:
        assert [graph[one] for one in loop] == [*loop[1:], loop[0]]
    if not found:
        depth = depths(graph)
        assert all(manager is None or depth[one] == depth[manager] + 1 for one, manager in graph.items())


def _ends(one: UUID, graph: dict[UUID, UUID | None]) -> bool:
    at: UUID | None = one
    for _ in range(13):
        if at is None:
            return True
        at = graph[at]
    return False
