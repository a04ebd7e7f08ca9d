"""What was found about something that was given to verify, as pages and tables show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from credentials.sentence import Sentence, counted, in_zone, sentence, together
from issuer import addresses
from issuer.catalogue import CredentialView, find_credential
from portal import spreadsheet
from portal.language.language import Language
from portal.pages.badge_view import BadgeView, badge_view
from portal.pages.browser_check import BrowserCheck, browser_check
from portal.pages.credential import zone_of
from portal.pages.credential_page import credential_title
from portal.pages.issuer_known import IssuerKnown, Known, issuer_known
from portal.pages.rendering import Site
from portal.pages.status_view import StatusView, presented_view, status_view
from portal.service import Service
from verifier.presentation import PresentationResult
from verifier.result import CheckName, Outcome, VerificationResult
from verifier.verify import ADDRESS_REFUSED, NOT_FETCHED

Judged = VerificationResult | PresentationResult

COLUMNS = (
    sentence("File"),
    sentence("Status"),
    sentence("Holder"),
    sentence("Credential"),
    sentence("Issuer"),
    sentence("Issuer’s identifier"),
    sentence("Issuer known"),
    sentence("Valid from"),
    sentence("Valid until"),
    sentence("What was found"),
    sentence("Credential’s identifier"),
    sentence("Checked at"),
)
_ADVICE = {
    ADDRESS_REFUSED: sentence("Give the badge’s own https address on the public web, or its file or text."),
    NOT_FETCHED: sentence("See whether the address is written right. If it is, give the badge’s file or text itself."),
}
_ISSUER_KNOWN = 6  # the column “Issuer known”


@dataclass(frozen=True)
class VerifiedPage:
    """The answer to one thing. `own_page` is empty unless it is ours and verified; `source` is where it was fetched;
    `presented` says what it holds if it is a presentation."""

    status: StatusView
    badge: BadgeView | None
    own_page: str
    known: IssuerKnown
    source: str
    found: str
    check: BrowserCheck | None = None
    presented: str = ""

    @property
    def title(self) -> Sentence:
        """The page's title: the status, then what it is about."""
        about = credential_title(self.badge) if self.badge else sentence("no credential found")
        return sentence("{status}: {about}", status=self.status.word, about=about)

    @property
    def is_proven(self) -> bool:
        """Whether what it says is what its issuer signed; else it is only claimed."""
        return self.known.known is not Known.UNPROVEN


@dataclass(frozen=True)
class VerifiedRow:
    """One of several: its number, the name of the file or the address, and the answer."""

    number: int
    name: str
    page: VerifiedPage

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The row of a spreadsheet. What is not proven is not in it, so that no sum counts it."""
        page, badge = self.page, self.page.badge if self.page.is_proven else None
        said = (
            badge.holder.name if badge and badge.holder else "",
            badge.achievement.name if badge else "",
            badge.issuer.name if badge else "",
            badge.issuer.identifier if badge else "",
            page.known.word if badge else "",
            badge.issued.machine if badge and badge.issued else "",
            badge.expires.machine if badge and badge.expires else "",
        )
        identifier = badge.identifier if badge else ""
        return (
            self.name,
            page.status.word,
            *said,
            together(page.presented, page.found),
            identifier,
            page.status.checked.machine,
        )


@dataclass(frozen=True)
class VerifiedTable:
    """Several answers; `columns` and each row's `cells` are what goes into the spreadsheet."""

    rows: tuple[VerifiedRow, ...]
    columns: tuple[str, ...] = COLUMNS
    known_column: int = _ISSUER_KNOWN

    @property
    def tally(self) -> tuple[tuple[StatusView, int], ...]:
        """Each status that occurs, and how often; the most frequent first."""
        counted: dict[str, list[StatusView]] = {}
        for row in self.rows:
            counted.setdefault(row.page.status.kind, []).append(row.page.status)
        groups = sorted(counted.values(), key=len, reverse=True)
        return tuple((group[0], len(group)) for group in groups)

    def csv(self, language: Language) -> bytes:
        """The table for a spreadsheet, in the language."""
        say = language.say
        return spreadsheet.as_csv(tuple(map(say, self.columns)), (list(map(say, row.cells)) for row in self.rows))


def verified_page(service: Service, site: Site, result: VerificationResult, *, checkable: bool) -> VerifiedPage:
    """The answer as pages show it; checkable: with what the visitor's browser needs to check it by itself."""
    ours = _ours(service, result)
    zone = zone_of(service, ours)
    document = result.document
    return VerifiedPage(
        status=status_view(result, zone=zone),
        badge=badge_view(document, zone=zone) if document is not None else None,
        own_page=site.at(f"/credentials/{ours.record.id}") if ours is not None and result.verified else "",
        known=issuer_known(service, result),
        source=result.source,
        found="" if result.verified else in_zone(result.sentence, zone),
        check=browser_check(service, site, document, text=result.secured) if checkable and document else None,
    )


def row_page(service: Service, site: Site, result: Judged) -> VerifiedPage:
    """The answer as one of several; of a presentation the holder's proof and a line for each credential in it."""
    if isinstance(result, VerificationResult):
        return verified_page(service, site, result, checkable=False)
    zone = service.settings.zone
    holds = counted(len(result.credentials), "A presentation of {n} credential.", "A presentation of {n} credentials.")
    return VerifiedPage(
        status=presented_view(result, checked=service.clock(), zone=zone),
        badge=None,
        own_page="",
        known=IssuerKnown(Known.UNPROVEN, ""),
        source=result.source,
        found="" if result.verified else in_zone(result.sentence, zone),
        presented=holds,
    )


def unreadable(result: VerificationResult) -> str:
    """Why there is no credential in a text at all, and at the address that it is; empty if there is one."""
    extract = next((check for check in result.checks if check.name is CheckName.EXTRACT), None)
    if extract is None:
        return ""
    if extract.outcome is Outcome.FAILED:
        return extract.sentence
    advice = _ADVICE.get(extract.problem.type) if extract.problem is not None else None
    return together(extract.sentence, advice) if advice is not None else ""


def verified_table(service: Service, site: Site, names: Sequence[str], results: Sequence[Judged]) -> VerifiedTable:
    """The answers to several things, in their order."""
    pages = (row_page(service, site, result) for result in results)
    return VerifiedTable(tuple(VerifiedRow(n, *row) for n, row in enumerate(zip(names, pages, strict=True), 1)))


def _ours(service: Service, result: VerificationResult) -> CredentialView | None:
    """The credential of this server that the document says it is; what it says counts only if it is verified."""
    identifier = (result.document or {}).get("id")
    address = addresses.parse(service.base_url, identifier) if isinstance(identifier, str) else None
    if address is None or address.kind is not addresses.Kind.CREDENTIAL or address.id is None:
        return None
    return find_credential(service.database, address.id)
