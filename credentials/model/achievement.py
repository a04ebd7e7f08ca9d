"""Achievement, Criteria and Related (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.alignment import Alignment
from credentials.model.endorsement_credential import EndorsementCredential
from credentials.model.identifiers import IdentifierEntry
from credentials.model.image import Image
from credentials.model.node import Many, Maybe, Node
from credentials.model.primitive_types import CompactJws, LanguageCode, Number, Text, Uri
from credentials.model.profile import Profile
from credentials.model.results import ResultDescription
from credentials.model.type_names import Including, Types
from credentials.model.vocabulary_types import AchievementType


class Criteria(Node):
    """Criteria: how the achievement is earned, by page (`id`) or in Markdown (`narrative`)."""

    id: Maybe[Uri] = None
    narrative: Maybe[Text] = None


class Related(Node):
    """Related: another edition, language or version of the same achievement."""

    id: Uri
    type: Annotated[Types, Including(("Related",))]
    inLanguage: Maybe[LanguageCode] = None
    version: Maybe[Text] = None


class Achievement(Node):
    """Achievement: what is recognized; many credentials speak of one achievement."""

    id: Uri
    type: Annotated[Types, Including(("Achievement",))]
    alignment: Maybe[Many[Alignment]] = None
    achievementType: Maybe[AchievementType] = None
    creator: Maybe[Profile] = None
    creditsAvailable: Maybe[Number] = None
    criteria: Criteria
    description: Text
    endorsement: Maybe[Many[EndorsementCredential]] = None
    endorsementJwt: Maybe[Many[CompactJws]] = None
    fieldOfStudy: Maybe[Text] = None
    humanCode: Maybe[Text] = None
    image: Maybe[Image] = None
    inLanguage: Maybe[LanguageCode] = None
    name: Text
    otherIdentifier: Maybe[Many[IdentifierEntry]] = None
    related: Maybe[Many[Related]] = None
    resultDescription: Maybe[Many[ResultDescription]] = None
    specialization: Maybe[Text] = None
    tag: Maybe[Many[Text]] = None
    version: Maybe[Text] = None
