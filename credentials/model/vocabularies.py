"""The enumerated vocabularies. All but ResultStatusType are open to terms that start with `ext:`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _terms(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACHIEVEMENT_TYPES = _terms(
    "Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge BachelorDegree "
    "Certificate CertificateOfCompletion Certification CommunityService Competency Course CoCurricular "
    "Degree Diploma DoctoralDegree Fieldwork "
    "GeneralEducationDevelopment JourneymanCertificate LearningProgram "
    "License Membership ProfessionalDoctorate QualityAssuranceCredential MasterCertificate MasterDegree "
    "MicroCredential ResearchDoctorate SecondarySchoolDiploma"
)
"""AchievementType."""

ALIGNMENT_TARGET_TYPES = _terms(
    "ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion CFRubricCriterionLevel CTDL"
)
"""AlignmentTargetType."""

IDENTIFIER_TYPES = _terms(
    "name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber isbn issn "
    "lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId ltiPlatformId "
    "ltiUserId identifier"
)
"""IdentifierTypeEnum."""

RESULT_TYPES = _terms(
    "GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result RubricCriterion "
    "RubricCriterionLevel RubricScore ScaledScore Status"
)
"""ResultType."""

RESULT_STATUS_TYPES = _terms("Completed Enrolled Failed InProgress OnHold Provisional Withdrew")
"""ResultStatusType: closed."""

# Readers ask for the prefix and a first character, as the JSON Schema's unanchored pattern does in effect.
_EXTENSION = re.compile(r"ext:[a-zA-Z0-9|._-]")
EXTENSION_TERM = re.compile(r"ext:[a-zA-Z0-9._-]+")
"""An extension term as issuers should write it: letters, digits, dot, hyphen and underscore after `ext:`."""


def is_term(value: str, vocabulary: frozenset[str]) -> bool:
    """Whether the value is a term of an open vocabulary, or an extension of it."""
    return value in vocabulary or _EXTENSION.match(value) is not None


def _open(name: str, vocabulary: frozenset[str]) -> Callable[[str], str]:
    expected = f"a term of {name} ({', '.join(sorted(vocabulary))}) or an extension that starts with “ext:”"

    def check(value: str) -> str:
        if not is_term(value, vocabulary):
            raise PydanticCustomError("expected", "{expected}", {"expected": expected})
        return value

    return check


def _status(value: str) -> str:
    if value not in RESULT_STATUS_TYPES:
        expected = f"one of {', '.join(sorted(RESULT_STATUS_TYPES))}"
        raise PydanticCustomError("expected", "{expected}", {"expected": expected})
    return value


AchievementType = Annotated[str, AfterValidator(_open("AchievementType", ACHIEVEMENT_TYPES))]
AlignmentTargetType = Annotated[str, AfterValidator(_open("AlignmentTargetType", ALIGNMENT_TARGET_TYPES))]
IdentifierType = Annotated[str, AfterValidator(_open("IdentifierTypeEnum", IDENTIFIER_TYPES))]
ResultType = Annotated[str, AfterValidator(_open("ResultType", RESULT_TYPES))]
ResultStatusType = Annotated[str, AfterValidator(_status)]
