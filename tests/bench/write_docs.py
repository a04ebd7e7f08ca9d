"""`python -m tests.bench.write_docs`: put what was measured last into docs/benchmarks.md and docs/scaling.md.

Reads build/bench.json, build/stages.json, build/scaling.json and build/scaling-postgres.json; what of them is not there
leaves its part of the documents as it is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.bench import stages
from tests.bench.arithmetic import BUILD, table
from tests.bench.harness import Row, Verdict, left_columns

_DOCS = Path(__file__).resolve().parents[2] / "docs"


def put(document: str, part: str, text: str) -> None:
    """Replace what stands between the marks of a part."""
    path = _DOCS / document
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    before = path.read_text(encoding="utf-8")
    after, count = re.subn(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", before, flags=re.DOTALL)
    assert count == 1, f"{path} has no part {part}"
    path.write_text(after, encoding="utf-8")


def measured(told: dict[str, Any]) -> str:
    """The table of a run, and on what it ran."""
    rows = [Row(**{**row, "verdict": Verdict(row["verdict"])}) for row in told["rows"]]
    flags = "".join(f"{name.upper()}=1 " for name in ("quick", "full") if told[name])
    machine = "; ".join(f"{name} {value}" for name, value in told["machine"].items())
    return "\n".join([f"`{flags}make bench` printed this.\n", *left_columns(rows), f"\n{machine}"])


def curve(rows: list[dict[str, float]]) -> str:
    """The figures of each size, a column for each."""
    head, *names = rows[0]
    lines = ["| " + " | ".join([head, *(f"{row[head]:,.0f}" for row in rows)]) + " |", "|---" * (len(rows) + 1) + "|"]
    return "\n".join(
        [*lines, *("| " + " | ".join([name, *(f"{row[name]:,.0f}" for row in rows)]) + " |" for name in names)]
    )


def main() -> None:
    """See the module."""
    bench, scaling = BUILD / "bench.json", BUILD / "scaling.json"
    if bench.exists():
        put("benchmarks.md", "table", measured(json.loads(bench.read_text())))
    if stages.RESULT.exists():
        put("benchmarks.md", "stages", stages.table(json.loads(stages.RESULT.read_text())))
    if scaling.exists():
        put("scaling.md", "curve", curve(json.loads(scaling.read_text())))
        put("scaling.md", "arithmetic", "\n".join(table()))
    on_postgres = BUILD / "scaling-postgres.json"
    if on_postgres.exists():
        put("scaling.md", "curve on PostgreSQL", curve(json.loads(on_postgres.read_text())))


if __name__ == "__main__":
    main()
