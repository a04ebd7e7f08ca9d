"""Open Badges 3.0 on the W3C data model 2.0: the kinds of credentials and the rules of each."""

from __future__ import annotations

from credentials.contexts import CREDENTIALS_V2
from credentials.model import context_rules, credential_rules, issuing_rules, recipient_rules, result_rules
from credentials.model.data_model import ACHIEVEMENT_CREDENTIAL_TYPES, DataModel, Kind
from credentials.model.serialization import compacted_members, compacted_type, empty_value

_OPEN_BADGES = (
    context_rules.open_badges_contexts,
    credential_rules.validity_period,
    credential_rules.schema_of_open_badges,
    credential_rules.proof_purpose,
)
_OPEN_BADGES_ISSUING = (
    context_rules.contexts_to_issue,
    issuing_rules.presentable,
    issuing_rules.single_status,
    compacted_members,
)
_PLAIN = (empty_value, issuing_rules.plain_value)

ACHIEVEMENT_CREDENTIAL = Kind(
    name="OpenBadgeCredential",
    types=frozenset(ACHIEVEMENT_CREDENTIAL_TYPES),
    node="AchievementCredential",
    rules=(*_OPEN_BADGES, recipient_rules.recipient, result_rules.result_links),
    endorsement_rules=_OPEN_BADGES,
    issuing=(*_OPEN_BADGES_ISSUING, recipient_rules.recipient_to_issue, result_rules.results_to_issue),
    issuing_values=(compacted_type, *_PLAIN),
)

ENDORSEMENT_CREDENTIAL = Kind(
    name="EndorsementCredential",
    types=frozenset({"EndorsementCredential"}),
    node="EndorsementCredential",
    rules=_OPEN_BADGES,
    endorsement_rules=_OPEN_BADGES,
    issuing=_OPEN_BADGES_ISSUING,
    issuing_values=(compacted_type, *_PLAIN),
)

VERIFIABLE_CREDENTIAL = Kind(
    name="VerifiableCredential",
    types=frozenset({"VerifiableCredential"}),
    node="VerifiableCredential",
    rules=(
        context_rules.first_context,
        credential_rules.validity_period,
        credential_rules.subject_has_claims,
        credential_rules.related_resources,
    ),
    issuing_values=_PLAIN,
)

DATA_MODEL_2_0 = DataModel(
    version="2.0",
    context=CREDENTIALS_V2,
    kinds=(ACHIEVEMENT_CREDENTIAL, ENDORSEMENT_CREDENTIAL),
    otherwise=VERIFIABLE_CREDENTIAL,
)
