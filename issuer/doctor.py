"""Is all as it must be? The invariants of the domain, read from the rows; nothing is changed.

Each examination says in a sentence what it looked at, and one sentence for each thing that is not as it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from credentials.status_list import Bitstring
from issuer import audit
from issuer.doctor_copies import examine_copies
from issuer.list_editions import by_rows
from issuer.log.inspecting import inspect_log
from issuer.signing import JSON
from issuer.status_transitions import Change
from issuer.store import Database
from issuer.succession.predecessors import predecessors_of
from issuer.tables import (
    AchievementRow,
    AuditEventRow,
    AwardRow,
    CredentialRow,
    RenderingRow,
    SigningKeyRow,
    StatusEntryRow,
    StatusEventRow,
    StatusListRow,
)
from keys import multikey
from keys.errors import KeysError
from keys.public_key import PublicKey

SAMPLE = 500
_PAGE = 500
_PATIENCE = timedelta(hours=1)  # what is preparing for longer, nobody works on any more
_MOST = 20


@dataclass(frozen=True, slots=True)
class Examination:
    """One invariant: what was looked at, and what is wrong, at most a few sentences of each kind."""

    name: str
    looked_at: str
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Nothing is wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Health:
    """All examinations."""

    examinations: tuple[Examination, ...]

    @property
    def sound(self) -> bool:
        """Nothing is wrong anywhere."""
        return all(one.sound for one in self.examinations)


def examine(
    db: Database, *, now: datetime, sample: int | None = SAMPLE, progress: Callable[[str], None] | None = None
) -> Health:
    """Examine everything; of the signatures the newest `sample` credentials', None: all of them."""
    report = progress or (lambda _: None)
    found = []
    with db.read() as session:
        for examination in (_awards, _unfinished, _indexes, _lists, _chains):
            report(examination.__name__.removeprefix("_"))
            found.append(examination(session, now))
        report("signatures")
        found.append(_signatures(session, sample))
        number, faults = examine_copies(session, sample)
        found.append(_told("copies in wallets", f"{number} copies bound to holders’ keys", faults))
        report("audit")
        found.append(_events(session))
    found.append(_trail(db))
    report("log")
    found.append(_log(db))
    return Health(tuple(found))


def _told(name: str, looked_at: str, faults: Sequence[str]) -> Examination:
    more = [f"… and {len(faults) - _MOST} more of this kind"] if len(faults) > _MOST else []
    return Examination(name, looked_at, (*faults[:_MOST], *more))


def _count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(CredentialRow).where(*conditions)) or 0


def _awards(session: Session, _: datetime) -> Examination:
    """Every issued credential has its signed bytes, and an award that its level's rules allowed (invariant 3)."""
    bare = session.scalars(
        select(CredentialRow.id).where(
            CredentialRow.state == "issued",
            CredentialRow.erased_at.is_(None),
            ~select(RenderingRow.format).where(RenderingRow.credential_id == CredentialRow.id).exists(),
        )
    )
    faults = [f"the credential {one} is issued, but its signed form is not there" for one in bare]
    first = and_(CredentialRow.award_id == AwardRow.id)
    orphans = session.scalars(select(AwardRow.id).where(~select(CredentialRow.id).where(first).exists()))
    faults += [f"the award {one} has no credential" for one in orphans]
    direct = session.execute(
        select(AwardRow.id, AwardRow.source)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(
            AchievementRow.rules["assessment"].as_string().is_not(None),
            AwardRow.source.not_in(["assessment", "history", "renewal"]),
        )
    )
    faults += [
        f"the award {one} of a level that is assessed was made without an assessment (source: {source})"
        for one, source in direct
    ]
    return _told("awards", f"{_count(session, CredentialRow.state == 'issued')} issued credentials", faults)


def _unfinished(session: Session, now: datetime) -> Examination:
    """Nothing is left half done (invariant 4)."""
    waiting = session.scalars(
        select(CredentialRow.id).where(CredentialRow.state == "preparing", CredentialRow.created_at < now - _PATIENCE)
    )
    faults = [f"the credential {one} was begun and not finished: run `guildmark resume`" for one in waiting]
    old = aliased(CredentialRow)
    superseded = session.scalars(
        select(old.id)
        .join(CredentialRow, CredentialRow.replaces_id == old.id)
        .where(CredentialRow.state == "issued", CredentialRow.award_id == old.award_id, old.revoked_at.is_(None))
    )
    faults += [f"the credential {one} was corrected, and not revoked yet: run `guildmark resume`" for one in superseded]
    return _told("unfinished work", f"{_count(session, CredentialRow.state == 'preparing')} in the making", faults)


def _indexes(session: Session, _: datetime) -> Examination:
    """A status index is used once, by one credential, within its list (invariant 2)."""
    total = session.scalar(select(func.count()).select_from(StatusEntryRow)) or 0
    doubled = session.execute(
        select(StatusEntryRow.list_id, StatusEntryRow.position)
        .group_by(StatusEntryRow.list_id, StatusEntryRow.position)
        .having(func.count() > 1)
    )
    faults = [f"the index {index} of the list {one} was given twice" for one, index in doubled]
    outside = session.execute(
        select(StatusEntryRow.credential_id, StatusListRow.id)
        .join(StatusListRow, StatusListRow.id == StatusEntryRow.list_id)
        .where(or_(StatusEntryRow.position >= StatusListRow.size, StatusEntryRow.purpose != StatusListRow.purpose))
    )
    faults += [f"the credential {one} has an index that is none of the list {other}" for one, other in outside]
    given = session.execute(
        select(StatusListRow.id, StatusListRow.next_sequence, func.count())
        .join(StatusEntryRow, StatusEntryRow.list_id == StatusListRow.id)
        .group_by(StatusListRow.id, StatusListRow.next_sequence)
    )
    faults += [
        f"the list {one} gave out {count} indexes, but counted {counted}"
        for one, counted, count in given
        if count > counted
    ]
    return _told("status indexes", f"{total} indexes", faults)


def _lists(session: Session, now: datetime) -> Examination:
    """What lists say is what events recorded, and what the credentials' rows say (invariant 2), and soon (4)."""
    faults: list[str] = []
    lists = session.scalars(select(StatusListRow).order_by(StatusListRow.id)).all()
    for row in lists:
        published, meant = _published(row), _by_events(session, row, edition=row.edition)
        if published is None:
            continue
        if wrong := published.differences(meant):
            faults.append(f"the list {row.id} says of {len(wrong)} credentials what no recorded event says")
        meant = by_rows(session, row.id, row.purpose, row.size, row.value_size)
        if wrong := _by_events(session, row, edition=None).differences(meant):
            faults.append(f"{len(wrong)} credentials in the list {row.id} stand otherwise than their events say")
    waiting = session.execute(
        select(StatusEventRow.list_id, func.count())
        .where(StatusEventRow.edition.is_(None), StatusEventRow.at < now - _PATIENCE)
        .group_by(StatusEventRow.list_id)
    )
    faults += [
        f"in the list {one} {count} change{'' if count == 1 else 's'} of status waits to be published: "
        "run `guildmark worker`"
        for one, count in waiting
    ]
    return _told("status lists", f"{len(lists)} lists", faults)


def _published(row: StatusListRow) -> Bitstring | None:
    if row.body is None:
        return None
    return Bitstring.decode(strict_json.parse(row.body)["credentialSubject"]["encodedList"])


def _by_events(session: Session, row: StatusListRow, *, edition: int | None) -> Bitstring:
    query = select(StatusEventRow.position, StatusEventRow.bit, StatusEventRow.value).where(
        StatusEventRow.list_id == row.id
    )
    if edition is not None:
        query = query.where(StatusEventRow.edition <= edition)
    values = {
        one.position: int(one.bit) if one.value is None else one.value
        for one in session.execute(query.order_by(StatusEventRow.id))
    }
    return Bitstring.of_length(row.size * row.value_size).with_values(values, row.value_size)


def _chains(session: Session, _: datetime) -> Examination:
    """What replaced another is of the same person, and names it by its exact bytes."""
    old, award, old_award = aliased(CredentialRow), aliased(AwardRow), aliased(AwardRow)
    rows = session.execute(
        select(CredentialRow.id, old.id, old.state, award.person_id, old_award.person_id, CredentialRow.erased_at)
        .join(old, old.id == CredentialRow.replaces_id)
        .join(award, award.id == CredentialRow.award_id)
        .join(old_award, old_award.id == old.award_id)
        .where(CredentialRow.state == "issued")
        .order_by(CredentialRow.id)
    ).all()
    faults = []
    for start in range(0, len(rows), _PAGE):
        page = rows[start : start + _PAGE]
        ids = [row[0] for row in page if row[5] is None]
        named = predecessors_of(session, ids)
        said = _related(session, ids)
        for one, before, state, person, person_before, erased_at in page:
            if state != "issued" or person != person_before:
                faults.append(f"the credential {one} replaces {before}, which was not issued to the same person")
            elif erased_at is None and (named.get(one) is None or said.get(one) != (named[one].url, named[one].digest)):
                faults.append(f"the credential {one} does not name its predecessor {before} by its bytes")
    return _told("predecessors", f"{len(rows)} successors", faults)


def _related(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """The predecessor that each document names: address and digest."""
    found = {}
    for row in session.scalars(
        select(RenderingRow).where(RenderingRow.credential_id.in_(ids)).order_by(RenderingRow.format.desc())
    ):
        related = _document(row).get("relatedResource", [])
        if related:
            found[row.credential_id] = (str(related[0].get("id")), str(related[0].get("digestSRI")))
    return found


def _document(row: RenderingRow) -> Mapping[str, Any]:
    try:
        parsed = strict_json.parse(row.body) if row.format == JSON else jose.parse(row.body).credential
    except Unacceptable:
        return {}
    return parsed if isinstance(parsed, Mapping) else {}


def _signatures(session: Session, sample: int | None) -> Examination:
    """A stored credential verifies with the published keys (invariant 1)."""
    keys: dict[object, PublicKey] = {}
    for key in session.scalars(select(SigningKeyRow)):
        keys[key.id] = keys[key.fragment] = multikey.decode(key.public_multikey)
    faults, number = [], 0
    for row in _renderings(session, sample):
        number += 1
        why = _broken(row, keys)
        if why is not None:
            faults.append(f"the credential {row.credential_id} as {row.format} does not verify: {why}")
    total = session.scalar(select(func.count()).select_from(RenderingRow)) or 0
    return _told("signatures", f"{number} of {total} signed forms", faults)


def _renderings(session: Session, sample: int | None) -> Iterator[RenderingRow]:
    """Page by page, newest first; the session keeps none of them."""
    left, offset = sample, 0
    while left is None or left > 0:
        size = _PAGE if left is None else min(left, _PAGE)
        ids = session.scalars(
            select(CredentialRow.id)
            .where(CredentialRow.state == "issued")
            .order_by(CredentialRow.created_at.desc(), CredentialRow.id)
            .offset(offset)
            .limit(size)
        ).all()
        if not ids:
            return
        rows = session.scalars(
            select(RenderingRow)
            .where(RenderingRow.credential_id.in_(ids))
            .order_by(RenderingRow.credential_id, RenderingRow.format)
        ).all()
        yield from rows
        for row in rows:
            session.expunge(row)
        offset += size
        left = None if left is None else left - size


def _broken(row: RenderingRow, keys: Mapping[object, PublicKey]) -> str | None:
    """`keys` by their rows' ids, and by the fragments that the proofs of a set name; the first is the row's own."""
    key = keys[row.signing_key_id]
    try:
        if row.format == JSON:
            document = strict_json.parse(row.body)
            for number, proof in enumerate(data_integrity.proofs_of(document)):
                fragment = str(proof.get("verificationMethod")).rpartition("#")[2]
                data_integrity.verify_proof(document, proof, keys.get(fragment, key) if number else key)
        else:
            jose.verify(jose.parse(row.body), key)
    except (Unacceptable, KeysError) as error:
        return str(error)
    return None


def _events(session: Session) -> Examination:
    """What was issued, the audit trail tells (invariant 6)."""
    told = set(session.scalars(select(AuditEventRow.subject).where(AuditEventRow.action == "credential issued")))
    issued = session.scalars(select(CredentialRow.id).where(CredentialRow.state == "issued")).all()
    faults = [
        f"the credential {one} was issued, and the audit trail does not tell of it"
        for one in issued
        if f"credential:{one}" not in told
    ]
    changed = session.scalars(select(StatusEventRow)).all()
    subjects = set(
        session.scalars(
            select(AuditEventRow.subject).where(
                AuditEventRow.action.in_([f"credential {change}" for change in (*Change, "told")])
            )
        )
    )
    faults += [
        f"the credential {one.credential_id} was {one.change}, and the audit trail does not tell of it"
        for one in changed
        if f"credential:{one.credential_id}" not in subjects
    ]
    return _told("what the trail tells", f"{len(issued)} credentials, {len(changed)} changes of status", faults)


def _trail(db: Database) -> Examination:
    """The audit trail is whole (invariant 6)."""
    report = audit.verify(db)
    return _told("audit trail", f"{report.events} events", [report.fault] if report.fault else [])


def _log(db: Database) -> Examination:
    """The transparency log is whole, and says what the trail says."""
    report = inspect_log(db)
    return _told("transparency log", f"{report.entries} entries", [report.fault] if report.fault else [])
