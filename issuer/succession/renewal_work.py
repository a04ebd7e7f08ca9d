"""Whether what renewing takes was done: an assessment, fewer steps, a declaration, or hours of education. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from issuer.assessment.marks import faults_of_marks
from issuer.awards import Evidence
from issuer.errors import Fault
from issuer.programs import Achievement
from issuer.recertification.renewal import Progress
from issuer.recertification.rules import Renewing, Work


@dataclass(frozen=True, slots=True)
class RenewalWish:
    """A credential that is to be renewed for what its holder completed on a day.

    `declared` says that the holder made the declaration that the level asks for; `narrative` is said in the credential,
    and where there is none, what was declared. `early` asks for it before the renewal window opens.
    """

    credential_id: UUID
    completed_on: date
    results: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = field(default=())
    declared: bool = False
    narrative: str | None = None
    early: bool = False


def faults_of_work(
    takes: Renewing, wish: RenewalWish, achievement: Achievement, progress: Progress | None
) -> Iterator[Fault]:
    """What is missing for a renewal, and what was not passed; results out of range are said elsewhere."""
    yield from faults_of_marks(achievement.results, wish.results)
    if takes.kind is Work.REASSESSMENT:
        yield from _assessed(wish, achievement)
    elif takes.kind is Work.STEPS:
        yield from _steps(takes.steps, wish)
    elif takes.kind is Work.DECLARATION and not wish.declared:
        right = "renew it as declared when the holder has said so"
        yield Fault("declaration", f"renewing takes the declaration “{takes.declaration}”", right)
    elif takes.kind is Work.CREDITS and (progress is None or not progress.complete):
        yield _hours(progress)


def declaration_of(takes: Renewing, wish: RenewalWish) -> str | None:
    """What the holder declared, word for word."""
    return takes.declaration if takes.kind is Work.DECLARATION and wish.declared else None


def _assessed(wish: RenewalWish, achievement: Achievement) -> Iterator[Fault]:
    if achievement.quorum is not None:
        right = "propose it with `guildmark propose`; when it is decided, it is renewed"
        yield Fault("", f"renewing “{achievement.name}” takes an assessment", right)
        return
    given = {name for name, _ in wish.results}
    for result in achievement.results:
        if result.required and result.id not in given:
            yield Fault(f"result:{result.id}", "renewing takes this result", f"give the {result.name}")
    handed_in = {item.rule for item in wish.evidence}
    for rule in achievement.evidence:
        if rule.required and rule.id not in handed_in:
            yield Fault(f"evidence:{rule.id}", "renewing takes this evidence", f"hand in: {rule.name}")


def _steps(steps: tuple[str, ...], wish: RenewalWish) -> Iterator[Fault]:
    done = {name for name, _ in wish.results} | {item.rule for item in wish.evidence}
    for step in steps:
        if step not in done:
            right = "give the result or the evidence of that name"
            yield Fault(step, "renewing takes this step, and it was not done", right)


def _hours(progress: Progress | None) -> Fault:
    right = "record the hours that were done, or wait until they are"
    if progress is None:
        return Fault("credits", "renewing takes hours of continuing education, and none are recorded", right)
    done, needed = progress.done / 100, progress.needed / 100
    what = f"renewing takes {needed:g} hours of continuing education; {done:g} are recorded since {progress.since}"
    return Fault("credits", what, right)
