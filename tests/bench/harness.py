"""One harness for every bench: contenders measured in turn, medians, targets, verdicts, a table and JSON.

Every figure is processor time (user and system), not time on the wall: other work on the machine falsifies it least.
Contenders of one comparison run in the same run on the same core, in turns of some tenths of a second that are
repeated; what is told is the median of the turns. Before them each is warmed up, unmeasured.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from tests.bench.badges import Workshop, workshop
from tests.bench.node import NodePeer

T = TypeVar("T")


class Verdict(StrEnum):
    """What became of a target."""

    AIM = "aim reached"
    REACHED = "reached"
    MISSED = "missed"
    TOLD = "no target"
    LEFT_OUT = "left out"
    BROKEN = "did not run"


@dataclass(frozen=True, slots=True)
class Goal:
    """What must be reached, and what is aimed at beyond it; `form` writes a figure: "{:,.0f}/s"."""

    must: float
    aim: float | None = None
    form: str = "{:,.0f} ×"
    more_is_better: bool = True

    def verdict(self, value: float) -> Verdict:
        """Whether the figure reaches them."""
        if self.aim is not None and self._reaches(value, self.aim):
            return Verdict.AIM
        return Verdict.REACHED if self._reaches(value, self.must) else Verdict.MISSED

    def _reaches(self, value: float, wanted: float) -> bool:
        return value >= wanted if self.more_is_better else value <= wanted

    def words(self, wanted: float | None) -> str:
        """A target as the table writes it."""
        return "" if wanted is None else f"{'≥' if self.more_is_better else '≤'} {self.form.format(wanted)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: one target of a line of the issue, and what was measured. `figures` are for the JSON."""

    line: int
    what: str
    must: str
    aim: str
    measured: str
    verdict: Verdict
    figures: dict[str, float] = field(default_factory=dict)


def judged(line: int, what: str, goal: Goal, value: float, measured: str, **figures: float) -> Row:
    """The row of a figure that has a target; `measured` says in words what it was made of."""
    shown = f"{goal.form.format(value)} ({measured})" if measured else goal.form.format(value)
    words = (goal.words(goal.must), goal.words(goal.aim))
    return Row(line, what, *words, shown, goal.verdict(value), {"value": value, **figures})


def told(line: int, what: str, measured: str, **figures: float) -> Row:
    """The row of a figure that has no target and explains others."""
    return Row(line, what, "", "", measured, Verdict.TOLD, figures)


def left_out(line: int, what: str, goal: Goal | None, why: str) -> Row:
    """The row of a target that was not measured this time."""
    words = (goal.words(goal.must), goal.words(goal.aim)) if goal else ("", "")
    return Row(line, what, *words, why, Verdict.LEFT_OUT)


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that does one thing again and again. `run(times)` gives the seconds of processor time that it took."""

    name: str
    run: Callable[[int], float]


def python(name: str, work: Callable[[T], object], pool: Sequence[T]) -> Contender:
    """Python in this process: `work` on each thing of the pool in turn."""
    things = cycle(pool)

    def run(times: int) -> float:
        inputs = [next(things) for _ in range(times)]
        gc.collect()  # nobody pays for what another left
        begun = time.process_time()
        for one in inputs:
            work(one)
        return time.process_time() - begun

    return Contender(name, run)


def python_anew(name: str, work: Callable[[T], object], make: Callable[[int], T]) -> Contender:
    """The same on things that nobody has seen before: `make` makes another of each number, which is not counted."""
    numbers = count()

    def run(times: int) -> float:
        return python(name, work, [make(next(numbers)) for _ in range(times)]).run(times)

    return Contender(name, run)


@dataclass(frozen=True, slots=True)
class Samples:
    """The seconds that one piece of work took, turn by turn."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def micros(self) -> float:
        """The median in millionths of a second."""
        return self.median * 1e6

    @property
    def rate(self) -> float:
        """Pieces of work in a second of processor time."""
        return 1 / self.median if self.median else math.inf


@dataclass(frozen=True)
class Bench:
    """What a bench works with, and how long it may take. `pool` badges are taken in turn, so that no answer that
    somebody kept is asked for again at once."""

    quick: bool = False
    full: bool = False
    pool: int = 300
    _kept: dict[str, tuple[TemporaryDirectory[str], Any]] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """How often each contender has its turn."""
        return 3 if self.quick else 15

    @property
    def turn(self) -> float:
        """Seconds of one turn."""
        return 0.05 if self.quick else 0.25

    @property
    def warm_up(self) -> float:
        """Seconds before the first turn; Node.js needs them to compile."""
        return 0.15 if self.quick else 2.0

    def compare(self, *contenders: Contender) -> dict[str, Samples]:
        """Let them all do their work in turns; the first of a round is another each time."""
        gc.collect()
        gc.freeze()  # what was there before is not looked at again before each turn: that took most of a run
        try:
            return self._compared(contenders)
        finally:
            gc.unfreeze()

    def apart(self, contender: Contender) -> Samples:
        """Its turns alone. What is new for each is made in thousands before a turn, and whoever has the next one finds
        the process's memory in pieces, and takes a tenth longer."""
        return self.compare(contender)[contender.name]

    def _compared(self, contenders: Sequence[Contender]) -> dict[str, Samples]:
        times = {one.name: self._warmed(one) for one in contenders}
        found: dict[str, list[float]] = {one.name: [] for one in contenders}
        for number in range(self.rounds):
            shift = number % len(contenders)
            for one in (*contenders[shift:], *contenders[:shift]):
                found[one.name].append(one.run(times[one.name]) / times[one.name])
        return {name: Samples(tuple(seconds)) for name, seconds in found.items()}

    def _warmed(self, contender: Contender) -> int:
        """Warm up; how many pieces of work fill a turn."""
        times, spent, last = 1, 0.0, 0.0
        while spent < self.warm_up:
            last = contender.run(times)
            spent += last
            if last < self.turn / 2:
                times *= 2
        return max(1, round(times * self.turn / last)) if last else times

    @cached_property
    def workshop(self) -> Workshop:
        """The issuer whose badges are measured."""
        return workshop()

    @cached_property
    def documents(self) -> list[dict[str, object]]:
        """The unsigned badges."""
        return [self.workshop.document(number) for number in range(self.pool)]

    @cached_property
    def signed(self) -> list[bytes]:
        """The same badges, signed."""
        return [self.workshop.signed(document).body for document in self.documents]

    def lone_badge(self, number: int) -> bytes:
        """A signed badge of an achievement that no other badge has."""
        return self.workshop.signed(self.workshop.lone_document(number)).body

    @cached_property
    def peer(self) -> NodePeer:
        """Digital Bazaar's libraries, with these badges, our key and our documents."""
        peer = NodePeer()
        peer.load(self.documents, self.signed, **self.workshop.for_peers())
        return peer

    def keep(self, name: str, make: Callable[[Path], T]) -> T:
        """What `make` makes in a folder of its own, made once and removed at the end."""
        if name not in self._kept:
            folder = TemporaryDirectory(prefix="guildmark-bench-")
            self._kept[name] = (folder, make(Path(folder.name)))
        made: T = self._kept[name][1]
        return made

    def node(self, name: str, work: str) -> Contender:
        """A work of the peer's; see `peer.mjs`."""
        return Contender(name, lambda times: self.peer.run(work, times))

    def close(self) -> None:
        """End the peer if it runs, and remove what was kept."""
        if "peer" in self.__dict__:
            self.peer.close()
        for folder, _ in self._kept.values():
            folder.cleanup()


def stay_on_one_core() -> int | None:
    """Keep this process and what it starts on one core, the last it may use; None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def other_core(core: int | None) -> int | None:
    """A core for a load generator, so that it takes nothing from the server's; the same one if there is only one."""
    count = os.cpu_count() or 1
    return None if core is None else (core - 1) % count


def left_columns(rows: Sequence[Row]) -> Iterator[str]:
    """The table as Markdown, a line for each row."""
    head = ("", "what", "must", "aim", "measured", "verdict")
    cells = [head, *((str(row.line), row.what, row.must, row.aim, row.measured, row.verdict.value) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for number, row in enumerate(cells):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
