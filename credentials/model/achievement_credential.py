"""AchievementCredential, also named OpenBadgeCredential, and AchievementSubject (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.achievement import Achievement
from credentials.model.data_model import ACHIEVEMENT_CREDENTIAL_TYPES
from credentials.model.endorsement_credential import EndorsementCredential
from credentials.model.evidence import Evidence
from credentials.model.identifiers import IdentityObject
from credentials.model.image import Image
from credentials.model.node import Many, Maybe, Node
from credentials.model.open_badges_credential import OpenBadgesCredential
from credentials.model.primitive_types import CompactJws, DateTimeZ, Number, Text, Uri
from credentials.model.profile import Profile
from credentials.model.results import Result
from credentials.model.type_names import Including, Types


class AchievementSubject(Node):
    """AchievementSubject: the recipient, by `id` or `identifier`, and what was achieved."""

    id: Maybe[Uri] = None
    type: Annotated[Types, Including(("AchievementSubject",))]
    activityEndDate: Maybe[DateTimeZ] = None
    activityStartDate: Maybe[DateTimeZ] = None
    creditsEarned: Maybe[Number] = None
    achievement: Achievement
    identifier: Maybe[Many[IdentityObject]] = None
    image: Maybe[Image] = None
    licenseNumber: Maybe[Text] = None
    narrative: Maybe[Text] = None
    result: Maybe[Many[Result]] = None
    role: Maybe[Text] = None
    source: Maybe[Profile] = None
    term: Maybe[Text] = None


class AchievementCredential(OpenBadgesCredential):
    """AchievementCredential or OpenBadgeCredential: a badge; `name` may be absent."""

    type: Annotated[Types, Including(("VerifiableCredential",)), Including(ACHIEVEMENT_CREDENTIAL_TYPES)]
    name: Maybe[Text] = None
    image: Maybe[Image] = None
    credentialSubject: AchievementSubject
    endorsement: Maybe[Many[EndorsementCredential]] = None
    endorsementJwt: Maybe[Many[CompactJws]] = None
    evidence: Maybe[Many[Evidence]] = None


OpenBadgeCredential = AchievementCredential
