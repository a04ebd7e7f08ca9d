"""Reading credentials back: one with everything that a page shows, many page by page, and how many there are.

"Standing" is the word a stranger's verification would say now: valid, revoked, suspended, expired, not yet valid.
Revoked goes before suspended, and both before the clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.orm import Session, defer

from credentials.prepared import SecuredCredential
from issuer.addresses import credential_url
from issuer.cursors import cursor_at, place_of
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.programs import Achievement, as_achievement
from issuer.store import Database
from issuer.succession.chain import newest
from issuer.succession.facts import ACHIEVEMENT_ID, facts_of
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    IssuerRow,
    LevelRow,
    PersonRow,
    ProgramRow,
    RenderingRow,
    StatusEntryRow,
    StatusEventRow,
)
from issuer.text_search import holds

MAX_PAGE = 500
_Rows = Select[*tuple[Any, ...]]


class Standing(StrEnum):
    """What strangers see of a credential."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"


class Stands(Protocol):
    """A credential as far as its standing follows from it."""

    @property
    def valid_from(self) -> datetime: ...
    @property
    def valid_until(self) -> datetime | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def suspended_at(self) -> datetime | None: ...


def standing_at(now: datetime, it: Stands) -> Standing:
    """What a stranger's verification says of a credential at `now`."""
    if it.revoked_at is not None:
        return Standing.REVOKED
    if it.suspended_at is not None:
        return Standing.SUSPENDED
    if now < it.valid_from:
        return Standing.NOT_YET_VALID
    return Standing.EXPIRED if it.valid_until is not None and now > it.valid_until else Standing.VALID


@dataclass(frozen=True, slots=True)
class StatusEntryView:
    """Where the credential's status for a purpose stands; `value` is what is told there, where nothing is decided."""

    purpose: str
    list_id: UUID
    index: int
    value: int


@dataclass(frozen=True, slots=True)
class StatusEventView:
    """A change of status: what, why, by whom, when."""

    change: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CredentialRecord:
    """A credential in a list."""

    id: UUID
    url: str
    state: str
    issuer_slug: str
    recipient_name: str | None
    program: str | None
    level: str | None
    achievement_name: str | None
    awarded_on: date | None
    created_at: datetime
    issued_at: datetime | None
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    revocation_reason: str | None
    suspended_at: datetime | None
    suspension_reason: str | None

    def standing(self, now: datetime) -> Standing:
        """What a stranger's verification says of it at `now`."""
        return standing_at(now, self)


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A credential with everything that its page shows.

    `document` is the signed JSON with its proof, None if it was signed as a JWT only; `achievement` is the version
    that was awarded, None for documents of the VC API. `request` holds the award's facts with names and addresses in
    plain text: it is for the issuer's own people, a public page shows `document`. `predecessor` is the credential
    that this one replaced, `successor` the newest that goes back to this one.
    """

    record: CredentialRecord
    issuer: Issuer
    achievement: Achievement | None
    document_id: str
    document: Mapping[str, Any] | None
    formats: tuple[str, ...]
    award_id: UUID
    source: str
    decided_by: str
    decided_at: datetime
    request: Mapping[str, Any]
    entries: tuple[StatusEntryView, ...]
    events: tuple[StatusEventView, ...]
    predecessor: UUID | None
    successor: UUID | None

    def standing(self, now: datetime) -> Standing:
        """What a stranger's verification says of it at `now`."""
        return self.record.standing(now)


@dataclass(frozen=True, slots=True)
class Page:
    """Some credentials, newest first; `next` is the cursor of the following page, None on the last."""

    items: tuple[CredentialRecord, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many credentials are issued, by standing, and how many are in the making or given up."""

    issued: int
    valid: int
    revoked: int
    suspended: int
    expired: int
    not_yet_valid: int
    preparing: int
    void: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which credentials to list; fields left None do not narrow it.

    `search` looks in the names of people, achievements, levels and programs, whatever the case, in any script.
    """

    issuer: str | None = None
    program: str | None = None
    level: str | None = None
    standing: Standing | None = None
    search: str | None = None


def find_credential(db: Database, credential_id: UUID) -> CredentialView | None:
    """An issued credential with everything that its page shows; None if there is none (or it is not issued yet)."""
    with db.read() as session:
        row = session.execute(_ONE, {"credential_id": credential_id}).one_or_none()
        if row is None or row[0].state != "issued":
            return None
        return _view(session, row)


def is_erased(db: Database, credential_id: UUID) -> bool:
    """Whether this was the credential of a person who was erased: what it said is not kept any more."""
    with db.read() as session:
        erased_at = session.scalars(select(CredentialRow.erased_at).where(CredentialRow.id == credential_id))
        return erased_at.one_or_none() is not None


def rendering(db: Database, credential_id: UUID, format_: str) -> SecuredCredential | None:
    """The signed bytes of a credential in a format (`json`, `jwt`), or None."""
    with db.read() as session:
        row = session.get(RenderingRow, (credential_id, format_))
        return SecuredCredential(row.media_type, row.body) if row is not None else None


def list_credentials(
    db: Database, *, now: datetime, filter_: Filter | None = None, after: str | None = None, limit: int = 50
) -> Page:
    """Issued credentials, newest first, page by page. `after` is a page's `next`.

    Pages are stable while others issue: a cursor is a place, not a number. Raises Refused for a cursor of no page,
    UnknownIssuer.
    """
    limit = min(max(limit, 1), MAX_PAGE)
    with db.read() as session:
        query = records().where(CredentialRow.state == "issued", *_conditions(session, filter_ or Filter(), now))
        if after is not None:
            query = query.where(tuple_(CredentialRow.created_at, CredentialRow.id) < place_of(after))
        query = query.order_by(CredentialRow.created_at.desc(), CredentialRow.id.desc()).limit(limit + 1)
        rows = session.execute(query.options(*WITHOUT_PICTURES)).all()
        items = tuple(record_of(row) for row in rows[:limit])
    return Page(items, cursor_of(items[-1]) if len(rows) > limit else None)


def count_credentials(db: Database, *, now: datetime, filter_: Filter | None = None) -> Counts:
    """How many there are of each standing."""
    with db.read() as session:
        conditions = _conditions(session, filter_ or Filter(), now)
        issued = CredentialRow.state == "issued"
        standings = {one: _total(and_(issued, stands(one, now))) for one in Standing}
        row = session.execute(
            _joined(
                select(
                    _total(issued),
                    *standings.values(),
                    _total(CredentialRow.state == "preparing"),
                    _total(CredentialRow.state == "void"),
                )
            ).where(*conditions)
        ).one()
    numbers = [int(value or 0) for value in row]
    by_standing = dict(zip(Standing, numbers[1:6], strict=True))
    return Counts(
        issued=numbers[0],
        valid=by_standing[Standing.VALID],
        revoked=by_standing[Standing.REVOKED],
        suspended=by_standing[Standing.SUSPENDED],
        expired=by_standing[Standing.EXPIRED],
        not_yet_valid=by_standing[Standing.NOT_YET_VALID],
        preparing=numbers[6],
        void=numbers[7],
    )


def _total(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


WITHOUT_PICTURES = (defer(AchievementRow.image), defer(IssuerRow.image))
"""Options of `records`: pictures stay where they are."""


def records() -> _Rows:
    """Credentials with their award, issuer, person, achievement, level and program: rows for `record_of`."""
    return _joined(select(CredentialRow, AwardRow, IssuerRow, PersonRow, AchievementRow, LevelRow, ProgramRow))


def _joined(query: _Rows) -> _Rows:
    return (
        query.select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
        .outerjoin(PersonRow, PersonRow.id == AwardRow.person_id)
        .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
        .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
    )


def _conditions(session: Session, wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.issuer is not None:
        conditions.append(CredentialRow.issuer_id == issuer_row(session, wanted.issuer).id)
    if wanted.program is not None:
        conditions.append(ProgramRow.slug == wanted.program)
    if wanted.level is not None:
        conditions.append(LevelRow.slug == wanted.level)
    if wanted.standing is not None:
        conditions.append(stands(wanted.standing, now))
    if wanted.search:
        searched = (PersonRow.name, LevelRow.slug, AchievementRow.content["name"].as_string(), ProgramRow.name)
        conditions.append(or_(*(holds(column, wanted.search) for column in searched)))
    return conditions


def stands(standing: Standing, now: datetime) -> ColumnElement[bool]:
    """`CredentialRecord.standing` as a condition of the database."""
    row = CredentialRow
    clean = and_(row.revoked_at.is_(None), row.suspended_at.is_(None))
    expired = and_(row.valid_until.is_not(None), row.valid_until < now)
    return {
        Standing.REVOKED: row.revoked_at.is_not(None),
        Standing.SUSPENDED: and_(row.revoked_at.is_(None), row.suspended_at.is_not(None)),
        Standing.NOT_YET_VALID: and_(clean, row.valid_from > now),
        Standing.EXPIRED: and_(clean, row.valid_from <= now, expired),
        Standing.VALID: and_(clean, row.valid_from <= now, or_(row.valid_until.is_(None), row.valid_until >= now)),
    }[standing]


def record_of(row: Any) -> CredentialRecord:
    """A row of `records`."""
    credential, award, owner, person, achievement, level, program = row
    return CredentialRecord(
        id=credential.id,
        url=credential_url(owner.base_url, credential.id),
        state=credential.state,
        issuer_slug=owner.slug,
        recipient_name=facts_of(credential, award).get("name") if person is not None else None,
        program=program.slug if program is not None else None,
        level=level.slug if level is not None else None,
        achievement_name=str(achievement.content["name"]) if achievement is not None else None,
        awarded_on=award.awarded_on,
        created_at=credential.created_at,
        issued_at=credential.issued_at,
        valid_from=credential.valid_from,
        valid_until=credential.valid_until,
        revoked_at=credential.revoked_at,
        revocation_reason=credential.revocation_reason,
        suspended_at=credential.suspended_at,
        suspension_reason=credential.suspension_reason,
    )


# Written once: to put a statement together takes longer than to ask it.
_ITS = bindparam("credential_id", type_=CredentialRow.id.type)
_ONE = records().where(CredentialRow.id == _ITS).options(*WITHOUT_PICTURES)
_ITS_RENDERINGS = select(RenderingRow).where(RenderingRow.credential_id == _ITS).order_by(RenderingRow.format)
_ITS_ENTRIES = select(StatusEntryRow).where(StatusEntryRow.credential_id == _ITS).order_by(StatusEntryRow.purpose)
_ITS_EVENTS = select(StatusEventRow).where(StatusEventRow.credential_id == _ITS).order_by(StatusEventRow.id)


def _view(session: Session, row: Any) -> CredentialView:
    credential, award, owner, _, achievement, level, program = row
    its = {"credential_id": credential.id}
    renderings = {one.format: one.body for one in session.scalars(_ITS_RENDERINGS, its)}
    last = newest(session, credential.id)
    return CredentialView(
        record=record_of(row),
        issuer=as_issuer(owner),
        achievement=as_achievement(achievement, level, program) if achievement is not None else None,
        document_id=credential.document_id,
        document=json.loads(renderings["json"]) if "json" in renderings else None,
        formats=tuple(renderings),
        award_id=award.id,
        source=award.source,
        decided_by=award.decided_by,
        decided_at=award.decided_at,
        request=facts_of(credential, award),
        entries=tuple(
            StatusEntryView(one.purpose, one.list_id, one.position, one.value)
            for one in session.scalars(_ITS_ENTRIES, its)
        ),
        events=tuple(
            StatusEventView(one.change, one.reason, one.actor, one.at) for one in session.scalars(_ITS_EVENTS, its)
        ),
        predecessor=credential.replaces_id,
        successor=last if last != credential.id else None,
    )


def cursor_of(last: CredentialRecord) -> str:
    """The place after that credential, in the order of newest first; `place_of` reads it."""
    return cursor_at(last.created_at, last.id)
