"""What wallets ask a person for, what he allows, and the code of that: questions that nobody answers are forgotten.

A question is found by a secret in its address, of which the hash is kept; one that was pushed (RFC 9126) by another
that is good once. Who allows it chooses one of his badges; the wallet gets a code, good once and for two minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.catalogue import Standing, standing_at
from issuer.offers.configurations import configurations_of, names_of
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.succession.chain import newest
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, ProgramRow, WalletAuthorizationRow
from wallet_export.oid4vci_authorization import ReturnAddress, Wanted, return_address

ASKING: Final = timedelta(minutes=15)
"""For an answer: a mailed sign-in link takes its time."""
PUSHED: Final = timedelta(minutes=2)
"""Between pushing a question and showing it."""
CODE: Final = timedelta(minutes=2)
_MOST_BADGES: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for its answer."""

    id: UUID
    issuer_id: int
    back: ReturnAddress
    state: str
    configurations: tuple[str, ...]
    issuer_state: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A badge of the person that fits the question."""

    credential_id: UUID
    name: str
    awarded_on: date | None
    valid_until: datetime | None
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The code for a wallet, told now and never again."""

    question: Question
    code: str = field(repr=False)


def ask(
    db: Database, issuer_id: int, wanted: Wanted, *, pushed: bool, now: datetime, randomness: Callable[[int], bytes]
) -> str:
    """Keep a question; the secret by which it is found."""
    handle = new_secret(randomness)
    with db.write() as session:
        session.add(
            WalletAuthorizationRow(
                id=UUID(bytes=randomness(16), version=4),
                issuer_id=issuer_id,
                handle_hash=hash_of(handle),
                pushed=pushed,
                client_id=wanted.client_id,
                redirect_uri=wanted.back.uri,
                state=wanted.state,
                code_challenge=wanted.challenge,
                configurations=list(wanted.configurations),
                with_details=wanted.with_details,
                issuer_state=wanted.issuer_state,
                dpop_key=wanted.dpop_key,
                created_at=now,
                expires_at=now + (PUSHED if pushed else ASKING),
                formats=[],
            )
        )
    return handle


def show_pushed(
    db: Database, issuer_id: int, handle: str, *, client_id: str, now: datetime, randomness: Callable[[int], bytes]
) -> str | None:
    """The secret of a question that this client had pushed, once; None if it is over or never was."""
    if not is_secret(handle):
        return None
    shown = new_secret(randomness)
    with db.write() as session:
        found = session.scalars(
            update(WalletAuthorizationRow)
            .where(
                WalletAuthorizationRow.handle_hash == hash_of(handle),
                WalletAuthorizationRow.pushed.is_(True),
                WalletAuthorizationRow.issuer_id == issuer_id,
                WalletAuthorizationRow.client_id == client_id,
                WalletAuthorizationRow.expires_at > now,
            )
            .values(handle_hash=hash_of(shown), pushed=False, expires_at=now + ASKING)
            .returning(WalletAuthorizationRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return shown if found is not None else None


def find_question(db: Database, handle: str, *, now: datetime) -> Question | None:
    """The question, if it still waits."""
    if not is_secret(handle):
        return None
    with db.read() as session:
        row = session.scalars(select(WalletAuthorizationRow).where(*_waits(handle, now))).one_or_none()
        return _question(row) if row is not None else None


def choices(db: Database, question: Question, person_id: UUID, *, now: datetime) -> tuple[Choice, ...]:
    """The badges of this person that fit, the newest first; of an offered one, what replaced it."""
    with db.read() as session:
        return _choices(session, question, person_id, now)


def allow(
    db: Database,
    handle: str,
    *,
    person_id: UUID,
    credential_id: UUID,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Allowed | None:
    """The person allows it for this badge: once, whoever sends the form again. None: it is over, or no such choice."""
    if not is_secret(handle):
        return None
    code = new_secret(randomness)
    with db.write() as session:
        row = session.scalars(select(WalletAuthorizationRow).where(*_waits(handle, now))).one_or_none()
        if row is None:
            return None
        question = _question(row)
        chosen = {one.credential_id: one for one in _choices(session, question, person_id, now)}.get(credential_id)
        if chosen is None:
            return None
        values = {
            "answered_at": now,
            "person_id": person_id,
            "credential_id": credential_id,
            "formats": list(chosen.formats),
            "code_hash": hash_of(code),
            "expires_at": now + CODE,
        }
        if not _answer(session, handle, now, values):
            return None
        _record(session, "wallet allowed", question.id, credential_id, f"person:{person_id}", now)
    return Allowed(question, code)


def deny(db: Database, handle: str, *, now: datetime) -> Question | None:
    """The person does not allow it. None: it is over."""
    if not is_secret(handle):
        return None
    with db.write() as session:
        row = session.scalars(select(WalletAuthorizationRow).where(*_waits(handle, now))).one_or_none()
        question = _question(row) if row is not None else None
        return question if _answer(session, handle, now, {"answered_at": now}) else None


def _answer(session: Session, handle: str, now: datetime, values: dict[str, Any]) -> bool:
    answered = session.scalars(
        update(WalletAuthorizationRow)
        .where(*_waits(handle, now))
        .values(values)
        .returning(WalletAuthorizationRow.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return answered is not None


def _waits(handle: str, now: datetime) -> tuple[Any, ...]:
    return (
        WalletAuthorizationRow.handle_hash == hash_of(handle),
        WalletAuthorizationRow.pushed.is_(False),
        WalletAuthorizationRow.answered_at.is_(None),
        WalletAuthorizationRow.expires_at > now,
    )


def _question(row: WalletAuthorizationRow) -> Question:
    back = return_address(row.redirect_uri)
    return Question(row.id, row.issuer_id, back, row.state, tuple(row.configurations), row.issuer_state)


def _choices(session: Session, question: Question, person_id: UUID, now: datetime) -> tuple[Choice, ...]:
    query = (
        select(CredentialRow, AwardRow.awarded_on, AchievementRow.content, ProgramRow.slug, LevelRow.slug)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id))
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            AwardRow.person_id == person_id,
            CredentialRow.issuer_id == question.issuer_id,
            CredentialRow.state == "issued",
            CredentialRow.erased_at.is_(None),
            CredentialRow.revoked_at.is_(None),
        )
        .order_by(CredentialRow.valid_from.desc(), CredentialRow.id)
        .limit(_MOST_BADGES)
    )
    if question.issuer_state:
        try:
            offered = UUID(question.issuer_state)
        except ValueError:
            return ()
        query = query.where(CredentialRow.id == newest(session, offered))
    rows = session.execute(query).all()
    replaced = _replaced(session, [row.id for row, *_ in rows])
    found = []
    for row, awarded_on, content, program, level in rows:
        formats = tuple(
            one.value for one, named in names_of(program, level).items() if named in question.configurations
        )
        if formats and row.id not in replaced and standing_at(now, row) is Standing.VALID:
            found.append(Choice(row.id, str(content.get("name", "")), awarded_on, row.valid_until, formats))
    return tuple(found)


def _replaced(session: Session, ids: list[UUID]) -> set[UUID | None]:
    query = select(CredentialRow.replaces_id).where(CredentialRow.replaces_id.in_(ids), CredentialRow.state == "issued")
    return set(session.scalars(query))


def configurations_offered(db: Database, credential_id: UUID, *, now: datetime) -> tuple[int, tuple[str, ...]] | None:
    """The issuer's row and the configurations of a badge that can be offered to whoever signs in; None: it cannot.

    Nothing of it is secret: the badge's page tells as much.
    """
    with db.read() as session:
        row = session.get(CredentialRow, newest(session, credential_id))
        if row is None or row.state != "issued" or row.erased_at is not None:
            return None
        award = session.get(AwardRow, row.award_id)
        if award is None or (row.achievement_id or award.achievement_id) is None:
            return None
        if standing_at(now, row) is not Standing.VALID:
            return None
        return row.issuer_id, tuple(configurations_of(session, row.id).values())


def _record(session: Session, action: str, question: UUID, credential_id: UUID, actor: str, now: datetime) -> None:
    session.flush()
    details = {"credential": str(credential_id)}
    audit.append(session, at=now, actor=actor, action=action, subject=f"wallet-question:{question}", details=details)
