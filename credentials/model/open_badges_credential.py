"""What both kinds of Open Badges credentials have: that standard's class VerifiableCredential."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from pydantic import Field

from credentials.model.context import Contexts
from credentials.model.node import Maybe, Node
from credentials.model.one_or_many import OneOrAny, OneOrMany, TextOrObject
from credentials.model.primitive_types import DateTimeZ, Text, Uri
from credentials.model.profile import Profile
from credentials.model.vc_extensions import (
    CredentialSchema,
    CredentialStatus,
    Proof,
    RefreshService,
    TermsOfUse,
)


class OpenBadgesCredential(Node):
    """The common part of AchievementCredential and EndorsementCredential.

    `proof`, `credentialSchema` and `termsOfUse` may be compacted to one object. `credentialStatus` is
    one object in Open Badges; VCDM 2.0 allows several, so readers take an array too.
    """

    context: Contexts = Field(alias="@context")
    id: Uri
    description: Maybe[Text] = None
    awardedDate: Maybe[DateTimeZ] = None
    issuer: TextOrObject[Uri, Profile]
    validFrom: DateTimeZ
    validUntil: Maybe[DateTimeZ] = None
    proof: Maybe[OneOrAny[Proof]] = None
    credentialSchema: Maybe[OneOrAny[CredentialSchema]] = None
    credentialStatus: Maybe[OneOrMany[CredentialStatus]] = None
    refreshService: Maybe[RefreshService] = None
    termsOfUse: Maybe[OneOrAny[TermsOfUse]] = None

    @property
    def issuer_id(self) -> str:
        """The issuer's identifier, whichever form the issuer has."""
        return self.issuer if isinstance(self.issuer, str) else self.issuer.id
