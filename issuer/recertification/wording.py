"""How this room writes days, numbers and names in sentences for people."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date


def day_words(day: date) -> str:
    """`3 May 2027`."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def name_words(names: Sequence[str], last: str) -> str:
    """`“A”`, `“A” and “B”`, `“A”, “B” and “C”`, with “and” or “or” as `last`."""
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
