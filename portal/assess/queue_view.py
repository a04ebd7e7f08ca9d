"""Proposals in a list: what waits, and what was scored. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, tzinfo

from credentials.sentence import Sentence, counted, sentence
from issuer.assessment.queue import Scored, Waiting
from portal.assess.case_view import STATES
from portal.language.language import Language


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A proposal that waits; `since` says how long."""

    person: str
    level: str
    program: str
    address: str
    what: Sentence
    pill: str
    since: str
    missing: Sentence
    scored: Sentence


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A scoring of his, and what became of the proposal."""

    person: str
    level: str
    program: str
    address: str
    at: str
    state: Sentence
    pill: str


def waiting_line(one: Waiting, address: str, language: Language, today: date) -> WaitingLine:
    """How it is listed."""
    what, pill = (sentence("A renewal"), "pill-light") if one.renewal else (sentence("A first award"), "pill-light")
    if one.appealed:
        what, pill = sentence("An appeal"), "pill-soon"
    return WaitingLine(
        person=one.person_name,
        level=one.level_name,
        program=one.program_name,
        address=address,
        what=what,
        pill=pill,
        since=language.distance(one.proposed_at.astimezone(UTC).date(), today),
        missing=one.missing,
        scored=counted(one.scored, "One assessor has scored", "{n} assessors have scored")
        if one.scored
        else Sentence(""),
    )


def history_line(one: Scored, language: Language, zone: tzinfo) -> HistoryLine:
    """How it is listed."""
    state, pill = STATES[one.state]
    return HistoryLine(
        person=one.person_name,
        level=one.level_name,
        program=one.program_name,
        address=f"/assess/{one.proposal_id}",
        at=language.minute(one.at, zone),
        state=state,
        pill=pill,
    )
