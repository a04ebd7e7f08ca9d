"""What was found about a presentation: who presents it, and each credential in it."""

from __future__ import annotations

from dataclasses import dataclass

from credentials.sentence import Sentence, sentence
from portal.pages.rendering import Site
from portal.pages.status_view import OUTCOME_WORDS, WORDS
from portal.pages.verified_page import VerifiedTable, verified_table
from portal.service import Service
from verifier.presentation import PresentationResult


@dataclass(frozen=True)
class PresentedPage:
    """The word for the whole, the holder's proof with the word for its outcome, and a row for each credential."""

    kind: str
    word: str
    found: str
    outcome: str
    outcome_word: str
    holder: str
    table: VerifiedTable

    @property
    def title(self) -> Sentence:
        """The page's title."""
        return sentence("{status}: a presentation", status=self.word)


def presented_page(service: Service, site: Site, result: PresentationResult) -> PresentedPage:
    """The answer as the page shows it."""
    names = [sentence("Credential {number}", number=n) for n in range(1, len(result.credentials) + 1)]
    return PresentedPage(
        kind=result.status.value,
        word=WORDS[result.status],
        found=result.sentence,
        outcome=result.holder.outcome.value,
        outcome_word=OUTCOME_WORDS[result.holder.outcome],
        holder=result.holder.sentence,
        table=verified_table(service, site, names, result.credentials),
    )
