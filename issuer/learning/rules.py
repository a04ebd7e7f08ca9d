"""Which report of a learning system counts for which level: the field `learning` of a program's file.

    learning:
      - system: moodle
        verbs: [passed, completed]
        activity: https://lms.brightmoor.example/courses/security-2026
        level: awareness
        results: {quiz: score.scaled}
        minimum: {score.scaled: 0.8}
      - {system: moodle, activity: "https://lms.brightmoor.example/badges/*", verbs: [earned], level: champion}

The first rule that fits a report decides; an exact `activity` goes before one that ends with `/*`, a longer one before
a shorter. A rule without `activity` is for events of our own form, which name program and level themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from credentials.sentence import sentence
from issuer.plain_text import short_name

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f\ud800-\udfff]+")
_LONGEST_IRI = 1_000
_ANY = "/*"


class Verb(StrEnum):
    """What someone did, of which a level may follow."""

    PASSED = "passed"
    COMPLETED = "completed"
    EARNED = "earned"


class Member(StrEnum):
    """A member of a report's score (xAPI, section 4.2.2.5.1 "Score"); `scaled` is from -1 to 1."""

    SCALED = "score.scaled"
    RAW = "score.raw"
    MIN = "score.min"
    MAX = "score.max"


def is_iri(text: str) -> bool:
    """Whether it is an absolute IRI, as far as that can be seen, of bounded length."""
    return len(text) <= _LONGEST_IRI and _IRI.fullmatch(text) is not None


def _iri(text: str) -> str:
    if not is_iri(text) or "*" in text:
        raise ValueError(
            sentence("{text!r} is no IRI; write it whole, like https://lms.example.org/courses/7", text=text)
        )
    return text


def _activity(text: str) -> str:
    whole = text.removesuffix(_ANY)
    if not is_iri(whole) or "*" in whole:
        raise ValueError(
            sentence(
                "{text!r} is no activity; write its whole IRI, like https://lms.example.org/courses/7, or "
                "https://lms.example.org/courses/* for all below it",
                text=text,
            )
        )
    return text


def _some_verbs(verbs: tuple[Verb, ...]) -> tuple[Verb, ...]:
    if not verbs or len(set(verbs)) != len(verbs):
        raise ValueError(sentence("name each verb once; there are {names}", names=", ".join(Verb)))
    return verbs


class LearningRule(BaseModel):
    """Reports of `system` on `activity` with one of `verbs` and at least `minimum` count for `level`.

    `results` are the level's results by the member of the score that gives them; a Percent takes `score.scaled` as
    hundredths. `propose` makes a proposal, as a level that demands assessors always does; else the award is issued.
    `accounts` are home pages whose account names are employee numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: Annotated[str, AfterValidator(short_name)]
    level: Annotated[str, AfterValidator(short_name)]
    activity: Annotated[str, AfterValidator(_activity)] | None = None
    verbs: Annotated[tuple[Verb, ...], AfterValidator(_some_verbs)] = (Verb.PASSED,)
    results: Mapping[Annotated[str, AfterValidator(short_name)], Member] = Field(default_factory=dict)
    minimum: Mapping[Member, Annotated[Decimal, Field(max_digits=15, decimal_places=6)]] = Field(default_factory=dict)
    propose: bool = False
    accounts: tuple[Annotated[str, AfterValidator(_iri)], ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> LearningRule:
        scaled = self.minimum.get(Member.SCALED)
        if scaled is not None and not -1 <= scaled <= 1:
            raise ValueError(
                sentence(
                    "minimum: score.scaled is from -1 to 1, and never {scaled}; for 80 percent write 0.8", scaled=scaled
                )
            )
        return self

    def is_for(self, activity: str) -> bool:
        """Whether the rule is for reports on that activity."""
        if self.activity is None:
            return False
        if self.activity.endswith(_ANY):
            return activity.startswith(self.activity[:-1])
        return activity == self.activity

    @property
    def precedence(self) -> tuple[bool, int]:
        """The lower, the earlier it is asked: exact activities first, then the longer ones."""
        activity = self.activity or ""
        return activity.endswith(_ANY), -len(activity)
