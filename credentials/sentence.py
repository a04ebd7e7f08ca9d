"""Sentences that remember how they were made, so that another language can say the same.

A sentence is a `str`, in English, and everything that takes text takes it. What shows it to a reader of another
language looks up its pattern there and fills in the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from types import MappingProxyType
from typing import Any, Self

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
"""In English whatever the machine's own language is."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Sentence(str):
    """English text with its pattern and the values in it. `plural` is the pattern for any number `n` other than one."""

    __slots__ = ("pattern", "plural", "values")

    pattern: str
    plural: str | None
    values: Mapping[str, Any]

    def __new__(
        cls, text: str, pattern: str = "", values: Mapping[str, Any] = _NOTHING, plural: str | None = None
    ) -> Self:
        made = super().__new__(cls, text)
        made.pattern, made.values, made.plural = pattern or text, values, plural
        return made

    def __getnewargs__(self) -> tuple[str, str, dict[str, Any], str | None]:  # type: ignore[override]
        return str(self), self.pattern, dict(self.values), self.plural

    def __getstate__(self) -> None:
        """Everything is in the arguments above; a mapping proxy could not be pickled."""


def sentence(pattern: str, /, **values: Any) -> Sentence:
    """The sentence of a pattern with `{names}` for the values. Days are written as by `day_words`, and instants that
    know their zone as by `minute_words`.

    Values may be sentences themselves. Raises KeyError for a name without a value.
    """
    return Sentence(pattern.format_map({name: _english(value) for name, value in values.items()}), pattern, values)


def counted(n: int, one: str, other: str, /, **values: Any) -> Sentence:
    """The same for a number, which the patterns call `{n}`: `one` for exactly 1, `other` for all others."""
    given = {**values, "n": n}
    text = (one if n == 1 else other).format_map({name: _english(value) for name, value in given.items()})
    return Sentence(text, one, given, other)


def together(*sentences: str, between: str = " ") -> Sentence:
    """Sentences one after the other; empty ones are left out."""
    said = [one for one in sentences if one]
    names = [f"part{number}" for number in range(len(said))]
    return Sentence(
        between.join(said), between.join(f"{{{name}}}" for name in names), dict(zip(names, said, strict=True))
    )


def day_words(day: date) -> str:
    """`3 May 2027`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year:04}"


def minute_words(instant: datetime) -> str:
    """`3 May 2027, 00:30 CEST`, in the zone that the instant is told in."""
    return f"{day_words(instant)}, {instant.hour:02}:{instant.minute:02} {instant.tzname() or 'UTC'}"


def in_zone(said: str, zone: tzinfo) -> str:
    """The same with its instants told in `zone`, so that a page tells all of them by one clock."""
    if not isinstance(said, Sentence) or not said.values:
        return said
    values = {name: _moved(value, zone) for name, value in said.values.items()}
    if all(values[name] is value for name, value in said.values.items()):
        return said
    pattern = said.pattern if said.plural is None or said.values["n"] == 1 else said.plural
    text = pattern.format_map({name: _english(value) for name, value in values.items()})
    return Sentence(text, said.pattern, values, said.plural)


def refilled(said: str, **values: Any) -> str:
    """The same with other values under these names, as far as it has them; a plain text is left as it is."""
    if not isinstance(said, Sentence) or not values.keys() & said.values.keys():
        return said
    pattern = said.pattern if said.plural is None or said.values["n"] == 1 else said.plural
    given = {**said.values, **{name: value for name, value in values.items() if name in said.values}}
    text = pattern.format_map({name: _english(value) for name, value in given.items()})
    return Sentence(text, said.pattern, given, said.plural)


def sentence_of(error: Exception) -> str:
    """What an error says, as the sentence with which it was made if that was one: `str(error)` forgets how."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, Sentence) else str(error)


def _moved(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None and value.tzinfo is not zone:
        return moved_to(value, zone)
    return in_zone(value, zone) if isinstance(value, Sentence) else value


def moved_to(instant: datetime, zone: tzinfo) -> datetime:
    """The instant in that zone; in UTC at the ends of the calendar, where there may be none."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant.astimezone(UTC)


def _english(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return minute_words(value) if value.tzinfo is not None else value
    if isinstance(value, date):
        return day_words(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
