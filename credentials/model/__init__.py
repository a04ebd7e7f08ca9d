"""The data model of Open Badges 3.0 and VCDM 2.0: typed, frozen, and the check that a document conforms.

The classes are imported when one is asked for: the check rarely needs them (`credentials.model.shapes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

__all__ = [
    "Achievement",
    "AchievementCredential",
    "AchievementSubject",
    "Address",
    "Alignment",
    "CredentialSchema",
    "CredentialStatus",
    "Criteria",
    "EndorsementCredential",
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
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from credentials.model import classes

    return getattr(classes, name)
