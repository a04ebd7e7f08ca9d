"""What secures, describes and accompanies a credential (sections 12 and 20; VCDM 2.0, section 4)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from credentials.model.node import Maybe, Node
from credentials.model.primitive_types import DateTimeZ, NonEmptyText, Text, Uri
from credentials.model.type_names import Types


class Proof(Node):
    """Proof: an embedded proof; in Open Badges its purpose is `assertionMethod`."""

    type: NonEmptyText
    created: Maybe[DateTimeZ] = None
    cryptosuite: Maybe[Text] = None
    challenge: Maybe[Text] = None
    domain: Maybe[Text] = None
    nonce: Maybe[Text] = None
    proofPurpose: Maybe[Text] = None
    proofValue: Maybe[Text] = None
    verificationMethod: Maybe[Uri] = None


class CredentialStatus(Node):
    """CredentialStatus: where the status is to be found."""

    id: Uri
    type: NonEmptyText


class CredentialSchema(Node):
    """CredentialSchema: a schema that the credential conforms to."""

    id: Uri
    type: NonEmptyText


class RefreshService(Node):
    """RefreshService: where a newer copy of the credential can be had."""

    id: Uri
    type: NonEmptyText


class TermsOfUse(Node):
    """TermsOfUse: obligations, prohibitions and permissions."""

    id: Maybe[Uri] = None
    type: NonEmptyText


class TypedObject(Node):
    """Any object that VCDM 2.0 asks for its type: status, evidence, terms, proof of a general credential."""

    id: Maybe[Uri] = None
    type: Types
