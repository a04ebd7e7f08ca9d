"""What a credential's status tells besides yes and no (Bitstring Status List 1.0, section 2.1): nothing of it decides.

- `message`: one of the words that the credential itself names, which its level gave it. A person says which.
- `refresh`: that there is a newer version, to be had from the refresh service that the credential names. It is told
  when a renewal or a correction of it is issued, and never taken back.

As with revocation, the change is recorded in the transaction that changes the entry's row, and published after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from credentials.status_entry import MESSAGE, REFRESH
from issuer import audit
from issuer.bulk_status import CHUNK_SIZE, Result, StatusOutcome, unseal
from issuer.errors import Fault, Refused, TransitionRefused, UnknownCredential
from issuer.list_turns import publish_recorded
from issuer.many_rows import among
from issuer.store import Database
from issuer.succession.chain import indexed
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, StatusEntryRow, StatusEventRow, StatusListRow
from keys.keyring import Keyring

TOLD = "told"


@dataclass(frozen=True, slots=True)
class Messages:
    """The words that a credential's message can be, in the order of their values, and which of them it is now."""

    words: tuple[str, ...]
    value: int

    @property
    def word(self) -> str:
        """What it says now."""
        return self.words[self.value]


def messages_of(db: Database, credential_id: UUID) -> Messages | None:
    """What the credential's status message can say and says; None if it has none. Raises UnknownCredential."""
    with db.read() as session:
        known = _entries(session, [credential_id])
        if not known and session.get(CredentialRow, credential_id) is None:
            raise UnknownCredential(f"there is no credential {credential_id}")
        return Messages(known[credential_id].words, known[credential_id].entry.value) if known else None


def say(
    db: Database, keyring: Keyring, *, credential_id: UUID, message: str, actor: str, now: datetime
) -> StatusOutcome:
    """`say_many` of one. Raises also UnknownCredential, and TransitionRefused where it would only be refused."""
    (outcome,) = say_many(db, keyring, credential_ids=[credential_id], message=message, actor=actor, now=now)
    if outcome.result is Result.UNKNOWN:
        raise UnknownCredential(outcome.detail)
    if outcome.result is Result.REFUSED:
        raise TransitionRefused(outcome.detail)
    return outcome


def say_many(
    db: Database, keyring: Keyring, *, credential_ids: Sequence[UUID], message: str, actor: str, now: datetime
) -> tuple[StatusOutcome, ...]:
    """Let the status message of up to CHUNK_SIZE credentials be that word; an outcome for each, once it is published.

    Those that say it already are left; those that have no such word are refused. Raises Refused for no word,
    NoSigningKey and what the keyring raises: then nothing is changed; ListRefused and OwnOutputMismatch: then it is
    recorded and not yet published.
    """
    wanted = tuple(dict.fromkeys(credential_ids))
    if not message.strip():
        raise Refused("The message", [Fault("", "it is empty", "give one of the words that the credential names")])
    unseal(db, keyring, wanted)
    with db.write() as session:
        there = set(
            session.scalars(
                select(CredentialRow.id)
                .where(among(session, CredentialRow.id, wanted), CredentialRow.state == "issued")
                .order_by(CredentialRow.id)
                .with_for_update(key_share=True)
            )
        )
        known = _entries(session, wanted)
        outcomes: dict[UUID, StatusOutcome] = {}
        changes: list[tuple[StatusEntryRow, int, str]] = []
        for one in wanted:
            outcome = _judged(one, known.get(one), message, issued=one in there)
            outcomes[one] = outcome
            if outcome.result is Result.DONE:
                changes.append((known[one].entry, known[one].words.index(message), message))
        waiting = _record(session, changes, actor=actor, now=now)
    return _published(db, keyring, outcomes, waiting, now)


def tell_of_newer(
    db: Database, keyring: Keyring, credential_ids: Sequence[UUID] | None, *, actor: str, now: datetime
) -> int:
    """Tell of each of these credentials, or of all, that it has a newer version, if one is issued; how many were told.

    Only of those that have an entry for it and were not told of yet: repeated, it changes nothing.
    Raises as `say_many`.
    """
    found = _untold(db, credential_ids)
    for start in range(0, len(found), CHUNK_SIZE):
        chunk = found[start : start + CHUNK_SIZE]
        unseal(db, keyring, chunk)
        with db.write() as session:
            entries = session.scalars(
                select(StatusEntryRow)
                .where(
                    among(session, StatusEntryRow.credential_id, chunk),
                    StatusEntryRow.purpose == REFRESH,
                    StatusEntryRow.value == 0,
                )
                .order_by(StatusEntryRow.credential_id)
                .with_for_update()
            ).all()
            waiting = _record(session, [(entry, 1, "") for entry in entries], actor=actor, now=now)
        publish_recorded(db, keyring, waiting, now)
    return len(found)


def _untold(db: Database, credential_ids: Sequence[UUID] | None) -> list[UUID]:
    if credential_ids is not None and not credential_ids:
        return []
    with db.read() as session:
        if session.scalars(select(StatusListRow.id).where(StatusListRow.purpose == REFRESH).limit(1)).first() is None:
            return []  # as in most houses: then nobody's successors are gone through
        later = aliased(CredentialRow)
        query = (
            select(StatusEntryRow.credential_id)
            .join(later, later.replaces_id == StatusEntryRow.credential_id)
            .where(
                StatusEntryRow.purpose == REFRESH, StatusEntryRow.value == 0, later.state == "issued", indexed(later)
            )
            .order_by(StatusEntryRow.credential_id)
        )
        if credential_ids is not None:
            query = query.where(among(session, StatusEntryRow.credential_id, credential_ids))
        return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class _Entry:
    entry: StatusEntryRow
    words: tuple[str, ...]


def _entries(session: Session, credential_ids: Sequence[UUID]) -> dict[UUID, _Entry]:
    """The entries for messages of these credentials, with the words that their level's version gave them."""
    rows = session.execute(
        select(StatusEntryRow, AchievementRow.rules)
        .join(CredentialRow, CredentialRow.id == StatusEntryRow.credential_id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .where(among(session, StatusEntryRow.credential_id, credential_ids), StatusEntryRow.purpose == MESSAGE)
    )
    return {entry.credential_id: _Entry(entry, tuple(rules["status_messages"])) for entry, rules in rows}


def _judged(one: UUID, known: _Entry | None, message: str, *, issued: bool) -> StatusOutcome:
    if not issued:
        return StatusOutcome(one, Result.UNKNOWN, f"there is no issued credential {one}")
    if known is None:
        why = (
            "it was issued without a status message. Ask for status: [revocation, message] in the level before issuing"
        )
        return StatusOutcome(one, Result.REFUSED, f"the credential {one} cannot say anything: {why}")
    if message not in known.words:
        words = ", ".join(f"“{word}”" for word in known.words)
        return StatusOutcome(one, Result.REFUSED, f"the credential {one} names no message “{message}”, but {words}")
    if known.words[known.entry.value] == message:
        return StatusOutcome(one, Result.ALREADY, f"the credential {one} says “{message}” already")
    return StatusOutcome(one, Result.DONE, list_id=known.entry.list_id)


def _record(
    session: Session, changes: Sequence[tuple[StatusEntryRow, int, str]], *, actor: str, now: datetime
) -> dict[UUID, list[int]]:
    """Change the entries, record it and tell the trail, as the transaction's last step; the events to publish, by list.

    The trail holds the value, and no word, which may speak of a person.
    """
    events = []
    for entry, value, word in changes:
        entry.value = value
        events.append(
            StatusEventRow(
                credential_id=entry.credential_id,
                list_id=entry.list_id,
                position=entry.position,
                change=TOLD,
                bit=bool(value),
                value=value,
                reason=word,
                actor=actor,
                at=now,
                edition=None,
            )
        )
    session.add_all(events)
    session.flush()
    waiting: dict[UUID, list[int]] = {}
    for event in events:
        waiting.setdefault(event.list_id, []).append(event.id)
    if events:
        told: list[tuple[str, str, Mapping[str, object]]] = [
            (
                f"credential {TOLD}",
                f"credential:{event.credential_id}",
                {"status_event": event.id, "purpose": entry.purpose, "value": event.value},
            )
            for event, (entry, _, _) in zip(events, changes, strict=True)
        ]
        audit.append_all(session, at=now, actor=actor, events=told)
    return waiting


def _published(
    db: Database,
    keyring: Keyring,
    outcomes: Mapping[UUID, StatusOutcome],
    waiting: Mapping[UUID, Sequence[int]],
    now: datetime,
) -> tuple[StatusOutcome, ...]:
    editions = publish_recorded(db, keyring, waiting, now)
    return tuple(
        replace(one, edition=editions[one.list_id]) if one.list_id is not None else one for one in outcomes.values()
    )
