"""The quarterly report, as it stands on its page and in its PDF."""

from __future__ import annotations

from credentials.sentence import Sentence, sentence
from issuer.reports.health import Health
from portal.admin.reports.blocks import (
    EARNED,
    EXPIRED,
    MOST_BARS,
    RENEWED,
    REVOKED,
    TOLD_GAPS,
    TOLD_RATES,
    Block,
    Teller,
)
from portal.admin.reports.sheet import quarter_words
from portal.admin.reports.sheets import health_sheets
from portal.charts.bars import Bar, Bars, stacked_bars
from portal.charts.time import Comings, Line, Small, Smalls, Span, comings, line, small_multiples


def health_blocks(teller: Teller, found: Health) -> tuple[Block, ...]:
    """The quarterly report, but for the figures at its head."""
    sheets = {one.key: one for one in health_sheets(found)}
    say, number = teller.language.say, teller.language.number
    labels = tuple(f"Q{one.quarter.number} {one.quarter.year % 100:02}" for one in found.past)
    held = Line(
        say(sentence("Credentials held at the end of each quarter")),
        say(sentence("A line through the last eight quarters, ending at {number}.", number=found.total.after)),
        labels,
        tuple(one.moves.after for one in found.past),
    )
    came = Comings(
        say(sheets["past"].title),
        say(_TOLD_PAST_CHART),
        teller.series(("valid", EARNED), ("renewed", RENEWED)),
        teller.series(("expired", EXPIRED), ("revoked", REVOKED)),
        tuple(
            Span(
                label,
                (one.moves.earned, one.moves.renewed + one.moves.regained),
                (one.moves.expired, one.moves.revoked),
            )
            for label, one in zip(labels, found.past, strict=True)
        ),
    )
    smalls = Smalls(
        say(_BY_LEVEL_OVER_TIME),
        say(sentence("A small line for each level, all on one scale.")),
        (labels[0], labels[-1]),
        tuple(Small(name, tuple(one.held.get(key, 0) for one in found.past)) for key, name in found.levels.items())[
            :MOST_BARS
        ],
    )
    levels = [(found.levels[key], one) for key, one in found.outcomes.levels.items() if key in found.levels]
    gaps = [(found.levels[key], one) for key, one in found.gaps.levels.items() if key in found.levels]
    tones = ("revoked", "expired", "renewed")
    months = teller.series(*((tone, teller.whole_month(one)) for tone, one in zip(tones, found.months, strict=True)))
    ending = tuple(Bar(found.levels[key], one.months) for key, one in found.plan.items() if one.ending)
    late = say(sheets["gaps"].title)
    plan = Bars(say(sheets["plan"].title), say(_TOLD_PLAN_CHART), months, ending)
    return (
        Block(held.title, say(_TOLD_HELD), sheets["past"], line(held, number)),
        Block(say(sheets["past"].title), say(_TOLD_PAST), sheets["past"], comings(came, number), came.series),
        Block(say(_BY_LEVEL_OVER_TIME), say(_TOLD_MOVES), sheets["moves"], small_multiples(smalls, number), wide=True),
        Block(
            say(sheets["outcomes"].title),
            say(TOLD_RATES),
            sheets["outcomes"],
            teller.rates(say(sheets["outcomes"].title), levels, found.outcomes.all),
        ),
        Block(late, say(TOLD_GAPS), sheets["gaps"], *teller.asked(late, gaps)),
        Block(
            say(sheets["plan"].title),
            say(_plan_words(found)),
            sheets["plan"],
            stacked_bars(plan, number) if ending else None,
            months if ending else (),
        ),
        Block(say(sheets["assessing"].title), say(_TOLD_ASSESSING), sheets["assessing"]),
    )  # fmt: skip


def _plan_words(found: Health) -> Sentence:
    ending = sum(one.ending for one in found.plan.values())
    return sentence(
        "In {quarter} {ending} credentials end. Renewing all of them takes {needed} assessments; in this quarter "
        "{made} were made, by {people} people.",
        quarter=quarter_words(found.quarter.later(1)),
        ending=ending,
        needed=found.assessments_needed,
        made=found.assessments_made,
        people=sum(one.people for one in found.assessing),
    )


_TOLD_HELD = sentence("Neither expired nor revoked, each person’s run of a level counted once.")
_TOLD_PAST = sentence("What came and what went. Renewed holds what was earned back after it had expired.")
_TOLD_PAST_CHART = sentence("A column for each quarter: above the line what came, below it what went.")
_TOLD_MOVES = sentence("Held before, and earned, and earned back, less expired and revoked, is held after.")
_TOLD_PLAN_CHART = sentence("A bar for each level: what ends in each month of the next quarter.")
_TOLD_ASSESSING = sentence("The people there are for the assessments of the next quarter.")
_BY_LEVEL_OVER_TIME = sentence("Held over eight quarters, by level")
