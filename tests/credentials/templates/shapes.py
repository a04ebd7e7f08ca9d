"""Random shapes of badges, random slots in them, and random values for the slots, many of them hostile."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3
from credentials.templates.kinds import PATTERNS, SlotKind
from credentials.templates.template import Make
from tests.credentials.badges import badge

Path = tuple[str | int, ...]
Document = dict[str, Any]


class Slotted(NamedTuple):
    """A document with slots in it."""

    make: Make
    slots: dict[str, SlotKind]


def conforming(chance: Random) -> Document:
    """A badge that may be issued, with a random choice of what a badge can have; some have parts that are alike."""
    document, alike = badge(), chance.random() < 0.15
    subject, issuer = document["credentialSubject"], document["issuer"]
    achievement = subject["achievement"]
    person: Document = {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": "Zoë"}
    hashed = {**person, "hashed": True, "identityHash": f"sha256${'0a' * 32}", "salt": "s"}
    subject["identifier"] = chance.choices([person, hashed], k=3) if alike else [person, hashed]
    document["evidence"] = [
        {
            **({"id": f"https://e.example/{number}"} if chance.random() < 0.5 else {}),
            "type": ["Evidence"],
            "name": "same" if alike else f"other {number}",
            "narrative": "same",
        }
        for number in range(chance.randrange(1, 4))
    ]
    subject["result"] += [{**subject["result"][0], "value": "91.5" if alike else "70"}] * chance.randrange(2)
    achievement["tag"] = ["same", "other", "same"][: chance.randrange(1, 4)]
    if alike:
        achievement["alignment"] *= chance.randrange(1, 3)
    if chance.random() < 0.3:
        achievement["resultDescription"][0]["allowedValue"] = ["a", "b", "91.5"]
    if chance.random() < 0.3:
        geo = {"type": "GeoCoordinates", "latitude": 1.5, "longitude": 2}
        issuer["address"] = {"type": ["Address"], "addressCountry": "x", "geo": geo}
    if chance.random() < 0.3:
        issuer["image"] = {"id": "https://e.example/i", "type": "Image", "caption": "x"}
    if chance.random() < 0.3:
        achievement["creator"] = {"id": "urn:x:creator", "type": ["Profile"], "name": "x"}
    if chance.random() < 0.2:
        document["endorsement"] = [_endorsement()]
    if chance.random() < 0.2:
        document["credentialStatus"] = [document["credentialStatus"], {**document["credentialStatus"], "id": "urn:x:2"}]
    if chance.random() < 0.3:
        del document["validUntil"]
    return copy.deepcopy(document)  # what was multiplied is one object until here


def _endorsement() -> Document:
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "An endorsement",
        "issuer": {"id": "did:web:other.example", "type": ["Profile"]},
        "validFrom": "2026-01-15T09:00:00Z",
        "credentialSubject": {"id": "urn:x:s", "type": ["EndorsementSubject"], "endorsementComment": "Good"},
    }


UNUSUAL = {"identityType", "resultType", "requiredValue", "valueMin", "valueMax", "allowedValue", "resultDescription"}


def slotted(chance: Random, document: Document) -> Slotted:
    """The document with up to six slots: whole strings, ends and beginnings of strings, or one slot in two places.

    Mostly where they have a chance.
    """
    found = [path for path in _strings((), document) if chance.random() < 0.02 or not UNUSUAL.intersection(path)]
    changes: list[tuple[Path, Callable[[Mapping[str, str]], str]]] = []
    slots: dict[str, SlotKind] = {}
    for number, path in enumerate(chance.sample(found, min(len(found), chance.randrange(1, 7)))):
        here, name = _at(document, path), f"slot{number}"
        kind, before, after = _cut(chance, here)
        others = [other for other in slots if slots[other] is kind]
        if others and chance.random() < 0.3:
            name = chance.choice(others)
        slots.setdefault(name, kind)
        changes.append((path, lambda values, n=name, b=before, a=after: f"{b}{values[n]}{a}"))  # type: ignore[misc]

    def make(values: Mapping[str, str]) -> Document:
        made = copy.deepcopy(document)
        for path, text in changes:
            _at(made, path[:-1])[path[-1]] = text(values)
        return made

    return Slotted(make, dict(sorted(slots.items())))


_URI = re.compile(r"[a-z]+:.*")


def _cut(chance: Random, here: str) -> tuple[SlotKind, str, str]:
    """A likely kind for the place, and what stays before and after the slot."""
    if re.fullmatch(PATTERNS[SlotKind.INSTANT], here):
        return SlotKind.INSTANT, "", ""
    if here.startswith("sha256$"):
        return SlotKind.DIGEST, "sha256$", ""
    kind = chance.choice([*SlotKind]) if chance.random() < 0.02 else None
    if _URI.fullmatch(here):
        return chance.choice(
            [
                (kind or SlotKind.IRI, "", ""),
                (SlotKind.IRI, "", "#end" if chance.random() < 0.1 else ""),
                (SlotKind.UUID, f"{here}/", ""),
                (SlotKind.NUMBER, f"{here}#", "-x"),
                (SlotKind.UUID, "urn:uuid:", ""),
            ]
        )
    return chance.choice([(kind or SlotKind.TEXT, "", ""), (SlotKind.TEXT, here, ""), (SlotKind.NUMBER, here, " x")])


def _strings(path: Path, value: Any) -> list[Path]:
    if isinstance(value, str):
        return [path]
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [
        found
        for step, member in members
        if step not in ("type", "@context")
        for found in _strings((*path, step), member)
    ]


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


ODD = ["", " ", "ext:x", "ext: x", "e", "\x00", "\x7f", "\x85", "\t", "\n", "\r\n", '"', "\\", '\\"', "\\n", "\ud800"]
ODD += [
    "\ufffe",
    "\uffff",
    "\ufeff",
    "\u2028",
    "\U0001f600",
    "\U0010ffff",
    "é",
    "}",
    '"}',
    '","x":"',
    "@id",
    "_:b",
    "a:",
]
ODD += [
    "_:c14n0",
    "_:a",
    " .\n",
    '" .',
    '"^^<x>',
    "https://e.example/é",
    "https://e.example/a b",
    "xsd:string",
    "relative",
]
ODD += ["2026-02-30T00:00:00Z", "2026-01-15T24:00:00Z", "0000-01-01T00:00:00Z", "2026-01-15T09:00:00+01:00", "١", "007"]
ODD += ["Zq000000000000000000000000 x0Z", "urn:zq000000000000000000000000:x0Z", "100", "101", "-1", "same", "other"]
IRIS = [
    "https://e.example/1",
    "https://e.example/0",
    "did:web:badges.example",
    "urn:uuid:1",
    "mailto:a@e.example",
    "urn:x",
]
IRIS += [
    "https://badges.example/achievements/7",
    "https://badges.example/achievements/7#exam",
    "http://e.example/?a=%20#~",
]


def values_for(chance: Random, slots: Mapping[str, SlotKind]) -> dict[str, str]:
    """Values of the kinds, now and then equal ones, and now and then such as do not belong there."""
    made: dict[str, str] = {}
    for name, kind in slots.items():
        made[name] = _value(chance, kind)
        if chance.random() < 0.1:
            made[name] = chance.choice(ODD)
        elif made and chance.random() < 0.15:
            made[name] = chance.choice([*made.values()])
    return made


def _value(chance: Random, kind: SlotKind) -> str:
    digits = "".join(chance.choices("0123456789abcdef", k=64))
    match kind:
        case SlotKind.TEXT:
            return _text(chance)
        case SlotKind.IRI:
            return chance.choice([*IRIS, f"urn:x:{digits[:2]}"])
        case SlotKind.INSTANT:
            return f"{chance.choice([2025, 2026, 2027])}-0{chance.randrange(1, 10)}-28T09:00:00Z"
        case SlotKind.UUID:
            return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-{digits[18:30]}"
        case SlotKind.NUMBER:
            return str(chance.choice([0, 7, 91, 131_071, chance.randrange(10**15)]))
        case SlotKind.DIGEST:
            return digits


def _text(chance: Random) -> str:
    if chance.random() < 0.5:
        return "".join(chance.choices([*ODD, "same", "Ana", "91.5", "a", " b"], k=chance.choice([1, 1, 2, 3])))
    limit = chance.choice([0x80, 0x800, 0x10000, 0x110000])
    return "".join(chr(chance.randrange(limit)) for _ in range(chance.randrange(1, 7)))
