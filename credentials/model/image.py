"""Image (Open Badges 3.0, Data Models)."""

from __future__ import annotations

from typing import Annotated

from credentials.model.node import ClosedNode, Maybe
from credentials.model.primitive_types import Text, Uri
from credentials.model.type_names import Exactly


class Image(ClosedNode):
    """Image: always an object, never the bare URI; no other properties."""

    id: Uri
    type: Annotated[str, Exactly("Image")]
    caption: Maybe[Text] = None
