"""Copies of a credential for its holder's wallets, each bound to a key of his: renderings of one record.

A copy has the credential's id, dates and status entry, so what is said of the credential is said of each of its copies:
revoked, suspended, expired. Its bytes are kept, and the same holder gets the same ones again. They go when the person
is erased. Nothing is copied that a stranger would not call valid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials import strict_json
from credentials.log.entries import digest_of
from credentials.prepared import EMBEDDED, SecuredCredential, prepare
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from credentials.status_list import REVOCATION
from issuer import audit
from issuer.addresses import Kind, parse, token_status_list_url
from issuer.errors import OwnOutputMismatch, TransitionRefused, UnknownCredential
from issuer.own_output import JSON, JWT, Signed, verify_own_output
from issuer.signing_keys import SigningKey, Use, active_key, opened
from issuer.store import Database
from issuer.tables import CredentialRow, IssuerRow, RenderingRow, StatusEntryRow, WalletCopyRow
from keys.errors import KeysError
from keys.keyring import Keyring
from keys.signer import Signer
from wallet_export.holder_copy import StatusPlace, bound_document, sd_jwt_claims
from wallet_export.holder_key import Holder

OPEN_BADGE = "open-badge"
"""The name of the type of those that are of no level."""


class CopyFormat(StrEnum):
    """The formats of copies, by their names in OpenID4VCI 1.0, appendix A."""

    LDP_VC = "ldp_vc"
    JWT_VC_JSON = "jwt_vc_json"
    SD_JWT = "dc+sd-jwt"


_USE = {CopyFormat.LDP_VC: Use.DATA_INTEGRITY, CopyFormat.JWT_VC_JSON: Use.JWT, CopyFormat.SD_JWT: Use.JWT}
_RENDERED = {CopyFormat.LDP_VC: JSON, CopyFormat.JWT_VC_JSON: JWT}
SD_JWT_TYPE = "application/dc+sd-jwt"


class CopyRefused(TransitionRefused):
    """The credential is none that can be copied, now or ever."""


class CopyWaits(TransitionRefused):
    """The credential is suspended: when it is reinstated it can be copied."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy's exact bytes. `new` is False if this holder had it before."""

    media_type: str
    body: bytes
    new: bool

    @property
    def text(self) -> str:
        """The bytes as text; every form is UTF-8."""
        return self.body.decode()


class _Source(NamedTuple):
    """What a copy is made of. `place` is its status, and `base_url` that of its issuer."""

    document: Mapping[str, Any]
    place: tuple[UUID, int] | None
    base_url: str
    key: SigningKey


def check_copyable(db: Database, credential_id: UUID, now: datetime) -> None:
    """Return if a copy could be made now. Raises UnknownCredential, CopyRefused, CopyWaits."""
    with db.read() as session:
        _copyable(session, credential_id, now)


def copy_for_holder(
    db: Database,
    keyring: Keyring,
    *,
    credential_id: UUID,
    format_: CopyFormat,
    holder: Holder,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Copy:
    """The credential in this format, bound to this holder's key; made and kept, or as it was made before.

    The caller knows that the holder has the key and that the credential is his. Raises UnknownCredential, CopyRefused,
    CopyWaits, UnsupportedKey (an SD-JWT for a holder without a key), NoSigningKey, OwnOutputMismatch, and what the
    keyring raises: then nothing is kept.
    """
    holder_hash = sha256(holder.did.encode()).hexdigest()
    with db.read() as session:
        row = _copyable(session, credential_id, now)
        known = session.get(WalletCopyRow, (credential_id, format_.value, holder_hash))
        if known is not None:
            return Copy(known.media_type, known.body, new=False)
        source = _source(session, row, format_)
    secured = _made(source, keyring, credential_id, format_, holder, now, randomness)
    with db.write() as session:
        _copyable(session, credential_id, now, lock=True)
        known = session.get(WalletCopyRow, (credential_id, format_.value, holder_hash))
        if known is not None:
            return Copy(known.media_type, known.body, new=False)
        session.add(
            WalletCopyRow(
                credential_id=credential_id,
                format=format_.value,
                holder_hash=holder_hash,
                media_type=secured.media_type,
                body=secured.body,
                signing_key_id=source.key.row_id,
                made_at=now,
            )
        )
        session.flush()
        audit.append(
            session,
            at=now,
            actor=actor,
            action="copy made",
            subject=f"credential:{credential_id}",
            details={"format": format_.value, "digest": digest_of(secured.body)},
        )
    return Copy(secured.media_type, secured.body, new=True)


def credential_type(base_url: str, document: Mapping[str, Any]) -> str:
    """`vct`: the address of the level's type, or of that of all other badges."""
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    named = achievement.get("id") if isinstance(achievement, Mapping) else None
    address = parse(base_url, named) if isinstance(named, str) else None
    name = str(address.id) if address is not None and address.kind is Kind.ACHIEVEMENT else OPEN_BADGE
    return f"{base_url}/credential-types/{name}"


def _copyable(session: Session, credential_id: UUID, now: datetime, *, lock: bool = False) -> CredentialRow:
    query = select(CredentialRow).where(CredentialRow.id == credential_id, CredentialRow.state == "issued")
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None or row.erased_at is not None:
        raise UnknownCredential(f"there is no credential {credential_id} that could be copied")
    if row.revoked_at is not None:
        raise CopyRefused(f"the credential {credential_id} is revoked, so no copy of it is made")
    if row.valid_until is not None and row.valid_until < now:
        raise CopyRefused(f"the credential {credential_id} has expired, so no copy of it is made; renew it")
    if row.suspended_at is not None:
        raise CopyWaits(f"the credential {credential_id} is suspended; when it is reinstated it can be copied")
    return row


def _source(session: Session, row: CredentialRow, format_: CopyFormat) -> _Source:
    owner = session.get_one(IssuerRow, row.issuer_id)
    renderings = {
        one.format: one for one in session.scalars(select(RenderingRow).where(RenderingRow.credential_id == row.id))
    }
    if not renderings:
        raise UnknownCredential(f"nothing is kept of the credential {row.id}")
    kept = renderings.get(JSON) or next(iter(renderings.values()))
    document = strict_json.parse(kept.body) if kept.media_type == EMBEDDED else jose.parse(kept.body).credential
    entry = session.execute(
        select(StatusEntryRow.list_id, StatusEntryRow.position).where(
            StatusEntryRow.credential_id == row.id, StatusEntryRow.purpose == REVOCATION
        )
    ).one_or_none()
    key = active_key(session, owner, _USE[format_])
    return _Source(document, (entry.list_id, entry.position) if entry else None, owner.base_url, key)


def _made(
    source: _Source,
    keyring: Keyring,
    credential_id: UUID,
    format_: CopyFormat,
    holder: Holder,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> SecuredCredential:
    """Signed, and read back as a stranger would. Raises CopyRefused for a document that cannot be bound."""
    signer, key = opened(keyring, source.key), source.key
    try:
        if format_ is CopyFormat.SD_JWT:
            return _sd_jwt(source, signer, holder, now, randomness)
        prepared = prepare(bound_document(source.document, holder))
        stamp: data_integrity.Stamp | jose.Stamp = jose.Stamp(signer, key.verification_method)
        if format_ is CopyFormat.LDP_VC:
            stamp = data_integrity.Stamp(signer, key.verification_method, now)
        secured = stamp.secure(prepared)
    except Unacceptable as error:
        raise CopyRefused(f"the credential {credential_id} cannot be bound to a key: {error}") from error
    verify_own_output(Signed(credential_id, _RENDERED[format_], secured, key), prepared)
    return secured


def _sd_jwt(
    source: _Source, signer: Signer, holder: Holder, now: datetime, randomness: Callable[[int], bytes]
) -> SecuredCredential:
    from credentials.proofs.sd_jwt import token

    place = None
    if source.place is not None:
        place = StatusPlace(token_status_list_url(source.base_url, source.place[0]), source.place[1])
    vct = credential_type(source.base_url, source.document)
    claims, concealed = sd_jwt_claims(source.document, holder, vct=vct, status=place, now=now)
    method = source.key.verification_method
    text = token.issue(claims, signer, typ=token.DC_TYPE, kid=method, concealed=concealed, randomness=randomness)
    try:
        read = token.read(text, types=(token.DC_TYPE,))
        source.key.public_key.verify(*_signed_parts(read.token.text))
    except (Unacceptable, KeysError) as error:
        raise OwnOutputMismatch(f"a copy, just signed with {source.key.key_uri}, does not verify: {error}") from error
    if read.claims != claims or read.token.kid != method:
        raise OwnOutputMismatch(f"a copy, just signed with {source.key.key_uri}, says something else than was prepared")
    return SecuredCredential(SD_JWT_TYPE, text.encode("ascii"))


def _signed_parts(token: str) -> tuple[bytes, bytes]:
    from keys import base64url

    signed, _, signature = token.rpartition(".")
    return base64url.decode(signature), signed.encode("ascii")
