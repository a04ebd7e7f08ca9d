"""Which version's rules govern: those of the newest for who begins, and a way from version to version for who began.

A newer version says through which day who began under an older one may finish there; without such a day everyone is
mapped to it at once.
"""

from __future__ import annotations

from datetime import date, timedelta

from issuer.recertification.facts import LevelFacts, LevelVersion


def newest(level: LevelFacts, day: date) -> LevelVersion:
    """The version for who begins on that day: the newest published by then, else the oldest there is."""
    present = level.versions[0]
    for version in level.versions:
        if version.published_on <= day:
            present = version
    return present


def governing(level: LevelFacts, ordinal: int, day: date) -> LevelVersion:
    """The version whose rules govern on that day for who holds, or began under, version `ordinal`."""
    versions = level.versions
    present = versions[0]
    for version in versions:
        may_finish = version.finish_until is not None and day <= version.finish_until
        if version.ordinal <= ordinal or (version.published_on <= day and not may_finish):
            present = version
    return present


def eras(level: LevelFacts, ordinal: int, last: date) -> tuple[tuple[date, LevelVersion], ...]:
    """The governing versions through the day `last`, each with the first day on which it governs, oldest first."""
    if level.versions[-1].ordinal <= ordinal:
        return ((date.min, governing(level, ordinal, last)),)
    turns = {date.min}
    for version in level.versions:
        if version.ordinal > ordinal:
            turns.add(version.published_on)
            if version.finish_until:
                turns.add(version.finish_until + timedelta(days=1))
    found: list[tuple[date, LevelVersion]] = []
    for day in sorted(turn for turn in turns if turn <= last):
        version = governing(level, ordinal, day)
        if not found or found[-1][1].ordinal != version.ordinal:
            found.append((day, version))
    return tuple(found)
