"""IdentityObject and IdentifierEntry (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.node import ClosedNode, Maybe
from credentials.model.primitive_types import Text
from credentials.model.type_names import Exactly
from credentials.model.vocabulary_types import IdentifierType


class IdentityObject(ClosedNode):
    """IdentityObject: who the recipient is, hashed or in plain text; no other properties.

    That a hashed value has the form of an IdentityHash is checked by `recipient_rules`.
    """

    type: Annotated[str, Exactly("IdentityObject")]
    hashed: bool
    identityHash: Text
    identityType: IdentifierType
    salt: Maybe[Text] = None


class IdentifierEntry(ClosedNode):
    """IdentifierEntry: a further identifier of anybody or anything; no other properties."""

    type: Annotated[str, Exactly("IdentifierEntry")]
    identifier: Text
    identifierType: IdentifierType
