"""What stands on a report's page and in its PDF: heading, sentence, chart, and the table with the same figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from markupsafe import Markup

from credentials.sentence import Sentence, sentence
from issuer.recertification.facts import LevelKey
from issuer.reports.chance import Share, Times
from issuer.reports.differences import Comparison, Differences, Finding
from issuer.reports.outcomes import Fared, Outcomes
from issuer.reports.overdue import Asked, Overdue
from issuer.reports.small_groups import MINIMUM
from issuer.reports.standing import Standings
from portal.admin.reports.sheet import Sheet
from portal.admin.reports.sheets import (
    NO_FUNCTION,
    NO_TEAM,
    difference_sheets,
    group_words,
    outcome_sheets,
    overdue_sheets,
    standing_sheets,
)
from portal.charts.bars import Bar, Bars, Spread, Spreads, spreads, stacked_bars
from portal.charts.drawing import Series
from portal.charts.time import Comings, Span, comings
from portal.language.language import Language

MOST_BARS = 12
"""Of one chart; the table has all."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a report. Without a chart its table stands open; `told` is what one needs to know to read it, or, with
    `reason`, why there is nothing in it.
    """

    title: str
    told: str
    sheet: Sheet
    chart: Markup | None = None
    legend: tuple[Series, ...] = ()
    wide: bool = False
    reason: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes blocks for readers of one language."""

    language: Language

    def standing(self, found: Standings) -> tuple[Block, ...]:
        """How credentials stand, what came and went, what ends soon."""
        levels, months = standing_sheets(found)
        say = self.language.say
        name = self._namer(found.names, found.programs)
        states = self.series(("valid", _VALID), ("suspended", _SUSPENDED), ("expired", EXPIRED), ("revoked", REVOKED))
        by_state = Bars(
            say(levels.title),
            say(sentence("A bar for each level: valid, suspended, expired and revoked credentials.")),
            states,
            tuple(
                Bar(name(key), (one.valid, one.suspended, one.expired, one.revoked))
                for key, one in found.levels.items()
            )[:MOST_BARS],
        )
        soon = self.series(("revoked", _WITHIN_30), ("expired", _WITHIN_60), ("renewed", _WITHIN_90))
        ending = sorted(
            ((key, one.expiring) for key, one in found.levels.items() if one.expiring[90]), key=lambda one: -one[1][90]
        )
        by_end = Bars(
            say(_ENDING),
            say(sentence("A bar for each level: what ends within 30, 60 and 90 days.")),
            soon,
            tuple(Bar(name(key), (days[30], days[60] - days[30], days[90] - days[60])) for key, days in ending)[
                :MOST_BARS
            ],
        )
        came = Comings(
            say(months.title),
            say(sentence("A column for each month: above the line earned and renewed, below it expired and revoked.")),
            self.series(("valid", EARNED), ("renewed", RENEWED)),
            self.series(("expired", EXPIRED), ("revoked", REVOKED)),
            tuple(
                Span(self._month(one.first), (one.earned, one.renewed), (one.expired, one.revoked))
                for one in found.months
            ),
        )
        number = self.language.number
        return (
            Block(say(levels.title), say(_TOLD_STANDING), levels, stacked_bars(by_state, number), states),
            Block(say(_ENDING), say(_TOLD_ENDING), levels, stacked_bars(by_end, number) if ending else None, soon),
            Block(say(months.title), say(_TOLD_MONTHS), months, comings(came, number), came.series, wide=True),
        )

    def outcomes(
        self, found: Outcomes, names: Mapping[LevelKey, str], programs: Mapping[str, str]
    ) -> tuple[Block, ...]:
        """Pass rates, and how long it takes."""
        by_level, by_function = outcome_sheets(found, names, programs)
        say = self.language.say
        name = self._namer(names, programs)
        levels = [(name(key), one) for key, one in found.levels.items()]
        functions = [(one or say(NO_FUNCTION), fared) for one, fared in found.functions.items()]
        return (
            Block(say(by_level.title), say(TOLD_RATES), by_level, self.rates(say(by_level.title), levels, found.all)),
            Block(
                say(sentence("Time to certification, by level")),
                say(_TOLD_TAKEN),
                by_level,
                self._times(say(sentence("Time to certification, by level")), levels, lambda one: one.taken),
            ),
            Block(
                say(by_function.title),
                say(_TOLD_FUNCTIONS),
                by_function,
                self.rates(say(by_function.title), functions, found.all),
            ),
            Block(
                say(sentence("From proposal to decision, by the function of the assessors")),
                say(_TOLD_DECIDING),
                by_function,
                self._times(
                    say(sentence("From proposal to decision, by the function of the assessors")),
                    functions,
                    lambda one: one.deciding,
                ),
            ),
        )

    def overdue(self, found: Overdue, names: Mapping[LevelKey, str], programs: Mapping[str, str]) -> tuple[Block, ...]:
        """Required levels overdue, by team and by level."""
        by_team, by_level = overdue_sheets(found, names, programs)
        say = self.language.say
        name = self._namer(names, programs)
        teams = [(team or say(NO_TEAM), one) for team, one in found.teams.items()]
        levels = [(name(key), one) for key, one in found.levels.items()]
        more = say(sentence("{number} more teams are not shown.", number=found.more_teams)) if found.more_teams else ""
        return (
            Block(
                say(by_team.title),
                f"{say(_TOLD_TEAMS)} {more}".strip(),
                by_team,
                *self.asked(say(by_team.title), teams),
            ),
            Block(say(by_level.title), say(TOLD_GAPS), by_level, *self.asked(say(by_level.title), levels)),
        )

    def differences(self, found: Differences) -> tuple[Block, ...]:
        """Groups of candidates beside each other."""
        sheets = difference_sheets(found)
        return tuple(
            self._comparison(one, sheet, found.all) for one, sheet in zip(found.comparisons, sheets, strict=True)
        )

    def _comparison(self, one: Comparison, sheet: Sheet, everyone: Share | None) -> Block:
        say = self.language.say
        if not one.groups:
            told = _TOLD_WITHHELD if one.withheld else _TOLD_NO_CANDIDATES
            return Block(say(sheet.title), say(told), sheet, reason=True)
        tones = {Finding.HIGHER: "valid", Finding.LOWER: "revoked"}
        chart = Spreads(
            say(sheet.title),
            say(sentence("A dot for each group at its pass rate, with the interval around it.")),
            1.0,
            tuple(
                Spread(
                    say(group_words(one, group)),
                    group.share.low,
                    group.share.share,
                    group.share.high,
                    self._rate(group.share),
                    tones.get(group.finding, "accent"),
                )
                for group in one.groups
            )[: 2 * MOST_BARS],
            everyone.share if everyone else None,
        )
        differing = [group for group in one.groups if group.finding in tones]
        told = self._differing(one, len(differing))
        return Block(say(sheet.title), say(told), sheet, spreads(chart))

    def _differing(self, one: Comparison, number: int) -> Sentence:
        if len(one.groups) < 2:
            return sentence("All candidates are in one group: there is nothing to compare.")
        if number == 0:
            return sentence("No group differs from the others by more than chance.")
        return sentence(
            "Groups that differ from the others by more than chance: {number}. Find out why.", number=number
        )

    def rates(self, title: str, named: Iterable[tuple[str, Fared]], everyone: Fared) -> Markup | None:
        known = [(name, one.rate) for name, one in named if one.rate is not None]
        if not known:
            return None
        chart = Spreads(
            title,
            self.language.say(sentence("A dot for each at its pass rate, with the interval around it.")),
            1.0,
            tuple(Spread(name, one.low, one.share, one.high, self._rate(one)) for name, one in known)[: 2 * MOST_BARS],
            everyone.rate.share if everyone.rate else None,
        )
        return spreads(chart)

    def _times(
        self, title: str, named: Iterable[tuple[str, Fared]], of: Callable[[Fared], Times | None]
    ) -> Markup | None:
        known = [(name, times) for name, one in named if (times := of(one)) is not None]
        if not known:
            return None
        chart = Spreads(
            title,
            self.language.say(
                sentence("A dot for each at the median, with the middle half of the candidates around it.")
            ),
            float(max(1, *(one.high for _, one in known))),
            tuple(
                Spread(
                    name,
                    one.low,
                    one.median,
                    one.high,
                    self.language.say(
                        sentence("{median} days ({low} to {high})", median=one.median, low=one.low, high=one.high)
                    ),
                )
                for name, one in known
            )[: 2 * MOST_BARS],
        )
        return spreads(chart)

    def asked(self, title: str, named: Iterable[tuple[str, Asked]]) -> tuple[Markup | None, tuple[Series, ...]]:
        series = self.series(("revoked", _OVERDUE), ("valid", _IN_TIME))
        bars = tuple(
            Bar(
                name,
                (one.overdue, one.required - one.overdue),
                self.language.say(sentence("{part} of {whole}", part=one.overdue, whole=one.required)),
            )
            for name, one in named
        )[:MOST_BARS]
        if not bars:
            return None, ()
        told = self.language.say(sentence("A bar for each: what is overdue of what is required."))
        return stacked_bars(Bars(title, told, series, bars), self.language.number), series

    def _rate(self, share: Share) -> str:
        percent = self.language.percent
        return self.language.say(
            sentence(
                "{share} of {number} ({low} to {high})",
                share=percent(share.share),
                number=share.whole,
                low=percent(share.low),
                high=percent(share.high),
            )
        )

    def series(self, *named: tuple[str, str]) -> tuple[Series, ...]:
        return tuple(Series(self.language.say(name), tone) for tone, name in named)

    def _namer(self, names: Mapping[LevelKey, str], programs: Mapping[str, str]) -> Callable[[LevelKey], str]:
        """A level alone where its name is that of no other; else with its program."""
        taken = list(names.values())
        return lambda key: names[key] if taken.count(names[key]) == 1 else f"{names[key]} · {programs[key.program]}"

    def _month(self, first: date) -> str:
        return format_date(first, "MMM", locale=self.language.locale)

    def whole_month(self, first: date) -> str:
        return format_date(first, "MMMM y", locale=self.language.locale)


_VALID, _SUSPENDED, EXPIRED = sentence("Valid"), sentence("Suspended"), sentence("Expired")
REVOKED, EARNED, RENEWED = sentence("Revoked"), sentence("Earned"), sentence("Renewed")
_OVERDUE, _IN_TIME = sentence("Overdue"), sentence("Held, or not due yet")
_WITHIN_30, _WITHIN_60, _WITHIN_90 = (
    sentence("Within 30 days"),
    sentence("In 31 to 60 days"),
    sentence("In 61 to 90 days"),
)
_ENDING = sentence("What ends within 90 days")
_TOLD_STANDING = sentence(
    "Each person’s newest credential of a level: what was renewed or corrected is counted by its successor."
)
_TOLD_ENDING = sentence("Valid now, and nothing has replaced it yet.")
_TOLD_MONTHS = sentence("Expired is what ended with nothing after it. Corrections are not counted.")
TOLD_RATES = sentence(
    "Of the candidates who were decided on. Below {minimum} of them no rate is told: it would say nothing, and point "
    "at people. The bar around the dot is where the rate lies with 95 % confidence.",
    minimum=MINIMUM,
)
_TOLD_TAKEN = sentence(
    "From the day on which a candidate could begin to the day from which the award counts: the median, and the middle "
    "half. Of each level the newest awards are looked at."
)
_TOLD_FUNCTIONS = sentence(
    "Of the candidates whom somebody of that function assessed. Who was assessed by two functions counts with both."
)
_TOLD_DECIDING = sentence("In days: the median, and the middle half.")
_TOLD_TEAMS = sentence("Who is in two teams counts with both; a person with two overdue levels counts twice.")
TOLD_GAPS = sentence(
    "What is required of people who are with the company, and what of it is past its date and not held."
)
_TOLD_WITHHELD = sentence(
    "Not shown: the groups are so small that figures would point at people. Each needs {minimum} candidates or more.",
    minimum=MINIMUM,
)
_TOLD_NO_CANDIDATES = sentence("Nobody was decided on for this level in that time.")
