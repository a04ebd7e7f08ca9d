"""Two years of what the people of the example company earned, renewed, let lapse and lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from people import DOMAIN, KNOWN, Person

CLOUD, SECURITY, SUPPORT = "cloud-engineering", "information-security", "customer-support"


@dataclass(slots=True)
class History:
    """The two years, person by person, level by level; dates are the only state."""

    chance: Random
    people: list[Person]
    begin: date
    as_of: date
    found: list[tuple[date, int, dict[str, Any]]] = field(default_factory=list)
    _practitioner_since: dict[str, date] = field(default_factory=dict)

    def events(self) -> Iterator[dict[str, Any]]:
        """All events, oldest first."""
        self._programs()
        self._security()
        assessors = self._cloud()
        self._champions(assessors)
        self._support()
        self._incidents()
        for on, _, event in sorted(self.found, key=lambda one: (one[0], one[1])):
            yield {"on": on.isoformat(), **event}

    def _add(self, on: date, what: str, **members: Any) -> None:
        if on <= self.as_of:
            self.found.append((on, len(self.found), {"event": what, **members}))

    def _programs(self) -> None:
        for file in ("program.yaml", "information-security.yaml", "customer-support.yaml"):
            self._add(self.begin, "program", file=file)

    def _award(self, person: Person, program: str, level: str, on: date, **members: Any) -> None:
        """Earned and issued; what was earned before the two years began is imported as past."""
        self._add(
            max(on, self.begin),
            "award",
            person=person.email,
            name=person.name,
            program=program,
            level=level,
            completed_on=on.isoformat(),
            past=on < self.begin,
            **members,
        )

    def _security(self) -> None:
        """Awareness: everyone, every year; most in time, some late, a few not at all."""
        for person in self.people:
            if person.joined_on > self.as_of - timedelta(days=10):
                continue
            first = (
                person.joined_on + timedelta(days=self.chance.randrange(4, 70))
                if person.joined_on > self.begin
                else self.begin - timedelta(days=self.chance.randrange(5, 300))
            )
            if self.chance.random() < 0.03 and first > self.begin:
                continue  # never took it
            if not person.works_on(first):
                continue
            self._award(person, SECURITY, "awareness", first, results={"quiz": str(self.chance.randrange(80, 101))})
            self._renewals(person, SECURITY, "awareness", first, months=12, window=60, grace=30, quits=0.05)

    def _renewals(
        self,
        person: Person,
        program: str,
        level: str,
        first: date,
        *,
        months: int,
        window: int,
        grace: int,
        quits: float,
    ) -> None:
        """Renewals of what was earned on `first`, counted on from each expiry, until someone lets it lapse."""
        expiry = _months_after(first, months)
        while True:
            fate = self.chance.random()
            if fate < quits:
                return
            late = fate < quits + 0.07
            on = (
                expiry + timedelta(days=self.chance.randrange(1, max(2, grace - 2)))
                if late
                else expiry - timedelta(days=self.chance.randrange(2, window - 5))
            )
            if on > self.as_of or not person.works_on(on):
                return
            self._add(
                on,
                "renew",
                person=person.email,
                program=program,
                level=level,
                results=self._renewed_results(level),
            )
            expiry = _months_after(on if late else expiry, months)

    def _renewed_results(self, level: str) -> dict[str, str]:
        return {
            "awareness": {"quiz": str(self.chance.randrange(82, 101))},
            "associate": {"exam": str(self.chance.randrange(72, 101))},
        }.get(level, {})

    def _cloud(self) -> list[Person]:
        """Associates, practitioners assessed by two, experts by three; returns who may assess."""
        engineers = [person for person in self.people if "engineer" in person.roles]
        known = [person for person in engineers if person.email in {f"{short}@{DOMAIN}" for _, short, *_ in KNOWN}]
        experts, practitioners = known[:3], [*known[3:7], *known[9:11], *known[12:13]]
        for person in (*experts, *practitioners):
            earned = self.begin - timedelta(days=self.chance.randrange(120, 400))
            self._award(person, CLOUD, "associate", earned, results={"exam": str(self.chance.randrange(76, 99))})
            self._renewals(person, CLOUD, "associate", earned, months=24, window=90, grace=30, quits=0)
            earned += timedelta(days=40)
            self._practitioner_since[person.email] = earned
            results = {"exam": str(self.chance.randrange(78, 99)), "practice": "exemplary"}
            self._award(person, CLOUD, "practitioner", earned, results=results)
            if person in experts:
                self._award(person, CLOUD, "expert", earned + timedelta(days=50), results={"board": "authoritative"})
        assessors = [*experts, *practitioners]
        for person in assessors:
            on = _months_after(self._practitioner_since[person.email], 24) - timedelta(
                days=self.chance.randrange(20, 60)
            )
            if self.chance.random() < 0.9:
                self._assessed(person, CLOUD, "practitioner", on, assessors, renews=True)
        for person in engineers:
            if person in assessors:
                continue
            start = max(person.joined_on + timedelta(days=40), self.begin - timedelta(days=500))
            on = start + timedelta(days=self.chance.randrange(0, 420))
            if self.chance.random() < 0.25 or not person.works_on(on) or on > self.as_of:
                continue
            self._award(person, CLOUD, "associate", on, results={"exam": str(self.chance.randrange(70, 100))})
            self._renewals(person, CLOUD, "associate", on, months=24, window=90, grace=30, quits=0.12)
            later = max(on, self.begin) + timedelta(days=self.chance.randrange(90, 330))
            if self.chance.random() < 0.45 and person.works_on(later):
                self._assessed(person, CLOUD, "practitioner", later, assessors)
        return assessors

    def _assessed(
        self, person: Person, program: str, level: str, on: date, assessors: list[Person], *, renews: bool = False
    ) -> None:
        """A proposal with its assessors' scores. One in eight fails; of these, one in two appeals and passes."""
        wanted = {"practitioner": 2, "champion": 2, "senior-agent": 1}[level]
        able = [one for one in assessors if one is not person and one.email != person.manager and one.works_on(on)]
        self.chance.shuffle(able)
        first, second = _of_two_functions(able, wanted), ()
        fails = self.chance.random() < 0.12 and level != "senior-agent" and not renews
        appeals = fails and self.chance.random() < 0.5
        if appeals:
            second = _of_two_functions([one for one in able if one not in first], wanted)
        if not first:
            return
        self._add(
            on,
            "assessed",
            person=person.email,
            program=program,
            level=level,
            completed_on=on.isoformat(),
            renews=renews,
            evidence=_evidence(level, person, on),
            assessments=[self._assessment(level, one, passes=not fails) for one in first],
            appeal=[self._assessment(level, one, passes=True) for one in second],
        )

    def _assessment(self, level: str, assessor: Person, *, passes: bool) -> dict[str, Any]:
        good, bad = {
            "practitioner": (("proficient", "exemplary"), "developing"),
            "champion": (("sound", "exemplary"), "incomplete"),
            "senior-agent": (("closed", "taught"), ""),
        }[level]
        scores = {{"practitioner": "practice", "champion": "review", "senior-agent": "case"}[level]: bad}
        if passes:
            scores = dict.fromkeys(scores, self.chance.choice(good))
        if level == "practitioner":
            scores["exam"] = str(self.chance.randrange(75, 100))
        return {
            "assessor": assessor.email,
            "function": assessor.function,
            "scores": scores,
            "days_later": self.chance.randrange(1, 8),
        }

    def _champions(self, assessors: list[Person]) -> None:
        for person in self.people:
            if "security-contact" not in person.roles:
                continue
            on = max(person.joined_on, self.begin) + timedelta(days=self.chance.randrange(120, 500))
            if person.works_on(on) and on <= self.as_of:
                self._assessed(person, SECURITY, "champion", on, assessors)
                done = on
                for _ in range(self.chance.randrange(2, 7)):
                    done += timedelta(days=self.chance.randrange(20, 80))
                    if done <= self.as_of and person.works_on(done):
                        self._add(
                            done,
                            "credits",
                            person=person.email,
                            program=SECURITY,
                            level="champion",
                            hours=self.chance.choice(["1.5", "2", "3", "4"]),
                            activity=self.chance.choice(
                                ["Security guild evening", "Tabletop exercise", "Led a threat model", "Conference day"]
                            ),
                        )

    def _support(self) -> None:
        agents = [person for person in self.people if "support" in person.roles]
        seniors: list[Person] = []
        leads = [person for person in self.people if person.function in {"Quality lead", "Head of customer support"}]
        for person in agents:
            start = max(person.joined_on, self.begin - timedelta(days=300))
            on = start + timedelta(days=self.chance.randrange(25, 105))
            if on > self.as_of or not person.works_on(on):
                continue
            self._award(person, SUPPORT, "agent", on, results={"calls": "3"})
            seniors.append(person)
            for year in range(on.year, self.as_of.year + 1):
                day = date(year, 3, 31) - timedelta(days=self.chance.randrange(2, 70))
                if max(on + timedelta(days=95), self.begin) < day <= self.as_of and person.works_on(day):
                    if self.chance.random() < 0.05:
                        break
                    self._add(
                        day, "renew", person=person.email, program=SUPPORT, level="agent", results={}, declared=True
                    )
        for person in seniors:
            on = max(person.joined_on, self.begin) + timedelta(days=self.chance.randrange(200, 460))
            if self.chance.random() < 0.3 and person.works_on(on) and on <= self.as_of:
                self._assessed(person, SUPPORT, "senior-agent", on, leads)

    def _incidents(self) -> None:
        """What does not go by rule: an exam taken by another, a complaint, a new name."""
        earned = [
            (on, event)
            for on, _, event in self.found
            if event["event"] == "award" and event["level"] == "associate" and on > self.begin
        ]
        staying = {person.email for person in self.people if person.left_on is None}
        for on, event in self.chance.sample(earned, min(3, len(earned))):
            if event["person"] in staying:
                self._add(
                    min(on + timedelta(days=30), self.as_of),
                    "revoke",
                    person=event["person"],
                    program=CLOUD,
                    level="associate",
                    reason="The exam was taken by another person.",
                )
        expert = f"{KNOWN[3][1]}@{DOMAIN}"
        day = self.as_of - timedelta(days=9)
        reason = "A review of the incident of the booking service is open."
        self._add(day, "suspend", person=expert, program=CLOUD, level="expert", reason=reason)
        other = f"{KNOWN[2][1]}@{DOMAIN}"
        self._add(day - timedelta(days=90), "suspend", person=other, program=CLOUD, level="expert", reason=reason)
        reason = "The review found nothing against it."
        self._add(day - timedelta(days=60), "reinstate", person=other, program=CLOUD, level="expert", reason=reason)
        named = next(one for one in self.people[len(KNOWN) :] if "engineer" in one.roles and one.email in staying)
        self._add(
            self.as_of - timedelta(days=20),
            "rename",
            person=named.email,
            name=f"{named.name}-Holm",
            reason="The holder's name has changed.",
        )
        for mentor in (KNOWN[5][1], KNOWN[8][1], KNOWN[2][1]):
            for person in self.chance.sample([one for one in self.people[len(KNOWN) :] if "sre" in one.roles], 3):
                self._add(
                    max(self.begin, person.joined_on) + timedelta(days=14),
                    "mentor",
                    mentor=f"{mentor}@{DOMAIN}",
                    person=person.email,
                    program=CLOUD,
                )


def _of_two_functions(able: list[Person], wanted: int) -> tuple[Person, ...]:
    """The first who is able, and others of another function; nobody if there are too few."""
    if not able:
        return ()
    chosen = (able[0], *[one for one in able if one.function != able[0].function][: wanted - 1])
    return chosen if len(chosen) == wanted else ()


def _evidence(level: str, person: Person, on: date) -> list[dict[str, str]]:
    number = int(person.number[1:])
    change = f"https://change.{DOMAIN}/reviews/{on.year}/{number:04d}"
    return {
        "practitioner": [{"rule": "change", "url": change, "name": f"Change {on.year}/{number:04d}"}],
        "champion": [
            {
                "rule": "threat-model",
                "url": f"https://security.{DOMAIN}/models/{number}",
                "name": f"Model of {person.team}",
            }
        ],
    }.get(level, [])


def _months_after(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
