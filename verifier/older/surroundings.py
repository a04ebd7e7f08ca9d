"""What an assertion of Open Badges 2.0 leads to: its badge class and its issuer, each at its own address.

Only what was fetched from the issuer's own address counts as the issuer's word; what an assertion brings along of its
issuer could say anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import sentence, sentence_of
from verifier.fetcher import FetchError, FetchGone
from verifier.inquiry import Inquiry
from verifier.older.assertion import WEB, Assertion, no_object
from verifier.parties import shown
from verifier.web_address import MalformedAddress, parse

MAX_BYTES = 2 * 1024 * 1024
_LIMITS = strict_json.Limits(max_bytes=MAX_BYTES, max_values=20_000)
ACCEPT = "application/ld+json, application/json;q=0.9"


class Unreachable(Exception):  # noqa: N818
    """Something that it leads to was not to be had; the message is a sentence's part and says nothing against it."""


class Gone(Unreachable):
    """Its own address says that it was taken away."""


class Unbelievable(Exception):  # noqa: N818
    """What it leads to is not what it says; the message is a sentence's part."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The badge class, its address if it has one, and the issuer's profile as its own address serves it."""

    badge: Mapping[str, Any]
    issuer: Mapping[str, Any]
    issuer_id: str

    def is_issuers_place(self, url: str) -> bool:
        """Whether the issuer answers for what lies there (Open Badges 2.0, “Verification Object” of a Profile).

        By default that is the host of its own id.
        """
        rules = self.issuer.get("verification")
        rules = rules if isinstance(rules, Mapping) else {}
        starts = _texts(rules.get("startsWith"))
        if starts and not any(_lies_below(url, start) for start in starts):
            return False
        origins = _texts(rules.get("allowedOrigins"))
        try:
            address, own = parse(url), parse(self.issuer_id)
        except MalformedAddress:
            return False
        return address.authority in origins if origins else bool(starts) or address.origin == own.origin


def surroundings_of(assertion: Assertion, inquiry: Inquiry) -> Surroundings:
    """Fetched, but for a badge class that the assertion holds itself. Raises `Unreachable` and `Unbelievable`."""
    badge = assertion.document["badge"]
    if isinstance(badge, str):
        badge = at_its_address(badge, inquiry)
    if not isinstance(badge, Mapping):
        raise Unbelievable(sentence("its badge class is not written as one"))
    issuer = badge.get("issuer")
    issuer_id = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    if not isinstance(issuer_id, str):
        raise Unbelievable(sentence("its badge class names no issuer"))
    return Surroundings(badge, at_its_address(issuer_id, inquiry), issuer_id)


def at_its_address(url: str, inquiry: Inquiry) -> dict[str, Any]:
    """The JSON object at the address, whose id is that address. Raises `Unreachable` and `Unbelievable`."""
    if not url.startswith(WEB):
        raise Unbelievable(sentence("{url} is not an address on the web", url=shown(url)))
    try:
        value = strict_json.parse(inquiry.reach.fetch(url, accept=ACCEPT, max_bytes=MAX_BYTES).body, _LIMITS)
        if not isinstance(value, dict):
            raise no_object()
    except FetchGone as error:
        raise Gone(error.reason) from None
    except FetchError as error:
        raise Unreachable(error.reason) from None
    except Unacceptable as refusal:
        said = sentence("what {url} serves cannot be read: {why}", url=shown(url), why=sentence_of(refusal))
        raise Unreachable(said) from None
    if value.get("id") != url:
        raise Unbelievable(sentence("what lies at {url} does not say that it does", url=shown(url)))
    return value


def _lies_below(url: str, start: str) -> bool:
    """Whether the address begins so, and not merely its host's name does."""
    try:
        address, base = parse(url), parse(start)
    except MalformedAddress:
        return False
    return address.origin == base.origin and address.target.startswith(base.target)


def _texts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
