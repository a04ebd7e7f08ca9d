"""However many there are, a page asks the same number of questions, and reads no more than it shows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from issuer.awards import AwardRequest
from issuer.issue import issue
from tests.portal.admin.conftest import Desk

PAGES = ["/admin", "/admin/credentials", "{sought}", "/admin/people", "/admin/audit",
         "/admin/jobs", "/admin/messages", "/admin/credentials/change?change=revoke&all=yes"]  # fmt: skip


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(str(args[2]))

    event.listen(desk.db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(desk.db.engine, "before_cursor_execute", note)


def more(desk: Desk, number: int) -> None:
    assert desk.service.keyring is not None
    requests = [
        AwardRequest(
            f"Kjær {one}",
            f"more{one}@brightmoor.example",
            "cloud-engineering",
            "associate",
            date(2026, 11, 1),
            results=(("exam", "88"),),
        )
        for one in range(number)
    ]
    issue(
        desk.db,
        desk.service.keyring,
        issuer=None,
        requests=requests,
        actor="test",
        now=desk.clock(),
        randomness=secrets.token_bytes,
        source="csv",
    )


def test_no_page_asks_more_questions_of_more_rows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.look("/admin/credentials")
    sealed = desk.send("/admin/credentials", q="kjær")
    pages = [page.format(sought=sealed) for page in PAGES]
    for page in pages:
        desk.look(page)
    with counted(desk) as before:
        numbers = []
        for page in pages:
            start = len(before)
            desk.look(page)
            numbers.append(len(before) - start)
    monkeypatch.setattr("portal.admin.credentials._IN_PAGE", 10)
    more(desk, 30)
    with counted(desk) as after:
        for page, number in zip(pages, numbers, strict=True):
            start = len(after)
            shown = desk.look(page)
            assert len(after) - start <= number, (page, after[start:])
            assert number <= 25, (page, number)
            assert shown.count('class="pick"') <= 10


def test_pages_follow_one_another_and_show_each_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.admin.credentials._IN_PAGE", 3)
    more(desk, 5)
    seen: list[str] = []
    path = "/admin/credentials"
    while path:
        page = desk.look(path)
        seen += [part.partition('"')[0] for part in page.split('name="id" value="')[1:]]
        path = page.partition('rel="next" href="')[2].partition('"')[0]
    assert len(seen) == len(set(seen)) == 9
