"""What a credential replaced, and what has replaced it, as its page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from credentials.sentence import Sentence, sentence
from issuer.catalogue import Standing
from issuer.credential_facts import CredentialFacts
from issuer.succession.supersede import SUPERSEDED
from portal.pages.dates import human_date
from portal.pages.rendering import Site

_WHICH_IS = {
    Standing.REVOKED: sentence("which is revoked"),
    Standing.SUSPENDED: sentence("which is suspended"),
    Standing.EXPIRED: sentence("which is expired"),
    Standing.NOT_YET_VALID: sentence("which is not yet valid"),
}


@dataclass(frozen=True, slots=True)
class RelatedView:
    """Another credential of the chain: a few words, and the words of the link to its page."""

    words: Sentence
    link: Sentence
    page: str


@dataclass(frozen=True, slots=True)
class SuccessionView:
    """`successor` is the newest of the chain; `corrected`: this one was wrong, and revoked for another."""

    predecessor: RelatedView | None
    successor: RelatedView | None
    corrected: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """A credential, the one that it replaced, and the newest that goes back to it; None if there is none."""

    credential: CredentialFacts
    predecessor: CredentialFacts | None
    successor: CredentialFacts | None

    @property
    def newest(self) -> UUID | None:
        """The successor's id."""
        return self.successor.id if self.successor is not None else None


def succession_view(site: Site, chain: Chain, *, now: datetime, zone: tzinfo) -> SuccessionView:
    """What came before and after the credential of `chain`."""
    reason = chain.credential.revocation_reason or ""
    return SuccessionView(
        predecessor=_before(site, chain),
        successor=_after(site, chain, now, zone),
        corrected=reason == SUPERSEDED or reason.startswith(f"{SUPERSEDED}:"),
    )


def _before(site: Site, chain: Chain) -> RelatedView | None:
    """A correction is another credential of the same award, a renewal the credential of another award."""
    found = chain.predecessor
    if found is None:
        return None
    page = _page(site, found)
    if found.award_id == chain.credential.award_id:
        return RelatedView(sentence("Corrects an earlier credential:"), sentence("the one that it replaced"), page)
    if found.awarded_on is None:
        return RelatedView(sentence("Renews"), sentence("an earlier credential"), page)
    return RelatedView(sentence("Renews"), sentence("the credential of {day}", day=found.awarded_on), page)


def _after(site: Site, chain: Chain, now: datetime, zone: tzinfo) -> RelatedView | None:
    found = chain.successor
    if found is None:
        return None
    page = _page(site, found)
    stands = _standing(found, now, zone)
    if found.award_id == chain.credential.award_id:
        see = sentence("See the one that replaced it, {standing}", standing=stands)
        return RelatedView(sentence("This credential was corrected."), see, page)
    if found.awarded_on is None:
        see = sentence("See the newest one, {standing}", standing=stands)
    else:
        see = sentence("See the newest one, of {day}, {standing}", day=found.awarded_on, standing=stands)
    return RelatedView(sentence("It has been renewed since."), see, page)


def _page(site: Site, credential: CredentialFacts) -> str:
    return site.at(f"/credentials/{credential.id}")


def _standing(credential: CredentialFacts, now: datetime, zone: tzinfo) -> Sentence:
    standing, until = credential.standing(now), credential.valid_until
    if standing is not Standing.VALID:
        return _WHICH_IS[standing]
    if until is None:
        return sentence("valid without an end date")
    return sentence("valid until {day}", day=human_date(until, zone).day)
