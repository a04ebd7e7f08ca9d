"""Sentences that were written down as text, found again by their patterns, so that a reader has them in his language.

What a job, a mail server's answer or a webhook left behind is kept as English text. Whoever shows it asks here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from string import Formatter
from typing import Any, Final

from credentials.sentence import MONTHS, Sentence, sentence, together
from portal.language.catalogues import catalogue
from portal.language.language import LANGUAGES

_LEAST: Final = 9
"""Letters that a pattern must have beside its values: shorter ones would fit too much."""
_ABOUT: Final = re.compile(r"(the credential [0-9a-f-]{36}): (.+)", re.DOTALL)
_DAY: Final = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})")
_LONGEST: Final = 2_000


@lru_cache(maxsize=1024)
def recalled(text: str) -> str:
    """The sentence that the text was, as far as one is known; else the text as it is."""
    if isinstance(text, Sentence) or not text or len(text) > _LONGEST:
        return text
    if (whole := _found(text)) is not None:
        return whole
    if (about := _ABOUT.fullmatch(text)) is not None:
        return sentence("{one}: {why}", one=recalled(about[1]), why=recalled(about[2]))
    parts = text.split("; ")
    known = [recalled(one) for one in parts] if len(parts) > 1 else []
    return together(*known, between="; ") if any(isinstance(one, Sentence) for one in known) else text


def _found(text: str) -> Sentence | None:
    for pattern, expression in _expressions().items():
        if (found := expression.fullmatch(text)) is not None:
            return Sentence(text, pattern, {name: _value(value) for name, value in found.groupdict().items()})
    return None


def _value(text: str) -> Any:
    if (day := _DAY.fullmatch(text)) is not None:
        return date(int(day[3]), MONTHS.index(day[2]) + 1, int(day[1]))
    return recalled(text)


@cache
def _expressions() -> Mapping[str, re.Pattern[str]]:
    """What each known text looks like when it is filled in; the most telling ones first."""
    texts = {
        pattern
        for language in LANGUAGES
        for pattern in getattr(catalogue(language.tag), "_catalog", {})
        if isinstance(pattern, str) and "%(" not in pattern
    }
    told = {one: made for one in texts if (made := _expression(one)) is not None}
    return dict(sorted(told.items(), key=lambda one: -_letters(one[0])))


def _letters(pattern: str) -> int:
    return sum(part.isalpha() for literal, *_ in Formatter().parse(pattern) for part in literal)


def _expression(pattern: str) -> re.Pattern[str] | None:
    made, seen = "", set[str]()
    try:
        for literal, name, form, conversion in Formatter().parse(pattern):
            made += re.escape(literal)
            if name is None:
                continue
            if not name.isidentifier() or form or name in seen:
                return None
            seen.add(name)
            made += f"'(?P<{name}>.+?)'" if conversion == "r" else f"(?P<{name}>.+?)"
    except ValueError:
        return None
    return re.compile(made, re.DOTALL) if _letters(pattern) >= _LEAST else None
