"""A badge as a company would issue it, for tests that need a document with a bit of everything."""

from __future__ import annotations

from typing import Any

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3
from credentials.status_list import status_entry

ISSUER = "did:web:badges.example"
KEY_ID = f"{ISSUER}#key-1"
LIST_URL = "https://badges.example/status-lists/1"


def badge(**changes: Any) -> dict[str, Any]:
    """A conforming Open Badge with criteria, alignment, result, evidence and status; `changes` replace members."""
    achievement = "https://badges.example/achievements/7"
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "id": "https://badges.example/credentials/1f0b8f2e",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Cloud Engineering Practitioner",
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Badges GmbH", "url": "https://badges.example"},
        "validFrom": "2026-01-15T09:00:00Z",
        "validUntil": "2028-01-15T22:59:59Z",
        "awardedDate": "2026-01-15T09:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "identityType": "name",
                    "hashed": False,
                    "identityHash": "Zoë Ångström",
                }
            ],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "name": "Practitioner",
                "description": "Runs services in production.",
                "criteria": {"narrative": "Passed the exam.\n\n* 70 % or more"},
                "version": "1.2",
                "tag": ["cloud", "operations"],
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": "Cloud",
                        "targetUrl": "https://skills.example/cloud",
                    },
                    {"type": ["Alignment"], "targetName": "SRE", "targetUrl": "https://skills.example/sre"},
                ],
                "resultDescription": [
                    {
                        "id": f"{achievement}#exam",
                        "type": ["ResultDescription"],
                        "name": "Exam",
                        "resultType": "Percent",
                        "valueMin": "0",
                        "valueMax": "100",
                        "requiredValue": "70",
                    }
                ],
            },
            "result": [{"type": ["Result"], "resultDescription": f"{achievement}#exam", "value": "91.5"}],
        },
        "evidence": [{"type": ["Evidence"], "id": "https://git.example/mr/12", "name": "Runbook “Über” 運用"}],
        "credentialStatus": status_entry(list_url=LIST_URL, index=4711, purpose="revocation"),
    }
    document.update(changes)
    return document
