"""Revoke, suspend or reinstate many credentials: a chunk is recorded in one transaction and published in another.

Who asked hears that it is done when it is in a published edition of its list, and in which. If that fails, what was
recorded stays: it is published with the next edition (`issuer.list_turns`), and repeating the chunk publishes it. After
that, repeating it changes nothing twice: what stands as wanted already is reported so.

Locks are taken in one order everywhere, credentials by id, then the audit trail's end, so that no two chunks wait for
each other; who publishes holds its list alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, func, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence, sentence_of
from issuer import audit
from issuer.errors import Fault, NoSigningKey, Refused
from issuer.key_words import none_for
from issuer.list_turns import publish_recorded
from issuer.messages.notices import Kind, Notice, put
from issuer.plain_text import safe_text
from issuer.signing_keys import KeyState, Use, signer_of
from issuer.status_transitions import RULE, Change, obstacle, record
from issuer.store import Database
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    IssuerRow,
    LevelRow,
    ProgramRow,
    SigningKeyRow,
    StatusEntryRow,
    StatusEventRow,
)
from keys import multikey
from keys.keyring import Keyring

CHUNK_SIZE = 1_000
MAX_REASON = 1_000
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# Statements built once: to build one anew costs as much as to execute it.
_SIGNING = (
    select(IssuerRow.did, IssuerRow.slug, SigningKeyRow.key_uri, SigningKeyRow.public_multikey, SigningKeyRow.fragment)
    .outerjoin(
        SigningKeyRow,
        and_(
            SigningKeyRow.issuer_id == IssuerRow.id,
            SigningKeyRow.use == Use.DATA_INTEGRITY.value,
            SigningKeyRow.state == KeyState.ACTIVE.value,
            ~SigningKeyRow.further,
        ),
    )
    .where(IssuerRow.id.in_(select(CredentialRow.issuer_id).where(CredentialRow.id.in_(_IDS))))
)
_LOCKED = (
    select(CredentialRow).where(CredentialRow.id.in_(_IDS)).order_by(CredentialRow.id).with_for_update(key_share=True)
)
_ENTRIES = select(StatusEntryRow).where(StatusEntryRow.credential_id.in_(_IDS))
_UNPUBLISHED = (
    select(StatusEventRow.id, StatusEventRow.list_id)
    .where(StatusEventRow.credential_id.in_(_IDS), StatusEventRow.edition.is_(None))
    .order_by(StatusEventRow.id)
)
_HOLDERS = (
    select(CredentialRow.id, CredentialRow.issuer_id, AwardRow.person_id, LevelRow.slug, ProgramRow.slug)
    .join(AwardRow, AwardRow.id == CredentialRow.award_id)
    .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
    .join(LevelRow, LevelRow.id == AchievementRow.level_id)
    .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
    .where(CredentialRow.id.in_(_IDS), AwardRow.person_id.is_not(None), CredentialRow.erased_at.is_(None))
)
_KIND = {Change.REVOKED: Kind.REVOKED, Change.SUSPENDED: Kind.SUSPENDED, Change.REINSTATED: Kind.REINSTATED}


class Result(StrEnum):
    """What became of one credential of a bulk."""

    DONE = "done"
    ALREADY = "already"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StatusOutcome:
    """What became of one credential; `detail` says why it was not changed. `list_id`, `edition`: where it was."""

    credential_id: UUID
    result: Result
    detail: str = ""
    list_id: UUID | None = None
    edition: int | None = None


def change_many(
    db: Database,
    keyring: Keyring,
    *,
    credential_ids: Sequence[UUID],
    change: Change,
    reason: str,
    actor: str,
    now: datetime,
    tell: bool = True,
) -> tuple[StatusOutcome, ...]:
    """Change the status of up to CHUNK_SIZE credentials; an outcome for each, in their order, once it is published.

    With `tell`, each holder is told. Raises Refused for a reason that is none, NoSigningKey and what the keyring
    raises: then nothing is changed; ListRefused and OwnOutputMismatch: then it is recorded and not yet published.
    """
    reason = checked_reason(reason)
    wanted = tuple(dict.fromkeys(credential_ids))
    unseal(db, keyring, wanted)
    with db.write() as session:
        found = change_in(session, wanted, change=change, reason=reason, actor=actor, now=now, tell=tell)
        tell_trail(session, found, actor=actor, now=now)
    return publish_changed(db, keyring, found, now=now)


def change_all(
    db: Database,
    keyring: Keyring,
    *,
    credential_ids: Sequence[UUID],
    change: Change,
    reason: str,
    actor: str,
    now: datetime,
    tell: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Iterator[StatusOutcome]:
    """`change_many` chunk by chunk, for any number; `progress` hears how many are done. Raises as `change_many`."""
    ids = tuple(dict.fromkeys(credential_ids))
    for start in range(0, len(ids), CHUNK_SIZE):
        chunk = ids[start : start + CHUNK_SIZE]
        yield from change_many(
            db, keyring, credential_ids=chunk, change=change, reason=reason, actor=actor, now=now, tell=tell
        )
        if progress is not None:
            progress(start + len(chunk))


@dataclass(frozen=True, slots=True)
class Changed:
    """What a transaction changed: outcomes, the audit events that say so, and the status events to publish, by list.

    Among these are such as waited already, of credentials that stood as wanted.
    """

    outcomes: Mapping[UUID, StatusOutcome]
    events: Sequence[tuple[str, str, Mapping[str, object]]]
    waiting: Mapping[UUID, Sequence[int]]


def checked_reason(reason: str) -> str:
    """The reason, fit to be shown. Raises Refused."""
    try:
        text = safe_text(reason)
    except ValueError as error:
        raise Refused(
            sentence("The reason"), [Fault("", sentence_of(error), sentence("the holder will read it: say why"))]
        ) from error
    if len(text) > MAX_REASON:
        raise Refused(
            sentence("The reason"),
            [
                Fault(
                    "",
                    sentence("it has {count} characters", count=len(text)),
                    sentence("at most {most} are kept", most=MAX_REASON),
                )
            ],
        )
    return text


def unseal(db: Database, keyring: Keyring, credential_ids: Sequence[UUID]) -> None:
    """Unsealing a key takes a moment: not within the transaction."""
    with db.read() as session:
        keys = session.execute(_SIGNING, {"ids": credential_ids}).all()
    for did, slug, key_uri, public_multikey, fragment in keys:
        if key_uri is None:
            raise NoSigningKey(none_for(slug, Use.DATA_INTEGRITY))
        signer_of(keyring, key_uri, multikey.decode(public_multikey), f"{did}#{fragment}")


def change_in(
    session: Session, wanted: Sequence[UUID], *, change: Change, reason: str, actor: str, now: datetime, tell: bool
) -> Changed:
    """Record the changes in the caller's transaction.

    `tell_trail` must follow as its last step, and `publish_changed` after its commit.
    """
    rows = {
        row.id: row for row in session.scalars(_LOCKED, {"ids": wanted}, execution_options={"populate_existing": True})
    }
    entries: dict[UUID, dict[str, StatusEntryRow]] = {}
    for entry in session.scalars(_ENTRIES, {"ids": wanted}):
        entries.setdefault(entry.credential_id, {})[entry.purpose] = entry
    ruled = suspended_by_rule(session, wanted) if change is Change.SUSPENDED and actor != RULE else frozenset()
    outcomes: dict[UUID, StatusOutcome] = {}
    events: list[StatusEventRow] = []
    for one in wanted:
        row = rows.get(one)
        if row is None:
            outcomes[one] = StatusOutcome(one, Result.UNKNOWN, sentence("there is no credential {one}", one=one))
            continue
        why = obstacle(row, entries.get(one, {}), change, takes_over=one in ruled)
        if why is not None:
            outcomes[one] = StatusOutcome(one, Result.ALREADY if why.already else Result.REFUSED, why.why)
            continue
        record(row, change, reason, now)
        entry = entries[one][change.purpose]
        events.append(_event(entry, change, reason, actor, now))
        outcomes[one] = StatusOutcome(one, Result.DONE, list_id=entry.list_id)
    session.add_all(events)
    session.flush()
    if tell:
        put(session, _notices(session, events, change, reason, now), now)
    digest = sha256(reason.encode()).hexdigest()
    return Changed(
        outcomes,
        [
            (
                f"credential {change}",
                f"credential:{event.credential_id}",
                {"status_event": event.id, "reason_sha256": digest},
            )
            for event in events
        ],
        _waiting(session, wanted),
    )


def suspended_by_rule(session: Session, credential_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those that are suspended now, lastly by a rule and by no person."""
    last = (
        select(func.max(StatusEventRow.id))
        .where(StatusEventRow.credential_id == CredentialRow.id, StatusEventRow.value.is_(None))
        .correlate(CredentialRow)
        .scalar_subquery()
    )
    return frozenset(
        session.scalars(
            select(CredentialRow.id)
            .join(StatusEventRow, StatusEventRow.id == last)
            .where(
                CredentialRow.id.in_(credential_ids),
                CredentialRow.suspended_at.is_not(None),
                StatusEventRow.actor == RULE,
            )
        )
    )


def tell_trail(session: Session, changed: Changed, *, actor: str, now: datetime) -> None:
    """Write the audit trail: the end of the caller's transaction."""
    if changed.events:
        audit.append_all(session, at=now, actor=actor, events=changed.events)


def publish_changed(db: Database, keyring: Keyring, changed: Changed, *, now: datetime) -> tuple[StatusOutcome, ...]:
    """Publish what was recorded and committed; returns when it is published. Raises as `publish_recorded`."""
    editions = publish_recorded(db, keyring, changed.waiting, now)
    return tuple(
        replace(one, edition=editions[one.list_id]) if one.list_id is not None else one
        for one in changed.outcomes.values()
    )


def _waiting(session: Session, credential_ids: Sequence[UUID]) -> dict[UUID, list[int]]:
    """The events of these credentials that no edition carries, by list."""
    found: dict[UUID, list[int]] = {}
    for event_id, list_id in session.execute(_UNPUBLISHED, {"ids": credential_ids}):
        found.setdefault(list_id, []).append(event_id)
    return found


def _event(entry: StatusEntryRow, change: Change, reason: str, actor: str, now: datetime) -> StatusEventRow:
    return StatusEventRow(
        credential_id=entry.credential_id,
        list_id=entry.list_id,
        position=entry.position,
        change=change.value,
        bit=change is not Change.REINSTATED,
        reason=reason,
        actor=actor,
        at=now,
        edition=None,
    )


def _notices(
    session: Session, events: Sequence[StatusEventRow], change: Change, reason: str, now: datetime
) -> list[Notice]:
    rows = session.execute(_HOLDERS, {"ids": [event.credential_id for event in events]})
    holders = {row[0]: row for row in rows}
    return [
        Notice(
            key=f"{change}:{event.id}",
            kind=_KIND[change],
            issuer_id=holder[1],
            recipient_id=holder[2],
            due_at=now,
            facts={"credential": str(event.credential_id), "level": f"{holder[4]}/{holder[3]}", "reason": reason},
        )
        for event in events
        if (holder := holders.get(event.credential_id)) is not None
    ]
