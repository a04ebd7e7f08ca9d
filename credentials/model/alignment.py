"""Alignment (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.node import Maybe, Node
from credentials.model.primitive_types import Text, Uri
from credentials.model.type_names import Including, Types
from credentials.model.vocabulary_types import AlignmentTargetType


class Alignment(Node):
    """Alignment: a node of an educational framework that an achievement or result matches."""

    type: Annotated[Types, Including(("Alignment",))]
    targetCode: Maybe[Text] = None
    targetDescription: Maybe[Text] = None
    targetName: Text
    targetFramework: Maybe[Text] = None
    targetType: Maybe[AlignmentTargetType] = None
    targetUrl: Uri
