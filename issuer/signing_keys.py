"""The keys of an issuer: made, listed, rotated, and published in its DID document, all that ever signed.

A key has one use: embedded proofs (Ed25519 by default, so `eddsa-rdfc-2022`) or JWTs (RS256 is what 1EdTech certifies,
so RSA by default). One key per use is the main one and active; beside that of embedded proofs there may be further
active ones, at most one of a type, for cryptosuites that it does not fit (`issuer.proof_choice`). Lists, and whatever
names no cryptosuite, are signed with the main one. A retired key stays published, or what it signed would stop
verifying.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from issuer import audit, key_words
from issuer.errors import KeyDoesNotFit, KeyMismatch, NoSigningKey, TransitionRefused, UnknownKey
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import IssuerRow, SigningKeyRow
from keys import multikey
from keys.did import PublishedKey, did_document, key_fragment
from keys.keyring import Keyring
from keys.public_key import KeyType, PublicKey
from keys.signer import Signer


class Use(StrEnum):
    """What a key signs."""

    DATA_INTEGRITY = "data-integrity"
    JWT = "jwt"


class KeyState(StrEnum):
    """Active keys sign; retired ones only verify; compromised ones are marked as such for everyone."""

    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


DEFAULT_TYPES = {Use.DATA_INTEGRITY: KeyType.ED25519, Use.JWT: KeyType.RSA}
_FITTING = {
    Use.DATA_INTEGRITY: (KeyType.ED25519, KeyType.P256, KeyType.P384),
    Use.JWT: (KeyType.RSA, KeyType.P256, KeyType.P384, KeyType.ED25519),
}
_REASON = {
    Use.DATA_INTEGRITY: key_words.PROOF_KEYS,
    Use.JWT: key_words.JWT_KEYS,
}


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


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation: the key that signs from now on, and the one that does not any more (None if there was none)."""

    new: SigningKey
    retired: SigningKey | None


def check_fit(key_type: KeyType, use: Use) -> None:
    """Return if a key of that type can be used so; raises KeyDoesNotFit with what would fit."""
    if key_type not in _FITTING[use]:
        fitting = ", ".join(_FITTING[use])
        raise KeyDoesNotFit(key_words.unfit(key_type, use, _REASON[use], fitting))


def create_initial_keys(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    data_integrity: KeyType = KeyType.ED25519,
    jwt: KeyType = KeyType.RSA,
) -> tuple[SigningKey, ...]:
    """Make the active keys that the issuer lacks and return those made.

    Raises KeyDoesNotFit and UnknownIssuer before making any, and what the keyring raises.
    """
    wanted = {Use.DATA_INTEGRITY: data_integrity, Use.JWT: jwt}
    for use, key_type in wanted.items():
        check_fit(key_type, use)
    present = {key.use for key in list_keys(db, issuer) if key.state is KeyState.ACTIVE and not key.further}
    return tuple(
        rotate(db, keyring, issuer=issuer, use=use, key_type=key_type, actor=actor, now=now, randomness=randomness).new
        for use, key_type in wanted.items()
        if use not in present
    )


def rotate(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    use: Use,
    key_type: KeyType | None = None,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Rotation:
    """Make a new key for `use`; the present one retires and stays published. The type stays unless given.

    The key file is written first: a crash in between leaves an unused file, never a key without its file.
    Raises KeyDoesNotFit, UnknownIssuer, and what the keyring raises.
    """
    active = {key.use: key for key in list_keys(db, issuer) if key.state is KeyState.ACTIVE and not key.further}
    kind = key_type or (active[use].type if use in active else DEFAULT_TYPES[use])
    return _replaced(db, keyring, issuer, use, kind, further=False, actor=actor, now=now, randomness=randomness)


def add_key(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    key_type: KeyType,
    replace: bool = False,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Rotation:
    """Make a further key for embedded proofs, beside the main one; with `replace`, that of its type retires.

    Raises TransitionRefused if the main key is of that type, for it signs whatever such a key could, or if there is a
    further one and none is to be replaced, or none to replace; else as `rotate`.
    """
    check_fit(key_type, Use.DATA_INTEGRITY)
    active = [one for one in list_keys(db, issuer) if one.state is KeyState.ACTIVE and one.use is Use.DATA_INTEGRITY]
    same = next((one for one in active if one.type is key_type), None)
    if same is not None and not same.further:
        raise TransitionRefused(key_words.main_is(key_type, same.fragment))
    if same is not None and not replace:
        raise TransitionRefused(key_words.there_is(key_type, same.fragment))
    if same is None and replace:
        raise TransitionRefused(key_words.there_is_none(key_type))
    use = Use.DATA_INTEGRITY
    return _replaced(db, keyring, issuer, use, key_type, further=True, actor=actor, now=now, randomness=randomness)


def _replaced(
    db: Database,
    keyring: Keyring,
    issuer: str | None,
    use: Use,
    kind: KeyType,
    *,
    further: bool,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Rotation:
    check_fit(kind, use)
    with db.read() as session:
        slug = issuer_row(session, issuer).slug
    uri, signer = keyring.create(f"{slug}-{use}-{randomness(5).hex()}", kind)
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        before = _active_row(session, owner, use, kind if further else None)
        if before is not None:
            before.state, before.retired_at = KeyState.RETIRED.value, now
            session.flush()
        row = SigningKeyRow(
            issuer_id=owner.id,
            key_uri=uri,
            type=kind.value,
            use=use.value,
            state=KeyState.ACTIVE.value,
            further=further,
            public_multikey=multikey.encode(signer.public_key),
            fragment=key_fragment(signer.public_key),
            created_at=now,
            retired_at=None,
            compromised_at=None,
        )
        session.add(row)
        session.flush()
        retired = as_key(before, owner) if before is not None else None
        audit.append(
            session,
            at=now,
            actor=actor,
            action="key rotated" if retired else "key created",
            subject=f"key:{owner.slug}/{row.fragment}",
            details={"use": use.value, "type": kind.value, "retired": retired.fragment if retired else ""},
        )
        return Rotation(as_key(row, owner), retired)


def retire_key(db: Database, *, issuer: str | None, fragment: str, actor: str, now: datetime) -> SigningKey:
    """End the signing of a further key; it stays published, and verifies what it signed.

    Raises TransitionRefused for the main key of a use, which is replaced by `rotate` only, and while a program asks for
    proofs that no other key makes; UnknownKey, UnknownIssuer.
    """
    from issuer.proof_choice import programs_that_need

    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _row(session, owner, fragment)
        if row.state != KeyState.ACTIVE:
            raise TransitionRefused(key_words.over(fragment))
        if not row.further:
            raise TransitionRefused(key_words.main(fragment, row.use))
        row.state, row.retired_at = KeyState.RETIRED.value, now
        session.flush()
        if needing := programs_that_need(session, owner):
            raise TransitionRefused(key_words.needed(fragment, needing))
        audit.append(
            session,
            at=now,
            actor=actor,
            action="key retired",
            subject=f"key:{owner.slug}/{fragment}",
            details={"use": row.use, "type": row.type},
        )
        return as_key(row, owner)


def mark_compromised(
    db: Database, *, issuer: str | None, fragment: str, reason: str, actor: str, now: datetime
) -> SigningKey:
    """Say to everyone that a key can no longer be trusted.

    It must not be active: rotate first, so that there is always a key to sign status lists with. Raises UnknownKey,
    TransitionRefused, UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        row = _row(session, owner, fragment)
        if row.state == KeyState.ACTIVE:
            raise TransitionRefused(key_words.signing(fragment, row.use, further=row.further))
        if row.state != KeyState.COMPROMISED:
            row.state, row.compromised_at = KeyState.COMPROMISED.value, now
            audit.append(
                session,
                at=now,
                actor=actor,
                action="key compromised",
                subject=f"key:{owner.slug}/{fragment}",
                details={"reason": reason},
            )
        return as_key(row, owner)


def list_keys(db: Database, issuer: str | None = None) -> tuple[SigningKey, ...]:
    """Every key the issuer ever had, the oldest first. Raises UnknownIssuer."""
    with db.read() as session:
        return keys_of(session, issuer_row(session, issuer))


def issuer_did_document(db: Database, issuer: str | None = None) -> dict[str, Any]:
    """The issuer's DID document: every key that ever signed, under `assertionMethod`. Raises UnknownIssuer."""
    with db.read() as session:
        return did_document_of(session, issuer_row(session, issuer))


def did_document_of(session: Session, owner: IssuerRow) -> dict[str, Any]:
    """`issuer_did_document` within a transaction."""
    return did_document(
        owner.did,
        [
            PublishedKey(
                key.fragment,
                key.public_key,
                "Multikey" if key.use is Use.DATA_INTEGRITY else "JsonWebKey",
                key.compromised_at,
            )
            for key in keys_of(session, owner)
        ],
    )


def keys_of(session: Session, owner: IssuerRow) -> tuple[SigningKey, ...]:
    """`list_keys` within a transaction."""
    rows = session.scalars(select(SigningKeyRow).where(SigningKeyRow.issuer_id == owner.id).order_by(SigningKeyRow.id))
    return tuple(as_key(row, owner) for row in rows)


def active_key(session: Session, owner: IssuerRow, use: Use) -> SigningKey:
    """The main key for `use`. Raises NoSigningKey with the command that makes one."""
    row = _active_row(session, owner, use)
    if row is None:
        raise NoSigningKey(key_words.none_for(owner.slug, use))
    return as_key(row, owner)


def active_keys(session: Session, owner: IssuerRow, use: Use) -> tuple[SigningKey, ...]:
    """The keys that sign for `use`, the main one first. Raises NoSigningKey as `active_key`."""
    rows = session.scalars(
        select(SigningKeyRow).where(
            SigningKeyRow.issuer_id == owner.id,
            SigningKeyRow.use == use.value,
            SigningKeyRow.state == KeyState.ACTIVE.value,
            SigningKeyRow.further,
        )
    )
    further = [as_key(row, owner) for row in rows]
    return (active_key(session, owner, use), *sorted(further, key=lambda key: list(KeyType).index(key.type)))


def opened(keyring: Keyring, key: SigningKey) -> Signer:
    """The signer of a key.

    Raises KeyMismatch if the keyring holds another key under its name, so that nothing is signed that the published
    key would not verify; and what the keyring raises.
    """
    return signer_of(keyring, key.key_uri, key.public_key, key.verification_method)


def signer_of(keyring: Keyring, key_uri: str, public_key: PublicKey, verification_method: str) -> Signer:
    """`opened` for a key that is known by these."""
    signer = keyring.signer(key_uri)
    if signer.public_key != public_key:
        raise KeyMismatch(key_words.another(key_uri, verification_method))
    return signer


def _active_row(session: Session, owner: IssuerRow, use: Use, further: KeyType | None = None) -> SigningKeyRow | None:
    """The main key for `use`, or the further one of this type."""
    which = ~SigningKeyRow.further if further is None else and_(SigningKeyRow.further, SigningKeyRow.type == further)
    return session.scalars(
        select(SigningKeyRow).where(
            SigningKeyRow.issuer_id == owner.id,
            SigningKeyRow.use == use.value,
            SigningKeyRow.state == KeyState.ACTIVE.value,
            which,
        )
    ).one_or_none()


def _row(session: Session, owner: IssuerRow, fragment: str) -> SigningKeyRow:
    row = session.scalars(
        select(SigningKeyRow).where(SigningKeyRow.issuer_id == owner.id, SigningKeyRow.fragment == fragment)
    ).one_or_none()
    if row is None:
        raise UnknownKey(key_words.unknown(owner.slug, fragment))
    return row


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
    )
