"""What is wrong with a program although each of its fields is right: rules that contradict each other. Pure.

Every fault of a definition is given at once, each at the field whose author can mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from credentials.sentence import sentence
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
                sentence("{name} names another of the level's results and evidence already", name=evidence.id),
                sentence("give each a short name of its own"),
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
                sentence("{step!r} is neither a result nor a piece of evidence of this level", step=step),
                sentence("name one of: {names}", names=", ".join(dict.fromkeys(steps)))
                if steps
                else sentence("add results: or evidence: to the level"),
            )
        elif step in level.recertification.takes.steps[:index]:
            yield (
                ("recertification", "takes", "steps", index),
                sentence("{step} stands here twice", step=step),
                sentence("name each step once"),
            )
    for said in contradictions(level.validity, level.recertification):
        yield ("recertification",), said, ""


def _undecidable(level: LevelDefinition) -> Iterator[Finding]:
    """Who scores a rubric must know what passes. Without any score, assessors find that it was passed, or not."""
    scored = [index for index, rule in enumerate(level.results) if _is_score(rule)]
    if scored and all(rule.passing is None for rule in level.results):
        rule = level.results[scored[0]]
        example = rule.levels[-1].id if rule.levels else "70"
        yield (
            ("results", scored[0]),
            sentence("assessors score this, and nothing says from where on it is passed"),
            sentence("add passing: with the least that passes, like {example}", example=example),
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
            yield (index,), sentence("this prerequisite stands here twice"), sentence("keep one of them")
            continue
        for position, key in enumerate(names):
            path = (index, "of", position)
            if key == (program, level.level):
                yield (
                    path,
                    sentence("{level} would demand itself", level=level.level),
                    sentence("name a level that comes before it"),
                )
            elif key in names[:position]:
                yield (
                    path,
                    sentence("{name} is named twice", name=_shown(key, program)),
                    sentence("name each level once"),
                )
            elif key not in levels and (whole or key.program == program):
                yield (
                    path,
                    sentence("there is no level {name} in use", name=_shown(key, program)),
                    _known(key, levels, program),
                )


def _known(key: LevelKey, levels: Mapping[LevelKey, Linked], own: str) -> str:
    known = [one.level for one in levels if one.program == key.program]
    if known:
        return sentence("levels of {program} are: {names}", program=key.program, names=", ".join(known))
    others = ", ".join(sorted({one.program for one in levels} - {own}))
    if not others:
        return sentence("apply the program {program} first", program=key.program)
    return sentence("apply the program {program} first, or name one of: {names}", program=key.program, names=others)


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
        sentence("nobody could ever begin: {names}", names=_demanding(around)),
        sentence("leave out one of these prerequisites"),
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
            what = sentence("a lapse of {of} suspends {by}, which cannot be suspended", of=of, by=by)
            if demanded in places:
                where = definition.place("levels", places[demanded], "recertification", "dependents")
            elif key in places:
                where = definition.place("levels", places[key], "status")
            else:
                continue
            right = sentence("write status: [revocation, suspension] at {by}", by=by)
            if key not in places:
                program = key.program
                right = sentence(
                    "write status: [revocation, suspension] at {by} and apply {program} first", by=by, program=program
                )
            yield Fault(where, what, right)


def _left_behind(definition: ProgramDefinition, levels: Mapping[LevelKey, Linked]) -> Iterator[Fault]:
    """Levels of other programs that demand one of this program which the file no longer has."""
    for key, linked in levels.items():
        for demanded in sorted(linked.demands):
            if key.program != definition.program == demanded.program and demanded not in levels:
                yield Fault(
                    definition.place("levels"),
                    sentence("{key} demands {level}, which would no longer be in use", key=key, level=demanded.level),
                    sentence("keep it, or apply {program} without that prerequisite first", program=key.program),
                )


def _shown(key: LevelKey, program: str) -> str:
    return key.level if key.program == program else str(key)


def _demanding(around: list[str]) -> str:
    """“a demands b demands a”."""
    said: str = around[0]
    for level in around[1:]:
        said = sentence("{first} demands {second}", first=said, second=level)
    return said
