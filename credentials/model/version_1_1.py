"""The credentials of the W3C data model 1.1: `issuanceDate` and `expirationDate` say what later versions say otherwise.

An endorsement within an achievement or a profile is measured as one of today; one of the credential itself as it is.
"""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from credentials.model.achievement_credential import AchievementCredential
from credentials.model.endorsement_credential import EndorsementCredential
from credentials.model.node import Many, Maybe
from credentials.model.primitive_types import DateTimeZ
from credentials.model.verifiable_credential import VerifiableCredential


class EndorsementCredential11(EndorsementCredential):
    """An EndorsementCredential in VCDM 1.1 (sections 4.6 and 4.7): `validFrom` is not one of its properties yet."""

    validFrom: Maybe[DateTimeZ] = None  # type: ignore[assignment]
    issuanceDate: DateTimeZ
    expirationDate: Maybe[DateTimeZ] = None


class AchievementCredential11(AchievementCredential):
    """A badge in VCDM 1.1 (sections 4.6 and 4.7)."""

    validFrom: Maybe[DateTimeZ] = None  # type: ignore[assignment]
    issuanceDate: DateTimeZ
    expirationDate: Maybe[DateTimeZ] = None
    endorsement: Maybe[Many[EndorsementCredential11]] = None


class VerifiableCredential11(VerifiableCredential):
    """Any other credential in VCDM 1.1 (section 4)."""

    issuanceDate: DateTimeZ
    expirationDate: Maybe[DateTimeZ] = None
