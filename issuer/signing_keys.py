"""The keys of an issuer: made, listed, rotated, and published in its DID document, all that ever signed.

A key has one use: embedded proofs (Ed25519 by default, so `eddsa-rdfc-2022`) or JWTs (RS256 is what 1EdTech certifies,
so RSA by default). One key per use is the main one and active; beside that of embedded proofs there may be further
active ones, at most one of a type, for cryptosuites that it does not fit (`issuer.proof_choice`). Lists, and whatever
names no cryptosuite, are signed with the main one. A retired key stays published, or what it signed would stop
verifying.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from issuer import audit, key_words
from issuer.errors import KeyMismatch, NoSigningKey, TransitionRefused, UnknownKey
from issuer.issuers import issuer_row
from issuer.key_uses import DEFAULT_TYPES, IN_A_FILE, KeyState, Use, check_fit
from issuer.new_key import Replaced, new_key
from issuer.signing_key import Rotation, SigningKey, as_key
from issuer.store import Database
from issuer.tables import IssuerRow, SigningKeyRow
from issuer.two_people import Change, Gate, alone, require_gate
from keys import multikey
from keys.did import PublishedKey, did_document, key_fragment
from keys.held_signer import place_of
from keys.keyring import Keyring
from keys.public_key import KeyType, PublicKey
from keys.signer import Signer

__all__ = [
    "DEFAULT_TYPES",
    "IN_A_FILE",
    "KeyState",
    "Rotation",
    "SigningKey",
    "Use",
    "active_key",
    "active_keys",
    "add_key",
    "as_key",
    "check_fit",
    "create_initial_keys",
    "did_document_of",
    "issuer_did_document",
    "keys_of",
    "list_keys",
    "opened",
    "rotate",
    "row_of_key",
    "signer_of",
]


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
    held: Mapping[Use, str] = MappingProxyType({}),
) -> tuple[SigningKey, ...]:
    """Make the active keys that the issuer lacks and return those made; for the uses in `held`, take the key there.

    Raises KeyDoesNotFit and UnknownIssuer before making any, and what the keyring raises.
    """
    wanted = {Use.DATA_INTEGRITY: data_integrity, Use.JWT: jwt}
    for use, key_type in wanted.items():
        check_fit(key_type, use)
    present = {key.use for key in list_keys(db, issuer) if key.state is KeyState.ACTIVE and not key.further}
    return tuple(
        rotate(
            db,
            keyring,
            issuer=issuer,
            use=use,
            key_type=None if use in held else key_type,
            held_at=held.get(use),
            actor=actor,
            now=now,
            randomness=randomness,
        ).new
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
    held_at: str | None = None,
    gate: Gate = alone,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Rotation:
    """A new key for `use`; the present one retires and stays published. The type stays unless given.

    With `held_at` it is the key of that URI, which its holder made; else one is made in a file, which is written first:
    a crash in between leaves an unused file, never a key without its file. A key that somebody holds is not replaced by
    one in a file by chance: `held_at` is then `file:`, if that is meant.
    `gate` decides whether it may be, inside the transaction: `two_people.alone` refuses where two have to.
    Raises KeyDoesNotFit, TransitionRefused (SecondPersonNeeded), UnknownIssuer, and what the keyring raises.
    """
    require_gate(db, issuer, gate)
    change = planned_rotation(
        db, keyring, issuer=issuer, use=use, key_type=key_type, held_at=held_at, randomness=randomness
    )
    return replaced(db, issuer, change, gate=gate, actor=actor, now=now)


def add_key(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    key_type: KeyType,
    replace: bool = False,
    held_at: str | None = None,
    gate: Gate = alone,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Rotation:
    """A further key for embedded proofs, beside the main one; with `replace`, that of its type retires.

    `held_at` as in `rotate`.

    Raises TransitionRefused if the main key is of that type, for it signs whatever such a key could, or if there is a
    further one and none is to be replaced, or none to replace; else as `rotate`.
    """
    require_gate(db, issuer, gate)
    change = planned_addition(
        db, keyring, issuer=issuer, key_type=key_type, replace=replace, held_at=held_at, randomness=randomness
    )
    return replaced(db, issuer, change, gate=gate, actor=actor, now=now)


def planned_rotation(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    use: Use,
    key_type: KeyType | None = None,
    held_at: str | None = None,
    randomness: Callable[[int], bytes],
) -> Change:
    """What `rotate` would do, with the new key made; nothing signs with it yet. Raises as that."""
    found = list_keys(db, issuer)
    before = next((one for one in found if one.state is KeyState.ACTIVE and not one.further and one.use is use), None)
    kind = key_type if key_type or held_at not in (None, IN_A_FILE) else before.type if before else DEFAULT_TYPES[use]
    return _with_new_key(db, keyring, issuer, use, kind, held_at, before, found, False, randomness)


def planned_addition(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    key_type: KeyType,
    replace: bool = False,
    held_at: str | None = None,
    randomness: Callable[[int], bytes],
) -> Change:
    """What `add_key` would do, with the new key made; nothing signs with it yet. Raises as that."""
    check_fit(key_type, Use.DATA_INTEGRITY)
    found = list_keys(db, issuer)
    active = [one for one in found if one.state is KeyState.ACTIVE and one.use is Use.DATA_INTEGRITY]
    same = next((one for one in active if one.type is key_type), None)
    if same is not None and not same.further:
        raise TransitionRefused(key_words.main_is(key_type, same.fragment))
    if same is not None and not replace:
        raise TransitionRefused(key_words.there_is(key_type, same.fragment))
    if same is None and replace:
        raise TransitionRefused(key_words.there_is_none(key_type))
    return _with_new_key(db, keyring, issuer, Use.DATA_INTEGRITY, key_type, held_at, same, found, True, randomness)


def _with_new_key(
    db: Database,
    keyring: Keyring,
    issuer: str | None,
    use: Use,
    kind: KeyType | None,
    held_at: str | None,
    before: SigningKey | None,
    found: Sequence[SigningKey],
    further: bool,
    randomness: Callable[[int], bytes],
) -> Change:
    with db.read() as session:
        slug = issuer_row(session, issuer).slug
    replaces = Replaced(before.fragment, before.key_uri) if before is not None else None
    fragments = [one.fragment for one in found]
    uri, public_key = new_key(keyring, slug, use, kind, held_at, replaces, fragments, randomness)
    return Change(use, further, uri, public_key, before.fragment if before is not None else None)


def replaced(db: Database, issuer: str | None, change: Change, *, gate: Gate, actor: str, now: datetime) -> Rotation:
    """The new key signs from now on, if `gate` lets it: one transaction. Raises what the gate does, UnknownIssuer.

    That another key than the planned one has meanwhile been replaced is the gate's to refuse, which sees it.
    """
    kind = change.public_key.type
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        before = _active_row(session, owner, change.use, kind if change.further else None)
        passed = gate(session, owner, change, Replaced(before.fragment, before.key_uri) if before is not None else None)
        if before is not None:
            before.state, before.retired_at = KeyState.RETIRED.value, now
            session.flush()
        row = SigningKeyRow(
            issuer_id=owner.id,
            key_uri=change.key_uri,
            type=kind.value,
            use=change.use.value,
            state=KeyState.ACTIVE.value,
            further=change.further,
            public_multikey=multikey.encode(change.public_key),
            fragment=key_fragment(change.public_key),
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
            details={
                "use": change.use.value,
                "type": kind.value,
                "retired": retired.fragment if retired else "",
                "held": place_of(change.key_uri),
                **passed,
            },
        )
        return Rotation(as_key(row, owner), retired)


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
                key.doubted_from,
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


def row_of_key(session: Session, owner: IssuerRow, fragment: str) -> SigningKeyRow:
    row = session.scalars(
        select(SigningKeyRow).where(SigningKeyRow.issuer_id == owner.id, SigningKeyRow.fragment == fragment)
    ).one_or_none()
    if row is None:
        raise UnknownKey(key_words.unknown(owner.slug, fragment))
    return row
