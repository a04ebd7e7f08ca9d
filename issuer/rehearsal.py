"""Prepare with stand-ins for what is not allocated yet: what is refused, is refused before anything is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from credentials.prepared import PreparedCredential
from issuer.addresses import credential_url
from issuer.awards import AwardRequest
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


def rehearse_document(
    document: Mapping[str, Any], purposes: Sequence[str], issuer: Issuer, *, own_id: bool
) -> PreparedCredential:
    """A caller's document as it would be signed; with `own_id`, under an address of ours. Raises `Unacceptable`."""
    named = {**document, "id": credential_url(issuer.base_url, _STAND_IN)} if own_id else document
    return prepare_document(named, _entries(purposes), issuer)


def _entries(purposes: Sequence[str]) -> tuple[Entry, ...]:
    """Each in a list of its own, as every list has one purpose."""
    return tuple(Entry(purpose, UUID(int=number), 0) for number, purpose in enumerate(purposes))
