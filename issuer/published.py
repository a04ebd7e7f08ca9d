"""Everything of ours that a verifier fetches, by URL: the same bytes for the web server and for our own verifier."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3
from issuer import addresses
from issuer.addresses import Address, Kind
from issuer.signing_keys import did_document_of
from issuer.status_lists import TTL
from issuer.store import Database
from issuer.succession.chain import newest
from issuer.tables import CredentialRow, IssuerRow, LevelRow, ProgramRow, RenderingRow, StatusListRow

_FOREVER = timedelta(days=365)
_SHORT = timedelta(minutes=5)
JSON_LD = "application/ld+json"


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """Exact bytes, their media type, and how long they may be cached."""

    media_type: str
    body: bytes
    max_age: timedelta


def document(db: Database, url: str, *, format_: str = "json") -> PublishedDocument | None:
    """What lies under a public URL of any issuer in this database; None if nothing does.

    `format_` chooses between the renderings of a credential (`json`, `jwt`); if it was not signed in that one, there
    is nothing. A status list that was never published is nothing too; whether one is fresh enough to deliver is
    for the caller, who has keys: `issuer.status_lists.ensure_fresh_list`.
    """
    with db.read() as session:
        for owner in session.scalars(select(IssuerRow).order_by(IssuerRow.id)):
            address = addresses.parse(owner.base_url, url)
            if address is not None:
                found = _READERS[address.kind](session, owner.base_url, address, format_)
                if found is not None:
                    return found
    return None


def status_list_id(db: Database, url: str) -> UUID | None:
    """The status list that a public URL leads to, or None: what must be fresh before `document` delivers it."""
    with db.read() as session:
        for base_url in session.scalars(select(IssuerRow.base_url).distinct()):
            address = addresses.parse(base_url, url)
            if address is not None and address.kind is Kind.STATUS_LIST:
                return address.id
    return None


def _credential(session: Session, base_url: str, address: Address, format_: str) -> PublishedDocument | None:
    row = session.execute(
        select(RenderingRow.media_type, RenderingRow.body)
        .join(CredentialRow, CredentialRow.id == RenderingRow.credential_id)
        .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
        .where(
            RenderingRow.credential_id == address.id,
            RenderingRow.format == format_,
            IssuerRow.base_url == base_url,
            CredentialRow.state == "issued",
        )
    ).one_or_none()
    return PublishedDocument(row.media_type, row.body, _SHORT) if row is not None else None


def _rendering(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    return _credential(session, base_url, address, str(address.form))


def _refresh(session: Session, base_url: str, address: Address, format_: str) -> PublishedDocument | None:
    """The newest successor, the credential itself if there is none. It may have another one any day."""
    if address.id is None:
        return None
    return _credential(session, base_url, replace(address, id=newest(session, address.id)), format_)


def _status_list(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    row = session.execute(
        select(StatusListRow.media_type, StatusListRow.body)
        .join(IssuerRow, IssuerRow.id == StatusListRow.issuer_id)
        .where(StatusListRow.id == address.id, IssuerRow.base_url == base_url)
    ).one_or_none()
    if row is None or row.media_type is None or row.body is None:
        return None
    return PublishedDocument(row.media_type, row.body, TTL)


def _achievement(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    if address.id is None or not _is_level_of(session, base_url, address.id):
        return None
    from issuer.programs import achievement_row  # reads YAML too, which is rarely wanted here

    row = achievement_row(session, address.id, address.version)
    if row is None:
        return None
    body = _json({"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3], **row.content})
    return PublishedDocument(JSON_LD, body, _SHORT if address.version is None else _FOREVER)


def _achievement_image(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    if address.id is None or not _is_level_of(session, base_url, address.id):
        return None
    from issuer.programs import achievement_row  # reads YAML too, which is rarely wanted here

    row = achievement_row(session, address.id, address.version)
    if row is None or row.image is None or row.image_media_type is None:
        return None
    return PublishedDocument(row.image_media_type, row.image, _FOREVER)


def _issuer(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    owner = _owner(session, base_url, address.slug)
    if owner is None:
        return None
    body = _json({"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3], **owner.profile})
    return PublishedDocument(JSON_LD, body, _SHORT)


def _issuer_image(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    owner = _owner(session, base_url, address.slug)
    if owner is None or owner.image is None or owner.image_media_type is None:
        return None
    return PublishedDocument(owner.image_media_type, owner.image, _SHORT)


def _did_document(session: Session, base_url: str, address: Address, _: str) -> PublishedDocument | None:
    owner = _owner(session, base_url, address.slug)
    if owner is None:
        return None
    return PublishedDocument("application/did+ld+json", _json(did_document_of(session, owner)), _SHORT)


_READERS: Mapping[Kind, Callable[[Session, str, Address, str], PublishedDocument | None]] = {
    Kind.CREDENTIAL: _credential,
    Kind.RENDERING: _rendering,
    Kind.REFRESH: _refresh,
    Kind.STATUS_LIST: _status_list,
    Kind.ACHIEVEMENT: _achievement,
    Kind.ACHIEVEMENT_IMAGE: _achievement_image,
    Kind.ISSUER: _issuer,
    Kind.ISSUER_IMAGE: _issuer_image,
    Kind.DID_DOCUMENT: _did_document,
}


def _owner(session: Session, base_url: str, slug: str | None) -> IssuerRow | None:
    """The issuer of an address; the default one has no other address than the one without its name."""
    query = select(IssuerRow).where(IssuerRow.base_url == base_url)
    return session.scalars(
        query.where(IssuerRow.is_default)
        if slug is None
        else query.where(IssuerRow.slug == slug, IssuerRow.is_default.is_(False))
    ).one_or_none()


def _is_level_of(session: Session, base_url: str, public_id: UUID) -> bool:
    return (
        session.scalars(
            select(LevelRow.id)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .join(IssuerRow, IssuerRow.id == ProgramRow.issuer_id)
            .where(LevelRow.public_id == public_id, IssuerRow.base_url == base_url)
        ).one_or_none()
        is not None
    )


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
