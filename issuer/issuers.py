"""The organizations that sign. One database can hold several; the first is the default one of its base URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer import addresses, audit
from issuer.errors import AlreadyExists, UnknownIssuer
from issuer.store import Database
from issuer.tables import IssuerRow, SigningKeyRow
from keys.did import did_web


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer. `profile` is the Profile as it stands in its credentials (Open Badges 3.0, B.1 Profile)."""

    slug: str
    did: str
    base_url: str
    name: str
    is_default: bool
    profile: Mapping[str, Any]
    created_at: datetime

    @property
    def address_slug(self) -> str | None:
        """The slug as it stands in addresses: None for the default issuer."""
        return None if self.is_default else self.slug

    @property
    def did_document_url(self) -> str:
        """Where the DID document must be served."""
        return addresses.did_document_url(self.base_url, self.address_slug)


def create_issuer(
    db: Database,
    *,
    slug: str,
    name: str,
    base_url: str,
    url: str | None = None,
    description: str | None = None,
    email: str | None = None,
    image: tuple[str, bytes] | None = None,
    actor: str,
    now: datetime,
) -> Issuer:
    """Enter an organization. The first of a base URL is its default issuer, with a DID of the base URL alone.

    `image` is the media type and bytes of its picture, a PNG or SVG as `issuer.images` accepts it.

    An issuer of that slug and base URL that has no keys yet is what a failed first attempt left: it is returned as it
    is. Raises AddressRefused for a slug or base URL that makes no address, AlreadyExists for a slug that is taken.
    """
    base = addresses.checked_base_url(base_url)
    addresses.checked_slug(slug, "issuer's short name")
    with db.write() as session:
        taken = session.scalars(select(IssuerRow).where(IssuerRow.slug == slug)).one_or_none()
        if taken is not None and taken.base_url == base and not _has_keys(session, taken):
            return as_issuer(taken)
        if taken is not None:
            raise AlreadyExists(f"there is an issuer {slug!r} already ({taken.did}); choose another short name")
        is_default = session.scalars(select(IssuerRow.id).where(IssuerRow.base_url == base)).first() is None
        did = did_web(base, addresses.did_path(None if is_default else slug))
        row = IssuerRow(
            slug=slug,
            did=did,
            base_url=base,
            is_default=is_default,
            created_at=now,
            profile=_profile(
                did, name, url or base, description, email, image_url=_image_url(base, slug, is_default, image)
            ),
            image_media_type=image[0] if image else None,
            image=image[1] if image else None,
        )
        session.add(row)
        session.flush()
        audit.append(
            session,
            at=now,
            actor=actor,
            action="issuer created",
            subject=f"issuer:{slug}",
            details={"did": did, "base_url": base},
        )
        return as_issuer(row)


def find_issuer(db: Database, slug: str | None = None, *, base_url: str | None = None) -> Issuer:
    """The issuer of that short name; None asks for the default one, of `base_url` if given.

    Raises UnknownIssuer, naming the known ones: also if none is named and there are several default issuers.
    """
    with db.read() as session:
        return as_issuer(issuer_row(session, slug, base_url=base_url))


def issuer_row(session: Session, slug: str | None, *, base_url: str | None = None, lock: bool = False) -> IssuerRow:
    """`find_issuer` within a transaction; with `lock`, no one else opens its lists or keys before the commit.

    `base_url` stands in the form that `addresses.checked_base_url` gives it; a slug needs none.
    """
    query = select(IssuerRow).order_by(IssuerRow.id)
    if slug is not None:
        query = query.where(IssuerRow.slug == slug)
    else:
        query = query.where(IssuerRow.is_default)
        query = query if base_url is None else query.where(IssuerRow.base_url == base_url)
    rows = session.scalars(query.with_for_update(key_share=True) if lock else query).all()
    if len(rows) == 1:
        return rows[0]
    if rows:
        names = ", ".join(row.slug for row in rows)
        raise UnknownIssuer(f"there are several default issuers ({names}); say which one with --issuer")
    raise UnknownIssuer(_none_of(session, slug, base_url))


def _none_of(session: Session, slug: str | None, base_url: str | None) -> str:
    known = session.scalars(select(IssuerRow.slug).order_by(IssuerRow.slug)).all()
    names = f"known are: {', '.join(known)}" if known else "there is none yet: create one first"
    if slug is not None:
        return f"there is no issuer {slug!r}; {names}"
    return f"there is no default issuer{f' of {base_url}' if base_url else ''}; {names}"


def as_issuer(row: IssuerRow) -> Issuer:
    """The row as a value that outlives its session."""
    return Issuer(
        slug=row.slug,
        did=row.did,
        base_url=row.base_url,
        name=str(row.profile["name"]),
        is_default=row.is_default,
        profile=dict(row.profile),
        created_at=row.created_at,
    )


def _has_keys(session: Session, row: IssuerRow) -> bool:
    return session.scalars(select(SigningKeyRow.id).where(SigningKeyRow.issuer_id == row.id)).first() is not None


def _image_url(base: str, slug: str, is_default: bool, image: tuple[str, bytes] | None) -> str | None:
    return addresses.issuer_image_url(base, None if is_default else slug) if image else None


def _profile(
    did: str, name: str, url: str, description: str | None, email: str | None, *, image_url: str | None
) -> dict[str, Any]:
    profile = {
        "id": did,
        "type": ["Profile"],
        "name": name,
        "url": url,
        "description": description,
        "email": email,
        "image": {"id": image_url, "type": "Image"} if image_url else None,
    }
    return {key: value for key, value in profile.items() if value}
