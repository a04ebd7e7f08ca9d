"""Levels, versions and credentials in one line each, for the tests of the engine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from issuer.recertification.facts import Holding, LevelFacts, LevelKey, LevelVersion, PersonFacts, Prerequisite
from issuer.recertification.rules import Recertification
from issuer.validity import end_of_day, parse_validity, start_of_day

BERLIN = ZoneInfo("Europe/Berlin")
ZOE = UUID(int=7)


def day(text: str) -> date:
    return date.fromisoformat(text)


def instant(text: str) -> datetime:
    """`2027-06-30 21:59:59`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def key(name: str) -> LevelKey:
    return LevelKey("cloud", name)


def rules(**given: Any) -> Recertification:
    return Recertification.model_validate({"window": "90 days", **given})


def version(ordinal: int = 1, published: str = "2020-01-01", validity: str = "12 months", **given: Any) -> LevelVersion:
    facts = {"recertification": None, **given}
    return LevelVersion(ordinal, day(published), parse_validity(validity), **facts)


def level(name: str, *versions: LevelVersion, zone: ZoneInfo = BERLIN, in_use: bool = True) -> LevelFacts:
    return LevelFacts(key(name), name.capitalize(), zone, versions, in_use)


def held(
    name: str,
    completed: str,
    expires: str | None,
    number: int = 1,
    zone: ZoneInfo = BERLIN,
    **given: Any,
) -> Holding:
    """A credential issued on the day of completion, valid through the last second of `expires`."""
    begins = start_of_day(day(completed), zone)
    until = end_of_day(day(expires), zone) if expires else None
    facts = {"version": 1, "valid_from": begins, "issued_at": begins, **given}
    return Holding(UUID(int=number), key(name), completed_on=day(completed), valid_until=until, **facts)


def needs(*names: str, needed: int | None = None) -> tuple[Prerequisite, ...]:
    return (Prerequisite(tuple(key(name) for name in names), needed or len(names)),)


def zoe(*holdings: Holding, **given: Any) -> PersonFacts:
    return PersonFacts(ZOE, BERLIN, holdings, **given)


def levels(*given: LevelFacts) -> dict[LevelKey, LevelFacts]:
    return {one.key: one for one in given}
