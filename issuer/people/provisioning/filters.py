"""The filter language of SCIM (RFC 7644, section 3.4.2.2, figure 1), and the paths of PATCH (section 3.5.2). Pure.

A text becomes a tree, or is refused with a sentence. Length, depth and number of comparisons are bounded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal, cast

from issuer.people.provisioning.refusals import NotProvisioned, Why

LONGEST = 4_096
MOST_COMPARISONS = 40
DEEPEST = 12

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Value = str | bool | int | float | None
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$:.-]))
      | (?P<word>[A-Za-z$][\w$:.-]*)
      | (?P<mark>[()\[\]])
      | (?P<after>\.[A-Za-z$][\w$-]*)
    )""",
    re.VERBOSE | re.ASCII,
)
_NAME = re.compile(r"[A-Za-z$][\w$-]*", re.ASCII)
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Path:
    """`urn:…:User:name.familyName`: the schema's URN, if it is given, the attribute, the sub-attribute, if any."""

    urn: str | None
    name: str
    sub: str | None = None

    def __str__(self) -> str:
        return (f"{self.urn}:" if self.urn else "") + self.name + (f".{self.sub}" if self.sub else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`userName eq "ana"`."""

    path: Path
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    """`title pr`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Some:
    """`emails[type eq "work"]`: one of the values is so."""

    path: Path
    which: Filter


@dataclass(frozen=True, slots=True)
class All:
    """`… and …`."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`… or …`."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not (…)`."""

    part: Filter


Filter = Comparison | Present | Some | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation of PATCH is about: an attribute, some of its values, a sub-attribute of them."""

    path: Path
    which: Filter | None = None


def parse_filter(text: str) -> Filter:
    """The tree of a filter. Raises NotProvisioned (invalidFilter)."""
    parser = _Parser(text, Why.INVALID_FILTER)
    found = parser.either(0)
    parser.require_end()
    return found


def parse_target(text: str) -> Target:
    """The path of an operation of PATCH. Raises NotProvisioned (invalidPath)."""
    parser = _Parser(text, Why.INVALID_PATH)
    found = parser.target()
    parser.require_end()
    return found


def parse_path(text: str, why: Why = Why.INVALID_PATH) -> Path:
    """An attribute, as `attributes` and `sortBy` name it. Raises NotProvisioned."""
    urn, colon, rest = text.strip().rpartition(":")
    name, dot, sub = rest.partition(".")
    if (colon and not urn) or not _NAME.fullmatch(name) or (dot and not _NAME.fullmatch(sub)):
        raise NotProvisioned(why, f"“{_shown(text)}” is no name of an attribute")
    return Path(urn or None, name, sub or None)


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:60])


class _Parser:
    """Recursive descent: `or` binds least, then `and`, then `not`."""

    def __init__(self, text: str, why: Why) -> None:
        self._text, self._why = text, why
        if len(text) > LONGEST:
            raise self._fault(f"it has {len(text)} characters, and at most {LONGEST} are read")
        self._tokens: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._fault(f"it cannot be read from “{_shown(text[at : at + 20].strip())}” on")
            self._tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
            at = match.end()
        self._at = self._comparisons = 0

    def either(self, depth: int) -> Filter:
        """`a or b`."""
        parts = [self._both(depth)]
        while self._took("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def target(self) -> Target:
        """`emails[type eq "work"].value`."""
        path = self._path()
        if not self._took("["):
            return Target(path)
        which = self.either(1)
        self._need("]")
        return Target(Path(path.urn, path.name, self._after()), which)

    def require_end(self) -> None:
        """Raises unless all was read."""
        if self._at < len(self._tokens):
            raise self._fault(f"“{_shown(self._tokens[self._at][1])}” stands where it should end")

    def _both(self, depth: int) -> Filter:
        parts = [self._one(depth)]
        while self._took("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Filter:
        if depth > DEEPEST:
            raise self._fault("it is nested too deeply")
        if self._took("("):
            found = self.either(depth + 1)
            self._need(")")
            return found
        if self._peek()[1].lower() == "not" and self._peek(1)[1] == "(":
            self._at += 1
            return Not(self._one(depth))
        path = self._path()
        if self._took("["):
            which = self.either(depth + 1)
            self._need("]")
            sub = self._after()
            return Some(path, All((which, self._compared(Path(None, sub))))) if sub else Some(path, which)
        return self._compared(path)

    def _compared(self, path: Path) -> Filter:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise self._fault(f"it compares more than {MOST_COMPARISONS} times")
        kind, word = self._peek()
        operator = word.lower()
        if kind != "word" or operator not in (*OPERATORS, "pr"):
            raise self._fault(f"after “{path}” stands no operator; there are: pr, {', '.join(OPERATORS)}")
        self._at += 1
        return Present(path) if operator == "pr" else Comparison(path, cast(Operator, operator), self._value())

    def _value(self) -> Value:
        kind, word = self._peek()
        self._at += 1
        constants: dict[str, Value] = {"true": True, "false": False, "null": None}
        if kind == "word" and word.lower() in constants:
            return constants[word.lower()]
        if kind not in {"text", "number"}:
            raise self._fault("a value is missing; texts stand in double quotes")
        try:
            value = cast(Value, json.loads(word))
        except ValueError:
            raise self._fault(f"{_shown(word)} is no value as JSON writes it") from None
        if isinstance(value, str) and _UNWRITABLE.search(value):
            raise self._fault("a text holds a character that no value has")
        return value

    def _path(self) -> Path:
        kind, word = self._peek()
        if kind != "word":
            raise self._fault("the name of an attribute is missing")
        self._at += 1
        return parse_path(word, self._why)

    def _after(self) -> str | None:
        kind, word = self._peek()
        if kind != "after":
            return None
        self._at += 1
        return word[1:]

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("", "")

    def _took(self, word: str) -> bool:
        kind, found = self._peek()
        if kind == "text" or found.lower() != word:
            return False
        self._at += 1
        return True

    def _need(self, mark: str) -> None:
        if not self._took(mark):
            raise self._fault(f"a “{mark}” is missing")

    def _fault(self, what: str) -> NotProvisioned:
        named = "filter" if self._why is Why.INVALID_FILTER else "path"
        return NotProvisioned(self._why, f"The {named} “{_shown(self._text)}” cannot be understood: {what}.")
