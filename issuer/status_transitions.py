"""Which changes of status the life of a credential allows. Pure: functions of the credential's row and its entries.

issued ──► revoked           issued ──► suspended ──► issued (reinstated)           suspended ──► revoked
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from credentials.sentence import Sentence, refilled, sentence
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


_UNFINISHED = {"preparing": sentence("being prepared"), "void": sentence("void")}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a credential cannot be changed so; `already`: because it stands so already, and nothing needs be done.

    `why` calls the credential by its id, `shown` calls it “it”, for a page that shows the credential beside it.
    """

    why: str
    already: bool = False

    @property
    def shown(self) -> str:
        """The same where everybody sees which credential is meant."""
        return refilled(self.why, one=IT)


IT = sentence("it")


def named(credential_id: object) -> Sentence:
    """What a sentence calls a credential by its id."""
    return sentence("the credential {id}", id=str(credential_id))


def obstacle(
    row: CredentialRow, purposes: Collection[str], change: Change, *, takes_over: bool = False
) -> Obstacle | None:
    """What stands against the change, or None. `purposes` are those of the credential's status entries.

    `takes_over`: a person suspends what a rule suspended. That is a change: the rule must not reinstate it any more.
    """
    one, word = named(row.id), _WORDS[change]
    if row.state != "issued":
        said = sentence(
            "{one} is {state}, not issued: it cannot be {change}",
            one=one,
            state=_UNFINISHED.get(row.state, row.state),
            change=word,
        )
        return Obstacle(said)
    if row.revoked_at is not None:
        said = sentence(
            "{one} was revoked on {when} ({reason}); that is final: it cannot be {change}, issue a new one instead",
            one=one,
            when=row.revoked_at,
            reason=row.revocation_reason,
            change=word,
        )
        return Obstacle(said, already=change is Change.REVOKED)
    if change is Change.SUSPENDED and row.suspended_at is not None and not takes_over:
        said = sentence("{one} is suspended already, since {when}", one=one, when=row.suspended_at)
        return Obstacle(said, already=True)
    if change is Change.REINSTATED and row.suspended_at is None:
        said = sentence("{one} is not suspended: there is nothing to reinstate", one=one)
        return Obstacle(said, already=True)
    if change.purpose not in purposes:
        return Obstacle(_no_entry(row, change))
    return None


def _no_entry(row: CredentialRow, change: Change) -> str:
    if change is Change.REVOKED:
        return sentence(
            "{one} has no revocation entry of ours: its document came with a status of its own or none",
            one=named(row.id),
        )
    return sentence(
        "{one} cannot be {change}: it was issued without a suspension entry. Revoke it, or ask for "
        "status: [revocation, suspension] in the level before issuing",
        one=named(row.id),
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
