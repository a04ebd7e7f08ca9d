"""`python -m tests.bench.pages_load.write_docs`: docs/benchmarks-pages.md from build/bench-pages.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.bench.__main__ import PROJECT

_HEAD = ("page", "as whom", "status", "queries", "rows", "ms", "p95", "CPU ms", "kB")


def document(told: dict[str, Any]) -> Iterator[str]:
    """The page's lines: what was measured, and on what."""
    machine = told["machine"]
    yield "# Every page of the portal, in a large company"
    yield ""
    yield (
        f"{machine['people']:,} people and {machine['credentials']:,} credentials in PostgreSQL; each page asked for "
        f"{machine['asked']} times after once to warm up, with nothing kept from before. `rows` are those that the "
        "database gave, `ms` the median on the wall and `CPU ms` that of the server’s processor time without the "
        "database’s. `make bench-pages` printed this; [scaling.md](scaling.md#pages) says how it is made."
    )
    yield ""
    yield "| " + " | ".join(_HEAD) + " |"
    yield "|---|---|" + "---:|" * (len(_HEAD) - 2)
    for one in told["pages"]:
        yield "| " + " | ".join(_cells(one)) + " |"
    yield ""
    yield "; ".join(f"{name} {value}" for name, value in machine.items())


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    route, path = str(one["route"]).removeprefix("GET "), str(one["path"])
    query = path.partition("?")[2]
    name = f"`{route}`" + (f" {one['note'] or query}" if one["note"] or query else "")
    name = name.replace("|", "\\|")
    if "status" not in one:
        return (name, str(one["visitor"]), "left out", *[""] * (len(_HEAD) - 3))
    figures = (one["status"], one["queries"], one["rows"], one["ms"], one["p95"], one["cpu_ms"], one["bytes"] / 1000)
    return (name, str(one["visitor"]), *(f"{figure:,.0f}" for figure in figures))


def main() -> None:
    """See the module."""
    told = json.loads((PROJECT / "build" / "bench-pages.json").read_text())
    text = "\n".join(document(told)) + "\n"
    (PROJECT / "docs" / "benchmarks-pages.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
