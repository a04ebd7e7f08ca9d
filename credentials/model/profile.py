"""Profile (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from credentials.model.address import Address
from credentials.model.identifiers import IdentifierEntry
from credentials.model.image import Image
from credentials.model.node import Many, Maybe, Node
from credentials.model.primitive_types import CompactJws, Date, Text, Uri
from credentials.model.type_names import Including, Types

if TYPE_CHECKING:
    from credentials.model.endorsement_credential import EndorsementCredential


class Profile(Node):
    """Profile: a person or organization: issuer, endorser, creator, source.

    Completed in `endorsement_credential`, because a profile carries endorsements and these have profiles.
    """

    id: Uri
    type: Annotated[Types, Including(("Profile",))]
    name: Maybe[Text] = None
    url: Maybe[Uri] = None
    phone: Maybe[Text] = None
    description: Maybe[Text] = None
    endorsement: Maybe[Many[EndorsementCredential]] = None
    endorsementJwt: Maybe[Many[CompactJws]] = None
    image: Maybe[Image] = None
    email: Maybe[Text] = None
    address: Maybe[Address] = None
    otherIdentifier: Maybe[Many[IdentifierEntry]] = None
    official: Maybe[Text] = None
    parentOrg: Maybe[Profile] = None
    familyName: Maybe[Text] = None
    givenName: Maybe[Text] = None
    additionalName: Maybe[Text] = None
    patronymicName: Maybe[Text] = None
    honorificPrefix: Maybe[Text] = None
    honorificSuffix: Maybe[Text] = None
    familyNamePrefix: Maybe[Text] = None
    dateOfBirth: Maybe[Date] = None


import credentials.model.endorsement_credential  # noqa: E402, F401  (completes it, whoever is imported first)
