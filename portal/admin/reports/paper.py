"""The quarterly report on paper: its blocks, set by typst from a template of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files

from credentials.sentence import Sentence, sentence
from issuer.reports.health import Health
from portal.admin.reports.blocks import Block
from portal.admin.reports.reading import Report
from portal.admin.reports.sheet import Kind, lines, quarter_words
from portal.language.language import Language
from wallet_export.typeset import typeset

_INK = {
    "accent": "#2340a8",
    "valid": "#0b6b40",
    "renewed": "#1d5c8f",
    "expired": "#b97a1c",
    "suspended": "#6b3fa0",
    "revoked": "#a81e2b",
    "soft": "#7a8599",
}
_STYLE = (
    "<style>text{font-family:'Libertinus Serif';fill:#12161f}.chart-label{font-size:15px;font-weight:700}"
    ".chart-value{font-size:14.5px}.chart-inside{font-size:13px;fill:#fff;font-weight:700}"
    ".chart-small{font-size:13px;font-weight:700}.chart-axis{font-size:13px;fill:#4b5467}.chart-track{fill:#eef0f5}"
    ".chart-grid{stroke:#dde1e9}.chart-zero{stroke:#7a8599}.chart-mark{stroke:#12161f;stroke-width:2;"
    "stroke-dasharray:3 2}.chart-faint{opacity:.4}.chart-area{opacity:.14}"
    + "".join(f".tone-{tone}{{fill:{ink}}}" for tone, ink in _INK.items())
    + ".line-accent{fill:none;stroke:#2340a8;stroke-width:2.5}</style>"
)


def as_pdf(found: Health, report: Report, language: Language) -> bytes:
    """The report as PDF/A; the same bytes for the same quarter, figures and language. Raises TypesettingFailed."""
    say = language.say
    data = {
        "language": language.tag,
        "title": f"{found.name} – {say(quarter_words(found.quarter))}",
        "program": found.name,
        "quarter": say(quarter_words(found.quarter)),
        "kind": say(sentence("Quarterly report")),
        "issuer": found.issuer,
        "span": say(span_words(found)),
        "glance": [{"name": name, "value": value, "told": told} for name, value, told in glance_of(found, language)],
        "blocks": [_block(one, language, table) for one, table in _with_tables(report.blocks(language))],
        "notes": [say(one) for one in notes_of(found)],
        "notes_title": say(sentence("How this is reckoned")),
        "page": say(sentence("Page")),
    }
    return typeset(_template(), data, at=found.as_of + timedelta(microseconds=1)).pdf


def glance_of(found: Health, language: Language) -> tuple[tuple[str, str, str], ...]:
    """The figures at the head: what, how many, and a word more."""
    say, number, total = language.say, language.number, found.total
    rate = found.outcomes.all.rate
    ending = sum(one.ending for one in found.plan.values())
    shown: tuple[tuple[Sentence, str, str], ...] = (
        (sentence("Learners"), number(found.learners), ""),
        (sentence("Credentials held"), number(total.after), say(_since(total.after - total.before))),
        (
            sentence("Pass rate"),
            language.percent(rate.share) if rate else "–",
            say(sentence("of {number} decided on", number=found.outcomes.all.decided)),
        ),
        (
            sentence("Overdue"),
            number(found.gaps.all.overdue),
            say(sentence("of {number} required", number=found.gaps.all.required)),
        ),
        (sentence("Ending next quarter"), number(ending), ""),
        (
            sentence("Assessments needed for that"),
            number(found.assessments_needed),
            say(sentence("{number} made in this quarter", number=found.assessments_made)),
        ),
    )
    return tuple((say(name), value, told) for name, value, told in shown)


def span_words(found: Health) -> Sentence:
    """Which days it is about, and whether they are over."""
    first, last = found.quarter.first, found.quarter.last
    if found.complete:
        return sentence("{first} to {last}", first=first, last=last)
    day = found.as_of.astimezone(found.zone).date()
    return sentence("{first} to {last}, so far: as of {day}", first=first, last=last, day=day)


def notes_of(found: Health) -> tuple[Sentence, ...]:
    """What one must know to trust the figures, and what they do not say."""
    return (
        sentence("Days begin and end in the zone {zone}.", zone=found.zone.key),
        sentence(
            "Figures are as of the quarter’s end. What happens later changes nothing of them: made again, the report "
            "of a past quarter is the same."
        ),
        sentence(
            "What is required of whom, and what a level asks before it, follow the day on which the report is made: no "
            "earlier state of them is kept. What is overdue and the times to certification hang on that."
        ),
        sentence(
            "Rates are told of ten candidates or more, with the interval in which they lie with 95 % confidence "
            "(Wilson). Times are medians."
        ),
    )


def _since(change: int) -> Sentence:
    if change > 0:
        return sentence("{number} more than before", number=change)
    return sentence("{number} fewer than before", number=-change) if change else sentence("as many as before")


def _with_tables(blocks: Sequence[Block]) -> Iterator[tuple[Block, bool]]:
    """Each table stands once, below the last block that it belongs to."""
    for place, block in enumerate(blocks):
        yield block, all(block.sheet.key != later.sheet.key for later in blocks[place + 1 :])


def _block(block: Block, language: Language, table: bool) -> dict[str, object]:
    svg = str(block.chart).replace(">", f">{_STYLE}", 1) if block.chart else ""
    columns = block.sheet.columns
    return {
        "title": block.title,
        "told": block.told,
        "svg": svg.replace("\u2068", "").replace("\u2069", ""),
        "legend": [{"name": one.name, "ink": _INK[one.tone]} for one in block.legend],
        "head": [language.say(one.name) for one in columns],
        "text": [one.kind in {Kind.TEXT, Kind.QUARTER, Kind.MONTH} for one in columns],
        "rows": [list(row) for row in lines(block.sheet, language)],
        "table": table,
    }


@cache
def _template() -> str:
    return files("portal.admin.reports").joinpath("quarter.typ").read_text(encoding="utf-8")
