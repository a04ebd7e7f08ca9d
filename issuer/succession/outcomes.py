"""What became of a credential that was to get a successor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from credentials.sentence import refilled, sentence, together
from issuer.bulk_status import Result
from issuer.errors import Fault
from issuer.status_transitions import IT, named


@dataclass(frozen=True, slots=True)
class SuccessionOutcome:
    """`done`: `successor_id` was issued; `already`: it was before, or nothing would change; else `detail` says why."""

    predecessor_id: UUID
    result: Result
    detail: str = ""
    successor_id: UUID | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One that is to get no successor: the outcome, before anything was done.

    `why` is the reason alone, for a page that shows the credential beside it; "" where `detail` is to be said whole.
    """

    result: Result
    detail: str
    successor_id: UUID | None = None
    why: str = ""


def refused_for(identifier: UUID, why: str) -> Judged:
    """One that is refused for that reason."""
    return Judged(Result.REFUSED, sentence("{one}: {why}", one=named(identifier), why=why), why=why)


def spoken_of(identifier: UUID, said: str, result: Result = Result.REFUSED, successor_id: UUID | None = None) -> Judged:
    """One of which the sentence speaks as `{one}`: by its id, and for a page that shows it as “it”."""
    return Judged(result, refilled(said, one=named(identifier)), successor_id, refilled(said, one=IT))


def faulty(identifier: UUID, faults: Sequence[Fault]) -> Judged:
    """One that is refused for these faults; `why` leaves out where they are, which no page of the portal names so."""
    told = (together(f"{one.where}:" if one.where else "", one.said) for one in faults)
    detail = sentence("{one}: {why}", one=named(identifier), why=together(*told, between="; "))
    return Judged(Result.REFUSED, detail, why=together(*(one.said for one in faults), between="; "))


def in_order(ids: Iterable[UUID], outcomes: Iterable[SuccessionOutcome]) -> tuple[SuccessionOutcome, ...]:
    """The outcomes in the order of the predecessors' ids as they were asked for."""
    found = {one.predecessor_id: one for one in outcomes}
    return tuple(found[one] for one in ids)


def changed_meanwhile(identifier: UUID) -> str:
    """What to say of a credential that another process changed between the judgement and the deed."""
    return sentence(
        "the credential {id} was changed by another process at this moment: look at it, and try again",
        id=str(identifier),
    )
