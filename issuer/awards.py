"""A decision that someone earned a level, as it is asked for: validated against the level before anything is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from credentials.sentence import sentence, sentence_of
from issuer.canonical_json import of_plain
from issuer.errors import Fault
from issuer.plain_text import is_email_address, one_line, safe_text, short_name, web_address
from issuer.programs import Achievement, Catalogue
from issuer.validity import today, valid_until
from keys.did import is_did

_EARLIEST = date(1970, 1, 1)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was handed in: a page, a name for it, or both.

    `rule` is the id of the level's EvidenceRule that it fulfils. Of a file that was handed in, and is not kept,
    `sha256` is the digest (lower-case hex). `description`, `narrative` and `genre` are those of Open Badges 3.0.
    """

    url: str | None = None
    name: str | None = None
    rule: str | None = None
    sha256: str | None = None
    description: str | None = None
    narrative: str | None = None
    genre: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON. Only address and name stand there when there is none: so it was before there was more."""
        members: dict[str, Any] = {"url": self.url, "name": self.name}
        for name in _OF_EVIDENCE:
            value = getattr(self, name)
            if value is not None:
                members[name] = value
        return members


_OF_EVIDENCE = tuple(field.name for field in fields(Evidence) if field.name not in {"url", "name"})


@dataclass(frozen=True, slots=True)
class AwardRequest:
    """Who earned which level on which day. `origin` says where it was asked for ("row 7") and is not part of it.

    Without an `idempotency_key`, person, level and day make one: the same award twice is the same award. `own_key` is
    one that this product makes for an award that its own records lead to: no caller's key is ever the same. `version`
    is that of the level, for who finishes under an older one; None is the newest.
    """

    name: str
    email: str
    program: str
    level: str
    awarded_on: date
    did: str | None = None
    license_number: str | None = None
    narrative: str | None = None
    evidence: tuple[Evidence, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    idempotency_key: str | None = None
    origin: str = ""
    version: str | None = None
    own_key: str | None = None

    @property
    def address(self) -> str:
        """The e-mail address in the form in which two are compared."""
        return comparable(self.email)

    @property
    def key(self) -> str:
        """What makes this award the same as one made before."""
        if self.own_key is not None:
            return stored_own_key(self.own_key)
        if self.idempotency_key is not None:
            return f"given:{self.idempotency_key}"
        made = of_plain([self.address, self.program, self.level, self.awarded_on.isoformat()])
        return f"award:{sha256(made).hexdigest()}"

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is asked for: the same key with another digest is a conflict."""
        return digest_of(self.text)

    @property
    def text(self) -> str:
        """Everything but keys and origin as canonical JSON (RFC 8785), which is hashed and kept."""
        return of_plain(self.as_dict()).decode()

    def as_dict(self) -> dict[str, Any]:
        """Everything but keys and origin, as JSON; `request_from_dict` is the inverse."""
        members: dict[str, Any] = {
            "name": self.name,
            "email": self.email,
            "program": self.program,
            "level": self.level,
            "awarded_on": self.awarded_on.isoformat(),
            "did": self.did,
            "license_number": self.license_number,
            "narrative": self.narrative,
            "evidence": [item.as_dict() for item in self.evidence],
            "results": [list(pair) for pair in self.results],
        }
        if self.version is not None:  # awards that were made before there was a choice keep their digest
            members["version"] = self.version
        return members


def digest_of(text: str) -> str:
    """`AwardRequest.digest` of `AwardRequest.text`."""
    return sha256(text.encode()).hexdigest()


def stored_own_key(own_key: str) -> str:
    """How a key that this product made is stored, out of reach of those that callers give (`given:…`)."""
    return f"made:{own_key}"


def request_from_dict(
    members: dict[str, Any], *, idempotency_key: str | None = None, own_key: str | None = None, origin: str = ""
) -> AwardRequest:
    """The request that `AwardRequest.as_dict` wrote down."""
    return AwardRequest(
        **{
            **members,
            "awarded_on": date.fromisoformat(members["awarded_on"]),
            "evidence": tuple([Evidence(**item) for item in members["evidence"]]),
            "results": tuple([(str(name), str(value)) for name, value in members["results"]]),
            "idempotency_key": idempotency_key,
            "own_key": own_key,
            "origin": origin,
        }
    )


def comparable(email: str) -> str:
    """An e-mail address as it is compared and hashed: without spaces around it, in lower case."""
    return email.strip().lower()


def faults_of(
    request: AwardRequest,
    catalogue: Catalogue,
    now: datetime,
    level: Achievement | None = None,
    *,
    complete: bool = True,
    seen: Seen | None = None,
) -> tuple[Fault, ...]:
    """Everything that is wrong with a request, field by field; empty if it can be issued.

    `level` is the version to judge by, if it is not the newest. Not `complete`: results that the level demands may be
    missing, since others will give them. `seen` is for a list: what was right once is not judged again.
    """
    level = level or catalogue.find(request.program, request.level)
    found = [*_faults_of_person(request), *_faults_of_evidence(request)]
    if level is None:
        found.append(_unknown_level(request, catalogue))
    elif seen is None:
        found += [*_faults_of_date(request, level, now), *_faults_of_results(request, level, complete)]
    else:
        day, results = (level.row_id, request.awarded_on), (level.row_id, request.results)
        if not seen.right(day, lambda: not any(_faults_of_date(request, level, now))):
            found += _faults_of_date(request, level, now)
        if not seen.right(results, lambda: not any(_faults_of_results(request, level, complete))):
            found += _faults_of_results(request, level, complete)
    return tuple([fault.within(request.origin) for fault in found])


class Seen:
    """Days and results of levels that were found right, of one list: many people have the same."""

    _MOST = 20_000  # a day takes a hundred bytes, a result three times that

    def __init__(self) -> None:
        self._right: set[tuple[object, ...]] = set()

    def right(self, what: tuple[object, ...], is_right: Callable[[], bool]) -> bool:
        """Whether it is right; not asked about what was right before."""
        if what in self._right:
            return True
        found = is_right()
        if found and len(self._right) < self._MOST:
            self._right.add(what)
        return found


def _faults_of_person(request: AwardRequest) -> Iterator[Fault]:
    yield from _fault("name", one_line, request.name)
    if not is_email_address(request.email):
        yield Fault(
            "email",
            sentence("{email!r} is no e-mail address", email=request.email),
            sentence("write it as name@example.org"),
        )
    if request.did is not None and not is_did(request.did):
        yield Fault(
            "did",
            sentence("{did!r} is no DID", did=request.did),
            sentence("write it as did:web:example.org or leave it empty"),
        )
    if request.license_number is not None:
        yield from _fault("license_number", one_line, request.license_number)
    if request.idempotency_key is not None:
        yield from _fault("idempotency_key", one_line, request.idempotency_key)


def _faults_of_evidence(request: AwardRequest) -> Iterator[Fault]:
    if request.narrative is not None:
        yield from _fault("narrative", safe_text, request.narrative)
    for item in request.evidence:
        if item.url is None and item.name is None and item.narrative is None:
            yield Fault("evidence", sentence("this evidence is empty"), sentence("give a name, an address, or both"))
        if item.sha256 is not None and not _SHA256.fullmatch(item.sha256):
            right = sentence("give 64 hexadecimal digits in lower case")
            yield Fault("evidence_sha256", sentence("{sha256!r} is no SHA-256", sha256=item.sha256), right)
        for field, check in _EVIDENCE_TEXTS.items():
            text = getattr(item, field)
            if text is not None:
                yield from _fault(f"evidence_{field}", check, text)


_EVIDENCE_TEXTS: dict[str, Callable[[str], str]] = {
    "url": web_address,
    "name": one_line,
    "rule": short_name,
    "description": safe_text,
    "narrative": safe_text,
    "genre": one_line,
}


def _fault(field: str, check: Any, text: str) -> Iterator[Fault]:
    try:
        if check(text) != text:
            yield Fault(field, sentence("{text!r} has spaces around it", text=text), sentence("leave them out"))
    except ValueError as error:
        yield Fault(field, sentence_of(error))


def _unknown_level(request: AwardRequest, catalogue: Catalogue) -> Fault:
    program = catalogue.programs.get(request.program)
    if program is None:
        known = ", ".join(catalogue.programs) or sentence("none yet: apply a program first")
        return Fault(
            "program",
            sentence("there is no program {program!r}", program=request.program),
            sentence("known are: {names}", names=known),
        )
    known = ", ".join(level.level for level in program.levels)
    return Fault(
        "level",
        sentence("the program {slug} has no level {level!r}", slug=program.slug, level=request.level),
        sentence("it has: {known}", known=known),
    )


def _faults_of_date(request: AwardRequest, level: Achievement, now: datetime) -> Iterator[Fault]:
    present = today(now, level.zone)
    if request.awarded_on > present:
        yield Fault(
            "awarded_on",
            sentence("{awarded_on} is in the future", awarded_on=f"{request.awarded_on}"),
            sentence(
                "it can be at most {present}, the date in {time_zone} now",
                present=f"{present}",
                time_zone=level.time_zone,
            ),
        )
    if request.awarded_on < _EARLIEST:
        yield Fault(
            "awarded_on",
            sentence("{awarded_on} is too long ago", awarded_on=f"{request.awarded_on}"),
            sentence("it must be {earliest} or later", earliest=f"{_EARLIEST}"),
        )
        return
    try:
        valid_until(request.awarded_on, level.validity, level.zone)
    except ValueError as error:
        yield Fault("awarded_on", sentence_of(error), sentence("shorten the level's validity"))


def _faults_of_results(request: AwardRequest, level: Achievement, complete: bool) -> Iterator[Fault]:
    rules = {rule.id: rule for rule in level.results}
    given = dict(request.results)
    if len(given) != len(request.results):
        yield Fault("results", sentence("a result is given twice"), sentence("keep one of them"))
    for name, value in given.items():
        if name not in rules:
            known = sentence("it has: {known}", known=", ".join(rules)) if rules else sentence("it has none")
            yield Fault(
                f"result:{name}",
                sentence("the level {level} has no result {name!r}", level=level.level, name=name),
                known,
            )
        elif fault := rules[name].fault_of(value):
            yield Fault(f"result:{name}", fault)
    for name, rule in rules.items():
        if complete and rule.required and name not in given:
            yield Fault(
                f"result:{name}",
                sentence("the level {level} demands this result", level=level.level),
                sentence("give the {name}", name=rule.name),
            )
