"""Which field of which form a fault of a draft belongs to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from issuer.errors import Fault
from issuer.program_yaml import Path, path_of, shown
from portal.forms import FieldFault

_LINE = re.compile(r"^line (\d+)(?:, column \d+)?(?:, )?")
_ROW = r"\[(\d+)\]"
_LEVEL = (
    (r"criteria\.url", "criteria_url"),
    (rf"(skills|evidence){_ROW}\.(\w+)", r"\1-\2-\3"),
    (rf"(skills|evidence){_ROW}", r"\1-\2-name"),
    (rf"results{_ROW}\.levels{_ROW}\.(\w+)", r"results-\1-steps-\2-\3"),
    (rf"results{_ROW}\.levels{_ROW}", r"results-\1-steps-\2-name"),
    (rf"results{_ROW}\.levels", r"results-\1-steps-0-name"),
    (rf"results{_ROW}\.(\w+)", r"results-\1-\2"),
    (rf"results{_ROW}", r"results-\1-name"),
    (rf"prerequisites{_ROW}\.needed", r"prerequisites-\1-needed"),
    (rf"prerequisites{_ROW}", r"prerequisites-\1-of"),
    (r"prerequisites", "prerequisites-0-of"),
    (r"assessment\.(assessors|functions|not_the_manager|decides|publish_assessors)", r"\1"),
    (r"assessment", "assessed"),
    (r"recertification\.takes\.(steps|declaration|credits|over)", r"\1"),
    (r"recertification\.(takes|fixed|window|due|grace|late|dependents|counts_from|refresh_service)", r"\1"),
    (r"recertification", "renews"),
    (r"midway", "finish_until"),
    (r"status_(messages|reference)", "status_messages"),
    (r"status", "suspension"),
    (r"(\w+)", r"\1"),
)
"""Of a level: which field shows what stands at a path that begins so."""
_FACTS = (
    (r"escalation\.owner_after", "owner_after"),
    (r"escalation", "manager_after"),
    (r"mail_hours\.to", "mail_to"),
    (r"mail_hours\.weekdays_only", "weekdays_only"),
    (r"mail_hours", "mail_from"),
    (rf"committee\.(members|decisions){_ROW}\.(\w+)", r"\1-\2-\3"),
    (rf"committee\.members{_ROW}", r"members-\1-name"),
    (rf"committee\.decisions{_ROW}", r"decisions-\1-decision"),
    (rf"assign{_ROW}\.to", r"assign-\1-whom"),
    (rf"assign{_ROW}\.level", r"assign-\1-level"),
    (rf"assign{_ROW}", r"assign-\1-required"),
    (rf"learning{_ROW}\.verbs", r"learning-\1-passed"),
    (rf"learning{_ROW}\.(\w+)", r"learning-\1-\2"),
    (rf"learning{_ROW}", r"learning-\1-system"),
    (r"(program|name|description|time_zone|owner|reminders|thank_mentors)", r"\1"),
)
"""The same of a program's facts."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A fault with its line (0: none) and its path in the draft's document."""

    fault: Fault
    line: int
    path: Path

    @property
    def level(self) -> int | None:
        """The position of the level that it is in."""
        return (
            self.path[1] if len(self.path) > 1 and self.path[0] == "levels" and isinstance(self.path[1], int) else None
        )

    @property
    def said(self) -> str:
        """What is wrong, and what would be right."""
        return self.fault.said


def placed(faults: Iterable[Fault]) -> tuple[Placed, ...]:
    """The faults with their places."""
    found = []
    for fault in faults:
        match = _LINE.match(fault.where)
        line = int(match[1]) if match else 0
        found.append(Placed(fault, line, path_of(fault.where[match.end() :] if match else fault.where)))
    return tuple(found)


def at_level_fields(faults: Iterable[Placed]) -> tuple[FieldFault, ...]:
    """Faults of one level at the fields of its form."""
    return tuple(FieldFault(level_field(one.path[2:]), one.said) for one in faults)


def at_facts_fields(faults: Iterable[Placed]) -> tuple[FieldFault, ...]:
    """Faults of a program's facts at the fields of their form."""
    return tuple(FieldFault(facts_field(one.path), one.said) for one in faults)


def level_field(path: Path) -> str:
    """The field that shows what stands at a path below a level; "" for the level as a whole."""
    return _field(path, _LEVEL)


def facts_field(path: Path) -> str:
    """The field that shows what stands at a path of a program's facts; "" for what no field shows."""
    return _field(path, _FACTS)


def _field(path: Path, known: tuple[tuple[str, str], ...]) -> str:
    for pattern, field in known:
        if match := re.match(pattern, shown(path)):
            return match.expand(field)
    return ""
