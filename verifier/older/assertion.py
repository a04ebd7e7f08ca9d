"""An assertion of Open Badges 2.0 as it was found, and whether it has its form (Open Badges 2.0, “Data Classes”)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.instants import parse_instant
from credentials.problems import MALFORMED_VALUE_ERROR, PARSING_ERROR, Problem, Unacceptable, refuse
from credentials.proofs import compact_jws
from credentials.proofs.compact_jws import CompactJws
from credentials.sentence import sentence, sentence_of
from verifier.parties import types

_HOSTED = frozenset({"hosted", "HostedBadge"})
_SIGNED = frozenset({"signed", "SignedBadge"})
_TYPES_OF_TOKENS = frozenset({"jwt", "jws", "jose"})
_OBJECT = (dict, Mapping)
_REQUIRED = ("id", "recipient", "badge", "verification", "issuedOn")
WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Assertion:
    """Nothing about it is verified. `token` is the JWS it came in, or None; `text` the exact text."""

    document: dict[str, Any]
    token: CompactJws | None
    text: str

    @property
    def id(self) -> str:
        """Its address if it is hosted; else any URI."""
        return str(self.document["id"])

    def instant(self, name: str) -> datetime | None:
        """A date of it, if it is there. Raises ValueError."""
        return parse_instant(str(self.document[name])) if name in self.document else None


def of_token(text: str) -> Assertion:
    """The assertion in a JWS. Raises `Unacceptable` for an algorithm or header that is not accepted."""
    token = compact_jws.read(text, types=_TYPES_OF_TOKENS)
    return Assertion(token.payload, token, text)


def require_form(assertion: Assertion) -> None:
    """Returns if it has the form of its standard. Raises `Unacceptable` with every problem."""
    problems = tuple(_problems(assertion))
    if problems:
        raise Unacceptable(problems)


def _problems(assertion: Assertion) -> Iterator[Problem]:
    document = assertion.document
    if "Assertion" not in types(document):
        yield _malformed(sentence("its type does not name Assertion"), "/type")
    for name in _REQUIRED:
        if name not in document:
            yield _malformed(sentence("{name} is missing", name=name), f"/{name}")
    if "id" in document and not isinstance(document["id"], str):
        yield _malformed(sentence("its id is not a text"), "/id")
    for name in ("issuedOn", "expires"):
        try:
            assertion.instant(name)
        except ValueError as error:
            yield _malformed(sentence_of(error), f"/{name}")
    recipient = document.get("recipient", {})
    if not isinstance(recipient, _OBJECT) or not isinstance(recipient.get("identity", ""), str):
        yield _malformed(sentence("its recipient is not written as one"), "/recipient")
    verification = document.get("verification", {})
    kinds = {*types(verification)} if isinstance(verification, _OBJECT) else set()
    wanted = _HOSTED if assertion.token is None else _SIGNED
    if "verification" in document and not kinds & wanted:
        said = sentence("it is verified in another way than by where it lies or by its signature")
        yield _malformed(said, "/verification")
    if assertion.token is None and not str(document.get("id", WEB[0])).startswith(WEB):
        yield _malformed(sentence("a hosted one has its address as its id"), "/id")


def _malformed(detail: str, place: str) -> Problem:
    return Problem(MALFORMED_VALUE_ERROR, "Not an Open Badges 2.0 assertion", detail, place)


def no_object() -> Unacceptable:
    """The refusal of what was fetched and is no JSON object."""
    return refuse(PARSING_ERROR, "No JSON object", sentence("it is not a JSON object"))
