"""Play the example company's history: two years of events, each at its own instant, by the functions of the product.

Awards and renewals of four weeks are done together; everything else one by one. What the rules do not allow on its day
(someone renews too early, an assessor has left) is refused as it would be, and counted.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from issuer.assessment.appeals import appeal
from issuer.assessment.assess import Scores, assess
from issuer.assessment.proposals import propose
from issuer.assessment.wishes import Wish
from issuer.awards import AwardRequest, Evidence
from issuer.errors import IssuerError
from issuer.issue import issue
from issuer.people.credits import CreditRequest, record_credits
from issuer.people.directory import list_people
from issuer.people.directory_import import Missing, import_directory
from issuer.people.mentors import assign_mentor
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.status import reinstate, revoke, suspend
from issuer.store import Database
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew_many
from issuer.succession.renewal_work import RenewalWish
from issuer.wall_choices import Audience, WallChoice, choose
from keys.keyring import Keyring

Event = Mapping[str, Any]
Progress = Callable[[int, int], None]
_PERIOD = timedelta(days=28)
_NOON = time(12, tzinfo=UTC)
_AGREED, _BY_INITIALS = 2 / 3, 0.1


@dataclass(frozen=True, slots=True)
class Material:
    """What the generator wrote: the directory as CSV, and the events, oldest first."""

    directory: bytes
    events: tuple[Event, ...]

    @property
    def people(self) -> int:
        """How many people the directory names."""
        return self.directory.count(b"\n") - 1


def generate(examples: Path, output: Path, as_of: date, seed: int = 7) -> Material:
    """Run `examples/company` for that day and read what it wrote into `output`."""
    command = [sys.executable, "-I", str(examples / "company"), str(output), "--as-of", f"{as_of}", "--seed", f"{seed}"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  (our own script)
    lines = (output / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return Material((output / "directory.csv").read_bytes(), tuple(json.loads(line) for line in lines))


@dataclass(slots=True)
class History:
    """Plays events into a database. `done` counts what was done, `refused` what the rules did not allow."""

    db: Database
    keyring: Keyring
    issuer: str
    examples: Path
    actor: str
    present: datetime
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _chance: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311  (ids of a demonstration)
    _held: dict[tuple[str, str, str], UUID] = field(default_factory=dict)

    def play(self, material: Material, progress: Progress) -> None:
        """Everything, four weeks at a time; `progress` hears how many events of how many are done."""
        events = [_dated(event) for event in material.events]
        begin = events[0][0]
        import_directory(
            self.db,
            material.directory,
            missing=Missing.KEEP,
            actor=self.actor,
            now=self._instant(begin),
            today=self.present.date(),
            randomness=self._chance.randbytes,
        )
        told = 0
        for period in _periods(events):
            now = self._instant(period[-1][0])
            self._period([event for _, event in period], now)
            told += len(period)
            progress(told, len(events))
        self._agree()

    def _instant(self, day: date) -> datetime:
        return min(datetime.combine(day, _NOON), self.present)

    def _period(self, events: Sequence[Event], now: datetime) -> None:
        for event in events:
            if event["event"] == "program":
                self._program(event, now)
        self._awards([event for event in events if event["event"] == "award"], now)
        self._renewals([event for event in events if event["event"] == "renew"], now)
        single: dict[str, Callable[[Event, datetime], object]] = {
            "assessed": self._assessed,
            "credits": self._credits,
            "revoke": self._status,
            "suspend": self._status,
            "reinstate": self._status,
            "rename": self._rename,
            "mentor": self._mentor,
        }
        for event in events:
            act = single.get(event["event"])
            if act is not None:
                try:
                    act(event, now)
                    self.done[event["event"]] += 1
                except (IssuerError, KeyError):
                    self.refused[event["event"]] += 1

    def _program(self, event: Event, now: datetime) -> None:
        definition = read_program((self.examples / event["file"]).read_bytes(), directory=self.examples)
        apply_program(self.db, issuer=self.issuer, definition=definition, actor=self.actor, now=now)
        self.done["program"] += 1

    def _awards(self, events: Sequence[Event], now: datetime) -> None:
        for source, past in (("history", True), ("learning", False)):
            requests = [_request(event) for event in events if event["past"] is past]
            if requests:
                report = issue(
                    self.db,
                    self.keyring,
                    issuer=self.issuer,
                    requests=requests,
                    actor=self.actor,
                    now=now,
                    randomness=self._chance.randbytes,
                    source=source,
                )
                self._held |= {(one.email, one.program, one.level): one.id for one in report.credentials}
                self.done["award"] += len(report.credentials)

    def _renewals(self, events: Sequence[Event], now: datetime) -> None:
        wishes = {
            key: RenewalWish(
                credential_id=self._held[key],
                completed_on=date.fromisoformat(event["on"]),
                results=tuple(event["results"].items()),
                declared=bool(event.get("declared")),
            )
            for event in events
            if (key := _key(event)) in self._held
        }
        if not wishes:
            return
        outcomes = renew_many(
            self.db,
            self.keyring,
            wishes=tuple(wishes.values()),
            actor=self.actor,
            now=now,
            randomness=self._chance.randbytes,
        )
        for key, outcome in zip(wishes, outcomes, strict=True):
            if outcome.successor_id is not None:
                self._held[key] = outcome.successor_id
            self.done["renew"] += outcome.successor_id is not None
            self.refused["renew"] += outcome.successor_id is None

    def _assessed(self, event: Event, now: datetime) -> None:
        wish = Wish(
            person=event["person"],
            program=event["program"],
            level=event["level"],
            completed_on=date.fromisoformat(event["completed_on"]),
            evidence=tuple(Evidence(**item) for item in event["evidence"]),
            assessors=tuple(one["assessor"] for one in event["assessments"]),
            renews_id=self._held[_key(event)] if event["renews"] else None,
        )
        proposed = propose(
            self.db,
            wish,
            issuer=self.issuer,
            source="assessor",
            actor=self.actor,
            now=now,
            randomness=self._chance.randbytes,
        ).proposal
        issued = self._scores(proposed.id, event["assessments"], now)
        if issued is None and event["appeal"]:
            appeal(
                self.db,
                proposal_id=proposed.id,
                reason="The second change, which the assessors did not see, answers what they found missing.",
                appellant=event["person"],
                assessors=[one["assessor"] for one in event["appeal"]],
                actor=self.actor,
                now=now,
            )
            self.done["appeal"] += 1
            issued = self._scores(proposed.id, event["appeal"], now)
        if issued is not None:
            self._held[_key(event)] = issued

    def _scores(self, proposal: UUID, given: Sequence[Event], now: datetime) -> UUID | None:
        """The credential's id if the last of these scores led to one."""
        issued = None
        for one in given:
            issued = assess(
                self.db,
                self.keyring,
                proposal_id=proposal,
                assessor=one["assessor"],
                scores=Scores(results=one["scores"], function=one["function"]),
                actor=self.actor,
                now=now,
                randomness=self._chance.randbytes,
            ).issued
        return issued

    def _credits(self, event: Event, now: datetime) -> None:
        request = CreditRequest(
            email=event["person"],
            program=event["program"],
            level=event["level"],
            done_on=date.fromisoformat(event["on"]),
            hours=Decimal(event["hours"]),
            activity=event["activity"],
        )
        record_credits(self.db, self.issuer, [request], actor=self.actor, now=now)

    def _status(self, event: Event, now: datetime) -> None:
        change = {"revoke": revoke, "suspend": suspend, "reinstate": reinstate}[event["event"]]
        key = _key(event)
        change(
            self.db,
            self.keyring,
            credential_id=self._held[key],
            reason=event["reason"],
            actor=self.actor,
            now=now,
        )
        if change is revoke:
            del self._held[key]

    def _rename(self, event: Event, now: datetime) -> None:
        """Whoever has a new name gets his valid credentials under it."""
        mine = [identifier for (email, _, _), identifier in self._held.items() if email == event["person"]]
        for identifier in mine:
            reissue(
                self.db,
                self.keyring,
                credential_id=identifier,
                corrections=Corrections(name=event["name"]),
                reason=event["reason"],
                actor=self.actor,
                now=now,
                randomness=self._chance.randbytes,
            )

    def _mentor(self, event: Event, now: datetime) -> None:
        assign_mentor(
            self.db,
            issuer=self.issuer,
            program=event["program"],
            candidate=event["person"],
            mentor=event["mentor"],
            thanked=True,
            actor=self.actor,
            now=now,
        )

    def _agree(self) -> None:
        """Two of three want to be celebrated on the wall, some by their initials; mentors let themselves be thanked."""
        with self.db.read() as session:
            people = list_people(session)
        for person in people:
            answer = self._chance.random()
            if answer < _AGREED:
                wanted = WallChoice(Audience.COLLEAGUES, full_name=answer > _BY_INITIALS, thanked=True)
                choose(self.db, self.issuer, person_id=person.id, wanted=wanted, now=self.present)


def _dated(event: Event) -> tuple[date, Event]:
    """The day on which an event is over: an assessment when its last assessor is done."""
    later = max((one["days_later"] for one in event.get("assessments", ())), default=0)
    return date.fromisoformat(event["on"]) + timedelta(days=later), event


def _periods(events: Sequence[tuple[date, Event]]) -> Iterator[list[tuple[date, Event]]]:
    """The events of every four weeks, in order; the first period begins with the first event."""
    period: list[tuple[date, Event]] = []
    for on, event in sorted(events, key=lambda one: one[0]):
        if period and on >= period[0][0] + _PERIOD:
            yield period
            period = []
        period.append((on, event))
    if period:
        yield period


def _key(event: Event) -> tuple[str, str, str]:
    return event["person"], event["program"], event["level"]


def _request(event: Event) -> AwardRequest:
    return AwardRequest(
        name=event["name"],
        email=event["person"],
        program=event["program"],
        level=event["level"],
        awarded_on=date.fromisoformat(event["completed_on"]),
        results=tuple(event["results"].items()),
    )
