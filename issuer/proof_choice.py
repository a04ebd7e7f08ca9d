"""Which cryptosuites sign: what a program or a document asks for, and the keys of its issuer that fit.

    proofs: [ecdsa-rdfc-2019, ecdsa-sd-2023]

Without a choice there is one proof by the suite over RDFC-1.0 of the issuer's main key: `eddsa-rdfc-2022`, as long as
that is an Ed25519 key. Several make a proof set (Data Integrity 1.0, section 2.1.1). `ecdsa-sd-2023` makes no proof in
what is published, or everybody could read what its holder wants to keep to himself: it says that the holder may have
copies from which he derives what he shows (`issuer.selective_copies`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.proofs.cryptosuite import Cryptosuite
from credentials.proofs.data_integrity import SIGNING_ONCE, suite_for
from issuer.cryptosuites import KEY_TYPES, SELECTIVE, embedded
from issuer.errors import NoFittingKey, NoSigningKey
from issuer.signing_keys import SigningKey, Use, active_keys
from issuer.tables import IssuerRow, ProgramRow


class Proving(NamedTuple):
    """One proof to be made: by this suite, with this key."""

    suite: Cryptosuite
    key: SigningKey


def provings(session: Session, owner: IssuerRow, names: Sequence[str]) -> tuple[Proving, ...]:
    """The proofs to be made for this choice, each with the first key that fits: the main one, then P-256, then P-384.

    Raises NoSigningKey with the command that makes the key that is lacking.
    """
    keys = active_keys(session, owner, Use.DATA_INTEGRITY)
    chosen = embedded(names)
    if not chosen:
        return (Proving(suite_for(keys[0].public_key), keys[0]),)
    return tuple(Proving(SIGNING_ONCE[name], _fitting(keys, name, owner.slug)) for name in chosen)


def selective_key(session: Session, owner: IssuerRow) -> SigningKey:
    """The key of base proofs. Raises NoSigningKey."""
    return _fitting(active_keys(session, owner, Use.DATA_INTEGRITY), SELECTIVE, owner.slug)


def require_keys(session: Session, owner: IssuerRow, names: Sequence[str]) -> tuple[SigningKey, ...]:
    """The keys that such a choice takes; none of its own if nothing is chosen. Raises NoSigningKey."""
    if not names:
        return ()
    keys = active_keys(session, owner, Use.DATA_INTEGRITY)
    return tuple(_fitting(keys, name, owner.slug) for name in names)


def programs_that_need(session: Session, owner: IssuerRow) -> list[str]:
    """The programs that ask for a proof that no key of the issuer makes."""
    lacking = []
    for row in session.scalars(select(ProgramRow).where(ProgramRow.issuer_id == owner.id).order_by(ProgramRow.slug)):
        try:
            require_keys(session, owner, row.settings.get("proofs", ()))
        except NoSigningKey:
            lacking.append(row.slug)
    return lacking


def _fitting(keys: Sequence[SigningKey], name: str, issuer: str) -> SigningKey:
    found = next((key for key in keys if key.type in KEY_TYPES[name]), None)
    if found is None:
        raise NoFittingKey(f"the issuer {issuer} has no key for {name}: run `guildmark keys add {KEY_TYPES[name][0]}`")
    return found
