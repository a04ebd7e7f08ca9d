"""Whom a level is assigned to, and until when: as a program's author writes it and as a row keeps it. Pure.

assign:
  - {level: associate, to: {team: platform}, required: within 90 days of joining}
  - {level: associate, to: {role: sre}, required: within 6 months of assignment}
  - {level: associate, to: everyone, required: by 2026-12-31}
  - {level: associate, to: everyone, required: by 2026-12-31 or within 30 days of joining}
  - {level: expert, to: {person: zoe@brightmoor.example}, suggested: true}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from credentials.sentence import Sentence, sentence
from issuer.plain_text import is_email_address, one_line, short_name
from issuer.validity import Validity, last_day, parse_validity

_BY = re.compile(r"by\s+(\d{4}-\d\d-\d\d)(?:\s+or\s+(within\s.*))?", re.ASCII)
_WITHIN = re.compile(r"within\s+(.+?)\s+of\s+(joining|assignment)")
_RIGHT = sentence("write it as within 90 days of joining, within 6 months of assignment, or by 2026-12-31")

_TARGETS = "everyone, {team: …}, {role: …}, {person: …}"


class Start(StrEnum):
    """From which day a length of time counts."""

    JOINING = "joining"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True)
class DueRule:
    """Until when something required is to be done: within a length of time, by a day, or by the later of the two.

    Joining is joining the team or role, and the company for whoever is named himself or as one of everyone. A length
    never counts from before the assignment was made, nor from before it concerned the person: nobody is overdue the
    moment a rule is made, or the moment he comes under it.
    """

    within: Validity | None = None
    of: Start | None = None
    by: date | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that says nothing, or half of something."""
        if (self.within is None) != (self.of is None) or (self.within is None and self.by is None):
            raise ValueError(sentence("this is no rule for a due date; {right}", right=_RIGHT))

    def due_on(self, *, joined: date | None, assigned: date) -> date:
        """The day on which it is due for someone who joined then (None: not known) what was assigned then."""
        start = max(joined or assigned, assigned)
        if self.within is None:
            return max(self.by or start, joined or start)
        within = last_day(start, self.within)
        return within if self.by is None else max(within, self.by)

    def as_dict(self) -> dict[str, Any]:
        """As JSON; `due_rule_from_dict` is the inverse."""
        members: dict[str, Any] = {}
        if self.within is not None and self.of is not None:
            members |= {"within": self.within.as_dict(), "of": self.of.value}
        if self.by is not None:
            members["by"] = self.by.isoformat()
        return members

    @property
    def words(self) -> Sentence:
        """For who it is asked of: “within 90 days of joining”, “by 31 December 2026 or …”."""
        if self.within is None:
            return sentence("by {day}", day=self.by)
        length = self.within.words
        within = sentence("within {length} of assignment", length=length)
        if self.of is Start.JOINING:
            within = sentence("within {length} of joining", length=length)
        return within if self.by is None else sentence("by {day} or {within}", day=self.by, within=within)

    def __str__(self) -> str:
        within = "" if self.within is None else f"within {self.within} of {self.of}"
        by = "" if self.by is None else f"by {self.by}"
        return " or ".join(part for part in (by, within) if part)


def parse_due_rule(words: str) -> DueRule:
    """`within 90 days of joining`, `within 6 months of assignment`, `by 2026-12-31`. Raises ValueError."""
    text = " ".join(words.split()).lower()
    by: date | None = None
    if match := _BY.fullmatch(text):
        try:
            by = date.fromisoformat(match[1])
        except ValueError:
            raise ValueError(sentence("there is no day {value!r}; {right}", value=match[1], right=_RIGHT)) from None
        if match[2] is None:
            return DueRule(by=by)
        text = match[2]
    if not (match := _WITHIN.fullmatch(text)):
        raise ValueError(sentence("{words!r} says no due date; {right}", words=words, right=_RIGHT))
    try:
        length = parse_validity(match[1])
    except ValueError:
        length = None
    if length is None:
        raise ValueError(sentence("{value!r} is no length of time; {right}", value=match[1], right=_RIGHT))
    return DueRule(length, Start(match[2]), by)


def due_rule_from_dict(members: Mapping[str, Any]) -> DueRule:
    """The rule that `DueRule.as_dict` wrote down."""
    return DueRule(
        within=Validity(**members["within"]) if "within" in members else None,
        of=Start(members["of"]) if "of" in members else None,
        by=date.fromisoformat(members["by"]) if "by" in members else None,
    )


class TargetKind(StrEnum):
    """To whom a level is assigned."""

    PERSON = "person"
    TEAM = "team"
    ROLE = "role"
    EVERYONE = "everyone"


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _address(text: str) -> str:
    if not is_email_address(text):
        raise ValueError(sentence("{text!r} is no e-mail address; write it as name@example.org", text=text))
    return text


class Target(_Rules):
    """A team, a role, one person by an e-mail address, or everyone."""

    team: Annotated[str, AfterValidator(one_line)] | None = None
    role: Annotated[str, AfterValidator(one_line)] | None = None
    person: Annotated[str, AfterValidator(_address)] | None = None
    everyone: bool = False

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        if value == "everyone":
            return {"everyone": True}
        if isinstance(value, str):
            said = sentence("{value!r} is nobody; write one of: {names}", value=value, names=_TARGETS)
            raise ValueError(said)  # noqa: TRY004
        return value

    @model_validator(mode="after")
    def _one(self) -> Target:
        if [self.team, self.role, self.person].count(None) + (not self.everyone) != 3:
            raise ValueError(sentence("say one of: {names}", names=_TARGETS))
        return self

    @property
    def kind(self) -> TargetKind:
        """Which of the four."""
        if self.team is not None:
            return TargetKind.TEAM
        if self.role is not None:
            return TargetKind.ROLE
        return TargetKind.PERSON if self.person is not None else TargetKind.EVERYONE

    @property
    def name(self) -> str:
        """The team, the role or the address as it was written; empty for everyone."""
        return self.team or self.role or self.person or ""

    def __str__(self) -> str:
        return "everyone" if self.everyone else f"the {self.kind} {self.name}" if not self.person else self.name


class AssignmentRule(_Rules):
    """One entry of a program's `assign:` — required with a due rule, or suggested."""

    level: Annotated[str, AfterValidator(short_name)]
    to: Target
    required: Annotated[str, Field(description="within 90 days of joining")] | None = None
    suggested: Literal["true", True] | None = None

    @model_validator(mode="after")
    def _either(self) -> AssignmentRule:
        if (self.required is None) == (self.suggested is None):
            raise ValueError(sentence("say either required: within 90 days of joining, or suggested: true"))
        if self.required is not None:
            parse_due_rule(self.required)
        return self

    @property
    def due(self) -> DueRule | None:
        """The due rule of a required level; None for a suggested one."""
        return parse_due_rule(self.required) if self.required is not None else None
