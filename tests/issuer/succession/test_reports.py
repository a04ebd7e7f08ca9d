"""What an admin searches, counts and begins: the same on both databases; and many are renewed in the background."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from issuer.catalogue import Standing
from issuer.jobs.bulk import find_bulk
from issuer.jobs.bulk_change import renew_in_background
from issuer.jobs.bulk_work import work_on_bulks
from issuer.jobs.job import Parts
from issuer.jobs.table import jobs
from issuer.recertification.facts import LevelKey
from issuer.reports.attention import attention
from issuer.reports.audit_search import TrailSearch, find_events
from issuer.reports.credential_search import Search, count_found, find_page, ids_found, person_of
from issuer.reports.figures import figures
from tests.issuer.plans import asked, read_from_end_to_end
from tests.issuer.succession.conftest import NOW, Works

ZONE = ZoneInfo("Europe/Berlin")


def test_what_is_searched_is_found_page_by_page_and_counted(works: Works) -> None:
    ones = [works.earned(day=date(2026, month, 10), number=month) for month in (1, 2, 3)]
    oath = works.earned("oath", date(2025, 12, 1), 4)

    def ids(**wanted: object) -> set[object]:
        search = Search(ZONE, **wanted)  # type: ignore[arg-type]
        found = set(ids_found(works.db, None, search, now=NOW))
        assert count_found(works.db, None, search, now=NOW) == len(found)
        assert {one.id for one in find_page(works.db, None, search, now=NOW).items} == found
        return found

    assert ids() == {*ones, oath}
    assert ids(words="NÚÑEZ 2") == {ones[1]}
    assert ids(words="ana3@EXAMPLE") == {ones[2]}
    assert ids(words=str(oath)) == {oath}
    assert ids(words="oath") == {oath}
    assert ids(level=LevelKey("safety", "basics"), earned_from=date(2026, 2, 10)) == set(ones[1:])
    assert ids(expires_until=date(2027, 1, 10)) == {ones[0], oath}
    assert ids(expiring=30) == {oath}
    assert ids(standing=Standing.REVOKED) == set()
    assert ids(person_id=person_of(works.db, oath)) == {oath}
    first = find_page(works.db, None, Search(ZONE), now=NOW, limit=2)
    assert first.next is not None
    rest = find_page(works.db, None, Search(ZONE), now=NOW, after=first.next, limit=2)
    assert {one.id for one in (*first.items, *rest.items)} == {*ones, oath}


def test_figures_and_attention(works: Works) -> None:
    works.earned("oath", date(2025, 12, 1), 1)
    works.earned("oath", date(2024, 12, 1), 2)
    counted = figures(works.db, None, now=NOW, today=NOW.date())
    assert (counted.valid, counted.expired, counted.revoked, counted.people) == (1, 1, 0, 2)
    assert counted.issued == 2
    assert dict(counted.expiring) == {30: 1, 60: 1, 90: 1}
    found = attention(works.db, None, jobs=jobs("UTC"), now=NOW)
    assert (found.idle, found.failed_jobs, found.lacking, found.bulks) == (True, (), (), 0)


def test_successors_are_not_looked_for_among_all(works: Works) -> None:
    works.earned("oath", date(2025, 12, 1), 1)
    with asked(works.db, "credentials") as questions:
        assert dict(figures(works.db, None, now=NOW, today=NOW.date()).expiring) == {30: 1, 60: 1, 90: 1}
        assert len(find_page(works.db, None, Search(ZONE, expiring=30), now=NOW).items) == 1
        assert count_found(works.db, None, Search(ZONE, expiring=30), now=NOW) == 1
    assert len(questions) > 3
    assert not read_from_end_to_end(works.db, questions, "credentials")


def test_the_trail_is_searched_from_its_end(works: Works) -> None:
    one = works.earned()
    (event,) = find_events(works.db, TrailSearch(subject=str(one)))
    assert (event.action, event.actor) == ("credential issued", "t")
    assert find_events(works.db, TrailSearch(actor="t", action="issued"))[0] == event
    assert find_events(works.db, TrailSearch(), below=event.sequence, limit=1)[0].sequence == event.sequence - 1
    assert not find_events(works.db, TrailSearch(since=NOW + timedelta(days=1)))
    assert not find_events(works.db, TrailSearch(actor="nobody@example.org"))


def test_many_are_renewed_in_the_background(works: Works) -> None:
    ones = [works.earned("oath", date(2025, 12, 1), number) for number in (1, 2)]
    early = works.earned("oath", date(2026, 11, 1), 3)
    bulk = renew_in_background(
        works.db,
        issuer=None,
        credential_ids=[*ones, early],
        completed_on=date(2026, 11, 20),
        declared=True,
        early=False,
        actor="anna",
        now=NOW,
        randomness=secrets.token_bytes,
    )
    work_on_bulks(Parts(works.db, works.keyring, lambda: NOW, secrets.token_bytes, "worker"))
    done = find_bulk(works.db, bulk.id)
    assert (done.done, done.failed) == (2, 1)
    assert all(works.view(one).successor is not None for one in ones)
    assert works.view(early).successor is None
    search = Search(ZONE, expiring=30)
    assert ids_found(works.db, None, search, now=NOW) == (), "what is renewed does not end"
