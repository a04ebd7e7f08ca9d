"""How a program, and what would change in it, is told to people and to scripts."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from portal.cli.terminal import out, say

if TYPE_CHECKING:
    from issuer.program_diff import Change, LevelDiff, ProgramDiff
    from issuer.programs import Achievement, Program

_ONE_LINE = 80
_STYLES = {"new": "green", "restored": "green", "changed": "yellow", "withdrawn": "red"}


def tell_diff(diff: ProgramDiff) -> None:
    """What applying would change, level by level and field by field."""
    if diff.nothing:
        say(f"{diff.program}: nothing would change.")
        return
    say(f"{diff.program}: a new program" if diff.is_new else f"{diff.program}:")
    for change in diff.changes:
        _tell_change(change, "  ")
    for level in diff.levels:
        _tell_level(level)
    for words in diff.assigned:
        _line(f"  + {words}", "green")
    for words in diff.ended:
        _line(f"  - {words}", "red")


def diff_as_json(diff: ProgramDiff) -> dict[str, Any]:
    """The same for a script."""
    return {
        "program": diff.program,
        "new": diff.is_new,
        "nothing": diff.nothing,
        "changes": [_change_as_json(change) for change in diff.changes],
        "levels": [
            {
                "level": one.level,
                "name": one.name,
                "outcome": one.outcome,
                "oldVersion": one.old_version,
                "newVersion": one.new_version,
                "changes": [_change_as_json(change) for change in one.changes],
                "holders": one.holders,
                "running": one.running,
                "effects": list(one.effects),
            }
            for one in diff.levels
        ],
        "assigned": list(diff.assigned),
        "ended": list(diff.ended),
    }


def level_words(level: Achievement) -> str:
    """How long a level lasts and how it is renewed, in a short sentence."""
    words = f"valid {level.validity}" if level.validity else "valid without end"
    rules = level.recertification
    if rules is None:
        return words
    words += f", renewed from {rules.window} before expiry"
    return f"{words}, with a grace of {rules.grace}" if rules.grace else words


def program_as_json(program: Program) -> dict[str, Any]:
    """A program and its levels for a script; rules are said as in the program's file."""
    from issuer.program_document import level_document

    shown = ("prerequisites", "evidence", "assessment", "recertification", "midway")
    return {
        "program": program.slug,
        "name": program.name,
        "timeZone": program.time_zone,
        "owner": program.owner,
        "levels": [
            {
                "level": level.level,
                "name": level.name,
                "version": level.version,
                "validity": str(level.validity) if level.validity else None,
                **{name: value for name, value in level_document(level).items() if name in shown},
            }
            for level in program.levels
        ],
    }


def _tell_level(one: LevelDiff) -> None:
    step = one.new_version if one.old_version in {None, one.new_version} else f"{one.old_version} → {one.new_version}"
    _line(f"  {one.level}  version {step}  {one.outcome}", _STYLES.get(one.outcome))
    for change in one.changes:
        _tell_change(change, "      ")
    for effect in one.effects:
        say(f"      {effect}.")


def _tell_change(change: Change, indent: str) -> None:
    old, new = change.old, change.new
    both = old is not None and new is not None
    if "\n" in f"{old or ''}{new or ''}" or (both and len(f"{old}{new}") > _ONE_LINE):
        say(f"{indent}{change.field}:")
        lines = list(unified_diff((old or "").splitlines(), (new or "").splitlines(), lineterm="", n=1))[2:]
        for line in lines:
            if not line.startswith("@@"):
                _line(f"{indent}  {line}", {"+": "green", "-": "red"}.get(line[:1]))
    elif old is None:
        _line(f"{indent}+ {change.field}: {new}", "green")
    elif new is None:
        _line(f"{indent}- {change.field}: {old}", "red")
    else:
        _line(f"{indent}{change.field}: {old} → {new}", "yellow")


def _change_as_json(change: Change) -> dict[str, str | None]:
    return {"field": change.field, "old": change.old, "new": change.new}


def _line(text: str, style: str | None) -> None:
    out.print(text, style=style, markup=False, soft_wrap=True)
