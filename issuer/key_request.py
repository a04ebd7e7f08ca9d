"""A change of keys that is asked for, as a value, and who asks or answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from issuer.key_uses import Use
from issuer.tables import KeyRequestRow, PersonRow
from issuer.two_people import MACHINE
from keys import multikey
from keys.did import key_fragment
from keys.public_key import KeyType


@dataclass(frozen=True, slots=True)
class Party:
    """Who acts: as the trail names him, and which person of the directory he is; None: the machine alone."""

    actor: str
    person_id: UUID | None

    @property
    def on_machine(self) -> bool:
        """Whether he was named at the command line only."""
        return self.actor.startswith(MACHINE)


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What is asked for. `asked_name` is empty while only the machine asked; `fragment` is the new key's."""

    id: UUID
    operation: str
    use: Use | None
    further: bool
    type: KeyType | None
    replaces: str | None
    key_uri: str | None
    fragment: str | None
    asked_by: str
    asked_person: UUID | None
    asked_name: str
    asked_at: datetime
    expires_at: datetime
    state: str
    settled_by: str | None
    settled_name: str
    settled_at: datetime | None


def view_of(session: Session, row: KeyRequestRow, now: datetime) -> KeyRequest:
    """The row within its transaction."""
    public_key = multikey.decode(row.public_multikey) if row.public_multikey is not None else None
    names = {
        one: found.name if (found := session.get(PersonRow, one)) is not None else ""
        for one in (row.asked_person, row.settled_person)
        if one is not None
    }
    return KeyRequest(
        id=row.id,
        operation=row.operation,
        use=Use(row.use) if row.use is not None else None,
        further=row.further,
        type=public_key.type if public_key is not None else None,
        replaces=row.replaces,
        key_uri=row.key_uri,
        fragment=key_fragment(public_key) if public_key is not None else None,
        asked_by=row.asked_by,
        asked_person=row.asked_person,
        asked_name=names.get(row.asked_person, "") if row.asked_person else "",
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        state="expired" if row.state == "waiting" and row.expires_at <= now else row.state,
        settled_by=row.settled_by,
        settled_name=names.get(row.settled_person, "") if row.settled_person else "",
        settled_at=row.settled_at,
    )
