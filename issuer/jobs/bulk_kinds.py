"""What each kind of bulk does with a chunk of its items. All is idempotent: done twice, it finds what was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from issuer.awards import AwardRequest, request_from_dict
from issuer.bulk_status import Result, StatusOutcome, change_many
from issuer.errors import IdempotencyConflict, Refused, TransitionRefused, Unknown
from issuer.issue import issue
from issuer.jobs.bulk import BulkKind
from issuer.jobs.job import Parts
from issuer.status_transitions import Change
from issuer.succession.correction import Corrections
from issuer.succession.outcomes import SuccessionOutcome
from issuer.succession.reissue import reissue_many
from issuer.succession.renew import renew_many
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import BulkRow

Reached = Callable[[str], None]

ItemsFault = Refused | IdempotencyConflict | TransitionRefused | Unknown
"""What is wrong with an item; anything else that is raised is wrong with us, and the items wait."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item: its number in the bulk, and what is to be done."""

    ordinal: int
    work: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Did:
    """What became of an item; `fault` is a sentence if it could not be done."""

    ordinal: int
    credential_id: UUID | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Items of one bulk; `actor` is who asked for it."""

    bulk_id: UUID
    kind: BulkKind
    issuer: str
    actor: str
    arguments: Mapping[str, Any]
    items: tuple[Item, ...]

    @classmethod
    def of(cls, row: BulkRow, issuer: str, items: tuple[Item, ...]) -> Chunk:
        """Items of that bulk."""
        return cls(row.id, BulkKind(row.kind), issuer, row.created_by, row.arguments, items)


def award_item(request: AwardRequest) -> dict[str, Any]:
    """An award as an item of a bulk of kind ISSUE."""
    return {"award": request.as_dict(), "key": request.idempotency_key, "origin": request.origin}


def do_chunk(parts: Parts, chunk: Chunk, reached: Reached) -> list[Did]:
    """Do all items; if one of them is at fault, each by itself, so that it alone fails. Raises what is not theirs."""
    try:
        return _KINDS[chunk.kind](parts, chunk, reached)
    except (Refused, IdempotencyConflict, TransitionRefused, Unknown) as error:
        if len(chunk.items) == 1:
            return [Did(chunk.items[0].ordinal, None, _sentence(error))]
    return [did for item in chunk.items for did in do_chunk(parts, replace(chunk, items=(item,)), reached)]


def _sentence(error: ItemsFault) -> str:
    if isinstance(error, Refused | IdempotencyConflict):
        return "\n".join(str(fault) for fault in error.faults)
    return str(error)


def _issue(parts: Parts, chunk: Chunk, reached: Reached) -> list[Did]:
    requests = [
        request_from_dict(item.work["award"], idempotency_key=item.work["key"], origin=item.work["origin"])
        for item in chunk.items
    ]
    report = issue(
        parts.database,
        parts.keys,
        issuer=chunk.issuer,
        requests=requests,
        actor=chunk.actor,
        now=parts.clock(),
        randomness=parts.randomness,
        source=chunk.arguments["source"],
        progress=lambda progress: reached(f"issue {progress.step.value}"),
        chunk_size=len(requests),
        signing_of=partial(parts.signings.of, str(chunk.bulk_id)),
    )
    made = {one.key: one.id for one in report.credentials}
    return [Did(item.ordinal, made[one.key], None) for item, one in zip(chunk.items, requests, strict=True)]


def _change(parts: Parts, chunk: Chunk, change: Change) -> list[Did]:
    """One transaction and one edition of each list for the chunk; what stood so already is done."""
    outcomes = change_many(
        parts.database,
        parts.keys,
        credential_ids=_ids(chunk),
        change=change,
        reason=chunk.arguments["reason"],
        actor=chunk.actor,
        now=parts.clock(),
    )
    return [_did(item, one.credential_id, one) for item, one in zip(chunk.items, outcomes, strict=True)]


def _reissue(parts: Parts, chunk: Chunk, reached: Reached) -> list[Did]:
    anew = bool(chunk.arguments.get("anew"))
    outcomes = reissue_many(
        parts.database,
        parts.keys,
        credential_ids=_ids(chunk),
        corrections=Corrections(newest_version=not anew, anew=anew),
        reason=chunk.arguments["reason"],
        actor=chunk.actor,
        now=parts.clock(),
        randomness=parts.randomness,
        reached=lambda step: reached(f"issue {step.value}"),
    )
    return [_did(item, one.successor_id, one) for item, one in zip(chunk.items, outcomes, strict=True)]


def _renew(parts: Parts, chunk: Chunk, reached: Reached) -> list[Did]:
    given = chunk.arguments
    outcomes = renew_many(
        parts.database,
        parts.keys,
        wishes=[
            RenewalWish(
                one, date.fromisoformat(given["completed_on"]), declared=given["declared"], early=given["early"]
            )
            for one in _ids(chunk)
        ],
        actor=chunk.actor,
        now=parts.clock(),
        randomness=parts.randomness,
        reached=lambda step: reached(f"issue {step.value}"),
    )
    return [_did(item, one.successor_id, one) for item, one in zip(chunk.items, outcomes, strict=True)]


def _ids(chunk: Chunk) -> list[UUID]:
    return [UUID(item.work["credential"]) for item in chunk.items]


def _did(item: Item, credential_id: UUID | None, outcome: StatusOutcome | SuccessionOutcome) -> Did:
    done = outcome.result in {Result.DONE, Result.ALREADY}
    return Did(item.ordinal, credential_id if done else None, None if done else outcome.detail)


_KINDS: Mapping[BulkKind, Callable[[Parts, Chunk, Reached], list[Did]]] = {
    BulkKind.ISSUE: _issue,
    BulkKind.REVOKE: lambda parts, chunk, _: _change(parts, chunk, Change.REVOKED),
    BulkKind.SUSPEND: lambda parts, chunk, _: _change(parts, chunk, Change.SUSPENDED),
    BulkKind.REINSTATE: lambda parts, chunk, _: _change(parts, chunk, Change.REINSTATED),
    BulkKind.REISSUE: _reissue,
    BulkKind.RENEW: _renew,
}
