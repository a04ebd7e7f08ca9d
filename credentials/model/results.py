"""Result, ResultDescription and RubricCriterionLevel (Open Badges 3.0, Data Models).

The links between them are checked by `result_rules`.
"""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.alignment import Alignment
from credentials.model.node import Many, Maybe, Node
from credentials.model.primitive_types import Text, Uri
from credentials.model.type_names import Including, Types
from credentials.model.vocabulary_types import ResultStatusType, ResultType


class RubricCriterionLevel(Node):
    """RubricCriterionLevel: one level of a rubric; `level` and `points` are strings."""

    id: Uri
    type: Annotated[Types, Including(("RubricCriterionLevel",))]
    alignment: Maybe[Many[Alignment]] = None
    description: Maybe[Text] = None
    level: Maybe[Text] = None
    name: Text
    points: Maybe[Text] = None


class ResultDescription(Node):
    """ResultDescription: a result that can be reached; values and levels go from low to high."""

    id: Uri
    type: Annotated[Types, Including(("ResultDescription",))]
    alignment: Maybe[Many[Alignment]] = None
    allowedValue: Maybe[Many[Text]] = None
    name: Text
    requiredLevel: Maybe[Uri] = None
    requiredValue: Maybe[Text] = None
    resultType: ResultType
    rubricCriterionLevel: Maybe[Many[RubricCriterionLevel]] = None
    valueMax: Maybe[Text] = None
    valueMin: Maybe[Text] = None


class Result(Node):
    """Result: a result that was reached; `resultDescription` is the id of its description."""

    type: Annotated[Types, Including(("Result",))]
    achievedLevel: Maybe[Uri] = None
    alignment: Maybe[Many[Alignment]] = None
    resultDescription: Maybe[Uri] = None
    status: Maybe[ResultStatusType] = None
    value: Maybe[Text] = None
