"""Events of our own form, for systems that do not speak xAPI.

    {"type": "learning.passed", "person": {"email": "zoe@brightmoor.example"}, "program": "first-aid",
     "level": "first-aider", "completed_on": "2026-11-20", "results": {"exam": "81"},
     "evidence": [{"url": "https://lms.brightmoor.example/attempts/417", "rule": "attempt"}]}

`person` has `email` or `employee_number`. `completed_on` is a day in the program's time zone. Instead of `results`, or
beside them, `score` may hold scaled, raw, min and max, which the program's rule maps to results; `activity` is the IRI
that a rule is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from issuer.awards import Evidence
from issuer.errors import Fault
from issuer.learning.reports import Known, Learner, Report, ReportUnreadable, score_of
from issuer.learning.rules import Verb, is_iri
from issuer.plain_text import is_email_address, one_line, short_name

TYPES = {f"learning.{verb}": verb for verb in Verb}
MEMBERS = ("type", "person", "program", "level", "completed_on", "results", "score", "evidence", "activity")
EVIDENCE = ("url", "name", "rule", "sha256")
_PEOPLE = {"email": Known.ADDRESS, "employee_number": Known.NUMBER}


def is_own_event(value: Any) -> bool:
    """Whether this is meant as an event of our form: no statement has a `type`."""
    return isinstance(value, dict) and "type" in value


def read_event(value: Mapping[str, Any], *, event_id: str, digest: str) -> Report:
    """The report in an event. Raises ReportUnreadable with every fault."""
    score, faults = score_of(value["score"], "/score") if "score" in value else ({}, [])
    faults = [*_faults(value), *faults]
    if faults:
        raise ReportUnreadable("The report", faults)
    ((name, said),) = value["person"].items()
    return Report(
        event_id=event_id,
        digest=digest,
        verb=TYPES[value["type"]],
        verb_said=value["type"],
        learner=Learner(_PEOPLE[name], said.strip()),
        activity=value.get("activity"),
        day=_day(value["completed_on"]),
        score=score,
        program=value["program"],
        level=value["level"],
        results=tuple(value.get("results", {}).items()),
        evidence=tuple(Evidence(**one) for one in value.get("evidence", [])),
    )


def _faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    for name in value:
        if name not in MEMBERS:
            yield Fault(f"/{name[:60]}", "an event has no such member", f"there are: {', '.join(MEMBERS)}")
    if not isinstance(value["type"], str) or value["type"] not in TYPES:
        yield Fault("/type", "there is no such type", f"there are: {', '.join(TYPES)}")
    if not _is_person(value.get("person")):
        yield Fault("/person", "this names nobody", 'write {"email": "…"} or {"employee_number": "…"}')
    for name in ("program", "level"):
        if not _is_short_name(value.get(name)):
            yield Fault(f"/{name}", "this is no short name", "name it as in the program's file")
    if _day(value.get("completed_on")) is None:
        yield Fault("/completed_on", "this is no date", "write year-month-day, like 2026-11-22")
    yield from _faults_of_work(value)


def _faults_of_work(value: Mapping[str, Any]) -> Iterator[Fault]:
    results = value.get("results", {})
    if not isinstance(results, dict) or not all(isinstance(one, str) for one in results.values()):
        yield Fault("/results", "these must be texts by their id", 'like {"exam": "81"}')
    evidence = value.get("evidence", [])
    if not isinstance(evidence, list) or len(evidence) > 50 or not all(_is_evidence(one) for one in evidence):
        yield Fault("/evidence", "this must be a list of at most 50 objects", f"with texts: {', '.join(EVIDENCE)}")
    activity = value.get("activity")
    if "activity" in value and not (isinstance(activity, str) and is_iri(activity)):
        yield Fault("/activity", "this must be an IRI", "like https://lms.example.org/courses/7")


def _is_person(given: Any) -> bool:
    if not isinstance(given, dict) or len(given) != 1 or not given.keys() <= _PEOPLE.keys():
        return False
    ((name, said),) = given.items()
    if not isinstance(said, str):
        return False
    if name == "email":
        return is_email_address(said.strip())
    return _passes(one_line, said)


def _is_short_name(given: Any) -> bool:
    return isinstance(given, str) and _passes(short_name, given)


def _passes(check: Any, text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True


def _is_evidence(given: Any) -> bool:
    return isinstance(given, dict) and all(name in EVIDENCE and isinstance(one, str) for name, one in given.items())


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(given) if isinstance(given, str) and len(given) == 10 else None
    except ValueError:
        return None
