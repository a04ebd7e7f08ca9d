"""Do the keys that are to sign open, and are they those that are published? Asked before a server starts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from issuer.errors import KeyMismatch
from issuer.signing_keys import KeyState, SigningKey, keys_of, opened
from issuer.store import Database
from issuer.tables import IssuerRow
from keys.errors import HolderDown, KeysError
from keys.held_signer import HeldSigner
from keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class KeyFault:
    """Why a key does not sign. `passing`: its holder does not answer now, and may in a moment."""

    key: SigningKey
    why: str
    passing: bool


def check_keys(db: Database, keyring: Keyring) -> tuple[int, tuple[KeyFault, ...]]:
    """How many keys are active, with what is wrong with some; holders are asked for a signature each."""
    with db.read() as session:
        active = [
            key
            for owner in session.scalars(select(IssuerRow).order_by(IssuerRow.id))
            for key in keys_of(session, owner)
            if key.state is KeyState.ACTIVE
        ]
    faults = [fault for key in active if (fault := _fault(keyring, key)) is not None]
    return len(active), tuple(faults)


def _fault(keyring: Keyring, key: SigningKey) -> KeyFault | None:
    try:
        signer = opened(keyring, key)
        if isinstance(signer, HeldSigner):
            signer.probe()
    except (KeyMismatch, KeysError) as error:
        return KeyFault(key, str(error), isinstance(error, HolderDown))
    return None
