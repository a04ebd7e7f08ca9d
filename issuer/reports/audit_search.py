"""The audit trail, the latest first: of a subject, by somebody, of a kind, between two instants.

However long the trail is, a search reads few rows of it. Its indexes end with the number of the event, so the latest
events of one actor, one kind, or both are read from the end of a lane; what somebody looks for is brought down to some
lanes first (kinds and actors are found by leaping through the index), and the latest of all lanes are shown. Instants
become numbers by halving: the trail is written in the order of time, give or take the clocks of its machines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from credentials.instants import parse_instant
from credentials.sentence import sentence
from issuer.audit import AuditEvent
from issuer.awards import comparable
from issuer.errors import Fault, Refused
from issuer.store import Database
from issuer.tables import AuditEventRow, PersonAddressRow

_KINDS = ("credential", "person", "proposal", "bulk", "award", "message", "group")
_Column = InstrumentedAttribute[str]
MOST_LANES = 120
_MOST_NAMES = 60
_PROBES = 60
_CLOCKS = timedelta(minutes=5)
"""How far the clocks of the machines that write may be apart."""
_LAST = "\U0010ffff"


class TooBroad(Refused):
    """What is looked for may mean too many; `faults` says which field is to be written more exactly."""


@dataclass(frozen=True, slots=True)
class TrailSearch:
    """What must hold of an event; "" and None do not narrow it.

    `subject` and `actor` are an e-mail address of a person, an id, or what stands in the trail, or how that begins.
    `action` is any part of an action.
    """

    subject: str = ""
    actor: str = ""
    action: str = ""
    since: datetime | None = None
    before: datetime | None = None


def find_events(
    db: Database, search: TrailSearch, *, below: int | None = None, limit: int = 50
) -> tuple[AuditEvent, ...]:
    """Up to `limit` events, the latest first; only those with a sequence below `below`, if it is given.

    Raises TooBroad.
    """
    row = AuditEventRow
    with db.read() as session:
        conditions = list(_bounds(session, search, below))
        lanes = _lanes(session, search)
        if lanes == [()]:
            query = select(row).where(*conditions)
        else:
            found = _latest(session, lanes, conditions, limit)
            query = select(row).where(row.sequence.in_(found))
        rows = session.scalars(query.order_by(row.sequence.desc()).limit(limit)).all()
        return tuple(
            AuditEvent(one.sequence, parse_instant(one.at), one.actor, one.action, one.subject, _facts(one), one.hash)
            for one in rows
        )


def _bounds(session: Session, search: TrailSearch, below: int | None) -> Iterator[ColumnElement[bool]]:
    row = AuditEventRow
    if below is not None:
        yield row.sequence < below
    if search.since is not None:
        yield row.sequence >= _first_from(session, search.since - _CLOCKS)
        yield row.at >= _written(search.since)
    if search.before is not None:
        yield row.sequence < _first_from(session, search.before + _CLOCKS)
        yield row.at < _written(search.before)


def _first_from(session: Session, instant: datetime) -> int:
    """About the first event from that instant on: the place where the trail's times pass it; some questions suffice."""
    row, wanted = AuditEventRow, _written(instant)
    low, high = 1, (session.scalar(select(func.max(row.sequence))) or 0) + 1
    while low < high:
        step = max(1, (high - low) // _PROBES)
        asked = select(row.sequence, row.at).where(row.sequence.in_(range(low, high, step))).order_by(row.sequence)
        found = session.execute(asked).all()
        if not found:  # a trail that was touched: what is not there has no time
            return low
        for sequence, at in found:
            if at >= wanted:
                high = sequence
                break
            low = sequence + 1
    return low


def _lanes(session: Session, search: TrailSearch) -> list[tuple[ColumnElement[bool], ...]]:
    """Conditions, each of which one index answers in the order of events; together they are what is looked for.

    A subject has few events: what else must hold is looked at among these.
    """
    row = AuditEventRow
    subjects = _names(session, row.subject, search.subject, "subject")
    actors = _names(session, row.actor, search.actor, "actor")
    actions = _actions(session, search.action)
    if subjects is not None:
        more = [row.actor.in_(actors)] if actors is not None else []
        more += [row.action.in_(actions)] if actions is not None else []
        return [(row.subject == one, *more) for one in subjects]
    if actors is None:
        return [()] if actions is None else [(row.action == one,) for one in actions]
    lanes: list[tuple[ColumnElement[bool], ...]] = [
        (row.actor == actor, row.action == action)
        for actor, action in (
            product(actors, actions)
            if actions is not None
            else ((one, action) for one in actors for action in _distinct(session, row.action, row.actor == one))
        )
    ]
    if len(lanes) > MOST_LANES:
        raise _too_broad("actor")
    return lanes


def _latest(
    session: Session,
    lanes: Sequence[tuple[ColumnElement[bool], ...]],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[int]:
    if not lanes:
        return []
    row = AuditEventRow
    arms = [
        select(
            select(row.sequence).where(*lane, *conditions).order_by(row.sequence.desc()).limit(limit).subquery().c[0]
        )
        for lane in lanes
    ]
    found = union_all(*arms).subquery()
    return list(session.scalars(select(found.c[0]).order_by(found.c[0].desc()).limit(limit)))


def _names(session: Session, column: _Column, text: str, field: str) -> list[str] | None:
    """What the trail calls what is looked for; None: it does not matter. Raises TooBroad."""
    if not text:
        return None
    exact = _references(session, text)
    if exact:
        return exact
    found = list(_distinct(session, column, column >= text, column < text + _LAST, most=_MOST_NAMES + 1))
    if text in found:
        return [text]
    if len(found) > _MOST_NAMES:
        raise _too_broad(field)
    return found


def _actions(session: Session, text: str) -> list[str] | None:
    if not text:
        return None
    known = _distinct(session, AuditEventRow.action)
    return [one for one in known if text.casefold() in one.casefold()]


def _distinct(session: Session, column: _Column, *conditions: ColumnElement[bool], most: int = 500) -> Iterator[str]:
    """The values that a column has, each by one leap through its index, and none that is skipped is read."""
    first: Select[str] = select(func.min(column).label("value")).where(*conditions)
    leap = first.cte("leap", recursive=True)
    following = select(func.min(column)).where(column > leap.c.value, *conditions).scalar_subquery()
    leap = leap.union_all(select(following).where(leap.c.value.is_not(None)))
    yield from session.scalars(select(leap.c.value).where(leap.c.value.is_not(None)).limit(most))


def _too_broad(field: str) -> TooBroad:
    what = sentence("this may mean too many different ones")
    return TooBroad(
        sentence("The search"), [Fault(field, what, sentence("write more of it, or an e-mail address or id"))]
    )


def _facts(row: AuditEventRow) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads(row.details)
    return facts


def _references(session: Session, text: str) -> list[str]:
    """How the trail names what is meant, if it is an address or an id."""
    if "@" in text:
        found = session.get(PersonAddressRow, comparable(text))
        return [f"person:{found.person_id}" if found is not None else f"nobody:{text}"]
    try:
        identifier = UUID(text.rstrip("/").rpartition("/")[2].rpartition(":")[2])
    except ValueError:
        return []
    return [f"{kind}:{identifier}" for kind in _KINDS]


def _written(instant: datetime) -> str:
    """The beginning of how the trail writes instants, which sorts as they do."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
