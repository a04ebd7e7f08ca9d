"""Whatever somebody gives to be verified: a credential, a presentation of some, or the address of either."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from verifier.fetcher import Fetched, Fetcher
from verifier.policy import Policy, Question
from verifier.presented import presentation_in
from verifier.resolve import Resolver
from verifier.verify import verify

if TYPE_CHECKING:
    from verifier.known_shapes import KnownShapes
    from verifier.presentation import PresentationResult
    from verifier.result import VerificationResult


def judge_given(
    document: bytes | str,
    *,
    resolver: Resolver,
    fetcher: Fetcher,
    policy: Policy,
    now: datetime,
    challenge: str | None = None,
    domain: str | None = None,
    zone: tzinfo = UTC,
    shapes: KnownShapes | None = None,
) -> VerificationResult | PresentationResult:
    """The verdict on a credential, as `verifier.verify.verify` gives it, or on a presentation and what it holds.

    challenge, domain: what whoever shows it was asked to sign; of a credential that is answered by an SD-JWT only.
    Never raises for an input.
    """
    reach = _Kept(fetcher)
    presented, source = presentation_in(document), ""
    if presented is None:
        asked = policy
        if challenge is not None or domain is not None:
            asked = replace(policy, shown_for=Question(challenge or "", domain or ""))
        found = verify(document, resolver=resolver, fetcher=reach, policy=asked, now=now, zone=zone, shapes=shapes)
        source = found.source
        if found.document is None and reach.first is not None and source:
            presented = presentation_in(reach.first.body)
        if presented is None:
            return found
    from verifier.presentation import Challenge, judge_presentation

    judged = judge_presentation(
        presented,
        challenge=Challenge(challenge, domain),
        resolver=resolver,
        fetcher=fetcher,
        policy=policy,
        now=now,
    )
    return replace(judged, source=source)


class _Kept:
    """The same fetcher; what came first is kept, so that an address is asked only once for what lies there."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.first: Fetched | None = None

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        fetched = self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)
        if self.first is None:
            self.first = fetched
        return fetched
