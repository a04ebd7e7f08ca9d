"""EndorsementCredential (244–251) and EndorsementSubject (252–255)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.node import Maybe, Node
from credentials.model.open_badges_credential import OpenBadgesCredential
from credentials.model.primitive_types import Text, Uri
from credentials.model.profile import Profile
from credentials.model.type_names import Including, Types


class EndorsementSubject(Node):
    """EndorsementSubject (252): what is endorsed; the comment is Markdown."""

    id: Uri
    type: Annotated[Types, Including(("EndorsementSubject",))]
    endorsementComment: Maybe[Text] = None


class EndorsementCredential(OpenBadgesCredential):
    """EndorsementCredential (244): `name` is required (248)."""

    type: Annotated[Types, Including(("VerifiableCredential",)), Including(("EndorsementCredential",))]
    name: Text
    credentialSubject: EndorsementSubject


Profile.model_rebuild(_types_namespace={"EndorsementCredential": EndorsementCredential, "Profile": Profile})
EndorsementCredential.model_rebuild()
