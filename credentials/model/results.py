"""Result (304–311), ResultDescription (312–324) and RubricCriterionLevel (325–333).

The links between them (87–90) are checked by `result_rules`.
"""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.alignment import Alignment
from credentials.model.node import Many, Maybe, Node
from credentials.model.primitive_types import Text, Uri
from credentials.model.type_names import Including, Types
from credentials.model.vocabularies import ResultStatusType, ResultType


class RubricCriterionLevel(Node):
    """RubricCriterionLevel (325): one level of a rubric; `level` and `points` are strings (91)."""

    id: Uri
    type: Annotated[Types, Including(("RubricCriterionLevel",))]
    alignment: Maybe[Many[Alignment]] = None
    description: Maybe[Text] = None
    level: Maybe[Text] = None
    name: Text
    points: Maybe[Text] = None


class ResultDescription(Node):
    """ResultDescription (312): a result that can be reached; values and levels go from low to high (90)."""

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
    """Result (304): a result that was reached; `resultDescription` is the id of its description (87)."""

    type: Annotated[Types, Including(("Result",))]
    achievedLevel: Maybe[Uri] = None
    alignment: Maybe[Many[Alignment]] = None
    resultDescription: Maybe[Uri] = None
    status: Maybe[ResultStatusType] = None
    value: Maybe[Text] = None
