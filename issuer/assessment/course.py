"""The whole course of a proposal, read back from the audit trail for people.

The trail holds ids only; names are looked up when it is read, so that an erased person has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from credentials.sentence import Sentence, sentence
from issuer import audit
from issuer.assessment.cases import case_of
from issuer.assessment.views import UNNAMED
from issuer.store import Database
from issuer.tables import PersonRow

_PEOPLE = ("person", "assessor")
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the course: when, through whom (`actor`, as the trail has it), and what, as a sentence."""

    at: datetime
    actor: str
    action: str
    sentence: Sentence
    details: Mapping[str, Any]


def course_of_proposal(db: Database, proposal_id: UUID, *, names_assessors: bool = True) -> tuple[Happened, ...]:
    """Who did what when, oldest first; the candidate may be one who is not told the assessors' names.

    Raises UnknownProposal.
    """
    with db.read() as session:
        level = case_of(session, proposal_id).achievement
    events = tuple(_events(db, proposal_id))
    wanted = {identifier for one in events for identifier in _ids(one.details)}
    with db.read() as session:
        names = {
            str(row.id): row.name
            for row in session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(wanted)))
        }
    names[f"{level.program}/{level.level}"] = level.name
    if not names_assessors:
        names |= {one: UNNAMED for event in events for one in _assessors(event.details)}
    return tuple(
        Happened(one.at, one.actor, one.action, _sentence(one.action, one.details, names), one.details)
        for one in events
    )


def _events(db: Database, proposal_id: UUID) -> Iterable[audit.AuditEvent]:
    after = 0
    while page := audit.events(db, after=after, limit=_PAGE, subject=f"proposal:{proposal_id}"):
        yield from page
        after = page[-1].sequence


def _assessors(details: Mapping[str, Any]) -> Iterable[str]:
    return [one for one in (details.get("assessor"), *details.get("assessors", ())) if one]


def _ids(details: Mapping[str, Any]) -> Iterable[UUID]:
    texts = [details.get(name) for name in _PEOPLE] + list(details.get("assessors", ()))
    by = str(details.get("by", ""))
    if by.startswith("person:"):
        texts.append(by.removeprefix("person:"))
    return [UUID(text) for text in texts if text]


def _sentence(action: str, details: Mapping[str, Any], names: Mapping[str, str]) -> Sentence:
    """What an event tells; what it does not tell is a question mark, and no reason to fail."""
    told = _told(details, names)
    said = {name: told.get(name, "?") for name in _TOLD}
    if action == "proposal made" and details.get("renews"):
        return sentence("{person} was proposed to renew {level} (version {version}).", **said)
    words = _WORDS.get(action)
    return words(said) if words is not None else Sentence(action[:1].upper() + action[1:] + ".")


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Sentence]] = {
    "proposal made": lambda said: sentence("{person} was proposed for {level} (version {version}).", **said),
    "assessors asked": lambda said: sentence("Asked to assess: {assessors}.", **said),
    "assessment recorded": lambda said: sentence("{assessor} assessed, in round {round}.", **said),
    "proposal mapped": lambda said: sentence(
        "A new version of the level took over: {to} instead of {from}. It is round {round}.", **said
    ),
    "proposal decided": lambda said: sentence("Round {round} was decided: {decision}, by {by}.{differed}", **said),
    "proposal issued": lambda said: sentence("The credential {credential} was issued for it.", **said),
    "proposal appealed": lambda said: sentence("The decision was appealed, by {by}: round {round} begins.", **said),
    "appeal withdrawn": lambda _: sentence("The appeal was withdrawn: the decision stands."),
    "proposal withdrawn": lambda _: sentence("The proposal was withdrawn."),
}
_TOLD = (
    "person", "level", "version", "assessors", "assessor", "round", "to", "from", "decision", "by", "differed",
    "credential",
)  # fmt: skip


def _decision(decision: str) -> str:
    return {"approved": sentence("approved"), "declined": sentence("declined")}.get(decision, decision)


def _told(details: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    told = {name: str(value) for name, value in details.items()}
    for name in _PEOPLE:
        if name in told:
            told[name] = names.get(told[name], told[name])
    if "level" in told:
        told["level"] = names.get(told["level"], told["level"])
    by = told.get("by", "").removeprefix("person:")
    differing = [one for one in details.get("disagreements", ()) if one]
    differed = sentence(" The assessors differed on {results}.", results=", ".join(differing)) if differing else ""
    return {
        **told,
        "assessors": ", ".join(names.get(one, one) for one in details.get("assessors", ())),
        "by": names.get(by, by) or sentence("the sweep"),
        "differed": differed,
        "decision": _decision(told.get("decision", "?")),
    }
