"""Evidence (Open Badges 3.0, Data Models)."""

from __future__ import annotations

from typing import Annotated

from credentials.model.node import Maybe, Node
from credentials.model.primitive_types import Text, Uri
from credentials.model.type_names import Including, Types


class Evidence(Node):
    """Evidence: what the recipient did; `narrative` is Markdown."""

    id: Maybe[Uri] = None
    type: Annotated[Types, Including(("Evidence",))]
    narrative: Maybe[Text] = None
    name: Maybe[Text] = None
    description: Maybe[Text] = None
    genre: Maybe[Text] = None
    audience: Maybe[Text] = None
