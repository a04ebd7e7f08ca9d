"""From bytes back to the values of the slots: where each begins and ends, in time linear in their number."""

from __future__ import annotations

import re

from credentials.templates.fragments import Fragments
from credentials.templates.kinds import IN_IRI, PATTERNS, SlotKind
from credentials.templates.refusals import NoTemplate

_AS_WRITTEN = {**PATTERNS, SlotKind.TEXT: r'(?:[^"\\]++|\\.)++', SlotKind.IRI: rf"{IN_IRI}++"}
"""How values stand in JSON. Possessive: nothing is looked at twice, so nothing hostile can make it take longer."""


def group(slot: int) -> str:
    """The name of the group that holds what stands in the slot."""
    return f"s{slot}"


def pattern_of(json: Fragments, kinds: tuple[SlotKind, ...]) -> re.Pattern[bytes]:
    """An expression that finds each slot, as a group, in what begins with a text of the form.

    It counts the bytes between the slots and does not look at them: who uses it fills the form with what was found, and
    compares. Raises `NoTemplate` where the end of a slot could not be told.
    """
    made = [re.escape(str(json[0]))]
    seen: set[int] = set()
    for place, part in enumerate(json[1:-1], 1):
        if isinstance(part, str):
            made.append(f".{{{len(part.encode())}}}")
        elif part in seen:
            made.append(f"(?P={group(part)})")
        else:
            seen.add(part)
            _require_end(kinds[part], str(json[place + 1]))
            made.append(f"(?P<{group(part)}>{_AS_WRITTEN[kinds[part]]})")
    return re.compile("".join(made).encode(), re.DOTALL)


def _require_end(kind: SlotKind, follows: str) -> None:
    if kind in {SlotKind.TEXT, SlotKind.IRI} and not follows.startswith('"'):
        raise NoTemplate(f"where it stands first, a slot of the kind {kind} must end its string")
    if kind is SlotKind.NUMBER and (not follows or follows[0].isdigit()):
        raise NoTemplate("a digit or another slot follows a number, so its end cannot be told")
