"""The W3C data model 1.1, in which older credentials are written, Open Badges 3.0 with their first contexts among them.

Read and verified like the others. Issued are credentials that are no Open Badges, for who asks for this version by its
context; an Open Badge is issued in version 2.0 only (Open Badges 3.0, section 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from credentials.model import context_rules, credential_rules, issuing_rules, recipient_rules, result_rules
from credentials.model.data_model import ACHIEVEMENT_CREDENTIAL_TYPES, DataModel, Kind
from credentials.model.findings import malformed
from credentials.model.serialization import empty_value
from credentials.problems import Problem
from credentials.sentence import sentence


def _only_read(_: Mapping[str, Any], at: str) -> Iterator[Problem]:
    detail = sentence(
        "Open Badges are issued in version 2.0 of the W3C data model only; the first context must be {context}.",
        context=CREDENTIALS_V2,
    )
    yield malformed("Outdated version", detail, f"{at}/@context/0")


_OPEN_BADGES = (
    context_rules.older_open_badges_contexts,
    credential_rules.validity_period,
    credential_rules.proof_purpose,
)

ACHIEVEMENT_CREDENTIAL = Kind(
    name="OpenBadgeCredential",
    types=frozenset(ACHIEVEMENT_CREDENTIAL_TYPES),
    node="AchievementCredential11",
    rules=(*_OPEN_BADGES, recipient_rules.recipient, result_rules.result_links),
    issuing=(_only_read,),
)

ENDORSEMENT_CREDENTIAL = Kind(
    name="EndorsementCredential",
    types=frozenset({"EndorsementCredential"}),
    node="EndorsementCredential11",
    rules=_OPEN_BADGES,
    issuing=(_only_read,),
)

VERIFIABLE_CREDENTIAL = Kind(
    name="VerifiableCredential",
    types=frozenset({"VerifiableCredential"}),
    node="VerifiableCredential11",
    rules=(credential_rules.validity_period, credential_rules.subject_has_claims),
    issuing_values=(empty_value, issuing_rules.plain_value),
)

DATA_MODEL_1_1 = DataModel(
    version="1.1",
    context=CREDENTIALS_V1,
    kinds=(ACHIEVEMENT_CREDENTIAL, ENDORSEMENT_CREDENTIAL),
    otherwise=VERIFIABLE_CREDENTIAL,
)
