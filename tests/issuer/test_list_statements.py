"""What is asked to publish a list costs the same however many credentials there are: it goes by indexes alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from issuer.list_statements import CARRIED, LIST, MEANT, NEXT_EDITION, WAITING

_DIALECT = sqlite.dialect(paramstyle="qmark")
_STATEMENTS = {
    "the list": LIST,
    "its next edition": NEXT_EDITION,
    **{f"waiting, {purpose}": statement for purpose, statement in WAITING.items()},
    **{f"meant, {purpose}": statement for purpose, statement in MEANT.items()},
    **{f"carried, {purpose}": statement for purpose, statement in CARRIED.items()},
}


@pytest.mark.parametrize("statement", _STATEMENTS.values(), ids=_STATEMENTS.keys())
def test_no_table_is_read_from_end_to_end(statement: Any, sqlite_template: Path) -> None:
    compiled = statement.compile(dialect=_DIALECT)
    connection = sqlite3.connect(sqlite_template)
    try:
        values = [None] * len(compiled.positiontup or ())
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled}", values)]
    finally:
        connection.close()
    assert plan
    assert not [step for step in plan if step.startswith("SCAN")]
