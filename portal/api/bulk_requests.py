"""What a request for work in the background holds, read once into awards and ids; and its description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from issuer.awards import AwardRequest, Evidence
from issuer.errors import AwardsRefused, Fault, Refused
from issuer.jobs.bulk import BulkKind, BulkState
from portal.problems import BAD_REQUEST, HttpProblem

KINDS = tuple(kind for kind in BulkKind if kind is not BulkKind.RENEW)
"""What a machine can ask for; renewing asks whether the work was done, and is begun from the portal."""
_TEXTS = ("name", "email", "program", "level")
_MORE_TEXTS = ("did", "license_number", "narrative", "idempotency_key")
_EVIDENCE = ("url", "name", "rule", "sha256")
_KNOWN = (*_TEXTS, *_MORE_TEXTS, "awarded_on", "results", "evidence")


def award_requests(body: Mapping[str, Any]) -> list[AwardRequest]:
    """The awards of a request. Raises AwardsRefused naming each that has not the form of one, and a 400 problem."""
    given = body.get("awards")
    if not isinstance(given, list):
        raise HttpProblem(BAD_REQUEST, "`awards` must be a list of objects.")
    faults = [fault for number, award in enumerate(given) for fault in _faults(f"/awards/{number}", award)]
    if faults:
        raise AwardsRefused("The list of awards", faults)
    return [_award(f"/awards/{number}", award) for number, award in enumerate(given)]


def credential_ids(body: Mapping[str, Any]) -> list[UUID]:
    """The ids of a request. Raises Refused naming each that is none, and a 400 problem."""
    given = body.get("credentials")
    if not isinstance(given, list):
        raise HttpProblem(BAD_REQUEST, "`credentials` must be a list of ids.")
    found, faults = [], []
    for number, text in enumerate(given):
        try:
            found.append(UUID(text))
        except (ValueError, AttributeError, TypeError):
            faults.append(Fault(f"/credentials/{number}", "this is no id of a credential", "write it as in `list`"))
    if faults:
        raise Refused("The list of credentials", faults)
    return found


def _faults(where: str, award: Any) -> Iterator[Fault]:
    if not isinstance(award, dict):
        yield Fault(where, "an award is an object", f"with {', '.join(_TEXTS)}, awarded_on")
        return
    for name in award:
        if name not in _KNOWN:
            yield Fault(f"{where}/{name[:60]}", "there is no such member", f"there are: {', '.join(_KNOWN)}")
    texts = {**dict.fromkeys(_TEXTS, str), **dict.fromkeys(_MORE_TEXTS, str | None)}
    for name, kind in texts.items():
        if not isinstance(award.get(name), kind):
            yield Fault(f"{where}/{name}", "this must be a text", "give one")
    yield from _faults_of_parts(where, award)


def _faults_of_parts(where: str, award: Mapping[str, Any]) -> Iterator[Fault]:
    if _day(award.get("awarded_on")) is None:
        yield Fault(f"{where}/awarded_on", "this is no date", "write year-month-day, like 2026-11-22")
    results = award.get("results", {})
    if not isinstance(results, dict) or not all(isinstance(value, str) for value in results.values()):
        yield Fault(f"{where}/results", "these must be texts by their id", 'like {"exam": "81"}')
    evidence = award.get("evidence", [])
    if not isinstance(evidence, list) or not all(_is_evidence(one) for one in evidence):
        yield Fault(f"{where}/evidence", "this must be a list of objects", f"with texts: {', '.join(_EVIDENCE)}")


def _is_evidence(given: Any) -> bool:
    return isinstance(given, dict) and all(
        name in _EVIDENCE and isinstance(value, str) for name, value in given.items()
    )


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(given) if isinstance(given, str) and len(given) == 10 else None
    except ValueError:
        return None


def _award(where: str, award: Mapping[str, Any]) -> AwardRequest:
    day = _day(award["awarded_on"])
    assert day is not None  # noqa: S101  (`_faults` looked)
    texts: dict[str, Any] = {name: award.get(name) for name in (*_TEXTS, *_MORE_TEXTS)}
    return AwardRequest(
        **texts,
        awarded_on=day,
        results=tuple(award.get("results", {}).items()),
        evidence=tuple(Evidence(**one) for one in award.get("evidence", [])),
        origin=where,
    )


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_AWARD: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys((*_TEXTS, *_MORE_TEXTS), _TEXT),
        "awarded_on": {"type": "string", "format": "date"},
        "results": {"type": "object", "additionalProperties": _TEXT},
        "evidence": {
            "type": "array",
            "items": {"type": "object", "properties": dict.fromkeys(_EVIDENCE, _TEXT)},
        },
    },
    "required": [*_TEXTS, "awarded_on"],
}
BULK_REQUEST: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": [kind.value for kind in KINDS]},
                    "awards": {"type": "array", "items": _AWARD},
                    "credentials": {"type": "array", "items": {"type": "string", "format": "uuid"}},
                    "reason": _TEXT,
                },
                "required": ["kind"],
            },
            "example": {
                "kind": "issue",
                "awards": [
                    {
                        "name": "Zoë Kjærsgaard",
                        "email": "zoe@brightmoor.example",
                        "program": "first-aid",
                        "level": "first-aider",
                        "awarded_on": "2026-11-20",
                    }
                ],
            },
        }
    },
}
BULK_ANSWER: dict[str, Any] = {
    "description": "The work and how far it is.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "kind": {"type": "string", "enum": [kind.value for kind in BulkKind]},
                    "state": {"type": "string", "enum": [state.value for state in BulkState]},
                    **dict.fromkeys(("total", "done", "failed", "cancelled", "waiting"), _NUMBER),
                    "perSecond": {"type": ["number", "null"]},
                    "secondsRemaining": {"type": ["integer", "null"]},
                    "fault": {"type": ["string", "null"], "description": "What keeps it from going on, if anything."},
                    "faults": {"type": "array", "items": {"type": "object"}},
                },
                "required": ["id", "kind", "state", "total", "done", "failed", "cancelled", "waiting"],
            },
            "example": {"id": "0f8b3f2e-…", "kind": "issue", "state": "waiting", "total": 400, "done": 150,
                        "failed": 0, "cancelled": 0, "waiting": 250, "perSecond": 22.5, "secondsRemaining": 11},
        }
    },
}  # fmt: skip
BULK_OUTCOMES: dict[str, Any] = {
    "description": "A page of them.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "outcomes": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "item": _NUMBER,
                                "origin": _TEXT,
                                "state": _TEXT,
                                "credential": {"type": ["string", "null"], "format": "uuid"},
                                "fault": {"type": ["string", "null"]},
                            },
                            "required": ["item", "state"],
                        },
                    },
                    "next": {"type": ["integer", "null"]},
                },
                "required": ["outcomes", "next"],
            }
        }
    },
}
