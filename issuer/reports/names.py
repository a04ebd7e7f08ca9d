"""The names of people whom the trail and the works name by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from issuer.store import Database
from issuer.tables import PersonRow

PERSON = "person:"


def names_for(db: Database, references: Iterable[str]) -> Mapping[str, str]:
    """Of references like `person:0f8b3f2e-…` the names, by reference; others, and erased people, are left out."""
    ids = {}
    for reference in references:
        if reference.startswith(PERSON):
            try:
                ids[UUID(reference.removeprefix(PERSON))] = reference
            except ValueError:
                continue
    if not ids:
        return {}
    query = select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(ids), PersonRow.erased_at.is_(None))
    with db.read() as session:
        return {ids[identifier]: name for identifier, name in session.execute(query)}
