"""A signing key as a value, which outlives the session that read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from issuer.key_uses import KeyState, Use
from issuer.tables import IssuerRow, SigningKeyRow
from keys import multikey
from keys.public_key import KeyType, PublicKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key as the database knows it: the public half, and the URI of the private one. `further`: beside a main one."""

    row_id: int
    issuer_slug: str
    key_uri: str
    type: KeyType
    use: Use
    public_key: PublicKey
    fragment: str
    verification_method: str
    state: KeyState
    created_at: datetime
    retired_at: datetime | None
    compromised_at: datetime | None
    further: bool = False
    compromised_since: datetime | None = None

    @property
    def doubted_from(self) -> datetime | None:
        """The instant that is published as `revoked`: since when somebody else may have signed with it."""
        return self.compromised_since or self.compromised_at


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation: the key that signs from now on, and the one that does not any more (None if there was none)."""

    new: SigningKey
    retired: SigningKey | None


def as_key(row: SigningKeyRow, owner: IssuerRow) -> SigningKey:
    """The row as a value that outlives its session."""
    return SigningKey(
        row_id=row.id,
        issuer_slug=owner.slug,
        key_uri=row.key_uri,
        type=KeyType(row.type),
        use=Use(row.use),
        public_key=multikey.decode(row.public_multikey),
        fragment=row.fragment,
        verification_method=f"{owner.did}#{row.fragment}",
        state=KeyState(row.state),
        created_at=row.created_at,
        retired_at=row.retired_at,
        compromised_at=row.compromised_at,
        further=row.further,
        compromised_since=row.compromised_since,
    )
