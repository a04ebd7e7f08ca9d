"""Changes of keys that two people make: one asks, exactly; another allows it, once; or it is refused, withdrawn, over.

The new key is made when it is asked for, so that what is allowed is what was seen: its public half and its URI, and
the fragment of the key whose place it takes. It is allowed by one conditional UPDATE in the transaction that puts it
there. Whoever types on the server's command line names himself without showing who he is: that counts for one of the
two at most, and what the machine asks for without naming anybody (a timer) needs two who allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from issuer import audit, key_words
from issuer.errors import KeyMismatch, SecondPersonNeeded, TransitionRefused, Unknown
from issuer.issuers import issuer_row
from issuer.key_request import KeyRequest, Party, view_of
from issuer.key_uses import IN_A_FILE, KeyState, Use
from issuer.new_key import Replaced
from issuer.signing_keys import keys_of, replaced, signer_of
from issuer.store import Database
from issuer.tables import IssuerRow, KeyRequestRow, KeyRuleRow
from issuer.two_people import Change, counting, counts, rule_of, tell
from keys import multikey
from keys.did import key_fragment
from keys.keyring import Keyring
from keys.public_key import KeyType, PublicKey

LIFE = timedelta(hours=72)
"""So long a request waits: over a weekend."""
ONE_PERSON = "one person"


def key_requests(db: Database, *, issuer: str | None, now: datetime, limit: int = 20) -> tuple[KeyRequest, ...]:
    """The newest first; one that waited too long is `expired`. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        rows = session.scalars(
            select(KeyRequestRow)
            .where(KeyRequestRow.issuer_id == owner.id)
            .order_by(KeyRequestRow.asked_at.desc(), KeyRequestRow.id)
            .limit(limit)
        ).all()
        return tuple(view_of(session, row, now) for row in rows)


def require_two(db: Database, *, issuer: str | None, by: Party, now: datetime) -> None:
    """From now on two people change the keys: said by one who is an admin, or by whoever runs the server.

    Raises TransitionRefused while fewer than two admins are named, or if it is so already.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        if rule_of(session, owner) is not None:
            raise TransitionRefused(key_words.two_already())
        if by.person_id is not None and not counts(session, owner, by.person_id, None, now):
            raise TransitionRefused(key_words.does_not_count())
        if len(session.scalars(counting(owner, None, now)).all()) < 2:
            raise TransitionRefused(key_words.too_few())
        session.add(KeyRuleRow(issuer_id=owner.id, since=now))
        audit.append(session, at=now, actor=by.actor, action="two people required", subject=f"issuer:{owner.slug}")


def ask_for_one(
    db: Database, *, issuer: str | None, by: Party, now: datetime, randomness: Callable[[int], bytes]
) -> KeyRequest:
    """Ask that one person may change the keys again. Raises as `ask`."""
    return _ask(db, issuer, ONE_PERSON, None, by, now, randomness)


def ask(
    db: Database,
    *,
    issuer: str | None,
    change: Change,
    by: Party,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> KeyRequest:
    """Ask for a change that was planned (`signing_keys.planned_rotation`). The other admins get a mail.

    What the machine asks for again while it waits is the same request. Raises TransitionRefused for whoever does not
    count, and while the same is asked for already.
    """
    return _ask(db, issuer, "rotate" if change.replaces else "add", change, by, now, randomness)


def waiting_for(
    db: Database, *, issuer: str | None, use: Use, key_type: KeyType | None, now: datetime
) -> KeyRequest | None:
    """What is asked for already for the main key of a use, or for the further key of a type: no key need be made."""
    with db.read() as session:
        row = _same(session, issuer_row(session, issuer), use, key_type, now)
        return view_of(session, row, now) if row is not None else None


def _ask(
    db: Database,
    issuer: str | None,
    operation: str,
    change: Change | None,
    by: Party,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> KeyRequest:
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        since = rule_of(session, owner)
        if since is None:
            raise TransitionRefused(key_words.one_already())
        if by.person_id is not None and not counts(session, owner, by.person_id, since, now):
            raise TransitionRefused(key_words.does_not_count())
        use = change.use if change is not None else None
        same = _same(session, owner, use, change.public_key.type if change and change.further else None, now)
        if same is not None and by.person_id is None:
            return view_of(session, same, now)
        if same is not None:
            raise TransitionRefused(key_words.asked_already())
        row = KeyRequestRow(
            id=UUID(bytes=randomness(16), version=4),
            issuer_id=owner.id,
            operation=operation,
            use=use.value if use is not None else None,
            further=change is not None and change.further,
            replaces=change.replaces if change is not None else None,
            key_uri=change.key_uri if change is not None else None,
            public_multikey=multikey.encode(change.public_key) if change is not None else None,
            asked_by=by.actor,
            asked_person=by.person_id,
            on_machine=by.on_machine,
            asked_at=now,
            expires_at=now + LIFE,
            state="waiting",
        )
        session.add(row)
        session.flush()
        what = (
            key_words.asked_for_one()
            if change is None
            else key_words.asked(change.replaces, key_fragment(change.public_key))
        )
        person = f"person:{by.person_id}" if by.person_id is not None else by.actor
        tell(session, owner, since, mark=str(row.id), what=what, except_actor=person, now=now)
        _record(session, row, owner, "key change asked for", by, now)
        return view_of(session, row, now)


def allow(
    db: Database,
    keyring: Keyring | None,
    *,
    issuer: str | None,
    request_id: UUID,
    by: Party,
    now: datetime,
) -> KeyRequest:
    """The second person's word: what is asked for is done, or, if only the machine asked, has its first person now.

    Raises TransitionRefused if he may not, if it does not wait any more, or if the key that was to be replaced is
    another by now; KeyMismatch if the keyring does not hold the key that was seen; Unknown; what the keyring raises.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        row = _row(session, owner, request_id)
        method = f"{owner.did}#"
    if by.person_id is None:
        raise TransitionRefused(key_words.does_not_count())
    if row.asked_person is None:
        return _back(db, issuer, request_id, by, now)
    if row.public_multikey is None or row.key_uri is None or row.use is None:
        return _end_rule(db, issuer, request_id, by, now)
    public_key = multikey.decode(row.public_multikey)
    _require_held(keyring, row.key_uri, public_key, method + key_fragment(public_key))

    def gate(session: Session, owner: IssuerRow, change: Change, before: Replaced | None) -> Mapping[str, str]:
        asked = _claim(session, owner, request_id, by, now)
        if (before.fragment if before is not None else None) != change.replaces:
            raise TransitionRefused(key_words.changed_meanwhile())  # and the claim is undone with all the rest
        return {"request": str(request_id), "asked": asked, "allowed": f"person:{by.person_id}"}

    change = Change(Use(row.use), row.further, row.key_uri, public_key, row.replaces)
    replaced(db, issuer, change, gate=gate, actor=by.actor, now=now)
    return _read(db, issuer, request_id, now)


def refuse(db: Database, *, issuer: str | None, request_id: UUID, by: Party, now: datetime) -> KeyRequest:
    """It is not to be; said by who asked for it, it is withdrawn. The machine may: nothing is changed by it.

    Raises TransitionRefused for whoever is no admin, and if it does not wait any more; Unknown.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _row(session, owner, request_id)
        if by.person_id is not None and not counts(session, owner, by.person_id, None, now):
            raise TransitionRefused(key_words.does_not_count())
        own = by.person_id == row.asked_person if by.person_id is not None else by.actor == row.asked_by
        state = "withdrawn" if own else "refused"
        if not _settled(session, owner, request_id, by, now, state=state):
            raise TransitionRefused(key_words.not_waiting())
        session.refresh(row)
        _record(session, row, owner, "key change withdrawn" if own else "key change refused", by, now)
        return view_of(session, row, now)


def _back(db: Database, issuer: str | None, request_id: UUID, by: Party, now: datetime) -> KeyRequest:
    """The first person's word for what the machine asked."""
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        _require_counting(session, owner, by.person_id, now)
        taken = session.execute(
            update(KeyRequestRow)
            .where(*_live(owner, request_id, now), KeyRequestRow.asked_person.is_(None))
            .values(asked_person=by.person_id, on_machine=by.on_machine)
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", taken).rowcount != 1:
            raise TransitionRefused(key_words.not_waiting())
        row = _row(session, owner, request_id)
        _record(session, row, owner, "key change backed", by, now)
        return view_of(session, row, now)


def _end_rule(db: Database, issuer: str | None, request_id: UUID, by: Party, now: datetime) -> KeyRequest:
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        asked = _claim(session, owner, request_id, by, now)
        rule = session.get(KeyRuleRow, owner.id)
        if rule is None:
            raise TransitionRefused(key_words.one_already())
        session.delete(rule)
        details = {"request": str(request_id), "asked": asked, "allowed": f"person:{by.person_id}"}
        subject = f"issuer:{owner.slug}"
        audit.append(
            session, at=now, actor=by.actor, action="two people not required", subject=subject, details=details
        )
    return _read(db, issuer, request_id, now)


def _claim(session: Session, owner: IssuerRow, request_id: UUID, by: Party, now: datetime) -> str:
    """Use the request up, in the transaction that does what it asks for; who asked for it, as the trail names him."""
    row = _row(session, owner, request_id)
    if row.asked_person == by.person_id:
        raise TransitionRefused(key_words.same_person())
    if row.on_machine and by.on_machine:
        raise TransitionRefused(key_words.machine_twice())
    _require_counting(session, owner, by.person_id, now)
    if row.asked_person is None or not counts(session, owner, row.asked_person, rule_of(session, owner), now):
        raise TransitionRefused(key_words.asker_does_not_count())
    if not _settled(session, owner, request_id, by, now, state="done"):
        raise TransitionRefused(key_words.not_waiting())
    return f"person:{row.asked_person}"


def _settled(session: Session, owner: IssuerRow, request_id: UUID, by: Party, now: datetime, *, state: str) -> bool:
    """One conditional UPDATE: of several who answer at the same moment, one does."""
    query = update(KeyRequestRow).where(*_live(owner, request_id, now))
    if state == "done":
        query = query.where(
            KeyRequestRow.asked_person.is_not(None),
            KeyRequestRow.asked_person != by.person_id,
            *([~KeyRequestRow.on_machine] if by.on_machine else []),
        )
    done = session.execute(
        query.values(state=state, settled_by=by.actor, settled_person=by.person_id, settled_at=now).execution_options(
            synchronize_session=False
        )
    )
    return cast("CursorResult[Any]", done).rowcount == 1


def _live(owner: IssuerRow, request_id: UUID, now: datetime) -> tuple[Any, ...]:
    return (
        KeyRequestRow.id == request_id,
        KeyRequestRow.issuer_id == owner.id,
        KeyRequestRow.state == "waiting",
        KeyRequestRow.expires_at > now,
    )


def _require_counting(session: Session, owner: IssuerRow, person_id: UUID | None, now: datetime) -> None:
    if person_id is None or not counts(session, owner, person_id, rule_of(session, owner), now):
        raise TransitionRefused(key_words.does_not_count())


def _require_held(keyring: Keyring | None, key_uri: str, public_key: PublicKey, method: str) -> None:
    """The key that was seen is there still; a holder is asked for a signature."""
    if keyring is None:
        raise SecondPersonNeeded(key_words.locked())
    if key_uri.startswith(IN_A_FILE):
        signer_of(keyring, key_uri, public_key, method)
    elif keyring.adopt(key_uri)[1].public_key != public_key:
        raise KeyMismatch(key_words.another(key_uri, method))


def _same(
    session: Session, owner: IssuerRow, use: Use | None, further: KeyType | None, now: datetime
) -> KeyRequestRow | None:
    """A request that waits for the same place; one for a key that was replaced meanwhile is in nobody's way."""
    rows = session.scalars(
        select(KeyRequestRow).where(
            KeyRequestRow.issuer_id == owner.id,
            KeyRequestRow.state == "waiting",
            KeyRequestRow.expires_at > now,
            KeyRequestRow.use.is_(None) if use is None else KeyRequestRow.use == use.value,
            KeyRequestRow.further == (further is not None),
        )
    ).all()
    present = {key.fragment for key in keys_of(session, owner) if key.state is KeyState.ACTIVE}
    for row in rows:
        if row.replaces is not None and row.replaces not in present:
            continue
        if further is None or (row.public_multikey and multikey.decode(row.public_multikey).type is further):
            return row
    return None


def _row(session: Session, owner: IssuerRow, request_id: UUID) -> KeyRequestRow:
    row = session.get(KeyRequestRow, request_id)
    if row is None or row.issuer_id != owner.id:
        raise Unknown(key_words.no_request())
    return row


def _read(db: Database, issuer: str | None, request_id: UUID, now: datetime) -> KeyRequest:
    with db.read() as session:
        return view_of(session, _row(session, issuer_row(session, issuer), request_id), now)


def _record(session: Session, row: KeyRequestRow, owner: IssuerRow, action: str, by: Party, now: datetime) -> None:
    details = {"request": str(row.id), "operation": row.operation, "use": row.use or "", "replaces": row.replaces or ""}
    if row.public_multikey is not None:
        details["new"] = key_fragment(multikey.decode(row.public_multikey))
    if by.on_machine and by.person_id is not None:
        details["for"] = f"person:{by.person_id}"
    subject = f"key:{owner.slug}/{row.replaces}" if row.replaces else f"issuer:{owner.slug}"
    audit.append(session, at=now, actor=by.actor, action=action, subject=subject, details=details)
