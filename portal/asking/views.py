"""What the pages say: which levels can be asked for, how a wallet is reached, and what it showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from credentials.sentence import Sentence, sentence
from issuer.wallet_requests.levels import AskedLevel
from portal.asking.judging import FORMAT_WORDS
from portal.asking.sd_jwt_badge import as_badge
from portal.pages.badge_view import badge_view
from portal.pages.rendering import Site
from portal.pages.status_view import StatusView
from portal.pages.verified_page import VerifiedPage, verified_page
from portal.service import Service
from verifier.result import Outcome, Status, VerificationResult
from wallet_export.oid4vp_dcql import SD_JWT_VC

_HIS = sentence("It is bound to a key of its holder, and he signed with that key for this question.")
_ANYBODY = sentence(
    "It is bound to no key: whoever has a copy of it can show it. Compare the name in it with the person before you."
)
_NOT_HIS = sentence("Not shown by its holder")
_WHOSE = sentence("Genuine, but whose?")
_ANOTHER = sentence("It was issued to another holder than the one who shows it.")


@dataclass(frozen=True, slots=True)
class ProgramLevels:
    """The levels of one program, to choose from."""

    program: str
    levels: tuple[AskedLevel, ...]


@dataclass(frozen=True, slots=True)
class HolderView:
    """Whether it comes from its holder's hands: the outcome's word, and the sentence."""

    outcome: str
    word: str
    sentence: Sentence


@dataclass(frozen=True)
class ShownPage:
    """One badge that was shown, with all checks of it; `band` is its status, which is not good if it is not his."""

    page: VerifiedPage
    band: StatusView
    holder: HolderView
    format: str


def by_program(levels: Sequence[AskedLevel]) -> tuple[ProgramLevels, ...]:
    """The levels in groups, in their order."""
    groups: dict[str, list[AskedLevel]] = {}
    for one in levels:
        groups.setdefault(one.program, []).append(one)
    return tuple(ProgramLevels(program, tuple(group)) for program, group in groups.items())


def shown_page(service: Service, site: Site, kept: Mapping[str, Any], result: VerificationResult) -> ShownPage:
    """The page of one badge; `kept` is a `ShownBadge` as a dict, `result` what was found about its text."""
    kind = str(kept.get("format", ""))
    page = verified_page(service, site, result, checkable=False)
    if kind == SD_JWT_VC and result.document is not None:
        page = replace(page, badge=badge_view(as_badge(result.document), zone=service.settings.zone))
    holder = _holder(kept, result.document or {})
    return ShownPage(page, _band(page.status, holder), holder, FORMAT_WORDS.get(kind, kind))


def _band(status: StatusView, holder: HolderView) -> StatusView:
    """What is valid in the hands of somebody else is not called valid."""
    if status.kind != Status.VALID.value or holder.outcome == Outcome.PASSED.value:
        return status
    if holder.outcome == Outcome.FAILED.value:
        return replace(status, kind=Status.INVALID.value, word=_NOT_HIS, line="")
    return replace(status, kind=Status.UNCHECKED.value, word=_WHOSE, line="")


def _holder(kept: Mapping[str, Any], document: Mapping[str, Any]) -> HolderView:
    if kept.get("bound") is True:
        return HolderView(Outcome.PASSED.value, sentence("Passed"), _HIS)
    subject = document.get("credentialSubject")
    named = subject.get("id") if isinstance(subject, Mapping) else None
    if isinstance(named, str) and named.startswith("did:"):
        return HolderView(Outcome.FAILED.value, sentence("Failed"), _ANOTHER)
    return HolderView(Outcome.INCOMPLETE.value, sentence("Could not be checked"), _ANYBODY)
