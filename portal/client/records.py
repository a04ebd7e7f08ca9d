"""What is sent to a Guildmark server and what comes back, as records. `raw` is the server's own JSON, whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Form = Literal["json", "jwt", "png", "svg"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that somebody earned it: a link, or a file by name and SHA-256; `rule` is what it is for."""

    url: str | None = None
    name: str | None = None
    rule: str | None = None
    sha256: str | None = None
    description: str | None = None

    def as_json(self, *names: str) -> dict[str, str]:
        """Those members that are given, of `names`."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Award:
    """A level that somebody earned."""

    name: str
    email: str
    program: str
    level: str
    awarded_on: date
    results: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    narrative: str | None = None
    did: str | None = None
    license_number: str | None = None
    idempotency_key: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the server takes it."""
        more = {
            name: value
            for name in ("narrative", "did", "license_number", "idempotency_key")
            if (value := getattr(self, name)) is not None
        }
        return {
            "name": self.name,
            "email": self.email,
            "program": self.program,
            "level": self.level,
            "awarded_on": self.awarded_on.isoformat(),
            "results": dict(self.results),
            "evidence": [one.as_json("url", "name", "rule", "sha256") for one in self.evidence],
            **more,
        }


@dataclass(frozen=True, slots=True)
class Credential:
    """One that was issued, as a list shows it."""

    id: str
    url: str
    standing: str
    name: str | None
    program: str | None
    level: str | None
    awarded_on: date | None
    raw: Json

    @classmethod
    def read(cls, raw: Json) -> Credential:
        """Of the server's JSON."""
        day = raw.get("awardedOn")
        return cls(
            raw["id"], raw["url"], raw["standing"], raw.get("name"), raw.get("program"), raw.get("level"),
            date.fromisoformat(day) if day else None, raw,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bulk:
    """Work in the background, and how far it is."""

    id: str
    kind: str
    state: str
    total: int
    done: int
    failed: int
    cancelled: int
    waiting: int
    raw: Json

    @property
    def ended(self) -> bool:
        """Nothing more will be done."""
        return self.state != "waiting"

    @classmethod
    def read(cls, raw: Json) -> Bulk:
        """Of the server's JSON."""
        return cls(
            raw["id"], raw["kind"], raw["state"], raw["total"], raw["done"], raw["failed"], raw["cancelled"],
            raw["waiting"], raw,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of one item of work in the background; `credential` is what was issued or changed."""

    item: int
    state: str
    credential: str | None
    fault: str | None

    @classmethod
    def read(cls, raw: Json) -> ItemOutcome:
        """Of the server's JSON."""
        return cls(raw["item"], raw["state"], raw.get("credential"), raw.get("fault"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody earned a level, as somebody says; `credential` once there is one, `missing` what it waits for."""

    id: str
    person: str
    program: str
    level: str
    state: str
    credential: str | None
    missing: str
    raw: Json

    @classmethod
    def read(cls, raw: Json) -> Proposal:
        """Of the server's JSON."""
        return cls(
            raw["id"], raw["person"], raw["program"], raw["level"], raw["state"], raw.get("credential"),
            raw.get("missing") or "", raw,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is required of, or suggested to, whom."""

    id: int
    level: str
    target: str
    required: bool
    due: str | None
    raw: Json

    @classmethod
    def read(cls, raw: Json) -> Assignment:
        """Of the server's JSON."""
        return cls(raw["id"], raw["level"], str(raw["target"]), bool(raw["required"]), raw.get("due"), raw)


@dataclass(frozen=True, slots=True)
class Check:
    """One question that verifying asked."""

    name: str
    outcome: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a credential of any issuer came to."""

    verified: bool
    status: str
    sentence: str
    checks: tuple[Check, ...]
    raw: Json

    @classmethod
    def read(cls, raw: Json) -> Verdict:
        """Of the server's JSON."""
        return cls(raw["verified"], raw.get("status", ""), raw["sentence"], _checks(raw.get("checks", ())), raw)


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of one report of a learning system; `new` is false if the same was taken before."""

    id: str
    outcome: str
    detail: str
    new: bool
    proposal: str | None
    credential: str | None

    @classmethod
    def read(cls, raw: Json) -> Reported:
        """Of the server's JSON."""
        return cls(raw["id"], raw["outcome"], raw["detail"], raw["new"], raw.get("proposal"), raw.get("credential"))


def _checks(given: Iterable[Json]) -> tuple[Check, ...]:
    return tuple(Check(one["check"], one["outcome"], one["sentence"]) for one in given)
