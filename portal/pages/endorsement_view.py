"""An endorsement as a page shows it: who, what he says, and whether it holds. What does not hold praises nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from markupsafe import Markup

from credentials.sentence import Sentence, in_zone, sentence
from portal.endorsing import Judged
from portal.pages.dates import HumanDate, human_date, human_date_of
from portal.pages.prose import render_markdown, web_link
from portal.pages.reading import mapping, prose, text
from portal.pages.scripts import language_of
from portal.pages.status_view import WORDS
from verifier.result import Status


@dataclass(frozen=True, slots=True)
class EndorsementView:
    """`kind` and `word` are a status; `target` names the level, if it is about one; `comment` only if it holds."""

    name: str
    language: str
    link: str
    target: str
    kind: str
    word: str
    sentence: str
    comment: Markup
    given: HumanDate | None
    checked: HumanDate

    @property
    def good(self) -> bool:
        """Whether it holds now."""
        return self.kind == Status.VALID.value


def endorsement_views(
    judged: Sequence[Judged], *, zone: tzinfo, heading: int, levels: Mapping[str, str]
) -> tuple[EndorsementView, ...]:
    """The views of endorsements, those that hold first; `levels` names a program's levels, on a page of the program."""
    views = [_view(one, zone, heading, levels) for one in judged]
    return tuple(sorted(views, key=lambda one: not one.good))


def _view(one: Judged, zone: tzinfo, heading: int, levels: Mapping[str, str]) -> EndorsementView:
    document, result = one.result.document or {}, one.result
    profile = mapping(document, "issuer")
    comment = prose(mapping(document, "credentialSubject"), "endorsementComment") if result.verified else ""
    name = one.endorsement.endorser_name
    target = levels.get(one.endorsement.level or "", "")
    return EndorsementView(
        name=name,
        language=language_of(name),
        link=web_link(profile.get("url")) or web_link(text(profile, "id")),
        target=target,
        kind=result.status.value,
        word=_word(result.status, about=bool(target), whole=bool(levels)),
        sentence=_until(document.get("validUntil"), zone) if result.verified else in_zone(result.sentence, zone),
        comment=render_markdown(comment, heading=heading),
        given=human_date_of(document.get("validFrom"), zone),
        checked=human_date(result.checked_at, zone),
    )


def _word(status: Status, *, about: bool, whole: bool) -> Sentence:
    """What stands before the name of the level; without one, it is about the program, or about what the page is of."""
    if status is Status.VALID:
        if about:
            return sentence("Endorses")
        return sentence("Endorses the program") if whole else sentence("Endorses it")
    return sentence("{status}: the endorsement of", status=WORDS[status]) if about else WORDS[status]


def _until(end: object, zone: tzinfo) -> Sentence:
    until = human_date_of(end, zone)
    if until is None:
        return sentence("The endorsement holds without an end date.")
    return sentence("The endorsement holds until {day}.", day=until.day)
