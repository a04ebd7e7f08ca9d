"""The types of properties whose values are terms of a vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from credentials.model.vocabularies import (
    ACHIEVEMENT_TYPES,
    ALIGNMENT_TARGET_TYPES,
    IDENTIFIER_TYPES,
    RESULT_STATUS_TYPES,
    RESULT_TYPES,
    is_term,
)


def _open(name: str, vocabulary: frozenset[str]) -> Callable[[str], str]:
    expected = f"a term of {name} ({', '.join(sorted(vocabulary))}) or an extension that starts with “ext:”"

    def check(value: str) -> str:
        if not is_term(value, vocabulary):
            raise PydanticCustomError("expected", "{expected}", {"expected": expected})
        return value

    return check


def _status(value: str) -> str:
    if value not in RESULT_STATUS_TYPES:
        expected = f"one of {', '.join(sorted(RESULT_STATUS_TYPES))}"
        raise PydanticCustomError("expected", "{expected}", {"expected": expected})
    return value


AchievementType = Annotated[str, AfterValidator(_open("AchievementType", ACHIEVEMENT_TYPES))]
AlignmentTargetType = Annotated[str, AfterValidator(_open("AlignmentTargetType", ALIGNMENT_TARGET_TYPES))]
IdentifierType = Annotated[str, AfterValidator(_open("IdentifierTypeEnum", IDENTIFIER_TYPES))]
ResultType = Annotated[str, AfterValidator(_open("ResultType", RESULT_TYPES))]
ResultStatusType = Annotated[str, AfterValidator(_status)]
