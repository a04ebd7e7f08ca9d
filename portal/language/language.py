"""One language: how it says texts, sentences, days, instants and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations

from credentials.sentence import Sentence, sentence
from portal.language.catalogues import catalogue

_NEAR = {0: sentence("today"), 1: sentence("tomorrow"), -1: sentence("yesterday")}
_ZONES = frozenset({sentence("CET"), sentence("CEST")})
"""The names of zones that some languages have words of their own for."""
_Unit = Literal["day", "month", "year"]
_BABELS_DAYS: Mapping[_Unit, int] = {"day": 1, "month": 30, "year": 365}


@dataclass(frozen=True)
class Language:
    """A language of the pages: `tag` is its BCP 47 tag, `name` its own name for itself.

    `locale` says how it writes days and numbers. Texts that a catalogue lacks are said in English.
    """

    tag: str
    name: str
    locale: str

    @cached_property
    def _texts(self) -> NullTranslations:
        return catalogue(self.tag)

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.locale)

    def text(self, english: str) -> str:
        """The text."""
        return self._texts.gettext(english) if english else ""

    def number_of(self, one: str, other: str, n: int) -> str:
        """The text for a number, in the plural form that the language has for it; nothing is filled in."""
        return self._texts.ngettext(one, other, n)

    def say(self, said: str) -> str:
        """The sentence; text that nobody made as a `Sentence`, such as a name, is left as it is."""
        if not isinstance(said, Sentence):
            return said
        if self.tag == "en":
            return str(said)
        if said.plural is not None:
            pattern = self.number_of(said.pattern, said.plural, int(said.values["n"]))
        else:
            pattern = self.text(said.pattern)
        if not said.values:
            return pattern
        return pattern.format_map({name: self._value(value) for name, value in said.values.items()})

    def _value(self, value: Any) -> str:
        if isinstance(value, datetime):
            return self.minute(value, value.tzinfo) if value.tzinfo is not None else str(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value)
        return self.say(value) if isinstance(value, str) else str(value)

    def day(self, day: date) -> str:
        """A day with its month in words: “3 May 2027”, „3. Mai 2027“."""
        return _formatted(day.year, day.month, day.day, "d MMMM y" if self.tag == "en" else "long", self.locale)

    def short_day(self, day: date) -> str:
        """A day for tables: “3 May 2027”, „03.05.2027“."""
        return format_date(day, "d MMM y" if self.tag == "en" else "dd.MM.y", locale=self._locale)

    def minute(self, instant: datetime, zone: tzinfo) -> str:
        """An instant to the minute, in the zone, which it names."""
        local = instant.astimezone(zone)
        return f"{self.day(local)}, {local:%H:%M} {self._zone(local)}"

    def _zone(self, local: datetime) -> str:
        name = local.tzname() or "UTC"
        return self.text(name) if name in _ZONES else name

    def distance(self, day: date, today: date) -> str:
        """How far a day is from today: “in 30 days”, „vor 12 Monaten“, “today”."""
        days = (day - today).days
        if days in _NEAR:
            return self.say(_NEAR[days])
        unit, length = _unit_for(abs(days))
        whole = timedelta(days=round(days / length) * _BABELS_DAYS[unit])
        return format_timedelta(whole, granularity=unit, threshold=100_000, add_direction=True, locale=self._locale)

    def number(self, value: float) -> str:
        """A number with the separators of the language."""
        return format_decimal(value, locale=self._locale)

    def percent(self, share: float) -> str:
        """A share of 1 in percent, without decimals."""
        return format_percent(share, locale=self._locale)


@lru_cache(maxsize=1024)
def _formatted(year: int, month: int, day: int, form: str, locale: str) -> str:
    """Kept: a page tells a dozen days, and most of them are on the next page again."""
    return format_date(date(year, month, day), form, locale=locale)


def _unit_for(days: int) -> tuple[_Unit, float]:
    """In which unit so many days are told, and how many days one has on the average."""
    if days < 100:
        return "day", 1
    return ("month", 365.25 / 12) if days < 1_000 else ("year", 365.25)


ENGLISH = Language("en", "English", "en_GB")
GERMAN = Language("de", "Deutsch", "de_DE")
LANGUAGES = (ENGLISH, GERMAN)
"""All there are; the first is for whoever asks for none of them."""
