"""What a scenario found: figures, and what should be and is not. The summary adds them up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.auditor.findings import Findings, Kind


@dataclass
class Result:
    """The figures of one scenario. Seconds are those of a monotonic clock.

    kills: processes that died by SIGKILL. refused: answers 503. resume, visibility: the longest; None where nothing of
    the kind was measured. missed: what should be and is not, in words.
    """

    name: str
    kills: int = 0
    acknowledged: int = 0
    refused: int = 0
    resume: float | None = None
    visibility: float | None = None
    more: dict[str, object] = field(default_factory=dict)
    violations: Counter[Kind] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def require(self, good: bool, words: str) -> None:
        """Remember what is missed unless it is good."""
        if not good:
            self.missed.append(words)

    def in_time(self, good: bool, words: str) -> None:
        """Remember that something took too long; by QUICK=1, beside other tests, it is told and nothing more."""
        if not good and os.environ.get("QUICK"):
            self.more["late"] = words
        else:
            self.require(good, words)

    def audited(self, found: Findings) -> None:
        """Take in what an audit found."""
        self.violations.update(found.violations)
        self.missed += found.words
        for name in ("credentials", "signatures", "revocations acknowledged"):
            if found.seen[name]:
                self.more[name] = found.seen[name]

    @property
    def good(self) -> bool:
        """Whether nothing is missed."""
        return not self.missed and not self.violations

    def line(self) -> str:
        """All figures in a line, with the load of the machine."""
        said: dict[str, object] = {}
        for name, number in (("kills", self.kills), ("acknowledged", self.acknowledged), ("503s", self.refused)):
            if number:
                said[name] = number
        said |= self.more
        if self.resume is not None:
            said["longest resume"] = f"{self.resume:.2f} s"
        if self.visibility is not None:
            said["slowest visibility"] = f"{self.visibility:.3f} s"
        said |= {str(kind): self.violations[kind] for kind in Kind}
        figures = ", ".join(f"{name} {number}" for name, number in said.items())
        return f"{'ok  ' if self.good else 'BAD '} {self.name}: {figures} [load {os.getloadavg()[0]:.1f}]"


def summary(results: Sequence[Result], *, kills: int) -> tuple[list[str], bool]:
    """The last lines, and whether all is well: so many kills, nothing missed, no violations."""
    violations = sum((one.violations for one in results), Counter[Kind]())
    killed = sum(one.kills for one in results)
    resumes = [one.resume for one in results if one.resume is not None]
    visibilities = [one.visibility for one in results if one.visibility is not None]
    bad = [one.name for one in results if not one.good]
    lines = [
        f"kills               {killed}",
        f"acknowledged        {sum(one.acknowledged for one in results)}",
        *(f"{kind:<20}{violations[kind]}" for kind in Kind),
        f"503s                {sum(one.refused for one in results)}",
        f"longest resume      {max(resumes, default=0):.2f} s",
        f"slowest visibility  {max(visibilities, default=0):.3f} s",
        f"scenarios           {len(results)}, missed: {', '.join(bad) or 'none'}",
        f"violations          {violations.total()}",
    ]
    if killed < kills:
        lines.append(f"only {killed} of {kills} kills: give it more MINUTES")
    return lines, not bad and killed >= kills
