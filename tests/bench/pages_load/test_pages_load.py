"""No page reads more than it shows: the same questions and as many rows in a company three times as large."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.service import open_service
from portal.settings import load_settings
from tests.bench.badges import NOW
from tests.bench.pages_load.asking import Answer, portal_of
from tests.bench.pages_load.filling import Size, fill
from tests.bench.pages_load.measuring import Cost, table
from tests.bench.pages_load.pages import Page, pages, subjects_of

pytestmark = pytest.mark.slow

SMALL, LARGE = Size(250, 1_000), Size(750, 3_000)
MOST_QUERIES = 60
"""Of one page: some ask about many things, none about each of what it shows."""
MOST_ROWS = 4_000
"""Of one page; most are far below. A manager of 500 people sees figures over all of them."""
_ROUTES = (
    *("GET /me", "GET /me/history", "GET /team", "GET /team/people/{person_id}", "GET /team/decisions", "GET /assess"),
    *("GET /assess/history", "GET /admin", "GET /admin/credentials", "GET /admin/credentials/{credential_id}"),
    *("GET /admin/people", "GET /admin/people/{person_id}", "GET /admin/messages", "GET /admin/jobs"),
    *("GET /admin/jobs/{bulk_id}", "GET /admin/audit", "GET /credentials/{credential_id}", "GET /programs/{program}"),
    "GET /issuer",
)
_GROWING = {
    "GET /team": "up to 500 people are judged together, for figures over all of them",
    "GET /me": "a forecast is made of up to 200 awards of each level",
    "GET /me/history": "the history of somebody with more credentials is longer",
}
"""Pages that read more in a larger company, up to a bound, and why."""
_Asked = Mapping[tuple[str, str, str], tuple[Page, Answer]]


def _all_pages(home: Path, size: Size) -> _Asked:
    fill(home, size, database_url=None, say=lambda _: None)
    service = open_service(load_settings(home, {}), lambda: NOW)
    found: dict[tuple[str, str, str], tuple[Page, Answer]] = {}
    with portal_of(service) as portal, asyncio.Runner() as runner:
        subjects = subjects_of(service.database, size.people)
        for page in pages(subjects):
            if page.route in _ROUTES and page.path is not None:
                answer = portal.ask(runner, page.path, subjects.visitors[page.visitor])
                found[page.route, page.visitor, f"{page.note} {page.variant}"] = page, answer
    return found


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[_Asked, _Asked]:
    small, large = (tmp_path_factory.mktemp("pages") / "home" for _ in range(2))
    return _all_pages(small, SMALL), _all_pages(large, LARGE)


def test_every_page_answers(asked: tuple[_Asked, _Asked]) -> None:
    for some in asked:
        assert {page.route for page, _ in some.values()} == set(_ROUTES)
        assert {
            f"{page.path}": answer.status for page, answer in some.values() if answer.status not in {200, 303}
        } == {}


def test_queries_and_rows_are_bounded_and_do_not_grow_with_the_company(asked: tuple[_Asked, _Asked]) -> None:
    small, large = asked
    for key, (page, answer) in large.items():
        name = f"{page.path} ({page.visitor})"
        questions = [one.statement for one in answer.questions]
        assert len(questions) <= MOST_QUERIES, name
        assert answer.rows <= MOST_ROWS, name
        before = small[key][1]
        if page.route in _GROWING:
            continue
        assert len(questions) <= len(before.questions) + 6, f"{name}: {len(before.questions)} → {len(questions)}"
        assert answer.rows <= max(2 * before.rows, before.rows + 160), f"{name}: {before.rows} → {answer.rows} rows"


def test_the_table_has_a_line_for_each_page(asked: tuple[_Asked, _Asked]) -> None:
    costs = [Cost(page, answer, (1.0, 2.0), (1.0, 2.0)) for page, answer in asked[0].values()]
    lines = list(table([*costs, Cost(Page("GET /x/{y}", "admin", None), None)]))
    assert len(lines) == len(costs) + 3
    assert lines[-1].startswith("| /x/{y} | admin | left out |")
