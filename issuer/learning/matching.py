"""Which level a report counts for, for whom and for which day, by the programs' rules; or why it counts for none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from issuer.learning.learners import Found, find_learner
from issuer.learning.reports import Report, result_value
from issuer.learning.rules import LearningRule
from issuer.programs import Achievement, Catalogue, Program
from issuer.validity import today

_CLOCKS_DIFFER = timedelta(minutes=5)


class Outcome(StrEnum):
    """What came of a report."""

    PROPOSED = "proposed"
    ISSUED = "issued"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a report, in a sentence that names nobody."""

    outcome: Outcome
    detail: str
    proposal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """The rule that decides about a report, and the newest version of its level."""

    program: Program
    rule: LearningRule
    level: Achievement


@dataclass(frozen=True, slots=True)
class Located:
    """Who earned what on which day, as far as the report and its rule say. `level` is the newest version."""

    ruled: Ruled
    found: Found
    completed_on: date
    results: tuple[tuple[str, str], ...]

    @property
    def level(self) -> Achievement:
        """The newest version of the level."""
        return self.ruled.level


def locate(
    session: Session, catalogue: Catalogue, system: str, report: Report, now: datetime, *, lock: bool = False
) -> Located | Verdict:
    """The whole way from a report to person, level and day. With `lock`, see `find_learner`."""
    ruled = ruled_by(catalogue, system, report)
    if isinstance(ruled, Verdict):
        return ruled
    day = _completed_on(report, ruled.level, now)
    if isinstance(day, Verdict):
        return day
    found = find_learner(session, report.learner, ruled.rule, day, lock=lock)
    if isinstance(found, str):
        return _refused(found)
    return Located(ruled, found, day, tuple(_results(report, ruled)))


def ruled_by(catalogue: Catalogue, system: str, report: Report) -> Ruled | Verdict:
    """The rule that decides, or why none does. Pure."""
    unfit = _unfit(catalogue, report)
    if unfit is not None:
        return unfit
    about = sorted(_about(catalogue, system, report), key=lambda one: one[1].precedence)
    if not about:
        what = report.activity or (f"{report.program}/{report.level}" if report.program else "an object of this kind")
        return _ignored(f"no rule for the system {system} is about {what[:300]}")
    fitting = [(program, rule) for program, rule in about if report.verb in rule.verbs]
    if not fitting:
        asked = ", ".join(sorted({verb.value for _, rule in about for verb in rule.verbs}))
        return _ignored(f"the rules for this ask for {asked}, and the report says {report.verb}")
    enough = [(program, rule) for program, rule in fitting if _shortfall(rule, report) is None]
    if report.success is False or not enough:
        why = f"it was {report.verb} without success" if report.success is False else _shortfall(fitting[0][1], report)
        return _ignored(str(why))
    program, rule = enough[0]
    level = catalogue.find(program.slug, rule.level)
    return Ruled(program, rule, level) if level else _refused(f"the level {rule.level} is not in use any more")


def _unfit(catalogue: Catalogue, report: Report) -> Verdict | None:
    """Why a report counts for no level, whatever the rules are."""
    if report.verb is None:
        return _ignored(f"no level follows from the verb {report.verb_said[:200]}")
    if report.contradiction is not None:
        return _refused(report.contradiction)
    if report.program is not None and catalogue.find(report.program, str(report.level)) is None:
        return _refused(f"there is no level {report.level!r} of a program {report.program!r} in use")
    return None


def _about(catalogue: Catalogue, system: str, report: Report) -> Iterator[tuple[Program, LearningRule]]:
    for program in catalogue.programs.values():
        for rule in program.settings.learning:
            if rule.system == system and _is_about(program, rule, report):
                yield program, rule


def _is_about(program: Program, rule: LearningRule, report: Report) -> bool:
    if report.program is None:
        return report.activity is not None and rule.is_for(report.activity)
    named = (program.slug, rule.level) == (report.program, report.level)
    return named and (report.activity is None or rule.activity is None or rule.is_for(report.activity))


def _shortfall(rule: LearningRule, report: Report) -> str | None:
    for member, least in rule.minimum.items():
        given = report.score.get(member)
        if given is None:
            return f"the rule asks for {member} of at least {least}, and the report has none"
        if given < least:
            return f"the rule asks for {member} of at least {least}, and the report has {given}"
    return None


def _completed_on(report: Report, level: Achievement, now: datetime) -> date | Verdict:
    """The day in the program's time zone. Clocks may differ by a little; the day is then today."""
    present = today(now, level.zone)
    if report.at is not None and report.at > now + _CLOCKS_DIFFER:
        return _future(report.at.date(), present, level)
    try:
        day = report.day or (today(report.at, level.zone) if report.at else present)
    except OverflowError:  # in the first hours of the year 1, which is the day before where the program is
        return _refused(f"{date.min} is too long ago")
    if report.at is None and day > present:
        return _future(day, present, level)
    return min(day, present)


def _future(day: date, present: date, level: Achievement) -> Verdict:
    return _refused(f"{day} is in the future; it can be at most {present}, the date in {level.time_zone} now")


def _results(report: Report, ruled: Ruled) -> Iterator[tuple[str, str]]:
    """What the report gives as results, and what the rule takes from its score."""
    given = dict(report.results)
    yield from given.items()
    types = {result.id: result.type for result in ruled.level.results}
    for name, member in ruled.rule.results.items():
        if name not in given and member in report.score:
            yield name, result_value(report.score[member], member, percent=types.get(name) == "Percent")


def _ignored(detail: str) -> Verdict:
    return Verdict(Outcome.IGNORED, detail)


def _refused(detail: str) -> Verdict:
    return Verdict(Outcome.REFUSED, detail)


def refused_for(faults: Sequence[object]) -> Verdict:
    """Refused, with every fault in a sentence. What a sender wrote may stand in it: without control characters."""
    text = "; ".join(map(str, faults))[:2_000]
    return Verdict(Outcome.REFUSED, "".join(one if one.isprintable() else "\ufffd" for one in text))
