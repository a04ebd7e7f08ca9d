"""One run that asks platforms for grades (LTI Assignment and Grade Services 2.0) and reports those that are passed.

Of a column only the grade of a person who came from there to the level is asked for, nobody else's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

import structlog

from issuer.errors import IssuerError
from issuer.jobs.job import Parts
from issuer.learning.matching import Outcome
from issuer.learning.receive import receive
from issuer.learning.systems import active_system
from issuer.lti.grades import Asked, Grade, answered, claim_next, issuer_of, report_of
from issuer.lti.own_key import tool_key
from issuer.lti.platforms import Platform, platform_by_id
from portal.lti.claims import READ_RESULTS
from portal.lti.deep_linking import level_address
from portal.lti.refusals import PlatformTrouble
from portal.lti.tool import Tool, assertion_claims, origin_of, signed
from verifier.fetch import FetchError

RUN = timedelta(minutes=2)
CONTAINER: Final = "application/vnd.ims.lis.v2.resultcontainer+json"
_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MOST = Decimal(10**9)
log = structlog.get_logger("guildmark.lti")


@dataclass(slots=True)
class Read:
    """How many grades were asked for, how many proposed or gave an award, and how often that failed."""

    asked: int = 0
    led: int = 0
    failed: int = 0


def read_grades(tool: Tool, parts: Parts, *, keep: Callable[[], None]) -> Read:
    """Ask for what is due, for at most about RUN. `keep` is called before each, and may raise to end the run."""
    begun, read = time.monotonic(), Read()
    tokens: dict[UUID, str] = {}
    while time.monotonic() - begun < RUN.total_seconds():
        keep()
        asked = claim_next(parts.database, now=parts.clock())
        if asked is None:
            break
        read.asked += 1
        fault, done = None, False
        try:
            done = _read(tool, parts, asked, tokens)
        except (PlatformTrouble, FetchError, IssuerError) as trouble:
            fault = str(trouble)[:500]
            log.warning("a grade could not be read", why=type(trouble).__name__)
            read.failed += 1
        read.led += done
        answered(parts.database, asked, fault=fault, done=done, now=parts.clock())
    return read


def _read(tool: Tool, parts: Parts, asked: Asked, tokens: dict[UUID, str]) -> bool:
    """Whether an award or a proposal follows. Raises PlatformTrouble, FetchError, IssuerError."""
    slug = issuer_of(parts.database, asked.platform_id)
    platform = platform_by_id(parts.database, slug, asked.platform_id) if slug else None
    if platform is None or slug is None:
        raise PlatformTrouble("the platform is not registered any more")
    system = active_system(parts.database, slug, platform.said.name)
    if system is None:
        raise PlatformTrouble(f"the learning system {platform.said.name} was revoked")
    if platform.id not in tokens:
        tokens[platform.id] = _token(tool, parts, platform)
    grade = _grade(tool, asked, platform, tokens[platform.id])
    if grade is None:
        return False
    activity = level_address(tool.service, asked.program, asked.level)
    report = report_of(asked, grade, passing=platform.said.passing, activity=activity)
    if report is None:
        return False
    receipt = receive(
        parts.database, parts.keys, system=system, reports=[report], now=parts.clock(), randomness=parts.randomness
    )
    outcome = receipt.taken[0].outcome
    log.info("grade reported", system=system.name, outcome=outcome.value, new=receipt.taken[0].new)
    return outcome in (Outcome.PROPOSED, Outcome.ISSUED)


def _token(tool: Tool, parts: Parts, platform: Platform) -> str:
    """An access token for reading results (RFC 6749, section 4.4, with a private_key_jwt)."""
    key = tool_key(parts.database, platform.issuer_slug)
    if key is None:
        raise PlatformTrouble("the tool has no key")
    body = urlencode(
        {
            "grant_type": "client_credentials",
            "client_assertion_type": _BEARER,
            "client_assertion": signed(key, parts.keys, assertion_claims(platform, parts.clock())),
            "scope": READ_RESULTS,
        }
    )
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    answer = tool.reach.send(platform.said.token_url, body=body.encode(), headers=headers)
    answer.raise_for_status()
    found = _json(answer.body)
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or len(token) > 8_000:
        raise PlatformTrouble("the platform gave no access token")
    return token


def _grade(tool: Tool, asked: Asked, platform: Platform, token: str) -> Grade | None:
    """The person's result in this column, None if there is none yet."""
    # The token goes to the platform alone, wherever a column is said to be.
    known = {origin_of(one) for one in (platform.said.iss, platform.said.auth_url, platform.said.token_url)}
    if origin_of(asked.line_item) not in known:
        raise PlatformTrouble(
            f"the column is at {origin_of(asked.line_item)}, which is none of the platform’s addresses"
        )
    answer = tool.reach.get(results_address(asked.line_item, asked.subject), bearer=token, accept=CONTAINER)
    answer.raise_for_status()
    found = _json(answer.body)
    if not isinstance(found, list):
        raise PlatformTrouble("the platform’s results are no list")
    for one in found[:100]:
        if isinstance(one, dict) and str(one.get("userId")) == asked.subject:
            return _read_result(one)
    return None


def results_address(line_item: str, subject: str) -> str:
    """Where the results of a column are: `/results` below its path, whatever query it has (section 3.3.1)."""
    parts = urlsplit(line_item)
    query = "&".join(one for one in (parts.query, urlencode({"user_id": subject})) if one)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/results", query, ""))


def _read_result(one: dict[str, Any]) -> Grade | None:
    """Section 3.3.2: no resultScore, no grade yet; resultMaximum is 1 unless it is said."""
    score, maximum = _number(one.get("resultScore")), _number(one.get("resultMaximum", 1))
    if score is None:
        return None
    if maximum is None or maximum <= 0 or not 0 <= score <= _MOST or maximum > _MOST:
        raise PlatformTrouble("the platform’s result is out of range")
    return Grade(score, maximum)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.000001")) if found.is_finite() and abs(found) <= _MOST else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PlatformTrouble("the platform’s answer is no JSON") from None
