"""What a lapse does to the levels that demand the lapsed one, and what that does to those that demand them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from issuer.recertification.course import Dates, dates_of, expired_at, lapsed_at, last_valid_day, present_holding
from issuer.recertification.expiry import ONE_DAY
from issuer.recertification.facts import Holding, LevelFacts, LevelKey, Levels, LevelVersion, Prerequisite
from issuer.recertification.governing import governing
from issuer.recertification.rules import Dependents, Effect
from issuer.validity import last_day, today


@dataclass(frozen=True, slots=True)
class Held:
    """A level, its present credential, and what governs once it has expired; None if it never does."""

    level: LevelFacts
    holding: Holding
    version: LevelVersion | None = None
    dates: Dates | None = None

    @property
    def lapsed_at(self) -> datetime | None:
        """The first instant after grace."""
        return lapsed_at(self.holding, self.dates.lapses_on, self.level.zone) if self.dates else None

    @property
    def expired_at(self) -> datetime | None:
        """The first instant after the signed validity."""
        return expired_at(self.holding)


@dataclass(frozen=True, slots=True)
class Loss:
    """At this instant `dependent` has no longer enough of what it demands, because of `lapsed`: lapsed or suspended.

    `due_on`, for “require again”: the day by which enough must be held again.
    """

    at: datetime
    on: date
    dependent: Held
    lapsed: Held
    demand: Prerequisite
    effect: Effect
    due_on: date | None


def held_levels(holdings: Iterable[Holding], levels: Levels) -> dict[LevelKey, Held]:
    """What is held of each known level, as the facts stand, in the order of the levels' names."""
    by_level: dict[LevelKey, list[Holding]] = {}
    for one in holdings:
        by_level.setdefault(one.level, []).append(one)
    found = {}
    for key in sorted(by_level):
        level = levels.get(key)
        holding = present_holding(by_level[key], key) if level else None
        if level is None or holding is None:
            continue
        last = last_valid_day(holding, level.zone)
        if last is None:
            found[key] = Held(level, holding)
        else:
            version = governing(level, holding.version, last)
            found[key] = Held(level, holding, version, dates_of(version, last))
    return found


def losses_of(held: Mapping[LevelKey, Held]) -> list[Loss]:
    """Everything that lapses will do, or did, to dependent levels if nobody acts, in the order of time.

    A level is lost once, by its own lapse or when a loss suspends it; the latter is passed on by its own rule. Nobody
    can renew a level that is no longer in use, so its lapse has no effect on others: `NOTHING`, but it is told.
    """
    kept = set(held)
    coming = [(at, key) for key, one in held.items() if (at := one.lapsed_at) is not None]
    heapq.heapify(coming)
    found: list[Loss] = []
    while coming:
        at, key = heapq.heappop(coming)
        if key not in kept:
            continue
        for loss in _losses_through(held, kept, key, at):
            found.append(loss)
            if loss.effect is Effect.SUSPEND:
                heapq.heappush(coming, (at, loss.dependent.level.key))
        kept.discard(key)
    return found


def _losses_through(held: Mapping[LevelKey, Held], kept: set[LevelKey], key: LevelKey, at: datetime) -> Iterable[Loss]:
    lapsed = held[key]
    for one in held.values():
        if one.level.key == key or one.level.key not in kept or at < one.holding.valid_from:
            continue
        ends = one.lapsed_at
        if ends is not None and ends <= at:
            continue
        on = today(at, one.level.zone)
        for demand in governing(one.level, one.holding.version, on).prerequisites:
            if key in demand.levels and len(kept.intersection(demand.levels)) == demand.needed:
                rule = _rule(lapsed, on)
                due_on = last_day(on, rule.within) if rule.within else None
                yield Loss(at, on, one, lapsed, demand, rule.effect, due_on)
                break


def _rule(lapsed: Held, on: date) -> Dependents:
    version = lapsed.version or governing(lapsed.level, lapsed.holding.version, on - ONE_DAY)
    rules = version.recertification
    return rules.dependents if rules and lapsed.level.in_use else Dependents()
