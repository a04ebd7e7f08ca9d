"""What a credential replaced, and what has replaced it, as its page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from credentials.sentence import day_words
from issuer.catalogue import Standing
from issuer.credential_facts import CredentialFacts
from issuer.succession.supersede import SUPERSEDED
from portal.pages.dates import human_date
from portal.pages.rendering import Site


@dataclass(frozen=True, slots=True)
class RelatedView:
    """Another credential of the chain: a few words, and the words of the link to its page."""

    words: str
    link: str
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
        return RelatedView("Corrects an earlier credential:", "the one that it replaced", page)
    return RelatedView("Renews", f"the credential of {_day(found)}", page)


def _after(site: Site, chain: Chain, now: datetime, zone: tzinfo) -> RelatedView | None:
    found = chain.successor
    if found is None:
        return None
    page = _page(site, found)
    stands = _standing(found, now, zone)
    if found.award_id == chain.credential.award_id:
        return RelatedView("This credential was corrected.", f"See the one that replaced it, {stands}", page)
    return RelatedView("It has been renewed since.", f"See the newest one, of {_day(found)}, {stands}", page)


def _page(site: Site, credential: CredentialFacts) -> str:
    return site.at(f"/credentials/{credential.id}")


def _day(credential: CredentialFacts) -> str:
    awarded_on = credential.awarded_on
    return day_words(awarded_on) if awarded_on is not None else "an earlier day"


def _standing(credential: CredentialFacts, now: datetime, zone: tzinfo) -> str:
    standing, until = credential.standing(now), credential.valid_until
    if standing is not Standing.VALID:
        return f"which is {standing}"
    return f"valid until {human_date(until, zone).day}" if until is not None else "valid without an end date"
