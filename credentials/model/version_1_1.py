"""The credentials of the W3C data model 1.1: `issuanceDate` and `expirationDate` say what later versions say otherwise.

An endorsement within one, wherever it stands, may have the dates of either version: it is a credential of its own, and
which of them it must have is asked by its own version, when it is verified.
"""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from credentials.model.achievement import Achievement
from credentials.model.achievement_credential import AchievementCredential, AchievementSubject
from credentials.model.endorsement_credential import EndorsementCredential
from credentials.model.node import Many, Maybe
from credentials.model.one_or_many import TextOrObject
from credentials.model.primitive_types import DateTimeZ, Uri
from credentials.model.profile import Profile
from credentials.model.verifiable_credential import VerifiableCredential


class EndorsementWithin11(EndorsementCredential):
    """An EndorsementCredential in something of VCDM 1.1."""

    issuer: TextOrObject[Uri, Profile11]
    validFrom: Maybe[DateTimeZ] = None  # type: ignore[assignment]
    issuanceDate: Maybe[DateTimeZ] = None
    expirationDate: Maybe[DateTimeZ] = None


class Profile11(Profile):
    """A Profile in something of VCDM 1.1."""

    endorsement: Maybe[Many[EndorsementWithin11]] = None
    parentOrg: Maybe[Profile11] = None


EndorsementWithin11.model_rebuild()
Profile11.model_rebuild()


class Achievement11(Achievement):
    """An Achievement in a badge of VCDM 1.1."""

    creator: Maybe[Profile11] = None
    endorsement: Maybe[Many[EndorsementWithin11]] = None


class AchievementSubject11(AchievementSubject):
    """An AchievementSubject in a badge of VCDM 1.1."""

    achievement: Achievement11
    source: Maybe[Profile11] = None


class EndorsementCredential11(EndorsementCredential):
    """An EndorsementCredential in VCDM 1.1 (sections 4.6 and 4.7): `validFrom` is not one of its properties yet."""

    issuer: TextOrObject[Uri, Profile11]
    validFrom: Maybe[DateTimeZ] = None  # type: ignore[assignment]
    issuanceDate: DateTimeZ
    expirationDate: Maybe[DateTimeZ] = None


class AchievementCredential11(AchievementCredential):
    """A badge in VCDM 1.1 (sections 4.6 and 4.7)."""

    issuer: TextOrObject[Uri, Profile11]
    credentialSubject: AchievementSubject11
    validFrom: Maybe[DateTimeZ] = None  # type: ignore[assignment]
    issuanceDate: DateTimeZ
    expirationDate: Maybe[DateTimeZ] = None
    endorsement: Maybe[Many[EndorsementWithin11]] = None


class VerifiableCredential11(VerifiableCredential):
    """Any other credential in VCDM 1.1 (section 4)."""

    issuanceDate: DateTimeZ
    expirationDate: Maybe[DateTimeZ] = None
