"""The closed form: one JSON document per RDF dataset, checked before a signature is believed.

JSON-LD lets one dataset be written as many documents: under full IRIs, compact IRIs, value objects, `@graph`,
`@included`, `@index`, inline or reordered contexts, nulls. A signature over the dataset holds for all of them,
yet a program that reads `document["validUntil"]` sees something else in each. Documents are therefore accepted
only in the form that Open Badges 3.0 and VCDM 2.0 examples use: terms as member names, known contexts by URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from credentials import contexts
from credentials.problems import MALFORMED_VALUE_ERROR, UNKNOWN_CONTEXT, UNSIGNED_TERM, Problem, pointer

_TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")

# What an object may say that only points to another: an endorsement points to what it endorses.
_OF_A_POINTER = frozenset({"id", "type", "endorsementComment"})

Path = tuple[str | int, ...]


def check(document: Any) -> tuple[Problem, ...]:
    """Every place where the document leaves the closed form; empty for one that keeps to it.

    The answer is about form only: it says nothing of the data model or of the proof. Nothing in a document that
    passes can mean one thing to a JSON reader and another to a JSON-LD processor, provided that no term is
    undefined (which `canonical.canonicalize` finds).
    """
    if not isinstance(document, dict):
        return (_malformed("The document is not a JSON object.", ()),)
    problems = [*_walk(document, ()), *_second_homes(document)]
    if "@context" not in document:
        problems.insert(0, _malformed("The document has no @context.", ("@context",)))
    return tuple(problems)


def _walk(value: Any, path: Path) -> Iterator[Problem]:
    if isinstance(value, dict):
        for name, member in value.items():
            here = (*path, name)
            if name == "@context":
                yield from _context(member, here)
                if path and not _is_credential(value):
                    yield _malformed("Only a credential has contexts of its own.", here)
                continue
            if not _TERM.fullmatch(name):
                yield _name(name, here)
            yield from _walk(member, here)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            if isinstance(item, list):
                yield _malformed("An array stands directly inside an array, which JSON-LD flattens.", (*path, position))
            yield from _walk(item, (*path, position))
    elif value is None:
        yield _malformed("A value is null; a member without a value must be left out.", path)


def _is_credential(node: dict[str, Any]) -> bool:
    """Whether an object beneath the top is a credential, as endorsements and what a presentation holds are."""
    types = node.get("type")
    return "VerifiableCredential" in (types if isinstance(types, list) else [types])


def _second_homes(document: dict[str, Any]) -> Iterator[Problem]:
    """Places beneath the top where properties of the credential itself could stand.

    RDF merges objects of one id: what is true of the credential may be written in any object with its id, and would
    be missing where readers look for it (an expiry, a status). So another object with that id may only point to it.
    """
    own = document.get("id")
    if not isinstance(own, str):
        return
    for path, node in _objects(document, ()):
        if path and node.get("id") == own and not node.keys() <= _OF_A_POINTER:
            yield _malformed("An object beneath the credential has the credential's own id and says more of it.", path)


def _objects(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
        for name, member in value.items():
            if name != "@context":
                yield from _objects(member, (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _objects(item, (*path, position))


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
                f"The context {entry[:200]} is not among those this software knows, so what its terms mean "
                "cannot be determined.",
                pointer(*here),
            )
    if not entries:
        yield _malformed("The @context is empty.", path)


def _name(name: str, path: Path) -> Problem:
    if name.startswith("@"):
        detail = f"The JSON-LD keyword {name[:60]} is used as a member name; its alias or plain form is required."
    elif ":" in name:
        detail = f"The member “{name[:60]}” is named by an IRI; the term of the context is required."
    else:
        detail = f"The member name “{name[:60]}” is not a term of any context."
    return Problem(UNSIGNED_TERM, "Not in closed form", detail, pointer(*path))


def _malformed(detail: str, path: Path) -> Problem:
    return Problem(MALFORMED_VALUE_ERROR, "Not in closed form", detail, pointer(*path))
