"""Whether what renewing takes was done: an assessment, fewer steps, a declaration, or hours of education. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from credentials.sentence import sentence
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
        right = sentence("renew it as declared when the holder has said so")
        what = sentence("renewing takes the declaration “{declaration}”", declaration=takes.declaration)
        yield Fault("declaration", what, right)
    elif takes.kind is Work.CREDITS and (progress is None or not progress.complete):
        yield _hours(progress)


def declaration_of(takes: Renewing, wish: RenewalWish) -> str | None:
    """What the holder declared, word for word."""
    return takes.declaration if takes.kind is Work.DECLARATION and wish.declared else None


def _assessed(wish: RenewalWish, achievement: Achievement) -> Iterator[Fault]:
    if achievement.quorum is not None:
        right = sentence("propose it with `guildmark propose`; when it is decided, it is renewed")
        yield Fault("", sentence("renewing “{level}” takes an assessment", level=achievement.name), right)
        return
    given = {name for name, _ in wish.results}
    for result in achievement.results:
        if result.required and result.id not in given:
            right = sentence("give the result “{name}”", name=result.name)
            yield Fault(f"result:{result.id}", sentence("renewing takes this result"), right)
    handed_in = {item.rule for item in wish.evidence}
    for rule in achievement.evidence:
        if rule.required and rule.id not in handed_in:
            right = sentence("hand in: {name}", name=rule.name)
            yield Fault(f"evidence:{rule.id}", sentence("renewing takes this evidence"), right)


def _steps(steps: tuple[str, ...], wish: RenewalWish) -> Iterator[Fault]:
    done = {name for name, _ in wish.results} | {item.rule for item in wish.evidence}
    for step in steps:
        if step not in done:
            right = sentence("give the result or the evidence of that name")
            what = sentence("renewing takes the step “{step}”, and it was not done", step=step)
            yield Fault(step, what, right)


def _hours(progress: Progress | None) -> Fault:
    right = sentence("record the hours that were done, or wait until they are")
    if progress is None:
        what = sentence("renewing takes hours of continuing education, and none are recorded")
        return Fault("credits", what, right)
    done, needed = progress.done / 100, progress.needed / 100
    what = sentence(
        "renewing takes {needed} hours of continuing education; {done} are recorded since {since}",
        needed=f"{needed:g}",
        done=f"{done:g}",
        since=progress.since,
    )
    return Fault("credits", what, right)
