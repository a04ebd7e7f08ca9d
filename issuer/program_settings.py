"""What a program says beside its levels, and no version freezes: when to remind, when to write, who stands behind it.

    reminders: [90 days, 60 days, 30 days, 7 days]
    escalation: {manager_after: 1 day, owner_after: 14 days}
    mail_hours: {from: 8, to: 18, weekdays_only: true}
    thank_mentors: true
    committee:
      members: [{name: Signe Dahl, function: Head of Platform Engineering}]
      decisions: [{on: 2026-01-10, decision: Raised the passing mark to 75 percent., url: "https://…"}]
    learning:
      - {system: moodle, activity: "https://…/courses/7", verbs: [passed], level: awareness}
    proofs: [ecdsa-rdfc-2019, ecdsa-sd-2023]

Whatever is a field of ProgramSettings is read from the file, stored, compared and shown without another line elsewhere.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Annotated, Any

import rfc8785
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from credentials.sentence import sentence
from issuer.cryptosuites import checked
from issuer.learning.rules import LearningRule
from issuer.plain_text import one_line, safe_text, web_address
from issuer.recertification.facts import Pacing
from issuer.tables import ProgramRow
from issuer.validity import parse_validity

_LONGEST = 1_000


def _days(value: object) -> int:
    if isinstance(value, int):
        return value
    try:
        length = parse_validity(str(value))
    except ValueError:
        length = None
    if length is None or not 1 <= length.days <= _LONGEST:
        raise ValueError(
            sentence(
                "{value!r} is no distance; write it in days or weeks, like 30 days, at most {longest} days",
                value=value,
                longest=_LONGEST,
            )
        )
    return length.days


def _distances(value: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(value)) != len(value):
        raise ValueError(sentence("a distance stands here twice; name each once"))
    return tuple(sorted(value, reverse=True))


Days = Annotated[int, BeforeValidator(_days)]
"""A number of days, written `30 days` or `2 weeks`."""
Line = Annotated[str, AfterValidator(one_line)]
_PACE = Pacing()


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Escalation(_Settings):
    """So many days after a required level's date its holder's manager is told, and then the program's owner."""

    manager_after: Days = _PACE.manager_after
    owner_after: Days = _PACE.owner_after

    @model_validator(mode="after")
    def _in_order(self) -> Escalation:
        if self.owner_after < self.manager_after:
            raise ValueError(sentence("the owner would hear of it before the manager; make owner_after the longer one"))
        return self


class MailHours(_Settings):
    """The hours of a recipient's own day in which mail may reach him: from `from_hour`, before `to_hour`."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    from_hour: int = Field(default=8, alias="from", ge=0, le=23)
    to_hour: int = Field(default=18, alias="to", ge=1, le=24)
    weekdays_only: bool = True

    @model_validator(mode="after")
    def _some_hours(self) -> MailHours:
        if self.from_hour >= self.to_hour:
            raise ValueError(
                sentence(
                    "from {from_hour} to {to_hour} are no hours; write them like from: 8, to: 18",
                    from_hour=self.from_hour,
                    to_hour=self.to_hour,
                )
            )
        return self


class Member(_Settings):
    """A member of the certification committee, by name and function."""

    name: Line
    function: Line | None = None


class Decision(_Settings):
    """What the committee decided on a program, on which day, and where it is written down."""

    on: date
    decision: Annotated[str, AfterValidator(safe_text)]
    url: Annotated[str, AfterValidator(web_address)] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the decision in canonical JSON (RFC 8785), in hex: the audit trail names it by this."""
        return sha256(rfc8785.dumps(self.model_dump(mode="json"))).hexdigest()


class Committee(_Settings):
    """Who stands behind a program, and what they decided."""

    members: tuple[Member, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Committee:
        if len(set(self.decisions)) != len(self.decisions):
            raise ValueError(sentence("a decision stands here twice; keep one of them"))
        if len({member.name for member in self.members}) != len(self.members):
            raise ValueError(sentence("a member stands here twice; name each once"))
        return self


class ProgramSettings(_Settings):
    """A program's settings. Stored as `as_json` gives them, so that a setting added later changes no older program."""

    reminders: Annotated[tuple[Days, ...], AfterValidator(_distances)] = _PACE.reminders
    escalation: Escalation = Escalation()
    mail_hours: MailHours = MailHours()
    committee: Committee = Committee()
    thank_mentors: bool = True
    learning: tuple[LearningRule, ...] = ()
    proofs: Annotated[tuple[Line, ...], AfterValidator(checked)] = ()

    @property
    def pacing(self) -> Pacing:
        """The distances as the recertification engine takes them."""
        return Pacing(self.reminders, self.escalation.manager_after, self.escalation.owner_after)

    def as_json(self) -> dict[str, Any]:
        """The settings that differ from the defaults, as JSON."""
        return self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, include=set(ProgramSettings.model_fields)
        )


def settings_of(row: ProgramRow) -> ProgramSettings:
    """A program's settings, with the defaults where it says nothing."""
    return ProgramSettings.model_validate(row.settings)
