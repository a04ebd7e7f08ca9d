"""Whether the issuer of a credential is known here: one of our own, on the installation's list, or neither.

To be unknown says nothing against an issuer; and nothing is said of one that the signature does not prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from credentials.sentence import Sentence, sentence
from portal.service import Service
from verifier.parties import issuer_id
from verifier.result import CheckName, Outcome, VerificationResult


class Known(StrEnum):
    """How an issuer is known; UNPROVEN: who issued it is only what the document claims."""

    OWN = "own"
    LISTED = "listed"
    UNKNOWN = "unknown"
    UNPROVEN = "unproven"


WORDS = {
    Known.OWN: sentence("Issued here"),
    Known.LISTED: sentence("On this installation’s list"),
    Known.UNKNOWN: sentence("Not known here"),
    Known.UNPROVEN: sentence("Not proven"),
}


@dataclass(frozen=True, slots=True)
class IssuerKnown:
    """The word and the sentence; `name` is how the list calls it, or empty."""

    known: Known
    identifier: str
    name: str = ""

    @property
    def word(self) -> Sentence:
        """Two or three words for a table."""
        return WORDS[self.known]

    @property
    def sentence(self) -> Sentence:
        """What it means."""
        if self.known is Known.OWN:
            return sentence("This installation itself issued it.")
        if self.known is Known.LISTED:
            return sentence("Who runs this installation trusts this issuer and lists it as “{name}”.", name=self.name)
        if self.known is Known.UNKNOWN:
            return sentence(
                "It is not on this installation’s list of issuers. That says nothing against it: look who it is."
            )
        return sentence("Who issued it is not proven, so nothing is said about the issuer.")


def issuer_known(service: Service, result: VerificationResult) -> IssuerKnown:
    """How the issuer of what was verified is known."""
    identifier = issuer_id(result.document or {})
    if not is_authentic(result):
        return IssuerKnown(Known.UNPROVEN, identifier)
    if service.is_own(identifier):
        return IssuerKnown(Known.OWN, identifier)
    name = service.settings.trusted_issuers.get(identifier)
    return IssuerKnown(Known.UNKNOWN, identifier) if name is None else IssuerKnown(Known.LISTED, identifier, name)


def is_authentic(result: VerificationResult) -> bool:
    """Whether it is proven who signed it: its form, its signature, and whose key that is by."""
    wanted = {CheckName.CONFORMS, CheckName.PROOF, CheckName.KEY_BELONGS_TO_ISSUER}
    return wanted == {check.name for check in result.checks if check.outcome is Outcome.PASSED} & wanted
