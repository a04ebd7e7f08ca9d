"""Slots of status lists, taken by many processes at once."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable

import psycopg

from issuer.issuers import issuer_row
from issuer.status_lists import take_slots
from tests.chaos.auditor.reading import hexed, reading
from tests.chaos.ground import Ground, somewhere
from tests.chaos.results import Result
from tests.chaos.storm import forked


class _Aborted(Exception):  # noqa: N818
    pass


def slots_taken() -> list[Result]:
    """Both, on PostgreSQL."""
    with somewhere(postgres=True) as here:
        return [two_lists(here), last_slot(here)]


def _all(count: int, work: Callable[[int], int]) -> int:
    """So many processes at once; how many failed."""
    children = [forked(lambda number=number: work(number)) for number in range(count)]  # type: ignore[misc]
    return sum(os.waitpid(one, 0)[1] != 0 for one in children)


def _slots(here: Ground, name: str, rounds: int, aborted: float) -> Callable[[int], int]:
    def work(number: int) -> int:
        service, chance = here.service(), random.Random(number)  # noqa: S311
        for turn in range(rounds):
            purpose = ("revocation", "suspension")[(number + turn) % 2]
            try:
                with service.database.write() as session:
                    taken = take_slots(session, issuer_row(session, None), purpose, 5, os.urandom)
                    if chance.random() < aborted:
                        raise _Aborted  # noqa: TRY301  (the transaction is to be left by an error)
            except _Aborted:
                here.note(f"{name} aborted")
            else:
                here.note(name, slots=[[hexed(one), position] for one, position in taken])
        service.close()
        return 0

    return work


def _given(here: Ground, name: str) -> Counter[tuple[str, int]]:
    given = Counter((one, position) for note in here.notes(name) for one, position in note["slots"])
    with reading(here.url) as reader:  # those of credentials too
        given.update((hexed(row[0]), row[1]) for row in reader.rows("SELECT list_id, position FROM status_entries"))
    return given


def two_lists(here: Ground) -> Result:
    """64 processes take slots of two lists, a tenth of the transactions is aborted."""
    result = Result("64 processes issue into two lists, a tenth aborted")
    failed = _all(64, _slots(here, "slots", 10, 0.1))
    given = _given(here, "slots")
    twice = sum(number > 1 for number in given.values())
    aborted = len(here.notes("slots aborted"))
    result.more |= {"transactions": 640, "aborted": aborted, "slots": len(given), "collisions": twice, "failed": failed}
    result.require(not twice and not failed and aborted > 30, "slots were given twice, or somebody failed")
    return result


def last_slot(here: Ground) -> Result:
    """Lists with a few slots left are filled by 32 writers."""
    result = Result("a list filled to its last slot under 32 writers")
    with psycopg.connect(here.url, autocommit=True) as connection:
        # What is skipped here is never given: such indexes stay unused, as those of aborted work do.
        connection.execute("UPDATE status_lists SET next_sequence = size - 203 WHERE is_open")
        (before,) = connection.execute("SELECT count(*) FROM status_lists").fetchone() or (0,)
    failed = _all(32, _slots(here, "last slots", 4, 0))
    with psycopg.connect(here.url) as connection:
        (after,) = connection.execute("SELECT count(*) FROM status_lists").fetchone() or (0,)
        (left,) = connection.execute(
            "SELECT sum(size - next_sequence) FROM status_lists WHERE NOT is_open"
        ).fetchone() or (0,)
    given = Counter((one, at) for note in here.notes("last slots") for one, at in note["slots"])
    result.more |= {
        "lists opened": after - before, "slots": len(given), "of": 640, "left in full lists": left, "errors": failed,
        "collisions": given.total() - len(given),
    }  # fmt: skip
    good = not failed and given.total() == 640 == len(given) and after == before + 2 and not left
    result.require(good, "not every slot was given once, or an error was seen")
    return result
