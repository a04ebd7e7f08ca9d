"""Statements of the Experience API (xAPI 1.0.3 and 2.0, IEEE 9274.1.1), read into reports as far as levels follow.

A statement's own id is what makes it the same as one that came before, by whatever way; without one, its content is.
What a store adds on its way (stored, authority, version) does not count. Nothing of a person stands in a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from credentials.instants import parse_instant
from issuer.errors import Fault
from issuer.learning.reports import (
    MOST_REPORTS,
    Known,
    Learner,
    Report,
    ReportUnreadable,
    digest_of,
    score_of,
)
from issuer.learning.rules import Verb, is_iri
from issuer.plain_text import is_email_address

VERBS: Mapping[str, Verb] = {
    "http://adlnet.gov/expapi/verbs/passed": Verb.PASSED,
    "http://adlnet.gov/expapi/verbs/completed": Verb.COMPLETED,
    "http://id.tincanapi.com/verb/earned": Verb.EARNED,
    "http://specification.openbadges.org/xapi/verbs/earned": Verb.EARNED,
    "http://specification.openbadges.org/xapi/verbs/earned.json": Verb.EARNED,
    "http://standard.openbadges.org/xapi/verbs/earned.json": Verb.EARNED,
    "https://w3id.org/xapi/openbadges/verbs/earned": Verb.EARNED,
}
"""By exact IRI. Badge platforms use several for the last."""
_MEMBERS = (
    "id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments",
)  # fmt: skip
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_OBJECTS = ("Activity", "Agent", "Group", "SubStatement", "StatementRef")
_NO_ID = UUID("5f0c9a5e-2a4f-4b58-9a3e-0f6f3f4f6a11")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,200}")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_PREFIX = "statement:"


def statement_id(report: Report) -> str:
    """The id of the statement that a report was read from."""
    return report.event_id.removeprefix(_PREFIX)


def read_statements(value: Any) -> tuple[Report, ...]:
    """The reports in one statement or an array of them, in their order.

    Raises ReportUnreadable with every fault of every statement: a batch is taken as a whole or not at all.
    """
    single = isinstance(value, dict)
    statements: Sequence[Any] = [value] if single else value if isinstance(value, list) else []
    if not statements:
        right = "send a statement, or an array of at least one"
        raise ReportUnreadable("The report", [Fault("", "there is no statement", right)])
    if len(statements) > MOST_REPORTS:
        what = f"these are {len(statements)} statements"
        raise ReportUnreadable("The report", [Fault("", what, f"send at most {MOST_REPORTS} at once")])
    read = [_Reading("" if single else f"/{number}") for number in range(len(statements))]
    reports = [one.report(statement) for one, statement in zip(read, statements, strict=True)]
    faults = [fault for one in read for fault in one.faults] or list(_twice(reports))
    if faults:
        raise ReportUnreadable("The report", faults)
    return tuple(one for one in reports if one is not None)


def _twice(reports: Sequence[Report | None]) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, one in enumerate(reports):
        if one is not None and one.event_id in seen:
            yield Fault(f"/{number}/id", "this id stands here twice", "send each statement once")
        seen.add(one.event_id if one else "")


@dataclass
class _Reading:
    """One statement, and the faults met in it."""

    where: str
    faults: list[Fault] = field(default_factory=list)

    def report(self, given: Any) -> Report | None:
        if not isinstance(given, dict):
            self.fault("", "a statement is an object", "with actor, verb and object")
            return None
        for name in given:
            if name not in _MEMBERS:
                self.fault(f"/{name[:60]}", "a statement has no such member", f"there are: {', '.join(_MEMBERS)}")
        verb_said = self._verb(given.get("verb"))
        learner = self._actor(given.get("actor"))
        activity = self._object(given.get("object"))
        result = self._result(given.get("result", {}))
        score, faults = score_of(result["score"], f"{self.where}/result/score") if "score" in result else ({}, [])
        self.faults += faults
        at = self._instant(given, "timestamp")
        stored = self._instant(given, "stored")
        identifier = self._id(given)
        if self.faults or learner is None:
            return None
        return Report(
            event_id=f"{_PREFIX}{identifier}",
            digest=digest_of(_own(given)),
            verb=VERBS.get(verb_said),
            verb_said=verb_said,
            learner=learner,
            activity=activity,
            at=at or stored,
            score=score,
            success=result.get("success"),
            completion=result.get("completion"),
        )

    def fault(self, path: str, what: str, right: str) -> None:
        self.faults.append(Fault(self.where + path, what, right))

    def _id(self, given: Mapping[str, Any]) -> str:
        if "id" not in given:
            return str(uuid5(_NO_ID, digest_of(_own(given)))) if not self.faults else ""
        if not isinstance(given["id"], str) or not _UUID.fullmatch(given["id"]):
            self.fault("/id", "this is no UUID", "write it like 12345678-1234-5678-1234-567812345678, or leave it out")
            return ""
        return given["id"].lower()

    def _verb(self, given: Any) -> str:
        said = given.get("id") if isinstance(given, dict) else None
        if not isinstance(said, str) or not is_iri(said):
            self.fault("/verb/id", "this must be an IRI", f"for example {next(iter(VERBS))}")
            return ""
        return said

    def _object(self, given: Any) -> str | None:
        """The activity's IRI; None for an object of another kind, of which nothing follows."""
        if not isinstance(given, dict):
            self.fault("/object", "this must be an object", "an activity with its id")
            return None
        kind = given.get("objectType", "Activity")
        if kind not in _OBJECTS:
            self.fault("/object/objectType", "there is no such kind of object", f"there are: {', '.join(_OBJECTS)}")
        if kind != "Activity":
            return None
        said = given.get("id")
        if not isinstance(said, str) or not is_iri(said):
            self.fault("/object/id", "this must be an IRI", "like https://lms.example.org/courses/7")
            return None
        return said

    def _result(self, given: Any) -> Mapping[str, Any]:
        if not isinstance(given, dict):
            self.fault("/result", "this must be an object", "or leave it out")
            return {}
        for name in ("success", "completion"):
            if name in given and not isinstance(given[name], bool):
                self.fault(f"/result/{name}", "this must be true or false", "or leave it out")
        return given

    def _instant(self, given: Mapping[str, Any], name: str) -> datetime | None:
        if name not in given:
            return None
        try:
            return parse_instant(given[name])
        except (ValueError, TypeError):
            right = "write it like 2026-11-22T10:00:00Z or 2026-11-22T11:00:00+01:00"
            self.fault(f"/{name}", "this is no date and time with an offset", right)
            return None

    def _actor(self, given: Any) -> Learner | None:
        """xAPI, section 4.2.2.2: an agent has exactly one identifier."""
        if not isinstance(given, dict) or given.get("objectType", "Agent") not in ("Agent", "Group"):
            self.fault("/actor", "this must be an agent", 'like {"mbox": "mailto:name@example.org"}')
            return None
        if given.get("objectType") == "Group":
            return Learner(Known.GROUP, "")
        named = [name for name in _IDENTIFIERS if name in given]
        if len(named) != 1:
            what = "this agent has no identifier" if not named else f"this agent has {' and '.join(named)}"
            self.fault("/actor", what, f"give exactly one of: {', '.join(_IDENTIFIERS)}")
            return None
        learner = _learner(named[0], given[named[0]])
        if learner is None:
            self.fault(f"/actor/{named[0]}", "this has not the form of one", f"write it as {_FORMS[named[0]]}")
            return None
        return learner


_FORMS = {
    "mbox": "mailto:name@example.org",
    "mbox_sha1sum": "40 hexadecimal digits, the SHA-1 of mailto:name@example.org",
    "openid": "a web address",
    "account": '{"homePage": "https://lms.example.org", "name": "…"}',
}


def _learner(name: str, value: Any) -> Learner | None:
    if name == "account":
        home, account = (value.get("homePage"), value.get("name")) if isinstance(value, dict) else (None, None)
        good = isinstance(home, str) and is_iri(home) and isinstance(account, str) and _NAME.fullmatch(account)
        return Learner(Known.ACCOUNT, str(account), str(home)) if good else None
    if not isinstance(value, str):
        return None
    if name == "mbox":
        address = value[len("mailto:") :] if value[:7].lower() == "mailto:" else ""
        return Learner(Known.ADDRESS, address) if is_email_address(address) else None
    if name == "mbox_sha1sum":
        return Learner(Known.DIGEST, value.lower()) if _SHA1.fullmatch(value) else None
    return Learner(Known.OPENID, value) if is_iri(value) else None


def _own(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of it here: neither what others add on its way, nor words for display."""
    said, verb = statement.get("object"), statement.get("verb")
    return {
        "actor": statement.get("actor"),
        "verb": verb.get("id") if isinstance(verb, dict) else None,
        "object": [said.get("objectType"), said.get("id")] if isinstance(said, dict) else None,
        "result": statement.get("result"),
        "timestamp": statement.get("timestamp"),
    }
