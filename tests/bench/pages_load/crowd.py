"""A company of any size: who reports to whom down eight levels, teams, roles, and names of many scripts.

The same people in every run. Everybody is a number; the first is at the top, and `DOZEN` has twelve reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

DEPTH = 8
DOZEN = 12
_SHARES = (0.0001, 0.0005, 0.002, 0.006, 0.02, 0.085)
_FIRST = (
    *("Ana", "Björn", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Grace", "Łukasz", "明", "Zoë", "Søren", "Aoife", "Noé"),
    *("Priya", "José", "Ingrid", "Oleksandr", "Yuki", "محمد", "Thandiwe", "Mateo", "Şirin", "Ελένη", "Tomáš", "Lena"),
    *("Omar", "Nguyệt", "Kwame", "Sofía", "Jürgen", "Mía", "Viktor", "Amélie", "Rahul", "Hana", "Pedro", "Elif", "Ida"),
)
_BEGIN = ("Kjær", "Ber", "Okon", "Van", "Mül", "Gar", "Ros", "Tana", "Smi", "Now", "Fern", "Hol", "Petr", "Nko", "Lind")
_MIDDLE = ("", "an", "el", "ing", "or", "ist", "ev", "und", "i", "as")
_END = ("sgaard", "ler", "cía", "ka", "thy", "ová", "sson", "dez", "mann", "wicz", "ski", "ton", "ama", "quist", "aro")
_FUNCTIONS = ("Engineer", "Senior engineer", "Analyst", "Support agent", "Team lead", "Consultant", "Security officer")
_ROLES = ("engineer", "sre", "support", "support-lead", "security-contact")
PEOPLE_OF_A_TEAM = 50


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as a row; `manager` is a number."""

    number: int
    id: str
    name: str
    manager: int | None
    function: str
    joined_on: date
    left_on: date | None
    team: str
    role: str | None

    @property
    def email(self) -> str:
        """The address."""
        return address_of(self.number)


def address_of(number: int) -> str:
    """The address of the person of that number."""
    return f"person{number}@brightmoor.example"


def id_of(kind: int, number: int) -> str:
    """An id as 32 hexadecimal digits that looks like a random one; `kind` keeps things apart."""
    mixed = (number * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) & ((1 << 64) - 1)
    mixed ^= mixed >> 29
    other = (mixed * 0xBF58476D1CE4E5B9 + number) & ((1 << 64) - 1)
    text = f"{mixed:016x}{other:016x}"
    return f"{text[:12]}4{text[13:16]}8{text[17:20]}{kind:02x}{number:010x}"


@dataclass(frozen=True)
class Crowd:
    """So many people on that day."""

    count: int
    day: date

    @cached_property
    def layers(self) -> tuple[range, ...]:
        """The numbers of those who are so far from the top."""
        sizes = [1, *(max(2, round(self.count * share)) for share in _SHARES)]
        sizes.append(self.count - sum(sizes))
        starts = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
        return tuple(range(starts[number], starts[number + 1]) for number in range(len(sizes)))

    @property
    def lead(self) -> int:
        """Who has DOZEN reports."""
        return self.layers[-2][0]

    def people(self) -> Iterator[Somebody]:
        """All of them, from the top."""
        chance = Random(20)  # noqa: S311  (the same people in every run)
        longest = self.layers[-1]
        for depth, layer in enumerate(self.layers):
            for number in layer:
                manager = None if depth == 0 else self._manager(number, depth, chance)
                joined = self.day - timedelta(days=chance.randrange(30, 4_000))
                gone = number in longest and number >= longest[0] + DOZEN and chance.random() < 0.06
                left = self.day - timedelta(days=chance.randrange(1, 900)) if gone else None
                yield Somebody(
                    number,
                    id_of(1, number),
                    name(chance),
                    manager,
                    chance.choice(_FUNCTIONS),
                    joined,
                    max(left, joined) if left is not None else None,
                    "platform" if number % 400 == 0 else f"team-{number // PEOPLE_OF_A_TEAM:05}",
                    chance.choice(_ROLES) if chance.random() < 0.5 else None,
                )

    def _manager(self, number: int, depth: int, chance: Random) -> int:
        above = self.layers[depth - 1]
        if depth < len(self.layers) - 1:
            return chance.choice(above)
        if number < self.layers[-1][0] + DOZEN:
            return self.lead
        return chance.choice(above[1:])


def name(chance: Random) -> str:
    """A name like those of a large company."""
    return f"{chance.choice(_FIRST)} {chance.choice(_BEGIN)}{chance.choice(_MIDDLE)}{chance.choice(_END)}"
