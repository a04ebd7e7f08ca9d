"""What systems can be told of. The names are those that stand in `type` of what is sent."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What happened to a credential."""

    ISSUED = "credential.issued"
    RENEWED = "credential.renewed"
    REISSUED = "credential.reissued"
    EXPIRING = "credential.expiring"
    EXPIRED = "credential.expired"
    SUSPENDED = "credential.suspended"
    REINSTATED = "credential.reinstated"
    REVOKED = "credential.revoked"


TEST: Final = "webhook.test"
"""Sent when somebody wants to see whether it arrives."""
EXPIRING_BEFORE: Final = timedelta(days=30)
"""How long before its end a credential is called expiring."""
BY_ACTION: Final = {
    f"credential {kind.name.lower()}": kind for kind in Kind if kind not in {Kind.EXPIRING, Kind.EXPIRED}
}
"""The kinds by the action that the audit trail calls them."""
