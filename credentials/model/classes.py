"""All classes of the data model; importing them completes those that refer to each other."""

from credentials.model.achievement import Achievement, Criteria, Related
from credentials.model.achievement_credential import (
    AchievementCredential,
    AchievementSubject,
    OpenBadgeCredential,
)
from credentials.model.address import Address, GeoCoordinates
from credentials.model.alignment import Alignment
from credentials.model.endorsement_credential import EndorsementCredential, EndorsementSubject
from credentials.model.evidence import Evidence
from credentials.model.identifiers import IdentifierEntry, IdentityObject
from credentials.model.image import Image
from credentials.model.profile import Profile
from credentials.model.results import Result, ResultDescription, RubricCriterionLevel
from credentials.model.vc_extensions import (
    CredentialSchema,
    CredentialStatus,
    Proof,
    RefreshService,
    TermsOfUse,
)
from credentials.model.verifiable_credential import VerifiableCredential
from credentials.model.version_1_1 import (
    AchievementCredential11,
    EndorsementCredential11,
    VerifiableCredential11,
)

__all__ = [
    "Achievement",
    "AchievementCredential",
    "AchievementCredential11",
    "AchievementSubject",
    "Address",
    "Alignment",
    "CredentialSchema",
    "CredentialStatus",
    "Criteria",
    "EndorsementCredential",
    "EndorsementCredential11",
    "EndorsementSubject",
    "Evidence",
    "GeoCoordinates",
    "IdentifierEntry",
    "IdentityObject",
    "Image",
    "OpenBadgeCredential",
    "Profile",
    "Proof",
    "RefreshService",
    "Related",
    "Result",
    "ResultDescription",
    "RubricCriterionLevel",
    "TermsOfUse",
    "VerifiableCredential",
    "VerifiableCredential11",
]
