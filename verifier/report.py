"""A result as a few lines of text for a terminal or a file."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verifier.parties import cleaned, issuer_words, objects, shown
from verifier.result import Check, Outcome, Status, VerificationResult

if TYPE_CHECKING:
    from verifier.presentation import PresentationResult

_MARKS = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.INCOMPLETE: "?", Outcome.SKIPPED: "-"}
_WIDTH = 100
_INDENT = 34


@dataclass(frozen=True, slots=True)
class Palette:
    """Escape sequences for good, bad, uncertain and faint text; all empty for plain output."""

    good: str
    bad: str
    uncertain: str
    faint: str
    off: str

    @classmethod
    def plain(cls) -> Palette:
        """No colours at all."""
        return cls("", "", "", "", "")

    @classmethod
    def coloured(cls) -> Palette:
        """ANSI colours that are readable on dark and light ground."""
        return cls("\x1b[32;1m", "\x1b[31;1m", "\x1b[33;1m", "\x1b[2m", "\x1b[0m")

    def of(self, outcome: Outcome) -> str:
        """The colour of an outcome."""
        return {
            Outcome.PASSED: self.good,
            Outcome.FAILED: self.bad,
            Outcome.INCOMPLETE: self.uncertain,
            Outcome.SKIPPED: self.faint,
        }[outcome]


def report(name: str, answer: VerificationResult | PresentationResult | str, palette: Palette) -> str:
    """The lines about one input, ending with a line break; nothing in them can control a terminal.

    Those about a presentation are followed by those about each credential in it.
    """
    if isinstance(answer, str):
        return f"{palette.uncertain}UNCHECKED{palette.off}  {cleaned(name)}\n  {cleaned(answer)}\n"
    lines = [_headed(name, answer.status, palette)]
    if not isinstance(answer, VerificationResult):
        holder, number = answer.holder, len(answer.credentials)
        lines.append(f"  A presentation of {number} credential{'' if number == 1 else 's'}")
        lines.append(_line(holder.outcome, "holder-proof", holder.sentence, palette))
        inner = [report(f"credential {n} of {number}", one, palette) for n, one in enumerate(answer.credentials, 1)]
        return "\n".join(lines) + "\n" + "".join(textwrap.indent(one, "  ") for one in inner)
    lines += [f"  {cleaned(line)}" for line in _about(answer)]
    lines += [_line(check.outcome, check.name, check.sentence, palette) for check in _worth_showing(answer)]
    return "\n".join(lines) + "\n"


def tally(outcomes: Mapping[str, int]) -> str:
    """How many came out how, in one line; the keys are statuses."""
    told = (f"{outcomes[status]} {status.words}" for status in Status if status.value in outcomes)
    return f"{sum(outcomes.values())} in all: {', '.join(told)}"


def _headed(name: str, status: Status, palette: Palette) -> str:
    outcome = {Status.VALID: Outcome.PASSED, Status.UNCHECKED: Outcome.INCOMPLETE}.get(status, Outcome.FAILED)
    return f"{palette.of(outcome)}{status.words.upper()}{palette.off}  {cleaned(name)}"


def _line(outcome: Outcome, check: str, sentence: str, palette: Palette) -> str:
    mark = f"{palette.of(outcome)}{_MARKS[outcome]:<7}{palette.off}"
    return f"  {mark} {check:<22} {_wrapped(cleaned(sentence))}"


def _about(answer: VerificationResult) -> list[str]:
    """What it says it is, which is worth reading only if its signature was right."""
    document = answer.document
    proven = any(check.name == "proof" and check.outcome is Outcome.PASSED for check in answer.checks)
    if document is None or not proven:
        return []
    lines = [f"{_title(document)}, issued by {issuer_words(document)}"]
    if answer.issuer_trusted is not None:
        lines.append(f"The issuer is {'' if answer.issuer_trusted else 'not '}one of those you trust.")
    return lines


def _worth_showing(answer: VerificationResult) -> tuple[Check, ...]:
    """All checks, or without those that had nothing to look at because no credential was found."""
    return answer.checks if answer.document is not None else answer.checks[:1]


def _title(document: Mapping[str, Any]) -> str:
    for subject in objects(document.get("credentialSubject")):
        for achievement in objects(subject.get("achievement")):
            if isinstance(achievement.get("name"), str):
                return f"“{shown(achievement['name'])}”"
    return f"“{shown(document['name'])}”" if isinstance(document.get("name"), str) else "A credential"


def _wrapped(sentence: str) -> str:
    return f"\n{' ' * _INDENT}".join(textwrap.wrap(sentence, _WIDTH - _INDENT, break_long_words=False) or [""])
