"""What a platform says in a launch (LTI 1.3, section 5; 1EdTech Security Framework 1.1, section 5.1.3), judged.

The signature is looked at first (`portal.sign_in.provider_token`), with the platform's published keys and by RS256
alone; then every claim that the standard has a tool check, each with a sentence of its own.
"""

from __future__ import annotations

import binascii
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from credentials.sentence import sentence
from issuer.lti.platforms import Registration
from issuer.sign_in.tokens import hash_of
from keys import base64url
from keys.errors import KeysError
from portal.lti.claims import CLAIM, DEEP, GRADES, READ_RESULTS
from portal.lti.refusals import LaunchRefused
from portal.sign_in.provider_token import (
    LEEWAY,
    NoSuchKey,
    Signed,
    TokenRefused,
    is_subject,
    made_just_now,
    signed_by_provider,
)

LINK_REQUEST, DEEP_REQUEST = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
_TYPES: Final = frozenset({"JWT"})
_LONGEST_TOKEN: Final = 64 * 1024
_TEACH: Final = ("#Instructor", "#ContentDeveloper", "#Administrator")
_LONGEST: Final = 2_000
_LONGEST_DATA: Final = 8_000

Keys = Callable[[bool], Sequence[Mapping[str, Any]]]
"""The platform's keys; with True, asked for anew."""


@dataclass(frozen=True, slots=True)
class DeepLinking:
    """Where what is chosen goes, and what goes back with it."""

    return_url: str
    data: str | None
    line_items: bool


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that the platform vouches for.

    `email` is there as the platform says it; whether it counts, who registered the platform decides. `line_item` is the
    column whose results may be read.
    """

    subject: str
    deployment: str
    email: str | None = field(repr=False)
    target: str
    level: str | None
    line_item: str | None
    deep: DeepLinking | None


def judge(token: object, keys: Keys, platform: Registration, *, nonce_hash: str, now: datetime) -> Launch:
    """What the platform says. Raises LaunchRefused, and what `keys` raises."""
    claims = _signed(token, keys).claims
    _judge_parties(claims, platform)
    _judge_time(claims, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(hash_of(nonce), nonce_hash):
        raise LaunchRefused(sentence("It answers another launch than the one that was begun here."))
    if claims.get(f"{CLAIM}version") != "1.3.0":
        raise LaunchRefused(sentence("It is not of LTI version 1.3.0."))
    deployment = claims.get(f"{CLAIM}deployment_id")
    if not isinstance(deployment, str) or deployment not in platform.deployments:
        raise LaunchRefused(
            sentence("It comes from a deployment that is not registered here: {id}.", id=repr(deployment)[:100])
        )
    kind = claims.get(f"{CLAIM}message_type")
    if kind not in (LINK_REQUEST, DEEP_REQUEST):
        raise LaunchRefused(sentence("It is a message of a kind that is not known here: {kind}.", kind=str(kind)[:100]))
    roles = claims.get(f"{CLAIM}roles", [])
    if not isinstance(roles, list) or not all(isinstance(one, str) for one in roles):
        raise LaunchRefused(_lacking("roles"))
    subject, email = claims.get("sub"), claims.get("email")
    if kind == LINK_REQUEST or subject is not None:
        _require_subject(subject)
    return Launch(
        subject=subject if isinstance(subject, str) else "",
        deployment=deployment,
        email=email if isinstance(email, str) and len(email) <= _LONGEST else None,
        target=_target(claims) if kind == LINK_REQUEST else "",
        level=_level(claims),
        line_item=_line_item(claims),
        deep=_deep(claims, roles) if kind == DEEP_REQUEST else None,
    )


def _signed(token: object, keys: Keys) -> Signed:
    if not isinstance(token, str) or not token or len(token) > _LONGEST_TOKEN:
        raise LaunchRefused(sentence("The platform sent no launch that can be read."))
    algorithm = _algorithm(token)
    if algorithm != "RS256":
        raise LaunchRefused(sentence("It is signed by {algorithm}; LTI demands RS256.", algorithm=repr(algorithm)[:40]))
    try:
        try:
            return signed_by_provider(token, keys(False), types=_TYPES)
        except NoSuchKey:
            return signed_by_provider(token, keys(True), types=_TYPES)
    except NoSuchKey:
        raise LaunchRefused(sentence("It is signed with a key that the platform does not publish.")) from None
    except TokenRefused:
        raise LaunchRefused(sentence("Its signature is not the platform’s.")) from None


def _algorithm(token: str) -> object:
    try:
        header = json.loads(base64url.decode(token.partition(".")[0]))
    except (KeysError, ValueError, binascii.Error, RecursionError):
        raise LaunchRefused(sentence("The platform sent no launch that can be read.")) from None
    return header.get("alg") if isinstance(header, dict) else None


def _judge_parties(claims: Mapping[str, Any], platform: Registration) -> None:
    if claims.get("iss") != platform.iss:
        raise LaunchRefused(sentence("It is by another platform than the one that began it."))
    aud, azp = claims.get("aud"), claims.get("azp")
    named = [aud] if isinstance(aud, str) else aud if isinstance(aud, list) else []
    if platform.client_id not in named:
        raise LaunchRefused(sentence("It is meant for another tool."))
    if (azp is not None and azp != platform.client_id) or (azp is None and len(named) > 1):
        raise LaunchRefused(sentence("It is meant for several tools, and not given to this one."))


def _judge_time(claims: Mapping[str, Any], now: datetime) -> None:
    instant, leeway = now.timestamp(), LEEWAY.total_seconds()
    for name in ("exp", "iat"):
        if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), int | float):
            raise LaunchRefused(_lacking(name))
    if claims["exp"] <= instant - leeway:
        raise LaunchRefused(sentence("It has expired."))
    try:
        made_just_now(claims, now)
    except TokenRefused:
        raise LaunchRefused(sentence("It was not made just now. Is the platform’s clock right?")) from None


def _require_subject(subject: object) -> None:
    if not is_subject(subject):
        raise LaunchRefused(sentence("The platform does not say who you are: its privacy settings may hold that back."))


def _target(claims: Mapping[str, Any]) -> str:
    link = claims.get(f"{CLAIM}resource_link")
    if not isinstance(link, dict) or not isinstance(link.get("id"), str) or not link["id"]:
        raise LaunchRefused(_lacking("resource_link"))
    target = claims.get(f"{CLAIM}target_link_uri")
    if not isinstance(target, str) or len(target) > _LONGEST:
        raise LaunchRefused(_lacking("target_link_uri"))
    return target


def _level(claims: Mapping[str, Any]) -> str | None:
    custom = claims.get(f"{CLAIM}custom")
    level = custom.get("level") if isinstance(custom, dict) else None
    return level if isinstance(level, str) and 0 < len(level) <= _LONGEST else None


def _line_item(claims: Mapping[str, Any]) -> str | None:
    endpoint = claims.get(GRADES)
    if not isinstance(endpoint, dict):
        return None
    scopes, item = endpoint.get("scope"), endpoint.get("lineitem")
    may = isinstance(scopes, list) and READ_RESULTS in scopes
    return item if may and isinstance(item, str) and 0 < len(item) <= _LONGEST else None


def _deep(claims: Mapping[str, Any], roles: Sequence[str]) -> DeepLinking:
    if not any(role.endswith(_TEACH) for role in roles):
        raise LaunchRefused(sentence("Only who teaches the course, or administers the platform, puts levels into it."))
    said = claims.get(f"{DEEP}deep_linking_settings")
    if not isinstance(said, dict):
        raise LaunchRefused(_lacking("deep_linking_settings"))
    url, types, data = said.get("deep_link_return_url"), said.get("accept_types"), said.get("data")
    if not isinstance(url, str) or not 0 < len(url) <= _LONGEST:
        raise LaunchRefused(_lacking("deep_link_return_url"))
    if not isinstance(types, list) or "ltiResourceLink" not in types:
        raise LaunchRefused(sentence("The platform takes no links to tools at this place."))
    if data is not None and (not isinstance(data, str) or len(data) > _LONGEST_DATA):
        raise LaunchRefused(_lacking("data"))
    return DeepLinking(url, data, said.get("accept_lineitem") is not False)


def _lacking(name: str) -> str:
    return sentence("It lacks {name}, or has it in a form that the standard does not know.", name=name)
