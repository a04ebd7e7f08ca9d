"""VerifiableCredential of the W3C data model 2.0, for credentials that are no Open Badges."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from credentials.model.context import Contexts
from credentials.model.node import ClosedNode, Maybe, Node
from credentials.model.one_or_many import OneOrAny, OneOrMany, TextOrObject
from credentials.model.primitive_types import DateTimeZ, NonEmptyText, Text, Uri
from credentials.model.type_names import Including, Types
from credentials.model.vc_extensions import TypedObject


class LanguageValue(ClosedNode):
    """A language value object (VCDM 2.0, section 11.1): a string, its language and direction; nothing else."""

    value: Text = Field(alias="@value")
    language: Maybe[Text] = Field(default=None, alias="@language")
    direction: Maybe[Text] = Field(default=None, alias="@direction")


LanguageText = OneOrMany[TextOrObject[Text, LanguageValue]]


class IssuerObject(Node):
    """An issuer as an object with an `id` (VCDM 2.0, section 4.7)."""

    id: Uri
    name: Maybe[LanguageText] = None
    description: Maybe[LanguageText] = None


class SchemaObject(Node):
    """An entry of `credentialSchema`: `id` and `type` are required (VCDM 2.0, section 4.11)."""

    id: Uri
    type: Types


class RelatedResource(Node):
    """An entry of `relatedResource` (VCDM 2.0, section 5.3); its digests: `w3c_rules`."""

    id: Uri
    digestSRI: Maybe[NonEmptyText] = None
    digestMultibase: Maybe[NonEmptyText] = None


class Subject(Node):
    """CredentialSubject: any claims; an `id` is a URI."""

    id: Maybe[Uri] = None


class VerifiableCredential(Node):
    """A verifiable credential as VCDM 2.0, section 4, has it; Open Badges' own classes demand more.

    `validFrom` is optional here, and every property of cardinality many may be a single value or an array.
    """

    context: Contexts = Field(alias="@context")
    id: Maybe[Uri] = None
    type: Annotated[Types, Including(("VerifiableCredential",))]
    name: Maybe[LanguageText] = None
    description: Maybe[LanguageText] = None
    issuer: TextOrObject[Uri, IssuerObject]
    validFrom: Maybe[DateTimeZ] = None
    validUntil: Maybe[DateTimeZ] = None
    credentialSubject: OneOrMany[Subject]
    credentialStatus: Maybe[OneOrAny[TypedObject]] = None
    credentialSchema: Maybe[OneOrAny[SchemaObject]] = None
    relatedResource: Maybe[OneOrAny[RelatedResource]] = None
    refreshService: Maybe[OneOrAny[TypedObject]] = None
    termsOfUse: Maybe[OneOrAny[TypedObject]] = None
    evidence: Maybe[OneOrAny[TypedObject]] = None
    proof: Maybe[OneOrAny[TypedObject]] = None

    @property
    def issuer_id(self) -> str:
        """The issuer's identifier, whichever form the issuer has."""
        return self.issuer if isinstance(self.issuer, str) else self.issuer.id

    @property
    def claims(self) -> dict[str, Any]:
        """The properties that the data model does not name, as they were given."""
        return dict(self.model_extra or {})
