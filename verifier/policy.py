"""What a verification asks beyond the standard: a value that the caller writes down, with no default inside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """What a verifier asked a holder: the `nonce`, new for each question, and the `audience`, which is its own name."""

    nonce: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The questions and bounds of one verification. Every field is required; `ORDINARY` is a named starting point.

    recipient: (identifier type, plain value) that the credential must belong to, such as ("emailAddress",
        "ada@acme.example"); None asks nothing.
    require_issuer_controls_key: the signing key must be one that the issuer itself publishes for this
        purpose. If False a key of somebody else is accepted and reported; only test suites have a reason
        for that.
    require_issuer_signs_status: a status list must be issued by the credential's own issuer.
    trusted_issuers: issuer ids for `VerificationResult.issuer_trusted`; None if there is no such list. An
        issuer that is not on it makes no credential invalid.
    refresh: ask the credential's refresh service (1EdTechCredentialRefresh), once.
    fetch_resources: fetch what the credential says of files elsewhere by their digest (relatedResource) and the JSON
        schemas it names (credentialSchema). If False that is said to be unchecked, unless the bytes are at hand.
    max_endorsements, max_endorsement_depth: how many embedded endorsements one verification follows in all,
        and how deep (an endorsement may carry endorsements of its own).
    max_status_entries: how many status entries one credential may name.
    max_fetches: how many addresses one verification may fetch in all.
    shown_for: the question that the holder must have signed, of an SD-JWT (its key binding); None asks nothing.
    """

    recipient: tuple[str, str] | None
    require_issuer_controls_key: bool
    require_issuer_signs_status: bool
    trusted_issuers: frozenset[str] | None
    refresh: bool
    fetch_resources: bool
    max_endorsements: int
    max_endorsement_depth: int
    max_status_entries: int
    max_fetches: int
    shown_for: Question | None


ORDINARY = Policy(
    recipient=None,
    require_issuer_controls_key=True,
    require_issuer_signs_status=True,
    trusted_issuers=None,
    refresh=False,
    fetch_resources=False,
    max_endorsements=10,
    max_endorsement_depth=2,
    max_status_entries=4,
    max_fetches=12,
    shown_for=None,
)
"""The strict rules with no question about the recipient. Change single fields with `dataclasses.replace`."""
