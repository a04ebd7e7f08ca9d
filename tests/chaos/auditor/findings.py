"""What an audit found, counted by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What may be wrong."""

    LOST = "lost"
    DUPLICATE = "duplicate"
    UNSIGNED = "unsigned"
    MISSLOTTED = "mis-slotted"
    UNLOGGED = "unlogged"
    BACKWARDS = "backwards"
    BROKEN = "broken"


@dataclass
class Findings:
    """Violations by kind, the first words about each, and how much was looked at."""

    violations: Counter[Kind] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, kind: Kind, words: str) -> None:
        """A violation."""
        self.violations[kind] += 1
        if len(self.words) < 50:
            self.words.append(f"{kind}: {words}")

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


@dataclass
class Told:
    """What clients were told, and nobody may take back; what strangers saw of lists.

    awards: the credential's id by the award's idempotency key. revoked: credentials. lists: (edition, bits) of each
    list in the order in which they were fetched. checkpoints: sizes and roots of the log in the order seen.
    """

    awards: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    lists: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    checkpoints: list[tuple[int, bytes]] = field(default_factory=list)
