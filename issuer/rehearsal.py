"""Prepare with stand-ins for what is not allocated yet: what is refused, is refused before anything is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from credentials.prepared import PreparedCredential
from credentials.problems import Unacceptable
from issuer.addresses import credential_url
from issuer.awards import AwardRequest
from issuer.errors import Fault
from issuer.issuers import Issuer
from issuer.prepare import Allocation, Entry, award_validity, prepare_award, prepare_document
from issuer.programs import Achievement

_STAND_IN = UUID(int=0)


def rehearse_award(request: AwardRequest, achievement: Achievement, issuer: Issuer) -> PreparedCredential:
    """The award as it would be signed, under no one's id. Raises `Unacceptable`."""
    valid_from, valid_until = award_validity(request, achievement)
    allocation = Allocation(
        credential_id=_STAND_IN,
        subject_id=request.did or f"urn:uuid:{_STAND_IN}",
        salt="00",
        valid_from=valid_from,
        valid_until=valid_until,
        entries=_entries(achievement.status_purposes),
    )
    return prepare_award(request, achievement, allocation, issuer)


def rehearse_awards(orders: Sequence[tuple[AwardRequest, Achievement]], issuer: Issuer) -> list[Fault]:
    """What would not make valid credentials.

    Names and other texts are checked already, so of awards that differ in nothing else one stands for all.
    """
    faults = []
    for request, level in {_shape(*one): one for one in reversed(orders)}.values():
        try:
            rehearse_award(request, level, issuer)
        except Unacceptable as error:
            found = [Fault(problem.pointer, problem.detail) for problem in error.problems]
            faults += [fault.within(request.origin) for fault in found]
    return faults


def _shape(request: AwardRequest, level: Achievement) -> tuple[object, ...]:
    given = (request.narrative is None, request.license_number is None, request.did, request.evidence)
    return (level.row_id, *given, tuple(name for name, _ in request.results))


def rehearse_document(
    document: Mapping[str, Any], purposes: Sequence[str], issuer: Issuer, *, own_id: bool
) -> PreparedCredential:
    """A caller's document as it would be signed; with `own_id`, under an address of ours. Raises `Unacceptable`."""
    named = {**document, "id": credential_url(issuer.base_url, _STAND_IN)} if own_id else document
    return prepare_document(named, _entries(purposes), issuer)


def _entries(purposes: Sequence[str]) -> tuple[Entry, ...]:
    """Each in a list of its own, as every list has one purpose."""
    return tuple(Entry(purpose, UUID(int=number), 0) for number, purpose in enumerate(purposes))
