"""English and German: texts, sentences, days and numbers as readers of each expect them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from credentials.sentence import sentence
from portal.language.language import ENGLISH, GERMAN, Language
from portal.language.wanted import wanted

DAY = date(2027, 5, 3)


@pytest.mark.parametrize(
    ("asked", "chosen", "language"),
    [
        (None, None, ENGLISH),
        ("de", None, GERMAN),
        ("de-AT,de;q=0.9,en;q=0.8", None, GERMAN),
        ("en;q=0.5,de;q=0.7", None, GERMAN),
        ("fr,es;q=0.5", None, ENGLISH),
        ("fr,de;q=0.1,*;q=0.5", None, GERMAN),
        ("de;q=0,en", None, ENGLISH),
        ("de", "en", ENGLISH),
        ("de", "tlh", GERMAN),
        ("de;q=nonsense,en", None, ENGLISH),
        (";;;,,,", None, ENGLISH),
    ],
)
def test_a_reader_gets_what_he_chose_or_what_his_browser_asks_for(
    asked: str | None, chosen: str | None, language: Language
) -> None:
    assert wanted(asked, chosen) is language


def test_days_and_numbers() -> None:
    assert (ENGLISH.day(DAY), GERMAN.day(DAY)) == ("3 May 2027", "3. Mai 2027")
    assert (ENGLISH.short_day(DAY), GERMAN.short_day(DAY)) == ("3 May 2027", "03.05.2027")
    assert (ENGLISH.number(12345.5), GERMAN.number(12345.5)) == ("12,345.5", "12.345,5")
    assert (ENGLISH.percent(0.25), GERMAN.percent(0.25).replace("\N{NO-BREAK SPACE}", " ")) == ("25%", "25 %")


def test_instants_name_their_zone() -> None:
    instant = datetime(2027, 5, 2, 22, 30, tzinfo=UTC)
    assert ENGLISH.minute(instant, ZoneInfo("Europe/Berlin")) == "3 May 2027, 00:30 CEST"
    assert GERMAN.minute(instant, UTC) == "2. Mai 2027, 22:30 UTC"


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0, "today", "heute"),
        (1, "tomorrow", "morgen"),
        (-1, "yesterday", "gestern"),
        (30, "in 30 days", "in 30 Tagen"),
        (-12, "12 days ago", "vor 12 Tagen"),
        (-99, "99 days ago", "vor 99 Tagen"),
        (-528, "17 months ago", "vor 17 Monaten"),
        (1_500, "in 4 years", "in 4 Jahren"),
    ],
)
def test_distances(days: int, english: str, german: str) -> None:
    today = date(2026, 11, 22)
    day = date.fromordinal(today.toordinal() + days)
    assert (ENGLISH.distance(day, today), GERMAN.distance(day, today)) == (english, german)


def test_a_sentence_that_no_catalogue_has_is_said_in_english_with_the_days_of_the_reader() -> None:
    assert GERMAN.say(sentence("Nobody translated this, {day}.", day=DAY)) == "Nobody translated this, 3. Mai 2027."


def test_names_are_never_translated() -> None:
    assert GERMAN.say("today") == "today"
    assert GERMAN.say(sentence("“{name}”", name="today")) == "„today“"
