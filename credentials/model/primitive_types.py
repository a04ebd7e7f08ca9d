"""The standard's primitive and derived types: values stay as they were given; they are only checked."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, StringConstraints
from pydantic_core import PydanticCustomError

from credentials.instants import parse_instant
from credentials.sentence import sentence

# Patterns run in the regex engine of pydantic-core: linear in time, `$` is the end of the text only.
_URI = r'^[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20\x7f<>"{}|\\^`]+$'
_COMPACT_JWS = r"^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$"
_LANGUAGE = r"^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

PATTERNS = {
    _URI: sentence("an absolute URI without spaces, as in https://example.org/badges/1 or urn:uuid:…"),
    _COMPACT_JWS: sentence("a compact JWS: three base64url parts with dots between them"),
    _LANGUAGE: sentence("a language code as in en, de-DE or zh-Hant-TW"),
}
"""What a string must be, in words, by the pattern that it has to match."""

Text = str
"""String and Markdown."""

NonEmptyText = Annotated[str, StringConstraints(min_length=1)]

Uri = Annotated[str, StringConstraints(pattern=_URI)]
"""URI, URL and IRI of an object: absolute, and of characters that RDF allows in an IRI."""

CompactJws = Annotated[str, StringConstraints(pattern=_COMPACT_JWS)]
"""A string in JWS Compact Serialization."""

LanguageCode = Annotated[str, StringConstraints(pattern=_LANGUAGE)]
"""A language code of BCP 47, in the shape that the JSON Schema demands."""


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError as error:
        raise PydanticCustomError("instant", "{sentence}", {"sentence": str(error)}) from None
    return text


def _calendar_date(text: str) -> str:
    try:
        if _DATE.fullmatch(text) and date.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise PydanticCustomError("expected", "{expected}", {"expected": "a date of the calendar, as in 1990-05-17"})


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PydanticCustomError("expected", "{expected}", {"expected": "a number"})
    return value


DateTimeZ = Annotated[str, AfterValidator(_instant)]
"""DateTimeZ and DateTime: XML Schema's dateTimeStamp, zone required (VCDM 2.0, section 4.9)."""

Date = Annotated[str, AfterValidator(_calendar_date)]
"""A date of the calendar, YYYY-MM-DD."""

Number = Annotated[int | float, PlainValidator(_number)]
"""Float: a finite JSON number; whole numbers stay whole."""
