"""Do the copies in wallets say what the record says? Of each: its signature, its id, and the places of its status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from credentials.status_list import REVOCATION
from issuer.addresses import credential_url, status_list_url, token_status_list_url
from issuer.tables import CredentialRow, IssuerRow, SigningKeyRow, StatusEntryRow, WalletCopyRow
from issuer.wallet_copies import CopyFormat
from keys import base64url, multikey
from keys.errors import KeysError
from keys.public_key import PublicKey

_PAGE = 200


def examine_copies(session: Session, sample: int | None) -> tuple[int, list[str]]:
    """How many copies were looked at, the newest `sample` (None: all), and what is wrong with them."""
    keys = {one.id: multikey.decode(one.public_multikey) for one in session.scalars(select(SigningKeyRow))}
    number, faults = 0, []
    for copy, base_url, status in _copies(session, sample):
        number += 1
        try:
            found, places = _read(copy, keys[copy.signing_key_id])
        except (Unacceptable, KeysError) as error:
            faults.append(f"the copy of {copy.credential_id} as {copy.format} does not verify: {error}")
            continue
        if found != credential_url(base_url, copy.credential_id):
            faults.append(f"the copy of {copy.credential_id} as {copy.format} names another credential")
        elif places != _meant(copy, base_url, status):
            faults.append(f"the copy of {copy.credential_id} as {copy.format} names another place for its status")
    return number, faults


def _copies(session: Session, sample: int | None) -> Iterator[tuple[WalletCopyRow, str, list[StatusEntryRow]]]:
    """Page by page, each with its issuer’s base URL and the places of its credential."""
    order = (WalletCopyRow.made_at.desc(), WalletCopyRow.credential_id, WalletCopyRow.format, WalletCopyRow.holder_hash)
    left, offset = sample, 0
    while left is None or left > 0:
        rows = session.execute(
            select(WalletCopyRow, IssuerRow.base_url)
            .join(CredentialRow, CredentialRow.id == WalletCopyRow.credential_id)
            .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
            .order_by(*order)
            .offset(offset)
            .limit(_PAGE if left is None else min(left, _PAGE))
        ).all()
        if not rows:
            return
        entries: dict[UUID, list[StatusEntryRow]] = {}
        for entry in session.scalars(
            select(StatusEntryRow).where(StatusEntryRow.credential_id.in_({copy.credential_id for copy, _ in rows}))
        ):
            entries.setdefault(entry.credential_id, []).append(entry)
        for copy, base_url in rows:
            yield copy, base_url, entries.get(copy.credential_id, [])
            session.expunge(copy)
        offset += len(rows)
        left = None if left is None else left - len(rows)


def _read(copy: WalletCopyRow, key: PublicKey) -> tuple[Any, set[tuple[Any, str]]]:
    """Its id, and the lists and indexes that it names. Raises Unacceptable, KeysError."""
    if copy.format == CopyFormat.SD_JWT:
        from credentials.proofs.sd_jwt import token

        claims = token.read(copy.body.decode("utf-8", "replace"), types=(token.DC_TYPE,))
        signed, _, signature = claims.token.text.rpartition(".")
        key.verify(base64url.decode(signature), signed.encode())
        status = claims.claims.get("status", {}).get("status_list")
        return claims.claims.get("jti"), {(status["uri"], str(status["idx"]))} if status else set()
    if copy.format == CopyFormat.JWT_VC_JSON:
        read = jose.parse(copy.body)
        jose.verify(read, key)
        return _named(read.credential)
    document = strict_json.parse(copy.body)
    for proof in data_integrity.proofs_of(document):
        data_integrity.verify_proof(document, proof, key)
    return _named(document)


def _named(document: Mapping[str, Any]) -> tuple[Any, set[tuple[Any, str]]]:
    status = document.get("credentialStatus", [])
    entries = status if isinstance(status, list) else [status]
    places = {(one.get("statusListCredential"), str(one.get("statusListIndex"))) for one in entries}
    return document.get("id"), places


def _meant(copy: WalletCopyRow, base_url: str, status: list[StatusEntryRow]) -> set[tuple[Any, str]]:
    if copy.format == CopyFormat.SD_JWT:  # knows one list, of two bits for each place (issuer.token_status_lists)
        return {
            (token_status_list_url(base_url, one.list_id), str(one.position))
            for one in status
            if one.purpose == REVOCATION
        }
    return {(status_list_url(base_url, one.list_id), str(one.position)) for one in status}
