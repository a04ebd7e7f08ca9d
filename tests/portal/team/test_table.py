"""A manager looks at his people: who is where with which level, only his own, in any order and as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

from issuer.sign_in.roles import Role
from tests.portal.sign_in.conftest import Company
from tests.portal.team.conftest import counting, enter, hold

ANA, BEN, CLEO = (f"{name}@brightmoor.example" for name in ("ana", "ben", "cleo"))


def names(page: str) -> list[str]:
    return re.findall(r'<a class="who"[^>]*><bdi>([^<]*)</bdi>', page)


def line_of(page: str, name: str) -> str:
    line = page.partition(f"<bdi>{name}</bdi></a>")[2].partition("</tr>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", line))


def figures(page: str) -> dict[str, int]:
    found = re.findall(r'<span class="figure-word">([^<]*)</span> <span class="figure-count">([^<]*)<', page)
    return {word: int(count) for word, count in found}


def test_the_table_tells_where_each_of_his_people_stands(staff: Company) -> None:
    page = staff.signed_in(BEN).get("/team").text
    assert names(page) == ["=Finn", "Dora Dahl", "Emil Extern", "كليو المصرية"], "who left is not there, nor others"
    assert "Valid until 1 Oct 2027" in line_of(page, "كليو المصرية")
    assert "Suggested" in line_of(page, "كليو المصرية"), "the team is offered the next level"
    assert "Ends soon until 10 Dec 2026 · in 18 days" in line_of(page, "Dora Dahl")
    assert "Missing due 15 Jan 2027 · in 54 days" in line_of(page, "Emil Extern")
    assert "Overdue was due 10 Dec 2025" in line_of(page, "=Finn")
    assert figures(page) == {
        "Overdue": 1, "Missing": 1, "Ends within 30 days": 1, "Ends within 60 days": 1, "Ends within 90 days": 1,
        "Valid": 2,
    }  # fmt: skip


def test_filters_and_order_are_addresses(staff: Company) -> None:
    ben = staff.signed_in(BEN)
    assert names(ben.get("/team?only=overdue").text) == ["=Finn"]
    assert names(ben.get("/team?only=missing").text) == ["Emil Extern"]
    assert names(ben.get("/team?only=30").text) == ["Dora Dahl"]
    assert names(ben.get("/team?only=valid").text) == ["Dora Dahl", "كليو المصرية"]
    assert names(ben.get("/team?only=suggested").text) == ["Dora Dahl", "كليو المصرية"]
    assert names(ben.get("/team?only=to-do").text) == ["=Finn", "Dora Dahl", "Emil Extern"]
    assert names(ben.search("/team", team="platform").text) == ["Dora Dahl", "كليو المصرية"]
    assert names(ben.get("/team?order=due").text) == ["=Finn", "Dora Dahl", "Emil Extern", "كليو المصرية"]
    assert names(ben.get("/team?order=overdue").text)[0] == "=Finn"
    assert "Nobody of your people is in that state." in ben.search("/team", team="attic").text
    assert len(names(ben.get("/team?only=nonsense&order=x&page=-3&people=?").text)) == 4


def test_he_sees_everyone_below_him_when_he_asks_and_nobody_else(staff: Company) -> None:
    ana = staff.signed_in(ANA)
    assert names(ana.get("/team").text) == ["Ben Okafor"]
    page = ana.get("/team?people=all").text
    assert names(page) == ["=Finn", "Ben Okafor", "Dora Dahl", "Emil Extern", "كليو المصرية"]
    assert "reports to Ben Okafor" in line_of(page, "Dora Dahl")
    assert names(staff.signed_in(CLEO, Role.MANAGER).get("/team?people=all").text) == []


def test_who_manages_nobody_is_told_so(staff: Company) -> None:
    page = staff.signed_in(CLEO, Role.MANAGER).get("/team")
    assert page.status_code == 200
    assert "Nobody reports to you" in page.text


def test_a_persons_page_tells_what_to_do_and_is_for_his_managers_only(staff: Company) -> None:
    finn, zoe, gone = (staff.person_id(f"{name}@brightmoor.example") for name in ("finn", "zoe", "gone"))
    page = staff.signed_in(BEN).get(f"/team/people/{finn}").text
    assert "Apprentice" in page
    assert "can no longer be renewed; it must be earned again" in page
    assert staff.signed_in(ANA).get(f"/team/people/{finn}").status_code == 200, "indirectly, too"
    own = staff.person_id(BEN)
    for stranger in (zoe, gone, own, "00000000-0000-0000-0000-000000000007"):
        assert staff.signed_in(BEN).get(f"/team/people/{stranger}").status_code == 404
    assert staff.signed_in(CLEO, Role.MANAGER).get(f"/team/people/{finn}").status_code == 404


def test_the_file_has_all_pages_and_no_formula(staff: Company) -> None:
    answer = staff.signed_in(BEN).get("/team/people.csv?order=due")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Function", "Teams", "Reports to", "Apprentice", "Apprentice: day", "Journeyman",
                       "Journeyman: day"]  # fmt: skip
    assert rows[1][:6] == ["'=Finn", "Engineer", "core", "", "Overdue", "2025-12-10"]
    assert len(rows) == 5
    german = staff.signed_in(BEN).get("/team/people.csv", **{"Accept-Language": "de"})
    assert "Überfällig" in german.content.decode()


def test_the_number_of_questions_does_not_grow_with_the_people(staff: Company) -> None:
    ben = staff.signed_in(BEN)
    ben.get("/team")
    with counting(staff) as few:
        ben.get("/team")
    lines = [f"n{number}@brightmoor.example,Nora {number:03},ben@brightmoor.example,Engineer,core,2020-01-01,"
             for number in range(120)]  # fmt: skip
    enter(staff, "\n".join(["email,name,manager,function,teams,joined_on,left_on", *lines]))
    for number in range(0, 120, 10):
        hold(staff, f"n{number}@brightmoor.example", "apprentice", date(2026, 10, 1))
    with counting(staff) as many:
        page = ben.get("/team").text
    assert many.count == few.count
    assert len(names(page)) == 50
    assert "1 to 50 of 124 shown" in page
    last = ben.get("/team?page=2").text
    assert len(names(last)) == 24
    assert 'rel="prev" href="/team?page=1"' in last
    assert 'rel="next"' not in last
    assert figures(last)["Overdue"] == 109, "figures are of all pages"
    rows = ben.get("/team/people.csv").content.decode().splitlines()
    assert len(rows) == 125


def test_too_many_people_are_shown_page_by_page_without_figures(staff: Company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("issuer.people.team_matrix.MOST_AT_ONCE", 3)
    monkeypatch.setattr("issuer.people.team_matrix.MOST_IN_FILE", 3)
    ben = staff.signed_in(BEN)
    page = ben.get("/team?only=overdue").text
    assert len(names(page)) == 4, "the state cannot be asked for"
    assert "figure-count" not in page
    assert "These are more than" in page
    assert len(names(ben.search("/team", team="platform", only="30").text)) == 1
    answer = ben.get("/team/people.csv")
    assert (answer.status_code, answer.headers["location"]) == (303, "/team?done=too-many")
    assert "A file holds at most" in ben.get("/team?done=too-many").text
