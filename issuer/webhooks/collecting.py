"""What happened since the last look, written down once for each system that wants to know.

Two sources: the audit trail, from the event after the last that was looked at (events are committed in their order, so
none appears behind that one later), and the credentials' ends, from the instant up to which was told. Where a system
stands and what was written for it are one transaction: a crash loses nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session, aliased

from credentials.instants import format_instant, parse_instant
from credentials.strict_json import parse
from issuer.canonical_json import canonical_json
from issuer.store import Database
from issuer.succession.chain import indexed
from issuer.tables import (
    AchievementRow,
    AuditEventRow,
    AwardRow,
    CredentialRow,
    IssuerRow,
    LevelRow,
    ProgramRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from issuer.webhooks.kinds import BY_ACTION, EXPIRING_BEFORE, Kind

PAGE = 500
"""Events that are looked at, or credentials that are told of, in one transaction."""
KEPT = timedelta(days=30)
"""How long it is shown what was delivered, and what was given up."""
_SUBJECT = "credential:"


@dataclass(frozen=True, slots=True)
class _Happening:
    """One event: `key` names it for ever; `more` are ids of other credentials that it is about."""

    key: str
    kind: Kind
    credential: UUID
    at: datetime
    more: Mapping[str, UUID]


def collect(db: Database, *, now: datetime, randomness: Callable[[int], bytes], pause: Callable[[], None]) -> int:
    """Write down what is to be told; returns how many tellings. `pause` is called between two transactions.

    Old ones that have ended are forgotten.
    """
    with db.read() as session:
        listed = session.scalars(select(WebhookRow.id).order_by(WebhookRow.id)).all()
    written = 0
    for identifier in listed:
        for step in (_trail_step, _time_step):
            more = True
            while more:
                pause()
                with db.write() as session:
                    row = session.get(WebhookRow, identifier, with_for_update=True)
                    if row is None:
                        break
                    found, more = step(session, row, now)
                    written += _write(session, row, found, now, randomness)
    with db.write() as session:
        session.execute(delete(WebhookDeliveryRow).where(WebhookDeliveryRow.ended_at < now - KEPT))
    return written


def _trail_step(session: Session, row: WebhookRow, _now: datetime) -> tuple[list[_Happening], bool]:
    """What the trail's next page tells, and whether there may be another."""
    events = session.scalars(
        select(AuditEventRow).where(AuditEventRow.sequence > row.trail).order_by(AuditEventRow.sequence).limit(PAGE)
    ).all()
    found = []
    for event in events:
        kind = BY_ACTION.get(event.action)
        if kind is None or not event.subject.startswith(_SUBJECT):
            continue
        successor = parse(event.details.encode()).get("successor")
        more = {"successor": UUID(successor)} if isinstance(successor, str) else {}
        credential = UUID(event.subject.removeprefix(_SUBJECT))
        found.append(_Happening(f"trail:{event.sequence}", kind, credential, parse_instant(event.at), more))
    if events:
        row.trail = events[-1].sequence
    return found, len(events) == PAGE


def _time_step(session: Session, row: WebhookRow, now: datetime) -> tuple[list[_Happening], bool]:
    """What has come to its end, or near it, since it was told of that; at most a page of each, up to one instant."""
    since = row.told_until
    until = now
    ends = [(Kind.EXPIRED, timedelta()), (Kind.EXPIRING, EXPIRING_BEFORE)]
    pages = {}
    for kind, before in ends:
        pages[kind] = page = _ending(session, row.issuer_id, since + before, now + before)
        if len(page) > PAGE:  # whole instants only: many end in the same second, and are told together
            until = min(until, page[PAGE][1] - before)
    if until <= since:  # more than a page ends in one instant
        until = min(now, since + timedelta(seconds=1))
        pages = {kind: _ending(session, row.issuer_id, since + before, until + before, None) for kind, before in ends}
    found = [
        _Happening(f"{kind.name.lower()}:{credential}", kind, credential, end if kind is Kind.EXPIRED else now, {})
        for kind, before in ends
        for credential, end in pages[kind]
        if end - before < until
    ]
    row.told_until = until
    return found, until < now


def _ending(
    session: Session, issuer_id: int, since: datetime, until: datetime, most: int | None = PAGE + 1
) -> list[tuple[UUID, datetime]]:
    """Credentials whose last instant is in [since, until), that are the newest of their line and not revoked."""
    later = aliased(CredentialRow)
    last: ColumnElement[datetime] = CredentialRow.valid_until  # type: ignore[assignment]
    query = (
        select(CredentialRow.id, last)
        .where(
            CredentialRow.issuer_id == issuer_id,
            last >= since,
            last < until,
            CredentialRow.state == "issued",
            CredentialRow.revoked_at.is_(None),
            ~select(later.id)
            .where(later.replaces_id == CredentialRow.id, later.state == "issued", indexed(later))
            .exists(),
        )
        .order_by(last, CredentialRow.id)
    )
    return [(found, end) for found, end in session.execute(query.limit(most) if most is not None else query)]


def _write(
    session: Session,
    row: WebhookRow,
    found: Iterable[_Happening],
    now: datetime,
    randomness: Callable[[int], bytes],
) -> int:
    wanted = [one for one in found if one.kind in row.kinds]
    if not wanted:
        return 0
    known = dict(_facts(session, row.issuer_id, {one.credential for one in wanted}))
    successors = {one.more["successor"] for one in wanted if "successor" in one.more}
    addresses = {identifier: facts["id"] for identifier, facts in _facts(session, row.issuer_id, successors)}
    count = 0
    for one in wanted:
        if one.credential not in known:  # another issuer's
            continue
        data = dict(known[one.credential])
        for name, identifier in one.more.items():
            if identifier in addresses:
                data[name] = addresses[identifier]
        body = {"type": one.kind.value, "timestamp": format_instant(one.at), "data": data}
        session.add(
            WebhookDeliveryRow(
                id=UUID(bytes=randomness(16), version=4),
                webhook_id=row.id,
                key=one.key,
                kind=one.kind.value,
                body=canonical_json(body).decode(),
                state="waiting",
                created_at=now,
                not_before=now,
                attempts=0,
                claimed_by=None,
                claimed_until=None,
                answered=None,
                fault=None,
                ended_at=None,
            )
        )
        count += 1
    return count


def _facts(session: Session, issuer_id: int, identifiers: Iterable[UUID]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """What is told of each credential: ids and dates, nothing that names a person."""
    found = session.execute(
        select(CredentialRow, AwardRow.person_id, IssuerRow.did, ProgramRow.slug, LevelRow.slug, AchievementRow.version)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
        .outerjoin(
            AchievementRow,
            AchievementRow.id == func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id),
        )
        .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
        .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(CredentialRow.id.in_(list(identifiers)), CredentialRow.issuer_id == issuer_id)
    )
    for row, person, did, program, level, version in found:
        facts = {
            "id": row.document_id,
            "issuer": did,
            "subject": f"urn:uuid:{person}" if person is not None else None,
            "level": f"{program}/{level}" if level is not None else None,
            "version": version,
            "validFrom": format_instant(row.valid_from),
            "validUntil": format_instant(row.valid_until) if row.valid_until is not None else None,
        }
        yield row.id, {name: value for name, value in facts.items() if value is not None}
