"""What the classes found wrong, as problems: a JSON Pointer, what was wrong and what would be right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from credentials.problems import MALFORMED_VALUE_ERROR, Problem, pointer
from credentials.sentence import sentence

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

REQUIRED = {
    "@context": sentence("the array of JSON-LD contexts"),
    "id": sentence("an absolute URI"),
    "type": sentence("the array of type names"),
    "issuer": sentence("the issuer's profile"),
    "validFrom": sentence("the date and time from which the credential is valid, as in 2026-11-22T10:00:00Z"),
    "issuanceDate": sentence("the date and time from which the credential is valid, as in 2026-11-22T10:00:00Z"),
    "credentialSubject": sentence("an object that says what is claimed and about whom"),
    "achievement": sentence("the achievement that is awarded"),
    "criteria": sentence("an object that says how the achievement is earned, with a narrative or an id"),
    "description": sentence("a short description"),
    "name": sentence("a name for display"),
    "hashed": sentence("true or false"),
    "identityHash": sentence("the hashed or plain identity"),
    "identityType": sentence("the kind of identity, for example emailAddress"),
    "identifierType": sentence("the kind of identifier, for example sourcedId"),
    "targetName": sentence("the name of what is aligned to"),
    "targetUrl": sentence("the URL of what is aligned to"),
    "resultType": sentence("the kind of result, for example LetterGrade"),
}
"""What belongs where a required property is missing."""

_KINDS = {
    "string_type": sentence("a string"),
    "string_unicode": sentence("a string of Unicode characters (it holds half a surrogate pair)"),
    "string_too_short": sentence("a string that is not empty"),
    "bool_type": sentence("true or false"),
    "tuple_type": sentence("an array, even for a single value"),
    "too_short": sentence("an array with at least one value"),
    "model_type": sentence("an object"),
    "dict_type": sentence("an object"),
}


def malformed(title: str, detail: str, at: str) -> Problem:
    """A malformed value, in the terms of VCDM 2.0, section 7.2."""
    return Problem(MALFORMED_VALUE_ERROR, title, detail, at)


def structural_problems(error: ValidationError) -> Iterator[Problem]:
    """One problem for each finding of pydantic, in document order of the classes."""
    from credentials.model.one_or_many import TAGS

    for finding in error.errors(include_url=False):
        path = tuple(step for step in finding["loc"] if step not in TAGS)
        yield _problem(finding, path, pointer(*path))


def _problem(finding: ErrorDetails, path: tuple[str | int, ...], at: str) -> Problem:
    kind, place = finding["type"], _place(path)
    if kind == "missing":
        needed = REQUIRED.get(str(path[-1])) or sentence("given")
        return malformed(
            "Required property missing",
            sentence("{place} is missing; it must be {expected}.", place=place, expected=needed),
            at,
        )
    if kind == "extra_forbidden":
        detail = sentence("{place} is not a property of this class, which allows no others; leave it out.", place=place)
        return malformed("Unknown property", detail, at)
    found = describe(finding["input"])
    if kind == "instant":
        return malformed(
            "Malformed value", sentence("{place} is wrong: {finding}.", place=place, finding=finding["msg"]), at
        )
    expected = _expected(finding)
    title = "Wrong kind of value" if kind in _KINDS else "Malformed value"
    return malformed(
        title, sentence("{place} is {found}; it must be {expected}.", place=place, found=found, expected=expected), at
    )


def _expected(finding: ErrorDetails) -> str:
    kind = finding["type"]
    if kind == "string_pattern_mismatch":
        from credentials.model.primitive_types import PATTERNS

        return PATTERNS[finding["ctx"]["pattern"]]
    if kind in ("recursion_depth_exceeded", "recursion_loop"):
        return sentence("nested less deeply")
    return _KINDS.get(kind) or finding["msg"]


def _place(path: tuple[str | int, ...]) -> str:
    """The value's place in words: its property, and which item of it."""
    if not path:
        return sentence("The document")
    if isinstance(path[-1], str):
        return f"“{_shown(path[-1])}”"
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return sentence("Item {number} of the document", number=str(path[-1] + 1))
    return sentence("Item {number} of “{name}”", number=str(path[-1] + 1), name=_shown(names[-1]))


def describe(value: Any) -> str:
    """A JSON value in a few words, safe to print."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"“{_shown(value)}”" if value else sentence("an empty string")
    if isinstance(value, int | float):
        return sentence("a number")
    if isinstance(value, list | tuple):
        return sentence("an array") if value else sentence("an empty array")
    return sentence("an object")


def _shown(text: str) -> str:
    short = text if len(text) <= 60 else text[:59] + "…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short)
