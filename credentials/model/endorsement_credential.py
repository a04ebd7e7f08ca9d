"""EndorsementCredential and EndorsementSubject (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.node import Maybe, Node
from credentials.model.open_badges_credential import OpenBadgesCredential
from credentials.model.primitive_types import Text, Uri
from credentials.model.profile import Profile
from credentials.model.type_names import Including, Types


class EndorsementSubject(Node):
    """EndorsementSubject: what is endorsed; the comment is Markdown."""

    id: Uri
    type: Annotated[Types, Including(("EndorsementSubject",))]
    endorsementComment: Maybe[Text] = None


class EndorsementCredential(OpenBadgesCredential):
    """EndorsementCredential: `name` is required."""

    type: Annotated[Types, Including(("VerifiableCredential",)), Including(("EndorsementCredential",))]
    name: Text
    credentialSubject: EndorsementSubject


Profile.model_rebuild(_types_namespace={"EndorsementCredential": EndorsementCredential, "Profile": Profile})
EndorsementCredential.model_rebuild()
