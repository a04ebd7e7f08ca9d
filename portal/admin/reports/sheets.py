"""The tables of each report, as the issuer's figures fill them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from credentials.sentence import Sentence, sentence
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Work
from issuer.reports.chance import Times
from issuer.reports.differences import NONE, SEVERAL, By, Comparison, Differences, Finding, GroupOutcome
from issuer.reports.health import Health, Moves, Plan
from issuer.reports.outcomes import Fared, Outcomes
from issuer.reports.overdue import Asked, Overdue
from issuer.reports.standing import LevelStanding, Standings
from portal.admin.reports.sheet import Column, Kind, Sheet, Value

PROGRAM = Column(sentence("Program"), Kind.TEXT)
LEVEL = Column(sentence("Level"), Kind.TEXT)
_RATE = (
    Column(sentence("Decided")),
    Column(sentence("Passed")),
    Column(sentence("Pass rate"), Kind.PERCENT),
    Column(sentence("95 % interval, from"), Kind.PERCENT),
    Column(sentence("95 % interval, to"), Kind.PERCENT),
)
_DECIDING = (
    Column(sentence("Days to decision, median"), Kind.DAYS),
    Column(sentence("Days to decision, lower quartile"), Kind.DAYS),
    Column(sentence("Days to decision, upper quartile"), Kind.DAYS),
)
_TAKEN = (
    Column(sentence("Days to certification, median"), Kind.DAYS),
    Column(sentence("Days to certification, lower quartile"), Kind.DAYS),
    Column(sentence("Days to certification, upper quartile"), Kind.DAYS),
)
NO_FUNCTION = sentence("No function on record")
NO_TEAM = sentence("In no team")
FINDINGS: Mapping[Finding, Sentence] = {
    Finding.HIGHER: sentence("Higher than the others"),
    Finding.LOWER: sentence("Lower than the others"),
    Finding.CHANCE: sentence("Not more than chance"),
    Finding.ALONE: sentence("Nothing to compare with"),
}
WORK: Mapping[Work | None, Sentence] = {
    None: sentence("To be earned anew"),
    Work.REASSESSMENT: sentence("A new assessment"),
    Work.STEPS: sentence("Some of its steps again"),
    Work.DECLARATION: sentence("A declaration"),
    Work.CREDITS: sentence("Hours of continuing education"),
}
_TIERS = (  # as issuer.reports.differences.TIERS
    sentence("Joined less than 1 year ago"),
    sentence("Joined 1 to 3 years ago"),
    sentence("Joined 3 to 5 years ago"),
    sentence("Joined 5 to 10 years ago"),
    sentence("Joined 10 years ago or earlier"),
)


def standing_sheets(found: Standings) -> tuple[Sheet, ...]:
    """By level, and by month."""
    head = (
        PROGRAM,
        LEVEL,
        Column(sentence("Valid")),
        Column(sentence("Suspended")),
        Column(sentence("Expired")),
        Column(sentence("Revoked")),
        Column(sentence("End within 30 days")),
        Column(sentence("End within 60 days")),
        Column(sentence("End within 90 days")),
    )
    rows = [(found.programs[key.program], found.names[key], *_standing(one)) for key, one in found.levels.items()]
    months = tuple((one.first, one.earned, one.renewed, one.expired, one.revoked) for one in found.months)
    return (
        Sheet("levels", sentence("How credentials stand, by level"), head,
              (*rows, (sentence("All levels"), None, *_standing(found.total)))),
        Sheet("months", sentence("What came and went, month by month"),
              (Column(sentence("Month"), Kind.MONTH), Column(sentence("Earned")), Column(sentence("Renewed")),
               Column(sentence("Expired")), Column(sentence("Revoked"))), months),
    )  # fmt: skip


def outcome_sheets(found: Outcomes, names: Mapping[LevelKey, str], programs: Mapping[str, str]) -> tuple[Sheet, ...]:
    """By level, and by the function of those who assessed."""
    levels = tuple(
        (programs[key.program], names[key], *_fared(one), *_times(one.deciding), *_times(one.taken))
        for key, one in found.levels.items()
    )
    functions = tuple(
        (name or NO_FUNCTION, *_fared(one), *_times(one.deciding)) for name, one in found.functions.items()
    )
    return (
        Sheet("outcomes", sentence("Pass rate and time, by level"),
              (PROGRAM, LEVEL, *_RATE, *_DECIDING, *_TAKEN), levels),
        Sheet("functions", sentence("Pass rate and time, by the function of the assessors"),
              (Column(sentence("Function"), Kind.TEXT), *_RATE, *_DECIDING), functions),
    )  # fmt: skip


def overdue_sheets(found: Overdue, names: Mapping[LevelKey, str], programs: Mapping[str, str]) -> tuple[Sheet, ...]:
    """By team, and by level."""
    head = (
        Column(sentence("Required")),
        Column(sentence("Overdue")),
        Column(sentence("Share overdue"), Kind.PERCENT),
    )
    teams = tuple((team or NO_TEAM, *_asked(one), one.people) for team, one in found.teams.items())
    levels = tuple((programs[key.program], names[key], *_asked(one)) for key, one in found.levels.items())
    return (
        Sheet("teams", sentence("Overdue, by team"),
              (Column(sentence("Team"), Kind.TEXT), *head, Column(sentence("People concerned"))), teams),
        Sheet("gaps", sentence("Overdue, by level"), (PROGRAM, LEVEL, *head),
              (*levels, (sentence("All levels"), None, *_asked(found.all)))),
    )  # fmt: skip


BY: Mapping[By, tuple[Sentence, Sentence]] = {
    By.TEAM: (sentence("Team"), sentence("Pass rate by team")),
    By.FUNCTION: (sentence("Function"), sentence("Pass rate by function")),
    By.JOINED: (sentence("With the company"), sentence("Pass rate by time with the company")),
}


def difference_sheets(found: Differences) -> tuple[Sheet, ...]:
    """One for each way of grouping of which anything may be shown."""
    head = (
        Column(sentence("People")),
        Column(sentence("Passed")),
        *_RATE[2:],
        Column(sentence("Beside all others"), Kind.TEXT),
    )
    return tuple(
        Sheet(
            one.by.value,
            BY[one.by][1],
            (Column(BY[one.by][0], Kind.TEXT), *head),
            tuple(
                (
                    group_words(one, group),
                    group.share.whole,
                    group.share.part,
                    group.share.share,
                    group.share.low,
                    group.share.high,
                    FINDINGS[group.finding],
                )
                for group in one.groups
            ),
        )
        for one in found.comparisons
    )


def group_words(comparison: Comparison, group: GroupOutcome) -> str:
    """How a group is called."""
    if group.rest:
        return sentence("{groups} smaller groups together", groups=comparison.hidden)
    if group.name == SEVERAL:
        return sentence("In several teams")
    if comparison.by is By.JOINED:
        number = int(group.name)
        return _TIERS[number] if number >= 0 else sentence("Day of joining not known")
    if group.name == NONE:
        return NO_TEAM if comparison.by is By.TEAM else NO_FUNCTION
    return group.name


def health_sheets(found: Health) -> tuple[Sheet, ...]:
    """All tables of the quarterly report, the figures at its head among them."""
    return (
        _summary(found),
        Sheet("moves", sentence("What came and went, by level"),
              (LEVEL, Column(sentence("Held before")), Column(sentence("Earned")), Column(sentence("Earned back")),
               Column(sentence("Expired")), Column(sentence("Revoked")), Column(sentence("Held after")),
               Column(sentence("Renewed in time"))),
              (*((found.levels[key], *_moves(one)) for key, one in found.moves.items()),
               (sentence("All levels"), *_moves(found.total)))),
        Sheet("past", sentence("The last eight quarters"),
              (Column(sentence("Quarter"), Kind.QUARTER), Column(sentence("Held before")), Column(sentence("Earned")),
               Column(sentence("Earned back")), Column(sentence("Expired")), Column(sentence("Revoked")),
               Column(sentence("Held after")), Column(sentence("Renewed in time"))),
              tuple((one.quarter, *_moves(one.moves)) for one in found.past)),
        *(_without_program(one) for one in outcome_sheets(found.outcomes, found.levels, {found.program: found.name})),
        *(_without_program(one)
          for one in overdue_sheets(found.gaps, found.levels, {found.program: found.name}) if one.key == "gaps"),
        Sheet("plan", sentence("What ends in the next quarter, and what renewing takes"),
              (LEVEL, *(Column(_month_name(number)) for number in range(3)), Column(sentence("In all")),
               Column(sentence("Renewing takes"), Kind.TEXT), Column(sentence("Assessments")),
               Column(sentence("Required and falling due"))),
              tuple((found.levels[key], *_plan(one)) for key, one in found.plan.items())),
        Sheet("assessing", sentence("Who assessed in this quarter, by function"),
              (Column(sentence("Function"), Kind.TEXT), Column(sentence("People")), Column(sentence("Assessments"))),
              tuple((one.function or NO_FUNCTION, one.people, one.assessments) for one in found.assessing)),
    )  # fmt: skip


def _month_name(number: int) -> Sentence:
    return (sentence("First month"), sentence("Second month"), sentence("Third month"))[number]


def _summary(found: Health) -> Sheet:
    total, everything = found.total, found.outcomes.all
    rate = everything.rate
    rows: tuple[tuple[Sentence, Value], ...] = (
        (sentence("Learners"), found.learners),
        (sentence("Held at the end"), total.after),
        (sentence("Held at the beginning"), total.before),
        (sentence("Candidates decided on"), everything.decided),
        (sentence("Pass rate"), rate.share if rate else None),
        (sentence("Required of people"), found.gaps.all.required),
        (sentence("Overdue"), found.gaps.all.overdue),
        (sentence("Ending in the next quarter"), sum(one.ending for one in found.plan.values())),
        (sentence("Assessments needed for that"), found.assessments_needed),
        (sentence("Assessments made in this quarter"), found.assessments_made),
    )
    return Sheet(
        "summary", sentence("At a glance"), (Column(sentence("Figure"), Kind.TEXT), Column(sentence("Value"))), rows
    )


def _without_program(sheet: Sheet) -> Sheet:
    if sheet.columns[0] is not PROGRAM:
        return sheet
    rows = tuple(row[1:] if row[1] is not None else (row[0], *row[2:]) for row in sheet.rows)
    return Sheet(sheet.key, sheet.title, sheet.columns[1:], rows)


def _standing(one: LevelStanding) -> tuple[Value, ...]:
    return (one.valid, one.suspended, one.expired, one.revoked, *one.expiring.values())


def _fared(one: Fared) -> tuple[Value, ...]:
    if one.rate is None:
        return (one.decided, None, None, None, None)
    return (one.decided, one.passed, one.rate.share, one.rate.low, one.rate.high)


def _times(one: Times | None) -> tuple[Value, ...]:
    return (one.median, one.low, one.high) if one is not None else (None, None, None)


def _asked(one: Asked) -> tuple[Value, ...]:
    return (one.required, one.overdue, one.overdue / one.required if one.required else None)


def _moves(one: Moves) -> tuple[Value, ...]:
    return (one.before, one.earned, one.regained, one.expired, one.revoked, one.after, one.renewed)


def _plan(one: Plan) -> tuple[Value, ...]:
    takes = sentence("Approval by the manager") if one.by_manager else WORK[one.work]
    return (*one.months, one.ending, takes, one.assessments, one.falling_due)
