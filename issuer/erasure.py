"""Erase a person: nothing that identifies him is left in any row. Of what he held, only the status goes on to be shown.

One transaction. What stays is the award as a fact without a name, status entries and events with their bits, the audit
trail (ids and facts, never names), and the ids by which they hang together. What is out of reach, and is said so: the
copies that others hold, names that an assessor's or committee's part put into other people's credentials and into
program files, documents signed through the VC API (their subject is nobody's record here), and backups.

A deleted row's bytes stay in a database's file until they are overwritten. SQLite overwrites them at once
(secure_delete), and `scrub` writes the whole file anew. PostgreSQL's VACUUM frees them, when it runs; its log and its
backups have a lifetime of their own, which is the operator's to set.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.orm import DeclarativeBase, Session

from issuer import audit
from issuer.awards import comparable
from issuer.errors import Unknown
from issuer.held import erase_held
from issuer.phone_passes.telling import forget as forget_passes
from issuer.store import Database, reachable
from issuer.tables import (
    ApplauseRow,
    AssessmentRow,
    AssignmentRow,
    AwardRow,
    BulkItemRow,
    CalendarFeedRow,
    CredentialRow,
    CreditRow,
    IdentityRow,
    LearningEventRow,
    LtiGradeRow,
    LtiTicketRow,
    MembershipRow,
    MentorRow,
    MessageRow,
    NoticeRow,
    OneTimeLinkRow,
    PersonAddressRow,
    PersonRow,
    PhonePassRow,
    ProgramRow,
    ProposalRow,
    ProvisionedPersonRow,
    RenderingKeyRow,
    RenderingRow,
    RoleGrantRow,
    SessionRow,
    ShareLinkRow,
    SharingRow,
    StatusEventRow,
    WallChoiceRow,
    WalletAuthorizationRow,
    WalletCopyRow,
    WalletExchangeRow,
    WalletGrantRow,
    WalletIssuanceRow,
    WalletOfferRow,
    WalletRequestRow,
)
from issuer.text_search import holds

NAME = "Erased person"
ERASED = "erased"
_RUNNING = ("proposed", "in assessment", "appealed")
_UNSENT = ("queued", "claimed")


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """Whom erasing touches, and how much of him there is. `stays` says in sentences what it cannot reach."""

    person_id: UUID
    name: str
    addresses: tuple[str, ...]
    credentials: int
    valid: int
    proposals: int
    messages: int
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: the credentials whose content is gone. `person_id` is all that is left of the person."""

    person_id: UUID
    credentials: tuple[UUID, ...]


def erase_preview(db: Database, email: str, *, now: datetime) -> ErasurePreview:
    """What `erase_person` would do to the person with this address. Raises Unknown."""
    with db.read() as session:
        person = _person(session, email)
        mine = select(AwardRow.id).where(AwardRow.person_id == person.id)
        credentials = session.scalars(
            select(CredentialRow).where(CredentialRow.award_id.in_(mine), CredentialRow.state == "issued")
        ).all()
        addresses = _addresses(session, person.id)
        return ErasurePreview(
            person_id=person.id,
            name=person.name,
            addresses=addresses,
            credentials=len(credentials),
            valid=sum(
                one.revoked_at is None and (one.valid_until is None or one.valid_until >= now) for one in credentials
            ),
            proposals=_count(session, ProposalRow, ProposalRow.person_id == person.id),
            messages=_count(session, MessageRow, MessageRow.id.in_(_messages_with(session, person.id, addresses))),
            stays=tuple(_stays(session, person, addresses)),
        )


def erase_person(db: Database, *, email: str, actor: str, now: datetime) -> Erased:
    """Erase the person with this address, finally. Raises Unknown: nobody has the address (any more)."""
    with db.write() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA secure_delete = ON"))
        person = _person(session, email)
        addresses = _addresses(session, person.id)
        person.name, person.erased_at = NAME, now
        person.did = person.employee_number = person.manager_id = person.function = None
        person.time_zone = person.joined_on = person.left_on = None
        session.flush()  # held from here: whoever writes a message reads the name under this lock
        identifier = person.id
        _erase_messages(session, identifier, addresses)
        _erase_relations(session, identifier, now)
        erase_held(session, identifier)
        _erase_proposals(session, identifier)
        credentials = _erase_credentials(session, identifier, now)
        _erase_reports(session, addresses)
        audit.append(
            session,
            at=now,
            actor=actor,
            action="person erased",
            subject=f"person:{identifier}",
            details={"credentials": [str(one) for one in credentials]},
        )
        return Erased(identifier, credentials)


def scrub(db: Database) -> bool:
    """Write SQLite's file anew, so that no free page of it holds what was deleted; False where there is no such file.

    Takes a moment, and as much room on the disk again. Raises DatabaseUnreachable if others are working on it now.
    """
    if db.engine.dialect.name != "sqlite":
        return False
    connection = db.engine.raw_connection()
    try:
        with reachable(db):
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()
    finally:
        connection.close()
    return True


def _person(session: Session, email: str) -> PersonRow:
    row = session.scalars(
        select(PersonRow)
        .join(PersonAddressRow, PersonAddressRow.person_id == PersonRow.id)
        .where(PersonAddressRow.address == comparable(email))
    ).one_or_none()
    if row is None:
        raise Unknown(f"nobody has the address “{email}”; who was erased has none any more")
    return row


def _addresses(session: Session, person_id: UUID) -> tuple[str, ...]:
    rows = session.scalars(
        select(PersonAddressRow)
        .where(PersonAddressRow.person_id == person_id)
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
    )
    return tuple(dict.fromkeys(one for row in rows for one in (row.address, row.shown)))


def _count(session: Session, table: type[DeclarativeBase], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _stays(session: Session, person: PersonRow, addresses: Collection[str]) -> list[str]:
    found = [
        f"the program {row.slug} names his address as its owner: name another in its file, and apply it"
        for row in session.scalars(select(ProgramRow).order_by(ProgramRow.slug))
        if row.owner_address is not None and comparable(row.owner_address) in {comparable(one) for one in addresses}
    ]
    found += [
        f"the program {row.slug} names him in its committee: change its file, and apply it"
        for row in session.scalars(select(ProgramRow).order_by(ProgramRow.slug))
        if any(one.get("name") == person.name for one in row.settings.get("committee", {}).get("members", ()))
    ]
    passes = (
        select(PhonePassRow.id)
        .join(CredentialRow, CredentialRow.id == PhonePassRow.credential_id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .where(AwardRow.person_id == person.id, PhonePassRow.kind == "apple")
    )
    if session.scalars(passes.limit(1)).first() is not None:
        found.append("a pass on his iPhone stays there as it is until he deletes it; his passes at Google are emptied")
    if _count(session, AssessmentRow, AssessmentRow.assessor_id == person.id):
        found.append("he assessed others: if a program publishes its assessors, their credentials name him")
    return found


def _erase_messages(session: Session, person_id: UUID, addresses: Collection[str]) -> None:
    """Messages to him and about him are emptied; what an unsent one told of others is told again without him."""
    ids = _messages_with(session, person_id, addresses)
    concerned = or_(
        NoticeRow.recipient_id == person_id, NoticeRow.about_id == person_id, NoticeRow.address.in_(addresses)
    )
    unsent = set(session.scalars(select(MessageRow.id).where(MessageRow.id.in_(ids), MessageRow.state.in_(_UNSENT))))
    _run(
        session,
        update(NoticeRow)
        .where(NoticeRow.message_id.in_(unsent), ~func.coalesce(concerned, False))
        .values(state="waiting", message_id=None),
    )
    _run(
        session,
        update(NoticeRow).where(concerned, NoticeRow.state == "waiting").values(state="dropped"),
    )
    _run(session, update(NoticeRow).where(concerned).values(facts={}))
    _run(session, update(NoticeRow).where(NoticeRow.address.in_(addresses)).values(address=""))
    _run(
        session,
        update(MessageRow)
        .where(MessageRow.id.in_(ids))
        .values(address="", subject="", text="", html=None, calendar=None, fault=None),
    )
    _run(session, update(MessageRow).where(MessageRow.id.in_(unsent)).values(state="dropped"))


def _messages_with(session: Session, person_id: UUID, addresses: Collection[str]) -> set[UUID]:
    about = select(NoticeRow.message_id).where(
        or_(NoticeRow.about_id == person_id, NoticeRow.recipient_id == person_id), NoticeRow.message_id.is_not(None)
    )
    to_him = or_(MessageRow.recipient_id == person_id, MessageRow.address.in_(addresses), MessageRow.id.in_(about))
    return set(session.scalars(select(MessageRow.id).where(to_him)))


def _erase_relations(session: Session, person_id: UUID, now: datetime) -> None:
    for table in (
        SessionRow,
        IdentityRow,
        OneTimeLinkRow,
        RoleGrantRow,
        SharingRow,
        CalendarFeedRow,
        ProvisionedPersonRow,
        WallChoiceRow,
        ApplauseRow,
        LtiGradeRow,
        LtiTicketRow,
    ):
        _run(session, delete(table).where(table.person_id == person_id))
    his = select(AwardRow.id).where(AwardRow.person_id == person_id)
    _run(session, delete(ApplauseRow).where(ApplauseRow.award_id.in_(his)))
    _run(session, update(PersonRow).where(PersonRow.manager_id == person_id).values(manager_id=None))
    _run(session, delete(PersonAddressRow).where(PersonAddressRow.person_id == person_id))
    _run(session, delete(MembershipRow).where(MembershipRow.person_id == person_id))
    _run(session, delete(MentorRow).where(or_(MentorRow.person_id == person_id, MentorRow.mentor_id == person_id)))
    _run(
        session,
        update(AssignmentRow)
        .where(
            AssignmentRow.target_kind == "person",
            AssignmentRow.target == str(person_id),
            AssignmentRow.ended_at.is_(None),
        )
        .values(ended_at=now),
    )
    for one in session.scalars(select(CreditRow).where(CreditRow.person_id == person_id)):
        one.activity, one.url, one.idempotency_key = ERASED, None, f"{ERASED}:{one.id}"
    session.flush()


def _erase_proposals(session: Session, person_id: UUID) -> None:
    ids = []
    for one in session.scalars(select(ProposalRow).where(ProposalRow.person_id == person_id)):
        ids.append(one.id)
        one.narrative = one.declaration = one.decision = None
        one.evidence, one.results = [], {}
        one.idempotency_key, one.request_digest = f"{ERASED}:{one.id}", ERASED
        if one.state in _RUNNING:
            one.state = "withdrawn"
    session.flush()
    _run(session, update(AssessmentRow).where(AssessmentRow.proposal_id.in_(ids)).values(remark=None))
    _run(
        session,
        update(LearningEventRow).where(LearningEventRow.proposal_id.in_(ids)).values(detail=ERASED),
    )


def _erase_credentials(session: Session, person_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """Awards keep level and day; credentials keep their status. What is still `preparing` is given up."""
    awards = session.scalars(select(AwardRow).where(AwardRow.person_id == person_id)).all()
    for award in awards:
        award.request = _nameless(award.request)
        award.idempotency_key, award.request_digest = f"{ERASED}:{award.id}", ERASED
    rows = session.scalars(
        select(CredentialRow)
        .where(CredentialRow.award_id.in_([award.id for award in awards]))
        .order_by(CredentialRow.id)
        .with_for_update(key_share=True)
    ).all()
    for row in rows:
        row.erased_at, row.identity_salt = now, ""
        if row.facts is not None:
            row.facts = _nameless(row.facts)
        if row.state == "preparing":
            row.state, row.voided_at = "void", now
        row.void_reason = ERASED if row.state == "void" else None
        row.revocation_reason = ERASED if row.revoked_at is not None else None
        row.suspension_reason = ERASED if row.suspended_at is not None else None
    session.flush()
    ids = tuple(row.id for row in rows)
    _run(session, delete(RenderingKeyRow).where(RenderingKeyRow.credential_id.in_(ids)))
    _run(session, delete(RenderingRow).where(RenderingRow.credential_id.in_(ids)))
    _run(session, delete(ShareLinkRow).where(ShareLinkRow.credential_id.in_(ids)))
    _erase_wallets(session, ids)
    forget_passes(session, ids, now)
    _run(session, delete(WalletExchangeRow).where(WalletExchangeRow.credential_id.in_(ids)))
    _run(session, delete(WalletRequestRow).where(WalletRequestRow.state == "answered"))  # whosever
    _run(session, update(StatusEventRow).where(StatusEventRow.credential_id.in_(ids)).values(reason=ERASED))
    return ids


def _erase_wallets(session: Session, credential_ids: Sequence[UUID]) -> None:
    """The copies bound to his keys, the keys, and what would let a wallet ask for more."""
    grants = select(WalletGrantRow.id).where(WalletGrantRow.credential_id.in_(credential_ids))
    _run(session, delete(WalletIssuanceRow).where(WalletIssuanceRow.grant_id.in_(grants)))
    for table in (WalletGrantRow, WalletAuthorizationRow, WalletOfferRow, WalletCopyRow):
        _run(session, delete(table).where(table.credential_id.in_(credential_ids)))


def _nameless(request: dict[str, Any]) -> dict[str, Any]:
    """The facts of an award without those of the person."""
    named = ("program", "level", "awarded_on", "version")
    kept: dict[str, Any] = {name: request[name] for name in named if name in request}
    blank: dict[str, Any] = {"did": None, "license_number": None, "narrative": None, "evidence": [], "results": []}
    return {"name": NAME, "email": "", **blank, **kept}


def _erase_reports(session: Session, addresses: Sequence[str]) -> None:
    """What waits in a list of awards, and what learning systems reported, by the addresses in it."""
    for address in addresses:
        email = BulkItemRow.work["award"]["email"].as_string()  # the text itself: JSON writes ë as \u00eb
        for item in session.scalars(select(BulkItemRow).where(holds(email, comparable(address)))):
            if comparable(item.work["award"]["email"]) != comparable(address):
                continue  # susana@… holds ana@…
            if item.state == "waiting":
                item.state, item.fault = "cancelled", ERASED
            item.work = {}
        session.flush()
        _run(session, update(BulkItemRow).where(holds(BulkItemRow.fault, address)).values(fault=ERASED))
        _run(session, update(LearningEventRow).where(holds(LearningEventRow.detail, address)).values(detail=ERASED))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
