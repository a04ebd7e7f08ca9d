"""How credentials came and went, counted by level, kind and span of time: a ledger, from which every stock follows.

A person's run of a level begins when it is earned and goes on with each renewal or correction that comes before its
end; it ends when the newest credential expires or is revoked with no successor. So of any instant in the past:

    held = earned + regained - expired - revoked    (before it)

and what happens later changes nothing of it: a successor, a revocation and an expiry each have their own instant.
Renewed and corrected are told too, and add nothing. One question, whatever the number of rows; it
reads each credential once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from issuer.recertification.facts import LevelKey
from issuer.reports.known_levels import KnownLevels
from issuer.tables import AwardRow, CredentialRow


class Move(StrEnum):
    """What may happen to a run. REGAINED: a successor came after the end. EXPIRED: no successor came before it."""

    EARNED = "earned"
    RENEWED = "renewed"
    CORRECTED = "corrected"
    REGAINED = "regained"
    EXPIRED = "expired"
    REVOKED = "revoked"


_COUNTS = {Move.EARNED: 1, Move.REGAINED: 1, Move.EXPIRED: -1, Move.REVOKED: -1}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Moves by level (None: of no level), kind and slot. Slot 0 is before `edges[0]`, the last one from the last on.

    Beyond the instant as of which it was asked there are only the expiries to come.
    """

    edges: tuple[datetime, ...]
    moves: Mapping[tuple[LevelKey | None, Move, int], int]

    def between(self, move: Move, begin: datetime, end: datetime, level: LevelKey | None = None) -> int:
        """How many from one edge until before another; of one level or of all. Raises KeyError for no edge."""
        return self._sum(move, self._slot(begin), self._slot(end), level)

    def before(self, move: Move, edge: datetime, level: LevelKey | None = None) -> int:
        """How many before an edge."""
        return self._sum(move, 0, self._slot(edge), level)

    def held(self, edge: datetime, level: LevelKey | None = None) -> int:
        """How many runs were going on right before an edge."""
        return sum(sign * self.before(move, edge, level) for move, sign in _COUNTS.items())

    def _slot(self, edge: datetime) -> int:
        found = bisect_right(self.edges, edge)
        if not found or self.edges[found - 1] != edge:
            raise KeyError(edge)
        return found

    def _sum(self, move: Move, first: int, last: int, level: LevelKey | None) -> int:
        return sum(
            count
            for (key, kind, slot), count in self.moves.items()
            if kind is move and first <= slot < last and level in (None, key)
        )


def ledger(
    session: Session,
    issuer_id: int,
    levels: KnownLevels,
    edges: Collection[datetime],
    *,
    as_of: datetime,
    only: Collection[int] | None = None,
) -> Ledger:
    """The ledger as it was at `as_of`; only of these versions of levels, if they are given."""
    times = tuple(sorted(set(edges)))
    moves: dict[tuple[LevelKey | None, Move, int], int] = defaultdict(int)
    told = _runs(times, as_of).where(CredentialRow.issuer_id == issuer_id, CredentialRow.state == "issued")
    if only is not None:
        told = told.where(_VERSION.in_(only))
    runs = told.subquery()
    groups = (runs.c.version, runs.c.begun, runs.c.began, runs.c.over, runs.c.ended)
    for version, begun, began, over, ended, count in session.execute(select(*groups, func.count()).group_by(*groups)):
        key = levels.of_version.get(version) if version is not None else None
        moves[key, Move(began), begun] += count
        if ended is not None:
            moves[key, Move(ended), over] += count
    return Ledger(times, dict(moves))


_VERSION = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
_LASTING = or_(CredentialRow.valid_until.is_(None), CredentialRow.valid_until > CredentialRow.issued_at)


def _runs(edges: Sequence[datetime], as_of: datetime) -> Any:
    """Of each credential that began by then: in which slot and how it began, and in which and how it ended, or None."""
    row, before, later = CredentialRow, aliased(CredentialRow), aliased(CredentialRow)
    alive = and_(
        or_(before.revoked_at.is_(None), before.revoked_at >= row.issued_at),
        or_(before.valid_until.is_(None), before.valid_until >= row.issued_at),
    )
    began = case(
        (row.replaces_id.is_(None), Move.EARNED.value),
        (~alive, Move.REGAINED.value),
        (or_(row.facts.is_not(None), row.achievement_id.is_not(None)), Move.CORRECTED.value),
        else_=Move.RENEWED.value,
    )
    revoked = and_(
        row.revoked_at.is_not(None),
        row.revoked_at <= as_of,
        or_(row.valid_until.is_(None), row.revoked_at <= row.valid_until),
    )
    end = case((revoked, row.revoked_at), else_=row.valid_until)
    over = and_(end.is_not(None), or_(later.id.is_(None), later.issued_at > end))
    ended = case((~over, None), (revoked, Move.REVOKED.value), else_=Move.EXPIRED.value)
    follows = and_(
        later.replaces_id == row.id,
        later.state != literal_column("'void'"),  # as the index of successors says it
        later.state == "issued",
        later.issued_at <= as_of,
        or_(later.valid_until.is_(None), later.valid_until > later.issued_at),
    )
    return (
        select(
            _VERSION.label("version"),
            slot_of(row.issued_at, edges).label("begun"),
            began.label("began"),
            case((over, slot_of(end, edges))).label("over"),
            ended.label("ended"),
        )
        .select_from(row)
        .join(AwardRow, AwardRow.id == row.award_id)
        .outerjoin(before, before.id == row.replaces_id)
        .outerjoin(later, follows)
        .where(row.issued_at <= as_of, _LASTING)
    )


def slot_of(instant: Any, edges: Sequence[datetime], first: int = 0) -> ColumnElement[int]:
    """How many of the sorted edges are not after the instant; asked as one looks a word up, halving what is left."""
    if not edges:
        return literal(first)
    middle = len(edges) // 2
    return case(
        (instant < edges[middle], slot_of(instant, edges[:middle], first)),
        else_=slot_of(instant, edges[middle + 1 :], first + middle + 1),
    )
