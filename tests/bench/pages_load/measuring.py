"""What a page costs, of some times that it was asked for; and the table of all pages."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.pages_load.asking import Answer, Portal
from tests.bench.pages_load.pages import Page, Subjects

_HEAD = ("page", "who", "status", "queries", "rows", "ms", "p95", "of it database", "CPU ms", "kB")
_PATIENCE_MS = 1_500
"""A page that takes longer is asked for twice only."""


@dataclass(frozen=True)
class Cost:
    """What a page costs: queries and rows of the last time, milliseconds of all times; `last` None: not asked for."""

    page: Page
    last: Answer | None
    wall: tuple[float, ...] = ()
    cpu: tuple[float, ...] = field(default=())

    @property
    def median(self) -> float:
        """Milliseconds on the wall."""
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        """Milliseconds on the wall that nineteen of twenty stay below."""
        return sorted(self.wall)[min(len(self.wall) - 1, round(0.95 * (len(self.wall) - 1)))]

    def cells(self) -> tuple[str, ...]:
        """As the table has it."""
        name = (self.page.path or self.page.route.removeprefix("GET ")) if self.page.note == "" else self.page.note
        shown = f"{self.page.route.removeprefix('GET ')}: {name}" if self.page.note else name
        if self.last is None:
            return (shown, self.page.visitor, "left out", *[""] * (len(_HEAD) - 3))
        return (
            shown,
            self.page.visitor,
            str(self.last.status),
            str(len(self.last.questions)),
            f"{self.last.rows:,}",
            f"{self.median:.0f}",
            f"{self.p95:.0f}",
            f"{sum(one.ms for one in self.last.questions):.0f}",
            f"{statistics.median(self.cpu):.0f}",
            f"{len(self.last.body) / 1000:.0f}",
        )

    def line(self) -> str:
        """In one line, while it is measured."""
        name, who, *rest = self.cells()
        return f"{name[:90]:90} {who:9} " + " ".join(f"{one:>7}" for one in rest)

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        told: dict[str, Any] = {
            "route": self.page.route,
            "path": self.page.path,
            "visitor": self.page.visitor,
            "note": self.page.note,
        }
        if self.last is not None:
            told |= {
                "status": self.last.status,
                "queries": len(self.last.questions),
                "rows": self.last.rows,
                "ms": round(self.median, 2),
                "p95": round(self.p95, 2),
                "cpu_ms": round(statistics.median(self.cpu), 2),
                "database_ms": round(sum(one.ms for one in self.last.questions), 2),
                "bytes": len(self.last.body),
            }
        return told


def cost_of(portal: Portal, runner: asyncio.Runner, page: Page, subjects: Subjects, *, repeat: int) -> Cost:
    """Ask for a page so many times, after once to warm up."""
    if page.path is None:
        return Cost(page, None)
    visitor = subjects.visitors[page.visitor]
    first = portal.ask(runner, page.path, visitor)
    times = repeat if first.wall_ms < _PATIENCE_MS else 2
    answers = [portal.ask(runner, page.path, visitor) for _ in range(times)] or [first]
    return Cost(page, answers[-1], tuple(one.wall_ms for one in answers), tuple(one.cpu_ms for one in answers))


def table(costs: Sequence[Cost]) -> Iterator[str]:
    """The table as Markdown."""
    yield "| " + " | ".join(_HEAD) + " |"
    yield "|---|---|" + "---:|" * (len(_HEAD) - 2)
    for one in costs:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in one.cells()) + " |"
