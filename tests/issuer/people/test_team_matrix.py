"""A manager's table on both databases, and that it says what the people themselves are told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from issuer.people.duties import standing_of_person
from issuer.people.team_cells import Cell, CellState, Figures, figures_of
from issuer.people.team_matrix import Asking, Only, Order, Reach, all_lines, is_below, team_matrix
from issuer.recertification.asked import Asked
from issuer.recertification.facts import LevelKey
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import TODAY, Company

MORE = """assign:
  - {level: associate, to: everyone, required: within 30 days of joining}
  - {level: expert, to: {team: platform}, suggested: true}
"""
ASSOCIATE, EXPERT = LevelKey("cloud", "associate"), LevelKey("cloud", "expert")


def test_the_table_on_either_database(company: Company) -> None:
    company.apply(MORE, now=NOW - timedelta(days=1))
    company.hold("zoe@b.example", "associate", date(2025, 12, 20))
    signe, zoe, ravi = (company.person(f"{name}@b.example") for name in ("signe", "zoe", "ravi"))
    found = team_matrix(company.db, None, signe.id, Asking(reach=Reach.ALL), now=NOW, day=TODAY)
    assert [line.name for line in found.lines] == ["Ravi Kulkarni", "Zoë Kjærsgaard"], "who left is not there"
    assert [column.key for column in found.columns] == [ASSOCIATE, EXPERT]
    of_ravi, of_zoe = (line.cells for line in found.lines)
    assert (of_ravi[ASSOCIATE].state, of_ravi[ASSOCIATE].asked) == (CellState.MISSING, Asked.REQUIRED)
    assert of_ravi[EXPERT].state is CellState.SUGGESTED
    assert (of_zoe[ASSOCIATE].state, of_zoe[ASSOCIATE].on) == (CellState.EXPIRING, date(2026, 12, 20))
    assert found.figures == Figures(valid=1, within=(1, 1, 1), overdue=0, missing=1)
    assert (found.direct, found.everyone, found.teams) == (2, 2, ("core", "platform"))
    for asking, names in (
        (Asking(only=Only.MISSING), ["Ravi Kulkarni"]),
        (Asking(only=Only.WITHIN_30), ["Zoë Kjærsgaard"]),
        (Asking(team="core"), ["Zoë Kjærsgaard"]),
        (Asking(order=Order.DUE), ["Zoë Kjærsgaard", "Ravi Kulkarni"]),
        (Asking(program="none"), ["Ravi Kulkarni", "Zoë Kjærsgaard"]),
    ):
        found = team_matrix(company.db, None, signe.id, asking, now=NOW, day=TODAY)
        assert [line.name for line in found.lines] == names, asking
        lines = all_lines(company.db, None, signe.id, asking, now=NOW, day=TODAY)
        assert lines is not None
        assert lines[1] == found.lines
    with company.db.read() as session:
        assert is_below(session, zoe.id, signe.id, TODAY)
        assert not is_below(session, signe.id, signe.id, TODAY)
        assert not is_below(session, signe.id, ravi.id, TODAY)
        assert not is_below(session, company.person("old@b.example").id, signe.id, TODAY)


@pytest.mark.slow
def test_time_makes_what_the_people_are_told(company: Company) -> None:
    """Through two years, week by week: red in the table is overdue on his own page, and the other way round."""
    company.apply(MORE, now=NOW - timedelta(days=800))
    company.hold("zoe@b.example", "associate", date(2026, 1, 10))
    company.hold("zoe@b.example", "expert", date(2026, 2, 1))
    signe, zoe = (company.person(f"{name}@b.example") for name in ("signe", "zoe"))
    seen = set()
    for week in range(0, 104, 2):
        now = NOW + timedelta(weeks=week)
        day = now.date()
        found = team_matrix(company.db, None, signe.id, Asking(), now=now, day=day)
        cells = next(line.cells for line in found.lines if line.id == zoe.id)
        told = standing_of_person(company.db, None, zoe.id, now)
        late = {one.level for one in told.duties if one.overdue and one.requirement is Asked.REQUIRED}
        assert {key for key, cell in cells.items() if cell.state is CellState.OVERDUE} >= late
        valid = {course.level for course in told.courses if course.valid_now}
        assert {key for key, cell in cells.items() if cell.state in {CellState.VALID, CellState.EXPIRING}} <= valid
        seen |= {cell.state for cell in cells.values()}
    assert {CellState.VALID, CellState.EXPIRING, CellState.OVERDUE} <= seen


def test_figures_count_what_is_near_its_end_as_valid_too() -> None:
    def cell(state: CellState, days: int | None) -> Cell:
        return Cell(ASSOCIATE, state, Asked.REQUIRED, None, days, None)

    cells = [cell(CellState.EXPIRING, days) for days in (5, 30, 31, 60, 90)]
    cells += [cell(CellState.VALID, 91), cell(CellState.VALID, None), cell(CellState.OVERDUE, -3)]
    assert figures_of(cells) == Figures(valid=7, within=(2, 4, 5), overdue=1, missing=0)


def test_of_very_many_people_a_page_begins_after_the_last_one(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by walking up from each: the same people as by walking down, and pages lead through all of them."""
    signe = company.person("signe@b.example")
    whole = team_matrix(company.db, None, signe.id, Asking(reach=Reach.ALL), now=NOW, day=TODAY)
    for name, value in {"MOST_COUNTED": 1, "MOST_AT_ONCE": 1, "PAGE": 1}.items():
        monkeypatch.setattr(f"issuer.people.team_matrix.{name}", value)
    seen: list[str] = []
    asking = Asking(reach=Reach.ALL)
    for _ in whole.lines:
        found = team_matrix(company.db, None, signe.id, asking, now=NOW, day=TODAY)
        assert (found.whole, found.people, found.begun) == (False, 2, bool(seen))
        seen += [line.name for line in found.lines]
        asking = Asking(reach=Reach.ALL, after=found.after)
    assert found.after is None
    assert seen == [line.name for line in whole.lines]
    assert all_lines(company.db, None, signe.id, Asking(reach=Reach.ALL), now=NOW, day=TODAY) is None
