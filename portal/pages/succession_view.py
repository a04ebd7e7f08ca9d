"""What a credential replaced, and what has replaced it, as its page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from issuer.catalogue import CredentialView, Standing
from issuer.succession.supersede import SUPERSEDED
from portal import recalled
from portal.pages.dates import day_words, human_date
from portal.pages.rendering import Site
from portal.service import Service


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


def succession_view(service: Service, site: Site, credential: CredentialView, *, zone: tzinfo) -> SuccessionView:
    """What came before and after `credential`."""
    reason = credential.record.revocation_reason or ""
    return SuccessionView(
        predecessor=_before(service, site, credential),
        successor=_after(service, site, credential, zone),
        corrected=reason == SUPERSEDED or reason.startswith(f"{SUPERSEDED}:"),
    )


def _before(service: Service, site: Site, credential: CredentialView) -> RelatedView | None:
    """A correction is another credential of the same award, a renewal the credential of another award."""
    found = _found(service, credential.predecessor)
    if found is None:
        return None
    page = _page(site, found)
    if found.award_id == credential.award_id:
        return RelatedView("Corrects an earlier credential:", "the one that it replaced", page)
    return RelatedView("Renews", f"the credential of {_day(found)}", page)


def _after(service: Service, site: Site, credential: CredentialView, zone: tzinfo) -> RelatedView | None:
    found = _found(service, credential.successor)
    if found is None:
        return None
    page = _page(site, found)
    stands = _standing(found, service.clock(), zone)
    if found.award_id == credential.award_id:
        return RelatedView("This credential was corrected.", f"See the one that replaced it, {stands}", page)
    return RelatedView("It has been renewed since.", f"See the newest one, of {_day(found)}, {stands}", page)


def _found(service: Service, credential_id: UUID | None) -> CredentialView | None:
    return recalled.credential(service, credential_id) if credential_id is not None else None


def _page(site: Site, credential: CredentialView) -> str:
    return site.at(f"/credentials/{credential.record.id}")


def _day(credential: CredentialView) -> str:
    awarded_on = credential.record.awarded_on
    return day_words(awarded_on) if awarded_on is not None else "an earlier day"


def _standing(credential: CredentialView, now: datetime, zone: tzinfo) -> str:
    standing, until = credential.standing(now), credential.record.valid_until
    if standing is not Standing.VALID:
        return f"which is {standing}"
    return f"valid until {human_date(until, zone).day}" if until is not None else "valid without an end date"
