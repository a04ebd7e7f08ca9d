"""What can be wrong with another host, in words for the person who connected it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import Sentence, sentence
from portal.sign_in.wire import Answer

_LONGEST: Final = 300
_LIMITS: Final = strict_json.Limits(max_bytes=4 * 1024 * 1024, max_depth=48, max_values=60_000)


class HostTrouble(Exception):  # noqa: N818  (a verdict on somebody else)
    """The host did not do what was asked; `said` tells the person. status: what it answered, if it did."""

    def __init__(self, said: Sentence, *, status: int = 0) -> None:
        self.said, self.status = said, status
        super().__init__(str(said))


class Lost(HostTrouble):
    """The host takes our tokens no more: the person must connect it anew."""


def object_of(answer: Answer, host: str) -> dict[str, Any]:
    """The JSON object that a host answered. Raises HostTrouble."""
    try:
        value = strict_json.parse(answer.body, _LIMITS)
    except Unacceptable:
        value = None
    if not isinstance(value, dict):
        raise HostTrouble(
            sentence("{host} answered something that is not what was asked for.", host=host), status=answer.status_code
        )
    return value


def oauth_trouble(answer: Answer, host: str, what: Sentence) -> HostTrouble:
    """A refusal by OAuth’s codes, with what the host says of it. what: the beginning of the sentence."""
    document = _quietly(answer)
    reasons = [printable(document.get(name)) for name in ("error", "error_description")]
    return HostTrouble(_with_reason(what, host, [one for one in reasons if one]), status=answer.status_code)


def api_trouble(answer: Answer, host: str) -> HostTrouble:
    """A refusal by the API (`imsx_StatusInfo`), in words: what the status means, and what the host says of it."""
    document = _quietly(answer)
    reasons = [printable(document.get("imsx_description"))]
    codes = _minor_codes(document)
    status = answer.status_code
    wait = answer.headers.get("retry-after", "")
    if status == 403 or "forbidden" in codes:
        what = sentence("{host} does not allow this.", host=host)
    elif status == 404:
        what = sentence("{host} does not know what was asked for.", host=host)
    elif status in {429, 503} or "server_busy" in codes:
        minutes = max(1, -(-int(wait) // 60)) if wait.isascii() and wait.isdigit() and len(wait) < 7 else 30
        what = sentence("{host} is busy. Try again in {minutes} minutes.", host=host, minutes=minutes)
    elif status >= 500:
        what = sentence("{host} has trouble of its own. Try again in half an hour.", host=host)
    elif 300 <= status < 400:
        what = sentence("{host} sends us elsewhere, and we do not follow.", host=host)
    else:
        what = sentence("{host} refuses this.", host=host)
    said = [one for one in reasons if one] or sorted(codes - {"unknown"})
    return HostTrouble(_with_reason(what, host, said), status=status)


def printable(value: object) -> str:
    """A short text of somebody else, without what could play tricks; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value)[:_LONGEST].strip()


def _with_reason(what: Sentence, host: str, reasons: list[str]) -> Sentence:
    if not reasons:
        return what
    return sentence("{what} It says: “{reason}”", what=what, reason=": ".join(reasons), host=host)


def _minor_codes(document: Mapping[str, Any]) -> set[str]:
    minor = document.get("imsx_codeMinor")
    fields = minor.get("imsx_codeMinorField") if isinstance(minor, Mapping) else None
    found = fields if isinstance(fields, list) else []
    return {printable(one.get("imsx_codeMinorFieldValue")) for one in found if isinstance(one, Mapping)} - {""}


def _quietly(answer: Answer) -> Mapping[str, Any]:
    try:
        value = strict_json.parse(answer.body[:65_536], _LIMITS)
    except Unacceptable:
        return {}
    return value if isinstance(value, dict) else {}
