"""What the engine judges by: the facts of levels and people as frozen values, whoever read them and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from issuer.recertification.rules import Recertification
from issuer.validity import Validity


class LevelKey(NamedTuple):
    """A level by the short names of its program and itself."""

    program: str
    level: str

    def __str__(self) -> str:
        return f"{self.program}/{self.level}"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """At least `needed` of these levels must be held."""

    levels: tuple[LevelKey, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class LevelVersion:
    """One published version's rules. `finish_until`: through that day, who began under an older version ends there.

    `recertification` is None for a level that is simply earned anew when it has expired.
    """

    ordinal: int
    published_on: date
    validity: Validity | None
    recertification: Recertification | None
    prerequisites: tuple[Prerequisite, ...] = ()
    finish_until: date | None = None


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """A level with all its versions, oldest first; its days begin and end in `zone`."""

    key: LevelKey
    name: str
    zone: ZoneInfo
    versions: tuple[LevelVersion, ...]
    in_use: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """A credential that a person was given for a level, and what became of it; `completed_on` is the award's day.

    `replaces` is the credential that it renews; a correction stands where the corrected one stood.
    """

    credential_id: UUID
    level: LevelKey
    version: int
    completed_on: date
    valid_from: datetime
    valid_until: datetime | None
    issued_at: datetime
    revoked_at: datetime | None = None
    suspended_at: datetime | None = None
    replaces: UUID | None = None


class Requirement(NamedTuple):
    """A level asked of a person: `due_on` is set exactly if it is required; `why` names the assignment for people."""

    level: LevelKey
    due_on: date | None
    assigned_on: date
    why: str

    @property
    def required(self) -> bool:
        """Required levels escalate, suggested ones never do."""
        return self.due_on is not None


@dataclass(frozen=True, slots=True)
class Credit:
    """Continuing education: so many hundredths of an hour, done on a day, counted for one level."""

    level: LevelKey
    done_on: date
    hundredths: int


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person with everything that decides what he must do until when. `left_on`: the last day with the company."""

    id: UUID
    zone: ZoneInfo
    holdings: tuple[Holding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    credits: tuple[Credit, ...] = ()
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pacing:
    """A program's distances, in days: reminders before a date, escalation after a required one has passed."""

    reminders: tuple[int, ...] = (90, 60, 30, 7)
    manager_after: int = 1
    owner_after: int = 14


Levels = Mapping[LevelKey, LevelFacts]
Pacings = Mapping[str, Pacing]
"""By program."""
