"""What goes back to a platform when somebody has chosen a level for a course (LTI Deep Linking 2.0, section 3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from issuer.lti.platforms import Platform
from issuer.programs import Achievement
from portal.lti.claims import CLAIM, DEEP
from portal.lti.tool import LEVELS_PATH
from portal.service import Service

_GOOD_FOR: Final = timedelta(minutes=5)


def level_address(service: Service, program: str, level: str) -> str:
    """Where a link to the level leads: what a course has in it, and what reports of its grades are about."""
    return f"{service.base_url}{LEVELS_PATH}/{program}/{level}"


def answer_claims(
    service: Service, platform: Platform, details: Mapping[str, Any], level: Achievement, *, column: bool
) -> dict[str, Any]:
    """The claims of the answer; `column`: the platform is to make a column for the level's grade."""
    instant = int(service.clock().timestamp())
    named = f"{level.program}/{level.level}"
    address = level_address(service, level.program, level.level)
    item: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": level.name,
        "text": level.program_name,
        "url": address,
        "custom": {"level": named},
    }
    if column:
        item["lineItem"] = {"label": level.name, "scoreMaximum": 100, "resourceId": named}
    claims = {
        "iss": platform.said.client_id,
        "aud": platform.said.iss,
        "iat": instant,
        "exp": instant + int(_GOOD_FOR.total_seconds()),
        "nonce": secrets.token_urlsafe(24),
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": details["deployment"],
        f"{DEEP}content_items": [item],
    }
    if details.get("data") is not None:
        claims[f"{DEEP}data"] = details["data"]
    return claims
