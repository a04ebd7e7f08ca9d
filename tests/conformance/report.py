"""docs/conformance.md, out of what a run found. No figure in it is written by hand."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.conformance.catalogue import CONTRADICTIONS
from tests.conformance.outcomes import Outcome

COMMAND = "make conformance"
_RESULTS = ("passed", "failed", "skipped")


def written(outcomes: Sequence[Outcome], at: datetime) -> str:
    """The whole report."""
    return "\n".join([*_beginning(outcomes, at), *_by_standard(outcomes), *_failures(outcomes), *_skips(outcomes),
                      *_contradictions(), *_statements(outcomes)]) + "\n"  # fmt: skip


def _beginning(outcomes: Sequence[Outcome], at: datetime) -> Iterator[str]:
    found = Counter(one.result for one in outcomes)
    yield "# Conformance"
    yield ""
    yield f"Written by `{COMMAND}` on {at:%Y-%m-%d at %H:%M} UTC, with Python {platform.python_version()}: it starts"
    yield "`guildmark serve --conformance` and asks it by HTTP, and runs the standards’ vectors and the pinned peers"
    yield "against the same code. Every figure was counted in that run. What the server of this profile is, and what it"
    yield "is not: [ADR 0033](adr/0033-the-conformance-profile.md)."
    yield ""
    total = len(outcomes)
    yield f"**{found['passed']} of {total} passed; {found['failed']} failed, {found['skipped']} were skipped.**"
    yield ""


def _by_standard(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| Standard | Judge | Asked | Passed | Failed | Skipped |"
    yield "|---|---|--:|--:|--:|--:|"
    groups: dict[tuple[str, str], Counter[str]] = {}
    for one in sorted(outcomes, key=lambda one: one.standard):
        groups.setdefault((one.standard, one.judge.what), Counter())[one.result] += 1
    for (standard, what), found in groups.items():
        numbers = " | ".join(str(found[result]) for result in _RESULTS)
        yield f"| {standard} | {what} | {found.total()} | {numbers} |"
    yield ""


def _failures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "## What does not pass"
    yield ""
    failed = [one for one in outcomes if one.result == "failed"]
    if not failed:
        yield "Nothing of what was asked."
    for one in failed:
        said = f"{one.clause.section}: {one.clause.says}" if one.clause is not None else f"`{one.name}`"
        yield f"- **{one.standard}**, {said}. `{one.judge.path}::{one.name}`: {one.why.replace('`', '')}"
    yield ""


def _skips(outcomes: Sequence[Outcome]) -> Iterator[str]:
    reasons = Counter((one.judge.path, one.why) for one in outcomes if one.result == "skipped")
    if reasons:
        yield "## What was skipped"
        yield ""
        for (path, why), number in reasons.items():
            yield f"- {number} in `{path}`: {why}"
        yield ""


def _contradictions() -> Iterator[str]:
    yield "## Where public suites and the standards’ text differ"
    yield ""
    yield "These suites cannot be had from a package registry and are not run by this command. By what is known"
    yield "of them, these of their tests ask for what the text forbids:"
    yield ""
    yield "| Suite | Test | Clause | Why |"
    yield "|---|---|---|---|"
    for one in CONTRADICTIONS:
        yield f"| {one.suite} | {one.test} | {one.clause} | {one.why} |"
    yield ""


def _statements(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "## Statements, one by one"
    yield ""
    yield "Our own words for what a section demands, asked of the started server; the number says how many tests stand"
    yield "behind a statement."
    standards = dict.fromkeys(sorted(one.clause.standard for one in outcomes if one.clause is not None))
    for standard in standards:
        yield ""
        yield f"### {standard}"
        yield ""
        clauses: dict[tuple[str, str], Counter[str]] = {}
        for one in outcomes:
            if one.clause is not None and one.clause.standard == standard:
                clauses.setdefault((one.clause.section, one.clause.says), Counter())[one.result] += 1
        for (section, says), found in sorted(clauses.items(), key=lambda each: _section(each[0][0])):
            word = "fails" if found["failed"] else "skipped" if found["skipped"] else "passes"
            yield f"- {section} {says}: {word} ({found.total()})"


def _section(section: str) -> tuple[int, ...]:
    return tuple(int(part) for part in section.split("."))
