"""The enumerated vocabularies. All but ResultStatusType are open to terms that start with `ext:`."""

from __future__ import annotations

import re


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
