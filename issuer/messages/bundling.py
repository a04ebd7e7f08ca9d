"""Notices into messages: one mail a day for each recipient, with everything that he is to be told.

What happened to someone's own credential does not wait for the next day's mail. A notice becomes part of one message
or is dropped, in one transaction with that message, and a day's message has an id that is made of recipient and day:
neither a crash nor a second worker makes two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from issuer.messages.assessments import no_longer_wanted
from issuer.messages.composing import compose
from issuer.messages.mail_hours import deliverable_at
from issuer.messages.matters import Letter
from issuer.messages.notices import AT_ONCE
from issuer.messages.reading import Awarding, credentials_named, level_pages, matters_of
from issuer.messages.recipients import (
    Clock,
    addresses_of,
    present_people_at,
    program_clocks,
    programs_named,
    programs_of_credentials,
    zone_and_hours,
)
from issuer.messages.settled import (
    PRESSING,
    credential_ids,
    is_settled,
    is_stale,
    latest_only,
    without_overtaken,
)
from issuer.people.facts import levels_of, people_facts
from issuer.plain_text import is_email_address
from issuer.recertification.facts import LevelKey, Levels
from issuer.store import Database
from issuer.tables import IssuerRow, MessageRow, NoticeRow, PersonRow, ProgramRow

_BUNDLES = UUID("2b0e6c0e-0a55-4d7e-9d5e-3f7f6f1f4b52")


@dataclass(frozen=True, slots=True)
class BundleReport:
    """How many messages were written, of how many notices; how many were dropped, and for whom there is no address."""

    messages: int = 0
    bundled: int = 0
    dropped: int = 0
    unreachable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _House:
    """What is the same for all mails of an issuer."""

    id: int
    name: str
    base_url: str
    levels: Levels
    clocks: Mapping[str, Clock]
    programs: Mapping[str, str]
    pages: Mapping[LevelKey, str]
    time_zone: str
    linkedin: int | None


@dataclass(slots=True)
class _Recipient:
    """Whoever gets one mail: a person, or an address of nobody we know; `addresses` are all that lead to him."""

    person_id: UUID | None
    addresses: list[str] = field(default_factory=list)
    notices: list[NoticeRow] = field(default_factory=list)
    own_zone: str | None = None

    @property
    def key(self) -> str:
        return str(self.person_id) if self.person_id is not None else self.addresses[0]


@dataclass(slots=True)
class _Counts:
    messages: int = 0
    bundled: int = 0
    dropped: int = 0
    unreachable: list[str] = field(default_factory=list)


def bundle(db: Database, *, now: datetime, time_zone: str, linkedin: int | None = None) -> BundleReport:
    """Write the messages that may reach their recipients now; what may not yet waits.

    1. see who has notices that are due, and for whom it is within mail hours on his clock (`time_zone` is that of
       whoever has none, in a program without one)
    2. for each of them, in one transaction: lock people and notices, drop what is settled, write the message

    linkedin: the number of the company's page there, for the entry in a profile that a renewal makes old.
    """
    counts = _Counts()
    with db.read() as session:
        houses = _houses(session, now, time_zone, linkedin)
        work = [(house, one) for house in houses for one in _due(session, house, now)]
    for house, recipient in work:
        with db.write() as session:
            _write(session, house, recipient, now, counts)
    return BundleReport(counts.messages, counts.bundled, counts.dropped, tuple(counts.unreachable))


def _houses(session: Session, now: datetime, time_zone: str, linkedin: int | None) -> list[_House]:
    waiting = select(NoticeRow.issuer_id).where(NoticeRow.state == "waiting", NoticeRow.due_at <= now)
    houses = []
    for row in session.scalars(select(IssuerRow).where(IssuerRow.id.in_(waiting)).order_by(IssuerRow.id)):
        names = select(ProgramRow.slug, ProgramRow.name).where(ProgramRow.issuer_id == row.id)
        houses.append(
            _House(
                id=row.id,
                name=str(row.profile.get("name", row.slug)),
                base_url=row.base_url,
                levels=levels_of(session, row.id)[0],
                clocks=program_clocks(session, row.id),
                programs={row.slug: row.name for row in session.execute(names)},
                pages=level_pages(session, row.id, row.base_url),
                time_zone=time_zone,
                linkedin=linkedin,
            )
        )
    return houses


def _due(session: Session, house: _House, now: datetime) -> list[_Recipient]:
    """Who may be written to now and has something to be told that need not wait for tomorrow's mail."""
    query = select(NoticeRow).where(
        NoticeRow.state == "waiting", NoticeRow.due_at <= now, NoticeRow.issuer_id == house.id
    )
    notices = _in_order(session.scalars(query))
    known = present_people_at(session, {one.address for one in notices if one.address}, now.date())
    recipients: dict[UUID | str, _Recipient] = {}
    for notice in notices:
        person = notice.recipient_id or known.get(notice.address or "")
        key = person or notice.address or ""
        recipient = recipients.setdefault(key, _Recipient(person))
        recipient.notices.append(notice)
        if notice.address and notice.address not in recipient.addresses:
            recipient.addresses.append(notice.address)
    persons = [one.person_id for one in recipients.values() if one.person_id is not None]
    people = select(PersonRow.id, PersonRow.time_zone).where(PersonRow.id.in_(persons))
    zones = {row.id: row.time_zone for row in session.execute(people)}
    of_credentials = programs_of_credentials(session, credential_ids(notices))
    open_now = []
    for recipient in recipients.values():
        recipient.own_zone = zones.get(recipient.person_id) if recipient.person_id else None
        told = programs_named(recipient.notices, of_credentials)
        zone, hours = zone_and_hours(recipient.own_zone, told, house.clocks, house.time_zone)
        if deliverable_at(now, zone, hours) <= now:
            open_now.append((recipient, _daily_id(house, recipient, now.astimezone(zone).date())))
    written = set(session.scalars(select(MessageRow.id).where(MessageRow.id.in_([day for _, day in open_now]))))
    session.expunge_all()
    return [one for one, day in open_now if day not in written or any(n.kind in AT_ONCE for n in one.notices)]


def _daily_id(house: _House, recipient: _Recipient, day: date) -> UUID:
    return uuid5(_BUNDLES, f"{house.id}:{recipient.key}:{day.isoformat()}")


def _write(session: Session, house: _House, recipient: _Recipient, now: datetime, counts: _Counts) -> None:
    people = _locked_people(session, recipient)
    notices = _locked_notices(session, house, recipient, people, now)
    reader = people.get(recipient.person_id) if recipient.person_id else None
    credentials = credentials_named(session, notices, house.levels)
    slugs = {identifier: one.level.program for identifier, one in credentials.items() if one.level}
    zone, hours = zone_and_hours(recipient.own_zone, programs_named(notices, slugs), house.clocks, house.time_zone)
    today = now.astimezone(zone).date()
    telling = _worth_telling(session, house, reader, notices, today, now)
    daily = _daily_id(house, recipient, today)
    _drop(session, [one for one in notices if one not in telling], counts)
    if session.get(MessageRow, daily) is not None:
        telling = [one for one in telling if one.kind in AT_ONCE]
    if not telling or deliverable_at(now, zone, hours) > now:
        return
    address = _address(session, recipient)
    if address is None:
        counts.unreachable.append(recipient.key)
        _drop(session, telling, counts)
        return
    letter = Letter(
        issuer=house.name,
        base_url=house.base_url,
        host=urlsplit(house.base_url).hostname or "localhost",
        reader=reader.name if reader is not None else "",
        reader_id=recipient.person_id,
        today=today,
        matters=matters_of(
            telling,
            reader=recipient.person_id,
            base_url=house.base_url,
            awarding=Awarding(house.name, house.linkedin),
            names={identifier: row.name for identifier, row in people.items()},
            programs=house.programs,
            levels=house.levels,
            pages=house.pages,
            credentials=credentials,
        ),
    )
    mail = compose(letter, now)
    news_only = all(one.kind in AT_ONCE for one in telling)
    row = MessageRow(
        id=uuid5(_BUNDLES, f"at once:{min(one.key for one in telling)}") if news_only else daily,
        issuer_id=house.id,
        recipient_id=recipient.person_id,
        address=address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        calendar=mail.calendar,
        state="queued",
        not_before=now,
        attempts=0,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.id.in_([one.id for one in telling]))
        .values(state="bundled", message_id=row.id)
        .execution_options(synchronize_session=False)
    )
    counts.messages += 1
    counts.bundled += len(telling)


def _locked_people(session: Session, recipient: _Recipient) -> Mapping[UUID, PersonRow]:
    """Everyone whose name the mail could hold, kept from being erased until it is written; in one order for all."""
    wanted = {one.about_id for one in recipient.notices} | {recipient.person_id}
    query = select(PersonRow).where(PersonRow.id.in_(one for one in wanted if one is not None))
    return {row.id: row for row in session.scalars(query.order_by(PersonRow.id).with_for_update(read=True))}


def _locked_notices(
    session: Session, house: _House, recipient: _Recipient, people: Mapping[UUID, PersonRow], now: datetime
) -> Sequence[NoticeRow]:
    """The recipient's notices that still wait. Another worker that writes to him now is waited for."""
    to_him: ColumnElement[bool] = NoticeRow.address.in_(recipient.addresses)
    if recipient.person_id is not None:
        to_him = or_(to_him, NoticeRow.recipient_id == recipient.person_id)
    query = select(NoticeRow).where(
        and_(NoticeRow.state == "waiting", NoticeRow.due_at <= now, NoticeRow.issuer_id == house.id),
        to_him,
        or_(NoticeRow.about_id.is_(None), NoticeRow.about_id.in_(people)),
    )
    return _in_order(session.scalars(query.order_by(NoticeRow.due_at, NoticeRow.id).with_for_update()))


def _in_order(notices: Iterable[NoticeRow]) -> list[NoticeRow]:
    """As they were noted down. Asked for this order, SQLite would read along it, also what was sent long ago."""
    return sorted(notices, key=lambda one: one.id)


def _worth_telling(
    session: Session,
    house: _House,
    reader: PersonRow | None,
    notices: Sequence[NoticeRow],
    today: date,
    now: datetime,
) -> list[NoticeRow]:
    """Without what is settled, what a later notice says better, and what is about someone of whom nothing is left."""
    about = {one.about_id or one.recipient_id for one in notices}
    ids = [one for one in about if one is not None]
    facts = {one.id: one for one in people_facts(session, house.id, house.levels, person_ids=ids)}
    kept = []
    answered = no_longer_wanted(session, notices)
    for notice in notices:
        if notice.id in answered:
            continue
        person_id = notice.about_id or notice.recipient_id
        whom = facts.get(person_id) if person_id is not None else None
        if is_stale(notice, now) or (person_id is not None and (whom is None or is_settled(notice, whom, now))):
            continue
        if reader is None or not _useless_to(reader, notice, today):
            kept.append(notice)
    return without_overtaken(latest_only(kept)[0], facts)


def _useless_to(reader: PersonRow, notice: NoticeRow, today: date) -> bool:
    """Whoever left hears of his own credentials, and of nothing else."""
    if reader.erased_at is not None:
        return True
    left = reader.left_on is not None and reader.left_on < today
    return left and (notice.about_id not in {None, reader.id} or notice.kind in PRESSING)


def _drop(session: Session, notices: Sequence[NoticeRow], counts: _Counts) -> None:
    if not notices:
        return
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.id.in_([one.id for one in notices]))
        .values(state="dropped")
        .execution_options(synchronize_session=False)
    )
    counts.dropped += len(notices)


def _address(session: Session, recipient: _Recipient) -> str | None:
    """Where to write to; None if there is no address, or none that mail could be sent to."""
    if recipient.person_id is not None:
        found = addresses_of(session, [recipient.person_id]).get(recipient.person_id)
    else:
        found = recipient.addresses[0]
    return found if found is not None and is_email_address(found) else None
