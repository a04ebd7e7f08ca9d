"""A certification program as its author writes it: the fields of the YAML file, validated.

Five lines are enough:

    program: first-aid
    name: First aid at work
    levels:
      - name: First aider
        criteria: Passed the two-day course and its practical test.

`issuer/program_templates` has longer ones; `guildmark program new` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from credentials.model.vocabularies import (
    ACHIEVEMENT_TYPES,
    ALIGNMENT_TARGET_TYPES,
    EXTENSION_TERM,
    RESULT_STATUS_TYPES,
    RESULT_TYPES,
)
from credentials.sentence import Sentence, sentence
from credentials.status_entry import UNDEFINED
from issuer.addresses import VERSION
from issuer.assessment.rules import EvidenceRule, Midway, PrerequisiteRule, Quorum
from issuer.errors import Fault
from issuer.people.assignment_rules import AssignmentRule
from issuer.plain_text import is_email_address, one_line, safe_text, short_name, slug_of, web_address
from issuer.program_settings import ProgramSettings
from issuer.program_yaml import Path, YamlDocument, path_of, shown
from issuer.recertification.rules import Recertification
from issuer.validity import Validity, parse_validity

NUMERIC_RESULTS = ("Percent", "RawScore", "ScaledScore", "GradePointAverage", "PredictedScore", "RubricScore")
MOST_MESSAGES = 16
"""Each credential names each of them, so that its holder knows what may be told of it."""
RESULT_STATUSES = tuple(sorted(RESULT_STATUS_TYPES))


def _version(text: str) -> str:
    if not VERSION.fullmatch(text):
        raise ValueError(
            sentence("{text!r} is no version; use letters, digits, dots and hyphens, like 2 or 2026.1", text=text)
        )
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(sentence("{text!r} is no time zone; write it like Europe/Berlin or UTC", text=text)) from error
    return text


def _member(known: frozenset[str], what: str) -> AfterValidator:
    def check(text: str) -> str:
        if text not in known and not EXTENSION_TERM.fullmatch(text):
            names = ", ".join(sorted(known, key=str.lower))
            raise ValueError(
                sentence(
                    "{text!r} is no {what}; known are: {names} (others begin with ext:)",
                    text=text,
                    what=what,
                    names=names,
                )
            )
        return text

    return AfterValidator(check)


def _email(text: str) -> str:
    if not is_email_address(text):
        raise ValueError(sentence("{text!r} is no e-mail address; write it like name@example.org", text=text))
    return text


def _number(text: object) -> str:
    try:
        number = Decimal(str(text))
    except InvalidOperation as error:
        raise ValueError(sentence("{text!r} is no number", text=text)) from error
    if not number.is_finite() or not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", str(text)):
        raise ValueError(sentence("{text!r} is no plain number, like 80 or 2.5", text=text))
    return str(text)


def _validity(value: object) -> Validity | None:
    if value is None or isinstance(value, Validity):
        return value
    if isinstance(value, str):
        return parse_validity(value)
    if isinstance(value, dict) and len(value) == 1:
        unit, number = next(iter(value.items()))
        if unit in {"months", "days", "years", "weeks"} and re.fullmatch(r"\d{1,4}", str(number)):
            return parse_validity(f"{number} {unit}")
    raise ValueError(sentence("this is no validity; write 24 months, 90 days, never, or {form}", form="{months: 24}"))


Text = Annotated[str, AfterValidator(safe_text)]
Line = Annotated[str, AfterValidator(one_line)]
Slug = Annotated[str, AfterValidator(short_name)]
Version = Annotated[str, AfterValidator(_version)]
WebAddress = Annotated[str, AfterValidator(web_address)]
Number = Annotated[str, BeforeValidator(_number)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Criteria(_Strict):
    """What must be shown to earn a level: a text in Markdown, a page, or both."""

    narrative: Text | None = None
    url: WebAddress | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: Any) -> Any:
        return {"narrative": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.narrative is None and self.url is None:
            raise ValueError(sentence("these criteria say nothing; give narrative (Markdown), url, or both"))
        return self


class Skill(_Strict):
    """A skill of a public framework that the level stands for (Open Badges 3.0, Alignment)."""

    name: Line
    url: WebAddress
    framework: Line | None = None
    type: Annotated[str, _member(ALIGNMENT_TARGET_TYPES, sentence("type of skill"))] | None = None
    code: Line | None = None
    description: Text | None = None


class RubricLevel(_Strict):
    """A step of a rubric, from low to high."""

    id: Slug
    name: Line
    description: Text | None = None
    points: Number | None = None


class ResultRule(_Strict):
    """A result that an award may or must state: a number in a range, one of some values, or a rubric's step."""

    id: Slug
    name: Line
    type: Annotated[str, _member(RESULT_TYPES, sentence("type of result"))] = "Result"
    min: Number | None = None
    max: Number | None = None
    values: tuple[Line, ...] = ()
    levels: tuple[RubricLevel, ...] = ()
    passing: Line | None = None
    required: bool = False

    @model_validator(mode="before")
    @classmethod
    def _type_from_levels(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("levels") and "type" not in value:
            return {**value, "type": "RubricCriterionLevel"}
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min is not None and self.max is not None and Decimal(self.min) > Decimal(self.max):
            raise ValueError(sentence("min {min} is above max {max}", min=self.min, max=self.max))
        if len({level.id for level in self.levels}) != len(self.levels):
            raise ValueError(sentence("two of the levels have the same id; each needs its own"))
        if (self.type == "RubricCriterionLevel") != bool(self.levels):
            raise ValueError(
                sentence("a RubricCriterionLevel has levels: {form}, and nothing else has", form="[{id, name}]")
            )
        if self.type == "Status" and self.values:
            raise ValueError(
                sentence("a Status has its own values ({names}); leave values out", names=", ".join(RESULT_STATUSES))
            )
        if self.passing is not None and (fault := self.fault_of(self.passing)):
            raise ValueError(sentence("passing: {fault}", fault=fault))
        return self

    def fault_of(self, value: str) -> str | None:
        """What is wrong with a stated result, and what would be right; None if it fits."""
        if self.levels:
            return _not_among(value, tuple(level.id for level in self.levels))
        if self.type == "Status":
            return _not_among(value, RESULT_STATUSES)
        if self.values:
            return _not_among(value, self.values)
        if self.min is None and self.max is None and self.type not in NUMERIC_RESULTS:
            return None
        return self._out_of_range(value)

    def _out_of_range(self, value: str) -> str | None:
        low = self.min if self.min is not None else "0" if self.type == "Percent" else None
        high = self.max if self.max is not None else "100" if self.type == "Percent" else None
        right = _numbers(low, high)
        try:
            number = Decimal(_number(value))
        except ValueError:
            return sentence("{value!r} is no number; it must be {right}", value=value, right=right)
        if (low is not None and number < Decimal(low)) or (high is not None and number > Decimal(high)):
            return sentence("{value} is out of range; it must be {right}", value=value, right=right)
        return None


def _numbers(low: str | None, high: str | None) -> Sentence:
    if low is not None:
        if high is not None:
            return sentence("a number from {low} to {high}", low=low, high=high)
        return sentence("a number from {low}", low=low)
    return sentence("a number") if high is None else sentence("a number to {high}", high=high)


def _not_among(value: str, known: tuple[str, ...]) -> str | None:
    if value in known:
        return None
    return sentence(
        "{value!r} is not among its values; it must be one of: {names}", value=value, names=", ".join(known)
    )


class LevelDefinition(_Strict):
    """A level: what it is called, what it takes, how long it lasts."""

    level: Slug
    name: Line
    criteria: Criteria
    description: Text | None = None
    version: Version | None = None
    image: Line | None = None
    skills: tuple[Skill, ...] = ()
    validity: Annotated[Validity | None, BeforeValidator(_validity)] = None
    achievement_type: Annotated[str, _member(ACHIEVEMENT_TYPES, sentence("type of achievement"))] = "Certification"
    tags: tuple[Line, ...] = ()
    results: tuple[ResultRule, ...] = ()
    status: tuple[Literal["revocation", "suspension", "refresh", "message"], ...] = ("revocation",)
    status_messages: tuple[Line, ...] = ()
    status_reference: WebAddress | None = None
    prerequisites: tuple[PrerequisiteRule, ...] = ()
    evidence: tuple[EvidenceRule, ...] = ()
    assessment: Quorum | None = None
    recertification: Recertification | None = None
    midway: Midway | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if isinstance(value, dict) and "level" not in value and isinstance(value.get("name"), str):
            made = slug_of(value["name"])  # nothing is left of a name in another script: then `level` is missing
            return {**value, "level": made} if made else value
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if fault := _fault_of_status(self):
            raise ValueError(fault)
        if len({result.id for result in self.results}) != len(self.results):
            raise ValueError(sentence("two of the results have the same id; each needs its own"))
        return self


def _fault_of_status(level: LevelDefinition) -> str | None:
    """What is wrong with what the statuses of its credentials are to say (Bitstring Status List 1.0, section 2.1)."""
    renewing, messages = level.recertification, level.status_messages
    faults = {
        sentence(
            "status is [revocation], and suspension, refresh and message if they are wanted: every credential can be "
            "revoked"
        ): "revocation" not in level.status or len(set(level.status)) != len(level.status),
        sentence(
            "the status refresh says that the refresh service has a newer version: write refresh_service: true under "
            "recertification"
        ): "refresh" in level.status and (renewing is None or not renewing.refresh_service),
        sentence("status_messages belong to the status message: write both, or none"): ("message" in level.status)
        != bool(messages),
        sentence(
            "status_reference says where status_messages are explained, and there are none"
        ): level.status_reference is not None and not messages,
        sentence(
            "write 2 to {most} status_messages, the first of which holds from the beginning", most=MOST_MESSAGES
        ): bool(messages) and not 2 <= len(messages) <= MOST_MESSAGES,
        sentence(
            "a status message cannot be “{undefined}”: that stands for values without a meaning", undefined=UNDEFINED
        ): UNDEFINED in messages,
        sentence("two of the status_messages are the same"): len(set(messages)) != len(messages),
    }
    return next((fault for fault, found in faults.items() if found), None)


def _not_empty(levels: tuple[LevelDefinition, ...]) -> tuple[LevelDefinition, ...]:
    if not levels:
        raise ValueError(sentence("this list is empty; give at least one level"))
    return levels


class ProgramDefinition(ProgramSettings):
    """A program with its levels in order, its settings, whom its levels are assigned to, and the levels' images.

    `lines` are the lines of the file it was read from, by path; empty if it was not read from a file.
    """

    program: Slug
    name: Line
    levels: Annotated[tuple[LevelDefinition, ...], AfterValidator(_not_empty)]
    description: Text | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    owner: Annotated[str, AfterValidator(_email)] | None = None
    assign: tuple[AssignmentRule, ...] = ()
    images: Mapping[str, tuple[str, bytes]] = Field(default_factory=dict, exclude=True)
    lines: Mapping[Path, int] = Field(default_factory=dict, exclude=True)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        slugs = [level.level for level in self.levels]
        doubled = sorted({slug for slug in slugs if slugs.count(slug) > 1})
        if doubled:
            raise ValueError(
                sentence(
                    "two levels are called {names}; each needs a short name of its own (level:)",
                    names=", ".join(doubled),
                )
            )
        return self

    def place(self, *path: str | int) -> str:
        """`line 12, levels[0].midway`, or the path alone if there is no file: where a fault is."""
        if not self.lines:
            return shown(path)
        document = YamlDocument(None, dict(self.lines))
        return document.where(document.written(path))

    def placed(self, fault: Fault) -> Fault:
        """A fault whose place is a path of the file (`assign[2].to`), with its line."""
        path = path_of(fault.where)
        return Fault(self.place(*path), fault.what, fault.right) if path else fault

    @property
    def settings(self) -> ProgramSettings:
        """What is kept with the program and frozen by no version."""
        return ProgramSettings.model_validate(self.as_json())
