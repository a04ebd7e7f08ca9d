"""How an issuer's credentials stand now, level by level; what came and went month by month; and what ends soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal_column, select

from issuer.issuers import issuer_row
from issuer.recertification.facts import LevelKey
from issuer.reports.figures import HORIZONS
from issuer.reports.flows import Ledger, Move, ledger
from issuer.reports.known_levels import known_levels
from issuer.reports.periods import last_months, month_later
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow
from issuer.validity import start_of_day

MONTHS = 12


@dataclass(frozen=True, slots=True)
class LevelStanding:
    """What people hold of a level, or held last: a renewed or corrected credential is counted by its successor.

    `valid` and `suspended` are held now; `expired` and `revoked` ended, and nothing came after. `expiring` counts, by
    days from now, what of the valid ends by then with nothing after it; each horizon holds the shorter ones.
    """

    valid: int
    suspended: int
    expired: int
    revoked: int
    expiring: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Month:
    """What happened in the month that begins on `first`; of the present one, so far."""

    first: date
    earned: int
    renewed: int
    expired: int
    revoked: int


@dataclass(frozen=True, slots=True)
class Standings:
    """All of it; by level in the order of programs and steps, of those of which there ever was anything."""

    total: LevelStanding
    levels: Mapping[LevelKey, LevelStanding]
    names: Mapping[LevelKey, str]
    programs: Mapping[str, str]
    months: tuple[Month, ...]


def standings(db: Database, issuer: str | None, *, now: datetime, zone: ZoneInfo, months: int = MONTHS) -> Standings:
    """How things stand at `now`; months are those of `zone`. Four questions. Raises UnknownIssuer."""
    firsts = last_months(now.astimezone(zone).date(), months)
    begins = [start_of_day(first, zone) for first in firsts]
    horizons = {days: now + timedelta(days=days) for days in HORIZONS}
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels = known_levels(session, owner.id)
        book = ledger(session, owner.id, levels, [*begins, now, *horizons.values()], as_of=now)
        version = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
        suspended: dict[LevelKey | None, int] = {}
        for one, count in session.execute(
            select(version, func.count())
            .join(AwardRow, AwardRow.id == CredentialRow.award_id)
            .where(
                CredentialRow.issuer_id == owner.id,
                CredentialRow.state == "issued",
                literal_column("suspended_at IS NOT NULL"),
                CredentialRow.revoked_at.is_(None),
                (CredentialRow.valid_until.is_(None)) | (CredentialRow.valid_until >= now),
            )
            .group_by(version)
        ):
            key = levels.of_version.get(one) if one is not None else None
            suspended[key] = suspended.get(key, 0) + count
    there = {key for key, _, slot in book.moves if key is not None}
    return Standings(
        _standing(book, now, horizons, None, sum(suspended.values())),
        {key: _standing(book, now, horizons, key, suspended.get(key, 0)) for key in levels.names if key in there},
        levels.names,
        levels.programs,
        tuple(_month(book, first, begin, now, zone) for first, begin in zip(firsts, begins, strict=True)),
    )


def _standing(
    book: Ledger, now: datetime, horizons: Mapping[int, datetime], level: LevelKey | None, suspended: int
) -> LevelStanding:
    return LevelStanding(
        valid=book.held(now, level) - suspended,
        suspended=suspended,
        expired=book.before(Move.EXPIRED, now, level) - book.before(Move.REGAINED, now, level),
        revoked=book.before(Move.REVOKED, now, level),
        expiring={days: book.between(Move.EXPIRED, now, until, level) for days, until in horizons.items()},
    )


def _month(book: Ledger, first: date, begin: datetime, now: datetime, zone: ZoneInfo) -> Month:
    following = start_of_day(month_later(first, 1), zone)
    end = following if following in book.edges else now
    renewed = book.between(Move.RENEWED, begin, end) + book.between(Move.REGAINED, begin, end)
    return Month(
        first,
        book.between(Move.EARNED, begin, end),
        renewed,
        book.between(Move.EXPIRED, begin, end),
        book.between(Move.REVOKED, begin, end),
    )
