"""“My certifications” as values for the page: what to do, what is held, what waits, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from credentials.sentence import Sentence, sentence, together
from issuer.assessment.own import OwnProposal
from issuer.level_words import takes_words
from issuer.people.duties import Standing
from issuer.people.forecast import Forecast
from issuer.programs import Catalogue
from issuer.recertification.asked import Asked
from issuer.recertification.course import Course, State
from issuer.recertification.duties import Duty, Missing, NextLevel, Task
from issuer.recertification.facts import LevelKey
from issuer.recertification.wording import either_of, name_words
from issuer.validity import today

SOON: Final = timedelta(days=30)
_NEAR: Final = timedelta(days=90)
"""A renewal that is further away, and not open yet, is no task for now."""


@dataclass(frozen=True, slots=True)
class Pill:
    """A state in a word, and the class that gives it shape and colour."""

    word: Sentence
    kind: str


@dataclass(frozen=True, slots=True)
class DutyCard:
    """Something to do. `due` and `today` are days of the level's zone; `hours` tells how far the credits have come."""

    title: str
    program: str
    pill: Pill
    urgency: str
    due: date | None
    today: date
    why: Sentence
    takes: Sentence
    hours: Sentence
    path: str
    action: Sentence


@dataclass(frozen=True, slots=True)
class HoldingCard:
    """Something that is held, or was until it expired."""

    title: str
    program: str
    image: str
    pill: Pill
    until: date | None
    today: date
    renewable: Sentence
    credential_id: UUID


@dataclass(frozen=True, slots=True)
class NextCard:
    """A level to go for: `missing` says what must be held first, `forecast` how long others took."""

    title: str
    program: str
    image: str
    suggested: bool
    missing: Sentence
    forecast: Sentence
    path: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page. `later`: duties whose time has not come."""

    now: tuple[DutyCard, ...]
    later: tuple[DutyCard, ...]
    holdings: tuple[HoldingCard, ...]
    waiting: tuple[OwnProposal, ...]
    next_levels: tuple[NextCard, ...]
    more_levels: int

    @property
    def overdue(self) -> int:
        """How many required things are late."""
        return sum(card.urgency == "urgent" for card in self.now)


def overview(
    standing: Standing,
    catalogue: Catalogue,
    proposals: Sequence[OwnProposal],
    forecasts: Mapping[LevelKey, Forecast],
    images: Mapping[LevelKey, str],
    *,
    now: datetime,
    most: int,
) -> Overview:
    """The page of a person; `images` are addresses by level, `most` how many next levels are shown."""
    running = {LevelKey(one.program, one.level): one for one in proposals if one.running}
    duties = [_duty_card(duty, standing, catalogue, running, now) for duty in standing.duties]
    is_now = [_is_now(duty, card) for duty, card in zip(standing.duties, duties, strict=True)]
    further = [one for one in standing.next_levels if one.level not in running]
    return Overview(
        now=tuple(card for card, soon in zip(duties, is_now, strict=True) if soon),
        later=tuple(card for card, soon in zip(duties, is_now, strict=True) if not soon),
        holdings=tuple(_holdings(standing, catalogue, images, now)),
        waiting=tuple(one for one in proposals if one.running),
        next_levels=tuple(_next_card(one, standing, catalogue, forecasts, images) for one in further[:most]),
        more_levels=max(0, len(further) - most),
    )


def missing_words(missing: Iterable[Missing], names: Mapping[LevelKey, str]) -> Sentence:
    """“First earn “A” and “B”.”; empty if nothing is missing."""
    said = []
    for one in missing:
        called = [names.get(key, str(key)) for key in one.levels]
        levels = name_words(called) if one.needed == len(called) else either_of(called)
        if 1 < one.needed < len(called):
            levels = sentence("{needed} of {levels}", needed=one.needed, levels=name_words(called))
        said.append(sentence("First earn {levels}.", levels=levels))
    return together(*said)


def level_path(key: LevelKey) -> str:
    """Where somebody asks to be assessed for a level."""
    return f"/me/levels/{key.program}/{key.level}"


def pill_of(course: Course) -> Pill:
    """The standing of what is held, in a word."""
    if course.suspended and course.by_time is not State.LAPSED:
        return Pill(sentence("Suspended"), "missing")
    match course.by_time:
        case State.CURRENT:
            return Pill(sentence("Valid"), "good")
        case State.OPEN:
            return Pill(sentence("Valid, renew now"), "soon")
        case State.OVERDUE:
            return Pill(sentence("Valid, renewal is late"), "overdue")
        case State.IN_GRACE:
            return Pill(sentence("Expired, still renewable"), "overdue")
        case _:
            return Pill(sentence("Expired"), "missing")


def renewable_words(course: Course, day: date) -> Sentence:
    """From when, and until when, it can be renewed; empty where there is nothing to say."""
    if course.suspended or course.opens_on is None or course.by_time is State.LAPSED:
        return Sentence("")
    if course.by_time is State.IN_GRACE and course.lapses_on is not None:
        return sentence("Can be renewed until {day}", day=course.lapses_on)
    if day < course.opens_on:
        return sentence("Can be renewed from {day}", day=course.opens_on)
    return sentence("Can be renewed now")


def _duty_card(
    duty: Duty, standing: Standing, catalogue: Catalogue, running: Mapping[LevelKey, OwnProposal], now: datetime
) -> DutyCard:
    level = catalogue.find(duty.level.program, duty.level.level)
    day = today(now, level.zone) if level is not None else now.date()
    proposal = running.get(duty.level)
    required = duty.requirement is Asked.REQUIRED
    near = duty.due_on is not None and duty.due_on <= day + SOON
    urgency = "urgent" if duty.overdue and required else "soon" if duty.overdue or near else ""
    path, action = level_path(duty.level), sentence("Ask for assessment")
    if proposal is not None:
        path, action = f"/me/proposals/{proposal.id}", sentence("See where it stands")
    elif duty.kind is Task.RESTORE:
        path, action = level_path(duty.missing[0].levels[0]), sentence("See what it takes")
    elif duty.missing or duty.progress is not None:
        action = sentence("See what it takes")
    elif duty.kind is Task.RENEW:
        action = sentence("Renew")
    return DutyCard(
        title=standing.names.get(duty.level, str(duty.level)),
        program=level.program_name if level is not None else duty.level.program,
        pill=_duty_pill(duty, required=required, near=near, waiting=proposal is not None),
        urgency=urgency,
        due=duty.due_on,
        today=day,
        why=duty.why,
        takes=takes_words(level) if duty.kind is Task.RENEW and level is not None else Sentence(""),
        hours=_hours(duty),
        path=path,
        action=action,
    )


def _duty_pill(duty: Duty, *, required: bool, near: bool, waiting: bool) -> Pill:
    if waiting:
        return Pill(sentence("In assessment"), "waiting")
    if duty.overdue:
        return Pill(sentence("Overdue"), "overdue") if required else Pill(sentence("Past its day"), "soon")
    if near:
        return Pill(sentence("Due soon"), "soon")
    return Pill(sentence("Required"), "waiting") if required else Pill(sentence("Suggested"), "plain")


def _is_now(duty: Duty, card: DutyCard) -> bool:
    if duty.kind in {Task.EARN, Task.RESTORE} or duty.overdue or card.due is None:
        return True
    opened = duty.opens_on is not None and duty.opens_on <= card.today
    return opened or card.due <= card.today + _NEAR


def _hours(duty: Duty) -> Sentence:
    if duty.progress is None:
        return Sentence("")
    done, needed = (f"{number / 100:g}" for number in (duty.progress.done, duty.progress.needed))
    return sentence("{done} of {needed} hours are done since {day}.", done=done, needed=needed, day=duty.progress.since)


def _holdings(
    standing: Standing, catalogue: Catalogue, images: Mapping[LevelKey, str], now: datetime
) -> Iterable[HoldingCard]:
    held = [course for course in standing.courses if course.holding is not None]
    for course in sorted(held, key=lambda one: (one.by_time is State.LAPSED, one.expires_on or date.max, one.level)):
        assert course.holding is not None  # noqa: S101  (the list above)
        level = catalogue.find(course.level.program, course.level.level)
        day = today(now, course.zone)
        yield HoldingCard(
            title=standing.names.get(course.level, str(course.level)),
            program=level.program_name if level is not None else course.level.program,
            image=images.get(course.level, ""),
            pill=pill_of(course),
            until=course.expires_on,
            today=day,
            renewable=renewable_words(course, day),
            credential_id=course.holding.credential_id,
        )


def _next_card(
    one: NextLevel,
    standing: Standing,
    catalogue: Catalogue,
    forecasts: Mapping[LevelKey, Forecast],
    images: Mapping[LevelKey, str],
) -> NextCard:
    level = catalogue.find(one.level.program, one.level.level)
    forecast = forecasts.get(one.level)
    return NextCard(
        title=one.name,
        program=level.program_name if level is not None else one.level.program,
        image=images.get(one.level, ""),
        suggested=one.requirement is not Asked.NONE,
        missing=missing_words(one.missing, standing.names),
        forecast=forecast.words if forecast is not None else Sentence(""),
        path=level_path(one.level),
    )
