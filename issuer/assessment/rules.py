"""What a level demands before it is awarded, as its author writes it and as a published version keeps it.

prerequisites:
  - associate                                   # a level of this program
  - {program: first-aid, level: first-aider}    # of another one
  - {of: [security, privacy, safety], needed: 2}
evidence:
  - {id: design-note, name: Design note, kind: link}
assessment:
  assessors: 2
  functions: 2            # of at least so many different functions
  not_the_manager: true   # the candidate himself never assesses
  decides: every          # or majority: how many of them must find it passed
  publish_assessors: false
  by: anyone              # or manager: the candidate's manager alone approves or declines
midway: {finish_until: 2027-03-31}              # or map (the default), for those who began under the version before
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from credentials.sentence import sentence
from issuer.plain_text import one_line, safe_text, short_name

Slug = Annotated[str, AfterValidator(short_name)]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LevelName(_Rules):
    """A level; `program` is None for the program that says so."""

    level: Slug
    program: Slug | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"level": value} if isinstance(value, str) else value


class PrerequisiteRule(_Rules):
    """At least `needed` of these levels must be held; without `needed`, all of them."""

    of: tuple[LevelName, ...]
    needed: int = Field(ge=1)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str) or (isinstance(value, dict) and "level" in value):
            return {"of": [value], "needed": 1}
        if isinstance(value, dict) and isinstance(value.get("of"), list) and "needed" not in value:
            return {**value, "needed": max(len(value["of"]), 1)}
        if isinstance(value, dict) and "of" not in value:
            raise ValueError(
                sentence("this names no level; write its short name, or {form}", form="{program: …, level: …}")
            )
        return value

    @model_validator(mode="after")
    def _possible(self) -> PrerequisiteRule:
        if not self.of:
            raise ValueError(sentence("this names no level; give at least one"))
        if len(set(self.of)) != len(self.of):
            raise ValueError(sentence("a level is named twice; name each once"))
        if self.needed > len(self.of):
            raise ValueError(
                sentence(
                    "needed is {needed}, but only {count} levels are named", needed=self.needed, count=len(self.of)
                )
            )
        return self

    def within(self, program: str) -> PrerequisiteRule:
        """The same rule with `program` filled in where a level names none; it may then name one twice."""
        names = tuple(LevelName(level=one.level, program=one.program or program) for one in self.of)
        return self.model_copy(update={"of": names})


class EvidenceKind(StrEnum):
    """In which form a piece of evidence is handed in."""

    LINK = "link"
    FILE = "file"
    ANY = "any"


class EvidenceRule(_Rules):
    """A piece of evidence that must be handed in (or may be, if it is not required)."""

    id: Slug
    name: Annotated[str, AfterValidator(one_line)]
    description: Annotated[str, AfterValidator(safe_text)] | None = None
    kind: EvidenceKind = EvidenceKind.ANY
    required: bool = True


class Decides(StrEnum):
    """How many assessors must find that a candidate passed."""

    EVERY = "every"
    MAJORITY = "majority"

    @property
    def in_words(self) -> str:
        """What it took: “all of them had to”."""
        return "all of them had to" if self is Decides.EVERY else "a majority had to"


class By(StrEnum):
    """Who may assess: whoever is asked or named for it, or the candidate's manager and nobody else."""

    ANYONE = "anyone"
    MANAGER = "manager"


class Quorum(_Rules):
    """Who must assess before a level is awarded. The candidate never does.

    Where the manager does and there is none, or his decision is appealed, an officer decides.
    """

    assessors: int = Field(default=1, ge=1, le=20)
    functions: int = Field(default=1, ge=1, le=20)
    not_the_manager: bool = False
    decides: Decides = Decides.EVERY
    publish_assessors: bool = False
    by: By = By.ANYONE

    @model_validator(mode="after")
    def _possible(self) -> Quorum:
        if self.functions > self.assessors:
            raise ValueError(
                sentence(
                    "{assessors} assessors cannot be of {functions} functions; raise assessors",
                    assessors=self.assessors,
                    functions=self.functions,
                )
            )
        if self.by is By.MANAGER and (self.assessors > 1 or self.not_the_manager):
            raise ValueError(sentence("the manager assesses alone; leave out assessors and not_the_manager, or by"))
        return self


class Midway(_Rules):
    """How a new version treats those who began under the one before: mapped at once, or to finish until a day."""

    finish_until: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if isinstance(value, str) and value != "map":
            raise ValueError(
                sentence(
                    "{value!r} is not known here; write map or {form}", value=value, form="{finish_until: 2027-03-31}"
                )
            )
        return {} if value == "map" else value
