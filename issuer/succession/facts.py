"""What a credential says: the award's facts, or those of a correction, which stand in for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func

from issuer.tables import AwardRow, CredentialRow

REASON = "reissued_because"
"""Beside the facts of a correction: why it was made, until its predecessor is revoked with that reason."""

ACHIEVEMENT_ID = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
"""The level version of a credential, in a query that joins its award."""


def facts_of(credential: CredentialRow, award: AwardRow) -> dict[str, Any]:
    """The facts that are signed, as `AwardRequest.as_dict` writes them (or as a document of the VC API was given)."""
    return without_reason(award.request if credential.facts is None else credential.facts)


def without_reason(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts alone, of an award or of a correction."""
    return {name: value for name, value in facts.items() if name != REASON}
