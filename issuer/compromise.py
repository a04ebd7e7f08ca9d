"""The drill for a key that somebody else may have: what it signed, that it is doubted, and all of it signed anew.

1. look: what the key signed, since when it is doubted and before; nothing is changed (`signed_by`)
2. replace: if it still signs, another key takes its place
3. tell: it is published as revoked, so that nobody believes what it signed, whatever day that bears
4. sign anew: a bulk reissues what still stands, with the same facts, and revokes the old ones as superseded

Every step finds what an earlier attempt did. Status lists are signed anew when they are next asked for, since their
key is no longer trusted. What was signed before the doubt was rightly signed, but nobody can tell it from what is
antedated: so it is signed anew as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from issuer.ending_keys import mark_compromised, require_past
from issuer.issuers import issuer_row
from issuer.jobs.bulk import Bulk, BulkKind
from issuer.jobs.bulk_change import change_in_background
from issuer.preview import Preview
from issuer.selection import Selected, Selection, select_credentials
from issuer.signing_keys import KeyState, SigningKey, add_key, as_key, rotate, row_of_key
from issuer.store import Database
from issuer.succession.correction import Corrections
from issuer.succession.previews import current, preview_corrections
from issuer.tables import CredentialRow, RenderingKeyRow, RenderingRow, WalletCopyRow
from issuer.two_people import emergency
from keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class SignedBy:
    """What a key signed. `signed` are all credentials, oldest first; `preview` says which of them are signed anew.

    since: from when on the key is doubted, None: since it was made. copies: those for wallets, which their holders
    fetch anew.
    """

    key: SigningKey
    since: datetime | None
    signed: tuple[Selected, ...]
    preview: Preview
    copies: int

    @property
    def doubtful(self) -> tuple[Selected, ...]:
        """Those signed since then: if one of them was never decided, it is a forgery that came through our own door."""
        return tuple(one for one in self.signed if self.is_doubtful(one))

    def is_doubtful(self, one: Selected) -> bool:
        """Whether it was signed since then."""
        return self.since is None or (one.row.issued_at is not None and one.row.issued_at >= self.since)


def signed_by(db: Database, *, issuer: str | None, fragment: str, since: datetime | None, now: datetime) -> SignedBy:
    """Step 1. Raises UnknownKey, UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        row = row_of_key(session, owner, fragment)
        key, slug = as_key(row, owner), owner.slug
        ids = _ids(session, row.id)
        copies = session.scalar(
            select(func.count()).select_from(WalletCopyRow).where(WalletCopyRow.signing_key_id == row.id)
        )
    signed = select_credentials(db, Selection(issuer=slug, ids=ids)) if ids else ()
    preview = preview_corrections(db, current(signed), Corrections(anew=True), now=now)
    in_order = sorted(signed, key=lambda one: (one.row.issued_at or one.row.created_at, one.id))
    return SignedBy(key, since or key.doubted_from, tuple(in_order), preview, copies or 0)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a key signed, counted; `first` are some of what it signed since `since`, newest first."""

    key: SigningKey
    since: datetime | None
    total: int
    doubtful: int
    first: tuple[Selected, ...]
    copies: int


def glance(db: Database, *, issuer: str | None, fragment: str, since: datetime | None, most: int = 50) -> Glance:
    """`signed_by` for a page: one look at the rows, and no more of them than are shown. Raises as that."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        row = row_of_key(session, owner, fragment)
        key, slug = as_key(row, owner), owner.slug
        from_then = since or key.doubted_from
        signed = _signed(row.id)
        total = session.scalar(select(func.count()).select_from(signed.subquery())) or 0
        late = signed if from_then is None else signed.where(CredentialRow.issued_at >= from_then)
        doubtful = session.scalar(select(func.count()).select_from(late.subquery())) or 0
        ids = session.scalars(late.order_by(CredentialRow.issued_at.desc(), CredentialRow.id).limit(most)).all()
        copies = session.scalar(
            select(func.count()).select_from(WalletCopyRow).where(WalletCopyRow.signing_key_id == row.id)
        )
    found = {one.id: one for one in select_credentials(db, Selection(issuer=slug, ids=tuple(ids)))} if ids else {}
    return Glance(key, from_then, total, doubtful, tuple([found[one] for one in ids]), copies or 0)


def _ids(session: Session, key_id: int) -> tuple[UUID, ...]:
    return tuple(session.scalars(_signed(key_id)))


def _signed(key_id: int) -> Select[UUID]:
    """Credentials of which a form bears a signature by this key, be it the first or a further one of a set."""
    forms = union(
        select(RenderingRow.credential_id).where(RenderingRow.signing_key_id == key_id),
        select(RenderingKeyRow.credential_id).where(RenderingKeyRow.signing_key_id == key_id),
    ).subquery()
    return select(CredentialRow.id).where(
        CredentialRow.id.in_(select(forms.c.credential_id)), CredentialRow.state == "issued"
    )


@dataclass(frozen=True, slots=True)
class Compromised:
    """What was done: the key as it is published now, the one in its place, and the bulk that signs anew."""

    key: SigningKey
    new: SigningKey | None
    bulk: Bulk | None


def compromise(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    fragment: str,
    since: datetime | None,
    reason: str,
    held_at: str | None = None,
    sign_anew: bool = True,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Compromised:
    """Steps 2 to 4. Raises as `rotate`, `mark_compromised` and `change_in_background`; repeated, it goes on.

    `held_at`: where the new key is, as in `rotate`. `reason` stands in the audit trail, and in the revocations.
    """
    require_past(since, now)
    with db.read() as session:
        owner = issuer_row(session, issuer)
        key, slug = as_key(row_of_key(session, owner, fragment), owner), owner.slug
    new = None
    if key.state is KeyState.ACTIVE:
        new = _successor(db, keyring, slug, key, held_at, actor=actor, now=now, randomness=randomness)
    marked = mark_compromised(db, issuer=slug, fragment=fragment, reason=reason, since=since, actor=actor, now=now)
    if not sign_anew:
        return Compromised(marked, new, None)
    left = signed_by(db, issuer=slug, fragment=fragment, since=since, now=now).preview.touched
    if not left:
        return Compromised(marked, new, None)
    ids = sorted(one.id for one in left)
    digest = sha256(b"".join(one.bytes for one in ids)).hexdigest()[:16]
    bulk = change_in_background(
        db,
        BulkKind.REISSUE,
        issuer=slug,
        credential_ids=ids,
        reason=reason,
        anew=True,
        actor=actor,
        now=now,
        randomness=randomness,
        idempotency_key=f"compromise:{marked.row_id}:{digest}",
    )
    return Compromised(marked, new, bulk)


def _successor(
    db: Database,
    keyring: Keyring,
    slug: str,
    key: SigningKey,
    held_at: str | None,
    *,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> SigningKey:
    """Step 2. One person may do it, within bounds (`two_people.emergency`)."""
    if key.further:
        made = add_key(
            db, keyring, issuer=slug, key_type=key.type, replace=True, held_at=held_at, actor=actor, now=now,
            gate=emergency(actor, now), randomness=randomness,
        )  # fmt: skip
    else:
        made = rotate(
            db, keyring, issuer=slug, use=key.use, held_at=held_at, gate=emergency(actor, now), actor=actor, now=now,
            randomness=randomness,
        )  # fmt: skip
    return made.new
