"""What waits to be signed: credentials in state `preparing`, read back as they were written and committed.

Step 3 of issuing begins from rows, whether this process wrote them a moment ago or another one before it crashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, defer

from issuer.awards import AwardRequest, request_from_dict
from issuer.cryptosuites import embedded
from issuer.many_rows import among
from issuer.programs import Achievement, as_achievement
from issuer.shapes import PURPOSES, Allocation, Entry
from issuer.succession.facts import ACHIEVEMENT_ID, without_reason
from issuer.succession.predecessors import predecessors_of
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, ProgramRow, StatusEntryRow


@dataclass(frozen=True, slots=True)
class Replaced:
    """The credential that one replaces: by a correction of the same award, or else by a renewal."""

    credential_id: UUID
    same_award: bool


class WaitingAward(NamedTuple):
    """A credential of an award of a level; `source` is that of the award, and `person_id` who holds it."""

    credential_id: UUID
    formats: tuple[str, ...]
    request: AwardRequest
    achievement: Achievement
    allocation: Allocation
    person_id: UUID | None
    source: str
    replaced: Replaced | None

    @property
    def proofs(self) -> tuple[str, ...]:
        """The cryptosuites of its embedded proofs; none named: the usual one of its issuer's main key."""
        named = self.achievement.proofs
        return embedded(named) if named else named


@dataclass(frozen=True, slots=True)
class WaitingDocument:
    """A credential of a document of the VC API, as its caller gave it, under the id that it will carry.

    proofs: the cryptosuites of its embedded proofs, as of an award.
    """

    credential_id: UUID
    formats: tuple[str, ...]
    document: Mapping[str, Any]
    entries: tuple[Entry, ...]
    proofs: tuple[str, ...]


Waiting = WaitingAward | WaitingDocument


def read_waiting(session: Session, credential_ids: Sequence[UUID]) -> list[Waiting]:
    """Those of the credentials that are `preparing`, in the order of their ids' list."""
    rows = session.execute(
        select(
            CredentialRow.id,
            CredentialRow.formats,
            CredentialRow.document_id,
            CredentialRow.identity_salt,
            CredentialRow.valid_from,
            CredentialRow.valid_until,
            CredentialRow.facts,
            CredentialRow.replaces_id,
            AwardRow.person_id,
            AwardRow.source,
            AwardRow.request,
            ACHIEVEMENT_ID.label("achievement_id"),
        )
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .where(among(session, CredentialRow.id, credential_ids), CredentialRow.state == "preparing")
    ).all()
    entries = _entries(session, [row.id for row in rows])
    renewing = [row.id for row in rows if row.replaces_id is not None]
    named = predecessors_of(session, renewing) if renewing else {}
    replaced = _replaced(session, renewing) if renewing else {}
    levels = _achievements(session, {row.achievement_id for row in rows})
    found: dict[UUID, Waiting] = {}
    for row in rows:
        if row.achievement_id is None:
            found[row.id] = _document(row, entries.get(row.id, ()))
            continue
        facts = without_reason(row.request if row.facts is None else row.facts)
        allocation = Allocation(
            credential_id=row.id,
            subject_id=facts.get("did") or f"urn:uuid:{row.person_id}",
            salt=row.identity_salt,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            entries=entries.get(row.id, ()),
            predecessor=named.get(row.id),
        )
        found[row.id] = WaitingAward(
            credential_id=row.id,
            formats=tuple(row.formats),
            request=request_from_dict(facts),
            achievement=levels[row.achievement_id],
            allocation=allocation,
            person_id=row.person_id,
            source=row.source,
            replaced=replaced.get(row.id),
        )
    return [found[one] for one in credential_ids if one in found]


def _document(row: Any, entries: tuple[Entry, ...]) -> WaitingDocument:
    given = row.request["document"]
    named = {**given, "id": row.document_id} if row.request["own_id"] else given
    suite = row.request.get("cryptosuite")
    proofs = embedded((suite,)) if suite is not None else ()
    return WaitingDocument(row.id, tuple(row.formats), named, entries, proofs)


def _entries(session: Session, credential_ids: Sequence[UUID]) -> dict[UUID, tuple[Entry, ...]]:
    """The status entries of each credential, in the order of `PURPOSES`."""
    found: dict[UUID, tuple[Entry, ...]] = {}
    rows = session.execute(
        select(
            StatusEntryRow.credential_id, StatusEntryRow.purpose, StatusEntryRow.list_id, StatusEntryRow.position
        ).where(among(session, StatusEntryRow.credential_id, credential_ids))
    )
    for credential_id, purpose, list_id, position in rows:
        before, one = found.get(credential_id, ()), Entry(purpose, list_id, position)
        found[credential_id] = (
            tuple(sorted((*before, one), key=lambda entry: PURPOSES.index(entry.purpose))) if before else (one,)
        )
    return found


def _replaced(session: Session, credential_ids: Sequence[UUID]) -> dict[UUID, Replaced]:
    before = aliased(CredentialRow)
    rows = session.execute(
        select(CredentialRow.id, before.id, CredentialRow.award_id == before.award_id)
        .join(before, before.id == CredentialRow.replaces_id)
        .where(among(session, CredentialRow.id, credential_ids))
    )
    return {one: Replaced(other, bool(same)) for one, other, same in rows}


def _achievements(session: Session, row_ids: Iterable[int | None]) -> dict[int, Achievement]:
    """A few level versions, each read once for all its credentials."""
    rows = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(AchievementRow.id.in_([one for one in row_ids if one is not None]))
        .options(defer(AchievementRow.image))
    )
    return {row[0].id: as_achievement(*row) for row in rows}
