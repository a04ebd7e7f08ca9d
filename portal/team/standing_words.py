"""A standing in words, shape and colour: the same for the table, for a person's page and for the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from credentials.sentence import Sentence, sentence
from issuer.people.team_cells import Cell, CellState
from portal.language.language import Language

WORDS: Final = {
    CellState.VALID: sentence("Valid"),
    CellState.EXPIRING: sentence("Ends soon"),
    CellState.OVERDUE: sentence("Overdue"),
    CellState.MISSING: sentence("Missing"),
    CellState.SUSPENDED: sentence("Suspended"),
    CellState.EXPIRED: sentence("Expired"),
    CellState.SUGGESTED: sentence("Suggested"),
}
_PILLS: Final = {
    CellState.VALID: "pill-good",
    CellState.EXPIRING: "pill-soon",
    CellState.OVERDUE: "pill-overdue",
    CellState.MISSING: "pill-lacking",
    CellState.SUSPENDED: "pill-suspended",
    CellState.EXPIRED: "pill-ended",
    CellState.SUGGESTED: "pill-light",
}


@dataclass(frozen=True, slots=True)
class StandingView:
    """A cell of the table: the word, its pill, the day that matters, how far away that is."""

    word: Sentence
    pill: str
    day: Sentence
    distance: str


def standing_view(cell: Cell, language: Language, today: date) -> StandingView:
    """How a cell is shown; days are short, as in tables."""
    near = cell.on is not None and cell.state in {CellState.EXPIRING, CellState.OVERDUE, CellState.MISSING}
    return StandingView(
        word=WORDS[cell.state],
        pill=_PILLS[cell.state],
        day=_day(cell, language),
        distance=language.distance(cell.on, today) if near and cell.on is not None else "",
    )


def _day(cell: Cell, language: Language) -> Sentence:
    if cell.on is None:
        held = cell.state in {CellState.VALID, CellState.SUSPENDED}
        return sentence("without an end") if held else Sentence("")
    day = language.short_day(cell.on)
    match cell.state:
        case CellState.OVERDUE:
            return sentence("was due {day}", day=day)
        case CellState.MISSING | CellState.SUGGESTED:
            return sentence("due {day}", day=day)
        case CellState.EXPIRED:
            return sentence("ended {day}", day=day)
        case _:
            return sentence("until {day}", day=day)
