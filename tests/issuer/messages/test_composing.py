"""What a mail says, in which order, and that nobody's words can act in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.messages.composing import compose, single_line
from issuer.messages.matters import Letter, Matter
from issuer.messages.notices import Kind

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
TODAY = date(2027, 1, 11)
ANA, BEN = UUID(int=1), UUID(int=2)
PAGE = "https://badges.example/credentials/1"
MATTER = Matter(Kind.REMINDER, "Cloud Expert", "Cloud Engineering", "cloud/expert", ANA)


def letter(*matters: Matter, reader: str = "Ana Núñez") -> Letter:
    return Letter("Acme Academy", "https://badges.example", "badges.example", reader, ANA, TODAY, matters)


def renew(until: date, **more: object) -> Matter:
    changes = {"credential_id": UUID(int=9), "link": PAGE, "until": until, "expires_on": date(2027, 3, 20), **more}
    return replace(MATTER, **changes)  # type: ignore[arg-type]


def test_a_reminder_says_what_until_when_why_and_how() -> None:
    matter = renew(date(2027, 3, 14), why="required for the team Platform", takes="20 hours of training")
    mail = compose(letter(matter), NOW)
    assert mail.subject == "Renew “Cloud Expert” by 14 March 2027"
    for words in (
        "That is in 62 days. Your present credential is valid until 20 March 2027.",
        "What renewing takes: 20 hours of training.",
        "Why: required for the team Platform.",
        PAGE,
    ):
        assert words in mail.text
        assert words in mail.html
    assert mail.calendar is not None
    assert "DTSTART;VALUE=DATE:20270314" in mail.calendar


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (date(2027, 1, 11), "That is today."),
        (date(2027, 1, 12), "That is tomorrow."),
        (date(2027, 1, 10), "That was yesterday; please see to it now."),
    ],
)
def test_days_are_told_as_people_tell_them(until: date, words: str) -> None:
    assert words in compose(letter(renew(until)), NOW).text


def test_a_date_that_has_passed_is_no_calendar_entry() -> None:
    assert compose(letter(renew(date(2027, 1, 10))), NOW).calendar is None


def test_the_most_urgent_stands_on_top() -> None:
    news = replace(MATTER, kind=Kind.ISSUED, level="Third")
    mail = compose(letter(news, renew(date(2027, 5, 1), level="Second"), renew(date(2027, 1, 2), level="First")), NOW)
    assert mail.text.index("“First”") < mail.text.index("“Third”") < mail.text.index("“Second”"), "late, news, duties"
    assert mail.subject == "You earned “Third”; 2 certifications to see to, the first by 2 January 2027"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("other", [True, False])
def test_every_kind_has_words(kind: Kind, *, other: bool) -> None:
    person = {"person": "Ben Ó Briain", "person_id": BEN} if other else {}
    mail = compose(letter(replace(renew(date(2027, 3, 14)), kind=kind, **person)), NOW)  # type: ignore[arg-type]
    assert "Cloud Expert" in mail.text
    assert ("Ben Ó Briain" in mail.text) == other
    assert "None" not in mail.subject + mail.text
    bare = compose(letter(Matter(kind, "Cloud Expert", "", "", **person)), NOW)  # type: ignore[arg-type]
    assert "None" not in bare.subject + bare.text


class _Seen(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(
    ["<script>alert(1)</script>", 'x" onmouseover="y', "<img src=//evil>", "a\r\nBcc: x@y", "\u202eevil\u2028", "&amp;"]
)


@given(HOSTILE, HOSTILE, st.sampled_from(list(Kind)), st.booleans())
def test_words_of_people_stay_words(one: str, two: str, kind: Kind, other: bool) -> None:
    matter = Matter(kind, one, two, "p/l", BEN if other else ANA, one if other else "", UUID(int=9), PAGE)
    plain = replace(matter, level="x", program="y", person="z" if matter.person.strip() else "")
    mail = compose(letter(replace(matter, reason=two, why=one, until=date(2027, 3, 1)), reader=one), NOW)
    usual = compose(letter(replace(plain, reason="r", why="w", until=date(2027, 3, 1)), reader="q"), NOW)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", mail.subject)
    assert len(mail.subject) <= 150
    seen, expected = _Seen(), _Seen()
    seen.feed(mail.html)
    expected.feed(usual.html)
    assert set(seen.tags) <= set(expected.tags) | {"h1", "h2", "p", "br", "strong", "span", "table", "tr", "td", "a"}
    assert not {"script", "img", "link", "iframe"} & set(seen.tags)
    assert {name for name, _ in seen.attributes} <= {
        "lang", "charset", "name", "content", "style", "role", "width", "cellpadding", "cellspacing", "align", "dir",
        "href",
    }  # fmt: skip
    assert {value for name, value in seen.attributes if name == "href"} <= {PAGE, "https://badges.example"}


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    assert len(single_line(text).splitlines()) <= 1
