"""The closed form: one JSON document per RDF dataset, checked before a signature is believed.

JSON-LD lets one dataset be written as many documents: under full IRIs, compact IRIs, value objects, `@graph`,
`@included`, `@index`, inline or reordered contexts, nulls. A signature over the dataset holds for all of them,
yet a program that reads `document["validUntil"]` sees something else in each. Documents are therefore accepted
only in the form that Open Badges 3.0 and VCDM 2.0 examples use: terms as member names, known contexts by URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from credentials import contexts, rdf
from credentials.problems import MALFORMED_VALUE_ERROR, UNKNOWN_CONTEXT, UNSIGNED_TERM, Problem, pointer
from credentials.sentence import sentence

_TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")

# What an object may say that only points to another: an endorsement points to what it endorses.
_OF_A_POINTER = frozenset({"id", "type", "endorsementComment"})
_MAY_DIFFER = frozenset({"id", "type", "@context", "endorsementComment"})

_IN_LANGUAGES = frozenset({"name", "description"})

_SCALARS = frozenset({str, bool, int, float})

_MAX_CONTEXTS = 6

Path = tuple[str | int, ...]


def check(document: Any) -> tuple[Problem, ...]:
    """Every place where the document leaves the closed form; empty for one that keeps to it.

    The answer is about form only: it says nothing of the data model or of the proof. Nothing in a document that
    passes can mean one thing to a JSON reader and another to a JSON-LD processor, provided that no term is
    undefined (which `canonical.canonicalize` finds).
    """
    if not isinstance(document, dict):
        return (_malformed("The document is not a JSON object.", ()),)
    return () if not _has_prefixes(document.get("@context")) and _keeps_to_it(document) else _problems(document)


def _has_prefixes(named: Any) -> bool:
    """Whether one of the contexts defines prefixes, so that every value must be looked at."""
    entries = named if isinstance(named, list) else [named]
    return any(isinstance(entry, str) and entry in contexts.WITH_PREFIXES for entry in entries)


def _problems(document: dict[str, Any]) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    _walk(document, (), problems)
    problems.extend(_second_homes(document))
    problems.extend(_compact_iris(document))
    if "@context" not in document:
        problems.insert(0, _malformed("The document has no @context.", ("@context",)))
    return tuple(problems)


def _keeps_to_it(document: dict[str, Any]) -> bool:  # noqa: C901  (one loop; calls would take half of its time)
    """Whether it is in closed form beyond doubt, as nearly all are; only where it is not does it matter where.

    Left in doubt are contexts beneath the top, names that no known context has, and two objects of one id.
    """
    if document.__class__ is not dict or "@context" not in document or any(_context(document["@context"], ())):
        return False
    names, types = _names_with_a_meaning(), _iris_with_a_term()
    identifiers: set[str] = set()
    waiting: list[Any] = [{name: value for name, value in document.items() if name != "@context"}]
    while waiting:
        holder = waiting.pop()
        values = holder
        if holder.__class__ is dict:
            if not names.issuperset(holder):
                return False
            values = holder.values()
            kinds = holder.get("type")
            for name in kinds if kinds.__class__ is list else (kinds,):
                if name.__class__ is str and name in types:
                    return False
            identifier = holder.get("id")
            if identifier.__class__ is str and len(holder) > 1:
                if identifier in identifiers:
                    return False
                identifiers.add(identifier)
        for value in values:
            kind = value.__class__
            if kind is dict or (kind is list and values is not holder):
                waiting.append(value)
            elif kind not in _SCALARS:
                return False
    return True


@cache
def _names_with_a_meaning() -> frozenset[str]:
    """Every name of a member that a known context gives a meaning to somewhere."""
    found: set[str] = set()
    waiting: list[Any] = [contexts.load(url) for url in contexts.known()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found.update(name for name in value if _TERM.fullmatch(name))
            waiting.extend(value.values())
    return frozenset(found)


def is_flat(value: Any) -> bool:
    """Whether it is one object or several of scalars, without ids: in closed form beyond doubt, wherever it stands."""
    names = _names_with_a_meaning()
    for holder in value if value.__class__ is list else (value,):
        if holder.__class__ is not dict or "id" in holder or not names.issuperset(holder):
            return False
        if any(member.__class__ not in _SCALARS for member in holder.values()):
            return False
        if not has_plain_types([str(holder.get("type"))]):
            return False
    return True


def is_term(name: str) -> bool:
    """Whether it has the form of a plain term, as the name of every member must."""
    return _TERM.fullmatch(name) is not None


def has_plain_contexts(known: Sequence[str]) -> bool:
    """Whether an `@context` of these known contexts is written as it must be."""
    return 1 <= len(known) <= _MAX_CONTEXTS and len({*known}) == len(known)


def has_plain_types(names: Iterable[str]) -> bool:
    """Whether none of the types is written as an IRI that a known context has a term for."""
    return not any(":" in name and name in _iris_with_a_term() for name in names)


def _walk(value: Any, path: Path, problems: list[Problem]) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _member(value, name, member, (*path, name), problems)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            here = (*path, position)
            if isinstance(item, list):
                problems.append(_malformed("An array stands directly inside an array, which JSON-LD flattens.", here))
            _walk(item, here, problems)
    elif value is None:
        problems.append(_malformed("A value is null; a member without a value must be left out.", path))


def _member(node: dict[str, Any], name: str, value: Any, here: Path, problems: list[Problem]) -> None:
    if name == "@context":
        problems.extend(_context(value, here))
        if len(here) > 1 and not _is_credential(node) and not _is_of_a_proof(here):
            problems.append(_malformed("Only credentials and proofs have contexts of their own.", here))
        return
    if not _TERM.fullmatch(name):
        problems.append(_name(name, here))
    if name in _IN_LANGUAGES:
        value = _without_languages(value)
    if name == "type":
        problems.extend(_types(value, here))
    if value.__class__ is not str:
        _walk(value, here, problems)


def _without_languages(value: Any) -> Any:
    """The values of a name or description that are not written with their language (VCDM 2.0, section 11.1).

    Such a value says nothing else, and is no other way to write a plain text: it has a language or a direction. Both
    are signed, also over RDF (`credentials.rdf`).
    """
    if isinstance(value, list):
        return [item if not _has_language(item) else "" for item in value]
    return "" if _has_language(value) else value


def _has_language(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and {"@value"} < value.keys() <= {"@value", "@language", "@direction"}
        and isinstance(value["@value"], str)
        and isinstance(tag := value.get("@language", "en"), str)
        and rdf.LANGUAGE_TAG.fullmatch(tag) is not None
        and value.get("@direction", "ltr") in ("ltr", "rtl")
    )


def _is_of_a_proof(path: Path) -> bool:
    """Whether it is a member of a proof of the document itself, whose contexts some suites sign (VC-DI-EDDSA, 3.3)."""
    return path[0] == "proof" and len(path) == (3 if isinstance(path[1], int) else 2)


def _types(value: Any, path: Path) -> Iterator[Problem]:
    """A type that a known context has a term for is written as the term; who looks for the term would miss the IRI."""
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str) and not has_plain_types([name]):
            yield _malformed(
                sentence("The type {name} is written as an IRI; the term of the context is required.", name=name[:120]),
                path,
            )


@cache
def _iris_with_a_term() -> frozenset[str]:
    """Every IRI that a term of a known context stands for, in whatever scope; a compact one also in full."""
    found: set[str] = set()
    waiting: list[Any] = [contexts.load(url) for url in contexts.known()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and ":" in value:
            prefix, _, rest = value.partition(":")
            found.update((value, *(start + rest for start in _prefixes().get(prefix, ()))))
    return frozenset(found)


@cache
def _prefixes() -> dict[str, frozenset[str]]:
    """The terms of known contexts that may begin a compact IRI (JSON-LD 1.1, section 4.1.5), and what they stand for.

    Simple terms that end like the beginning of an IRI; no known context says `@prefix`.
    """
    found: dict[str, set[str]] = {}
    waiting: list[Any] = [contexts.load(url) for url in contexts.WITH_PREFIXES]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            for name, iri in value.items():
                if isinstance(iri, str) and not name.startswith("@") and iri[-1:] in set(":/?#[]@"):
                    found.setdefault(name, set()).add(iri)
    return {name: frozenset(iris) for name, iris in found.items()}


def _compact_iris(document: dict[str, Any]) -> Iterator[Problem]:
    """Values that a prefix of the document's contexts makes another IRI: who reads `sec:Foo` would miss what it says.

    Asked of every text without a space, since which are IRIs depends on the terms above them; and of documents only
    that name a context with prefixes somewhere.
    """
    everywhere = [*_values(document, ())]
    named = {value for path, value in everywhere if "@context" in path}
    if contexts.WITH_PREFIXES.isdisjoint(named):
        return
    for path, value in everywhere:
        prefix, colon, rest = value.partition(":")
        if colon and prefix in _prefixes() and not rest.startswith("//") and " " not in value:
            detail = sentence(
                "The value {value} begins with a prefix of its context; write the whole IRI.", value=value[:120]
            )
            yield _malformed(detail, path)


def _values(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in the document, with its path."""
    waiting: list[tuple[Path, Any]] = [(path, value)]
    while waiting:
        at, found = waiting.pop()
        if isinstance(found, str):
            yield at, found
        elif isinstance(found, dict):
            waiting.extend(((*at, name), member) for name, member in found.items())
        elif isinstance(found, list):
            waiting.extend(((*at, position), item) for position, item in enumerate(found))


def _is_credential(node: dict[str, Any]) -> bool:
    """Whether an object beneath the top is a credential, as endorsements and what a presentation holds are."""
    types = node.get("type")
    names = types if isinstance(types, list) else [types]
    return "VerifiableCredential" in names or "EnvelopedVerifiableCredential" in names


def _second_homes(document: dict[str, Any]) -> Iterator[Problem]:
    """Places beneath the top where properties of the credential itself could stand.

    RDF merges objects of one id: what is true of the credential may be written in any object with its id, and would
    be missing where readers look for it (an expiry, a status). So another object with that id may only point to it.
    And where two objects of any one id differ in a member, nobody can tell which said what.
    """
    own = document.get("id")
    said: dict[str, dict[str, Any]] = {}
    for path, node in _objects(document):
        name = node.get("id")
        if not isinstance(name, str):
            continue
        if path and name == own and not node.keys() <= _OF_A_POINTER:
            yield _malformed("An object beneath the credential has the credential's own id and says more of it.", path)
        before = said.setdefault(name, {})
        for member, value in node.items():
            if member not in _MAY_DIFFER and before.setdefault(member, value) != value:
                yield _malformed(
                    sentence(
                        "Two objects of the id {name} say different things ({member}).", name=name[:120], member=member
                    ),
                    (*path, member),
                )


def _objects(document: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every object, but none within `@context`, in the order of the document."""
    waiting: list[tuple[Path, Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        inner: list[tuple[Path, Any]] = []
        if isinstance(value, dict):
            yield path, value
            inner = [((*path, name), member) for name, member in value.items() if isinstance(member, dict | list)]
            inner = [(there, member) for there, member in inner if there[-1] != "@context"]
        elif isinstance(value, list):
            inner = [((*path, position), item) for position, item in enumerate(value) if isinstance(item, dict | list)]
        waiting.extend(reversed(inner))


def _context(value: Any, path: Path) -> Iterator[Problem]:
    """`@context` holds URLs of known contexts, in an array (or, beneath the top, a single one)."""
    entries = value if isinstance(value, list) else [value]
    for position, entry in enumerate(entries):
        here = (*path, position) if isinstance(value, list) else path
        if not isinstance(entry, str):
            yield _malformed("A context is written inline; only the URLs of published contexts are accepted.", here)
        elif entry not in contexts.known():
            yield Problem(
                UNKNOWN_CONTEXT,
                "Unknown context",
                sentence(
                    "The context {entry} is not among those this software knows, so what its terms mean "
                    "cannot be determined.",
                    entry=entry[:200],
                ),
                pointer(*here),
            )
    names = [entry for entry in entries if isinstance(entry, str)]
    if not entries or len(entries) > _MAX_CONTEXTS or len(set(names)) != len(names):
        yield _malformed(
            sentence("The @context must name one to {max_contexts} contexts, each once.", max_contexts=_MAX_CONTEXTS),
            path,
        )


def _name(name: str, path: Path) -> Problem:
    if name.startswith("@"):
        detail = sentence(
            "The JSON-LD keyword {name} is used as a member name; its alias or plain form is required.", name=name[:60]
        )
    elif ":" in name:
        detail = sentence(
            "The member “{name}” is named by an IRI; the term of the context is required.", name=name[:60]
        )
    else:
        detail = sentence("The member name “{name}” is not a term of any context.", name=name[:60])
    return Problem(UNSIGNED_TERM, "Not in closed form", detail, pointer(*path))


def _malformed(detail: str, path: Path) -> Problem:
    return Problem(MALFORMED_VALUE_ERROR, "Not in closed form", detail, pointer(*path))
