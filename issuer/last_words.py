"""What an issuer last said in public, kept in memory for when the database is out of reach: its lists and its keys.

Whoever verifies a badge asks for these. They are read again whenever anything was committed, so that the loss of the
database takes nobody back behind what he could have been told about a second before.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from issuer.addresses import status_list_url
from issuer.list_editions import TTL
from issuer.published import PublishedDocument
from issuer.store import Database
from issuer.tables import IssuerRow, StatusListRow

Editions = Mapping[UUID, int]


def last_lists(
    db: Database, known: Mapping[str, PublishedDocument], editions: Editions
) -> tuple[dict[str, PublishedDocument], dict[UUID, int]]:
    """Every published list by its address, and their editions; of `known` those that are still in the edition given.

    Raises DatabaseUnreachable.
    """
    columns = (StatusListRow.id, StatusListRow.edition, IssuerRow.base_url)
    with db.read() as session:
        rows = session.execute(
            select(*columns).join(IssuerRow, IssuerRow.id == StatusListRow.issuer_id).where(StatusListRow.edition > 0)
        ).all()
        found: dict[str, PublishedDocument] = {}
        for list_id, edition, base_url in rows:
            url = status_list_url(base_url, list_id)
            if editions.get(list_id) == edition and url in known:
                found[url] = known[url]
                continue
            row = session.execute(
                select(StatusListRow.media_type, StatusListRow.body).where(StatusListRow.id == list_id)
            ).one()
            if row.media_type is not None and row.body is not None:
                found[url] = PublishedDocument(row.media_type, bytes(row.body), TTL)
    return found, {list_id: edition for list_id, edition, _ in rows}


def addresses_of_issuers(db: Database) -> tuple[str, ...]:
    """Where the keys, profile and picture of every issuer are read. Raises DatabaseUnreachable."""
    with db.read() as session:
        issuers = session.execute(select(IssuerRow.base_url, IssuerRow.slug, IssuerRow.is_default)).all()
    found = []
    for base_url, slug, is_default in issuers:
        if is_default:
            found += [f"{base_url}/.well-known/did.json", f"{base_url}/did.json", f"{base_url}/issuer"]
        else:
            found += [f"{base_url}/issuers/{slug}/did.json", f"{base_url}/issuers/{slug}"]
    return tuple(found)
