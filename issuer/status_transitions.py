"""Which changes of status the life of a credential allows. Pure: functions of the credential's row and its entries.

issued ──► revoked           issued ──► suspended ──► issued (reinstated)           suspended ──► revoked
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from credentials.instants import format_instant
from credentials.sentence import sentence
from credentials.status_list import REVOCATION, SUSPENSION
from issuer.tables import CredentialRow

RULE = "rule"
"""The actor of what no person decided."""


class Change(StrEnum):
    """What happened to a credential's status."""

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"

    @property
    def purpose(self) -> str:
        """The purpose of the status list whose bit it sets or clears."""
        return REVOCATION if self is Change.REVOKED else SUSPENSION


_WORDS = {
    Change.REVOKED: sentence("revoked"),
    Change.SUSPENDED: sentence("suspended"),
    Change.REINSTATED: sentence("reinstated"),
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a credential cannot be changed so; `already`: because it stands so already, and nothing needs be done."""

    why: str
    already: bool = False


def obstacle(
    row: CredentialRow, purposes: Collection[str], change: Change, *, takes_over: bool = False
) -> Obstacle | None:
    """What stands against the change, or None. `purposes` are those of the credential's status entries.

    `takes_over`: a person suspends what a rule suspended. That is a change: the rule must not reinstate it any more.
    """
    one, word = f"{row.id}", _WORDS[change]
    if row.state != "issued":
        said = sentence(
            "the credential {id} is {state}, not issued: it cannot be {change}", id=one, state=row.state, change=word
        )
        return Obstacle(said)
    if row.revoked_at is not None:
        said = sentence(
            "the credential {id} was revoked on {when} ({reason}); that is final: it cannot be {change}, issue a new "
            "one instead",
            id=one,
            when=format_instant(row.revoked_at),
            reason=row.revocation_reason,
            change=word,
        )
        return Obstacle(said, already=change is Change.REVOKED)
    if change is Change.SUSPENDED and row.suspended_at is not None and not takes_over:
        when = format_instant(row.suspended_at)
        said = sentence("the credential {id} is suspended already, since {when}", id=one, when=when)
        return Obstacle(said, already=True)
    if change is Change.REINSTATED and row.suspended_at is None:
        said = sentence("the credential {id} is not suspended: there is nothing to reinstate", id=one)
        return Obstacle(said, already=True)
    if change.purpose not in purposes:
        return Obstacle(_no_entry(row, change))
    return None


def _no_entry(row: CredentialRow, change: Change) -> str:
    if change is Change.REVOKED:
        return sentence(
            "the credential {id} has no revocation entry of ours: its document came with a status of its own or none",
            id=f"{row.id}",
        )
    return sentence(
        "the credential {id} cannot be {change}: it was issued without a suspension entry. Revoke it, or ask for "
        "status: [revocation, suspension] in the level before issuing",
        id=f"{row.id}",
        change=_WORDS[change],
    )


def record(row: CredentialRow, change: Change, reason: str, now: datetime) -> None:
    """Write the change into the credential's row."""
    if change is Change.REVOKED:
        row.revoked_at, row.revocation_reason = now, reason
    elif change is Change.SUSPENDED:
        row.suspended_at, row.suspension_reason = row.suspended_at or now, reason
    else:
        row.suspended_at, row.suspension_reason = None, None
