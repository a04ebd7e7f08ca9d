"""Issuing a list in the background: everything that can be refused is refused before anything is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from credentials.sentence import sentence
from issuer.assessment.allowed import faults_of_requests
from issuer.awards import AwardRequest, faults_of
from issuer.errors import AwardsRefused, Fault
from issuer.issuers import issuer_row
from issuer.jobs.bulk import Bulk, BulkKind, start_bulk
from issuer.jobs.bulk_kinds import award_item
from issuer.programs import Achievement, catalogue_of
from issuer.store import Database

Name = tuple[str, str]
"""A level: short names of its program and itself."""


def issue_in_background(
    db: Database,
    *,
    issuer: str | None,
    requests: Sequence[AwardRequest],
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    source: str = "csv",
    idempotency_key: str | None = None,
) -> Bulk:
    """Begin to issue awards; a worker does it. Levels that others of the list demand come before those.

    Raises AwardsRefused with every fault of every request, IdempotencyConflict, Refused, UnknownIssuer: then nothing
    was begun. What a worker finds at fault later (a level that was changed meanwhile) is that item's outcome.
    """
    levels = _checked(db, issuer, requests, source=source, now=now)
    depths = _depths(levels)
    in_order = sorted(requests, key=lambda request: depths[request.program, request.level])  # stable
    stages = [depths[request.program, request.level] for request in in_order]
    return start_bulk(
        db,
        BulkKind.ISSUE,
        [award_item(request) for request in in_order],
        issuer=issuer,
        arguments={"source": source},
        actor=actor,
        now=now,
        randomness=randomness,
        stages=[number for number in range(1, len(stages)) if stages[number] != stages[number - 1]],
        idempotency_key=idempotency_key,
    )


def _checked(
    db: Database, issuer: str | None, requests: Sequence[AwardRequest], *, source: str, now: datetime
) -> dict[Name, Achievement]:
    """The levels that are asked for. Raises AwardsRefused with every fault of every request."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        catalogue = catalogue_of(session, owner)
        faults = [fault for request in requests for fault in faults_of(request, catalogue, now)]
        faults += _doubled(requests)
    faults += faults_of_requests(db, issuer, requests, source=source, now=now)
    if faults:
        raise AwardsRefused("The list of awards", list(dict.fromkeys(faults)))
    asked = {(request.program, request.level) for request in requests}
    return {name: level for name in asked if (level := catalogue.find(*name)) is not None}


def _doubled(requests: Sequence[AwardRequest]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for number, request in enumerate(requests, start=1):
        name = request.origin or f"award {number}"
        if request.key in seen:
            yield Fault(
                name, sentence("this is the same award as {name}", name=seen[request.key]), sentence("keep one of them")
            )
        seen.setdefault(request.key, name)


def _depths(levels: Mapping[Name, Achievement]) -> dict[Name, int]:
    """How many levels of this list each builds on, one upon the other. Programs have no loops: they refuse them."""

    found: dict[Name, int] = {}

    def depth(name: Name) -> int:
        if name not in found:
            found[name] = 0  # ends a loop that stands in the rows nevertheless
            asked = [(one.program or name[0], one.level) for rule in levels[name].prerequisites for one in rule.of]
            found[name] = max((1 + depth(one) for one in asked if one in levels), default=0)
        return found[name]

    return {name: depth(name) for name in levels}
