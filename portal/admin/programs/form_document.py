"""How forms and documents lead to each other. Pure.

A form shows a document in its own words, and says a document in its own writing. Where it says what it was shown,
the document stays as it was written, with everything that no form has a field for: `merged`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from issuer.plain_text import slug_of
from portal.forms import Form

Data = dict[str, Any]
Values = dict[str, tuple[str, ...]]

MOST_ROWS = 60
_TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})


def merged(said: Any, before: Any, old: Any) -> Any:
    """What `said` changes in `old`, of which a form had said `before` if nobody had touched it."""
    if said == before:
        return old
    if isinstance(said, dict) and isinstance(before, dict) and isinstance(old, dict):
        made: Data = {}
        for name, value in said.items():
            if name in before and name in old:
                made[name] = merged(value, before[name], old[name])
            elif name not in before or value != before[name]:
                made[name] = value
        return made | {name: value for name, value in old.items() if name not in before and name not in said}
    if isinstance(said, list) and isinstance(before, list) and isinstance(old, list) and len(before) == len(old):
        alike = len(said) == len(old)
        return [_item(item, before, old, position if alike else None) for position, item in enumerate(said)]
    return said


def _item(item: Any, before: Sequence[Any], old: Sequence[Any], position: int | None) -> Any:
    if item in before:
        return old[before.index(item)]
    return merged(item, before[position], old[position]) if position is not None else item


def form_of_values(values: Values) -> Form:
    """A form that shows them."""
    return Form(MappingProxyType(values))


def text(value: Any) -> str:
    """A text of a document; "" for anything else."""
    return value if isinstance(value, str) else ""


def length(value: Any) -> str:
    """A length of time as it is written shortest: `90 days`, also for `{days: 90}`."""
    if isinstance(value, dict) and len(value) == 1:
        ((unit, number),) = value.items()
        return f"{number} {unit}"
    return text(value)


def truth(value: Any, *, default: bool = False) -> bool:
    """A yes or no of a document."""
    return text(value).lower() in _TRUE if isinstance(value, str) else default


def fields(value: Any) -> Data:
    """Fields of a document; none for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The items of a list of a document; none for anything else."""
    return value if isinstance(value, list) else []


def tick(yes: bool) -> tuple[str, ...]:
    """How a form shows a yes or no."""
    return ("yes",) if yes else ("",)


def given(**values: Any) -> Data:
    """The values that say something."""
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}


def rows(form: Form, prefix: str, first: str) -> Iterator[str]:
    """The names with which the fields of each row of a list begin, rows left out that are to go.

    `first` is a field that every row has.
    """
    for number in range(MOST_ROWS):
        row = f"{prefix}-{number}-"
        if row + first not in form.values:
            return
        if not form.ticked(row + "gone"):
            yield row


def short_of(form: Form, row: str, otherwise: str) -> str:
    """The short name of a row: as it was typed, or made of its name."""
    return form.value(row + "id") or slug_of(form.value(row + "name")) or otherwise


def lines(words: str) -> list[str]:
    """One value for each line."""
    return [line.strip() for line in words.split("\n") if line.strip()]


def commas(words: str) -> list[str]:
    """One value for each part between commas or line breaks."""
    return [part.strip() for line in words.split("\n") for part in line.split(",") if part.strip()]


def in_order(document: Mapping[str, Any], order: Sequence[str]) -> Data:
    """The same document, its fields as a file has them."""
    places = {name: place for place, name in enumerate(order)}
    return dict(sorted(document.items(), key=lambda pair: places.get(pair[0], len(places))))
