"""What is wrong with a program although each of its fields is right: rules that contradict each other. Pure.

Every fault of a definition is given at once, each at the field whose author can mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from issuer.assessment.rules import PrerequisiteRule
from issuer.errors import Fault
from issuer.learning.rule_checks import learning_faults
from issuer.program_definition import NUMERIC_RESULTS, LevelDefinition, ProgramDefinition, ResultRule
from issuer.recertification.check import contradictions, loops
from issuer.recertification.facts import LevelKey, Prerequisite
from issuer.recertification.rules import Effect, Recertification

_SUSPENSION = "suspension"


Finding = tuple[tuple[str | int, ...], str, str]
"""The path of a fault below its level, what is wrong there, and what would be right."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What binds a level to others: whom it demands (programs filled in), what its lapse does, its status purposes."""

    prerequisites: tuple[PrerequisiteRule, ...]
    recertification: Recertification | None
    status: tuple[str, ...]

    @property
    def demands(self) -> frozenset[LevelKey]:
        """Every level that one of the prerequisites names."""
        return frozenset(LevelKey(str(one.program), one.level) for rule in self.prerequisites for one in rule.of)

    def others(self, own: LevelKey) -> tuple[Prerequisite, ...]:
        """The prerequisites as the engine takes them, without `own`: that a level demands itself is said elsewhere."""
        demanded = sorted(self.demands - {own})
        return tuple(Prerequisite((key,), 1) for key in demanded)


def level_faults(definition: ProgramDefinition) -> list[Fault]:
    """What is wrong within single levels: rules that contradict themselves, unknown steps, unused reports."""
    found = [
        Fault(definition.place("levels", index, *path), what, right)
        for index, level in enumerate(definition.levels)
        for path, what, right in findings(level)
    ]
    return found + learning_faults(definition)


def line_of(fault: Fault) -> int:
    """The line that a fault's place names, 0 without one: faults are told in the order of the file."""
    found = re.match(r"line (\d+)", fault.where)
    return int(found[1]) if found else 0


def own_links(definition: ProgramDefinition) -> dict[LevelKey, Linked]:
    """The levels of the file alone, for `link_faults`."""
    return {
        LevelKey(definition.program, level.level): Linked(
            tuple(rule.within(definition.program) for rule in level.prerequisites), level.recertification, level.status
        )
        for level in definition.levels
    }


def link_faults(definition: ProgramDefinition, levels: Mapping[LevelKey, Linked], *, whole: bool) -> list[Fault]:
    """What is wrong between levels: prerequisites that name none, loops, a suspension that is not possible.

    `levels` are the levels of the file, or, if it is `whole`, all levels that the issuer will have in use with it.
    """
    faults = [
        Fault(definition.place("levels", index, "prerequisites", *path), what, right)
        for index, level in enumerate(definition.levels)
        for path, what, right in _prerequisites(definition.program, level, levels, whole=whole)
    ]
    faults += _loops(definition, levels)
    faults += _suspensions(definition, levels)
    if whole:
        faults += _left_behind(definition, levels)
    return faults


def findings(level: LevelDefinition) -> Iterator[Finding]:
    """What is wrong within one level: path, what, right."""
    results = [rule.id for rule in level.results]
    for index, evidence in enumerate(level.evidence):
        if evidence.id in results or evidence.id in [one.id for one in level.evidence[:index]]:
            yield (
                ("evidence", index, "id"),
                f"{evidence.id} names another of the level's results and evidence already",
                "give each a short name of its own",
            )
    if level.assessment is not None:
        yield from _undecidable(level)
    if level.recertification is None:
        return
    steps = (*results, *(rule.id for rule in level.evidence))
    for index, step in enumerate(level.recertification.takes.steps):
        if step not in steps:
            yield (
                ("recertification", "takes", "steps", index),
                f"{step!r} is neither a result nor a piece of evidence of this level",
                f"name one of: {', '.join(dict.fromkeys(steps))}"
                if steps
                else "add results: or evidence: to the level",
            )
        elif step in level.recertification.takes.steps[:index]:
            yield (("recertification", "takes", "steps", index), f"{step} stands here twice", "name each step once")
    for sentence in contradictions(level.validity, level.recertification):
        what, _, right = sentence.partition("; ")
        yield ("recertification",), f"{what[:1].lower()}{what[1:]}", right


def _undecidable(level: LevelDefinition) -> Iterator[Finding]:
    """Who scores a rubric must know what passes. Without any score, assessors find that it was passed, or not."""
    scored = [index for index, rule in enumerate(level.results) if _is_score(rule)]
    if scored and all(rule.passing is None for rule in level.results):
        rule = level.results[scored[0]]
        example = rule.levels[-1].id if rule.levels else "70"
        yield (
            ("results", scored[0]),
            "assessors score this, and nothing says from where on it is passed",
            f"add passing: with the least that passes, like {example}",
        )


def _is_score(rule: ResultRule) -> bool:
    return bool(rule.levels or rule.values or rule.min or rule.max or rule.type in (*NUMERIC_RESULTS, "Status"))


def _prerequisites(
    program: str, level: LevelDefinition, levels: Mapping[LevelKey, Linked], *, whole: bool
) -> Iterator[Finding]:
    rules = [rule.within(program) for rule in level.prerequisites]
    for index, rule in enumerate(rules):
        names = [LevelKey(str(one.program), one.level) for one in rule.of]
        if rule in rules[:index]:
            yield (index,), "this prerequisite stands here twice", "keep one of them"
            continue
        for position, key in enumerate(names):
            path = (index, "of", position)
            if key == (program, level.level):
                yield path, f"{level.level} would demand itself", "name a level that comes before it"
            elif key in names[:position]:
                yield path, f"{_shown(key, program)} is named twice", "name each level once"
            elif key not in levels and (whole or key.program == program):
                yield path, f"there is no level {_shown(key, program)} in use", _known(key, levels, program)


def _known(key: LevelKey, levels: Mapping[LevelKey, Linked], own: str) -> str:
    known = [one.level for one in levels if one.program == key.program]
    if known:
        return f"levels of {key.program} are: {', '.join(known)}"
    others = ", ".join(sorted({one.program for one in levels} - {own}))
    return f"apply the program {key.program} first{f', or name one of: {others}' if others else ''}"


def _loops(definition: ProgramDefinition, levels: Mapping[LevelKey, Linked]) -> Iterator[Fault]:
    """A circle of levels that demand each other, at the first of them that stands in this file."""
    circle = loops({key: linked.others(key) for key, linked in levels.items()})
    places = {LevelKey(definition.program, level.level): index for index, level in enumerate(definition.levels)}
    here = next((key for key in circle or () if key in places), None)
    if circle is None or here is None:
        return
    start = circle.index(here)
    around = [_shown(key, definition.program) for key in (*circle[start:-1], *circle[:start], here)]
    yield Fault(
        definition.place("levels", places[here], "prerequisites"),
        f"nobody could ever begin: {' demands '.join(around)}",
        "leave out one of these prerequisites",
    )


def _suspensions(definition: ProgramDefinition, levels: Mapping[LevelKey, Linked]) -> Iterator[Fault]:
    """A lapse that suspends levels which cannot be suspended, where one of the two stands in this file."""
    places = {LevelKey(definition.program, level.level): index for index, level in enumerate(definition.levels)}
    for key, linked in levels.items():
        for demanded in sorted(linked.demands):
            other = levels.get(demanded)
            rules = other.recertification if other is not None and demanded != key else None
            if rules is None or rules.dependents.effect is not Effect.SUSPEND or _SUSPENSION in linked.status:
                continue
            of, by = _shown(demanded, definition.program), _shown(key, definition.program)
            what = f"a lapse of {of} suspends {by}, which cannot be suspended"
            if demanded in places:
                where = definition.place("levels", places[demanded], "recertification", "dependents")
            elif key in places:
                where = definition.place("levels", places[key], "status")
            else:
                continue
            here = "" if key in places else f" and apply {key.program} first"
            yield Fault(where, what, f"write status: [revocation, suspension] at {by}{here}")


def _left_behind(definition: ProgramDefinition, levels: Mapping[LevelKey, Linked]) -> Iterator[Fault]:
    """Levels of other programs that demand one of this program which the file no longer has."""
    for key, linked in levels.items():
        for demanded in sorted(linked.demands):
            if key.program != definition.program == demanded.program and demanded not in levels:
                yield Fault(
                    definition.place("levels"),
                    f"{key} demands {demanded.level}, which would no longer be in use",
                    f"keep it, or apply {key.program} without that prerequisite first",
                )


def _shown(key: LevelKey, program: str) -> str:
    return key.level if key.program == program else str(key)
