"""`python -m tests.bench.pages_load [WORD…]`: every page with 100,000 people and 1,000,000 credentials on PostgreSQL.

    PEOPLE=…, CREDENTIALS=…  another size
    REPEAT=9                 how often each page is asked for, after once to warm up
    SLOW=100                 show the plans of statements that take longer than so many milliseconds
    WORD…                    only pages whose address or route holds one of these

Prints the table, writes build/bench-pages.json. The database is filled once and kept outside the checkout.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from portal.service import open_service
from portal.settings import load_settings
from tests.bench.__main__ import PROJECT, machine
from tests.bench.badges import NOW
from tests.bench.pages_load.asking import portal_of
from tests.bench.pages_load.cluster import NoServerError, kept
from tests.bench.pages_load.filling import Size
from tests.bench.pages_load.measuring import Cost, cost_of, table
from tests.bench.pages_load.pages import pages, subjects_of

RESULT = PROJECT / "build" / "bench-pages.json"


def main(words: Sequence[str]) -> int:
    """See the module."""
    size = Size(int(os.environ.get("PEOPLE") or 100_000), int(os.environ.get("CREDENTIALS") or 1_000_000))
    repeat, slow = int(os.environ.get("REPEAT") or 9), float(os.environ.get("SLOW") or 0)
    told = machine(None)
    try:
        with kept(size, _say) as home:
            costs = measure(home, size, words, repeat=repeat, slow=slow)
    except NoServerError as error:
        _say(str(error))
        return 1
    told["people"], told["credentials"], told["asked"] = size.people, size.credentials, repeat
    if not words:
        RESULT.parent.mkdir(exist_ok=True)
        result = {"machine": told, "pages": [one.as_json() for one in costs]}
        RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print("\n".join(table(costs)))  # noqa: T201
    print("\n" + "; ".join(f"{name} {value}" for name, value in told.items()))  # noqa: T201
    return 0


def measure(home: Path, size: Size, words: Sequence[str], *, repeat: int, slow: float) -> list[Cost]:
    """What each page costs."""
    found = []
    service = open_service(load_settings(home, {}), lambda: NOW)
    with portal_of(service) as portal, asyncio.Runner() as runner:
        subjects = subjects_of(service.database, size.people)
        for page in pages(subjects):
            if words and not any(word in f"{page.route} {page.path} {page.note} {page.visitor}" for word in words):
                continue
            cost = cost_of(portal, runner, page, subjects, repeat=repeat)
            found.append(cost)
            _say(cost.line())
            for question in cost.last.questions if cost.last is not None and slow else ():
                if question.ms > slow:
                    _say(
                        f"\n{question.ms:.0f} ms, {question.rows} rows\n{portal.plan(question)}\n{question.statement}\n"
                    )
    return found


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
