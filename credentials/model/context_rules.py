"""The order of the contexts, which every processor must check (VCDM 2.0, section 4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS
from credentials.model.findings import describe, malformed
from credentials.model.json_walk import ARRAY, objects_or_object
from credentials.problems import UNSIGNED_TERM, Problem
from credentials.sentence import sentence

_OPEN_BADGES = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json", re.ASCII)
_TYPES_OF_THE_EXTENSIONS = (
    "1EdTechRevocationList",
    "1EdTechCredentialRefresh",
    "1EdTechJsonSchemaValidator2019",
)
_USUAL = [CREDENTIALS_V2, OPEN_BADGES_3_0_3]
_TITLE = "Contexts in the wrong order"


def _contexts(node: Mapping[str, Any]) -> Sequence[Any]:
    contexts = node.get("@context")
    return contexts if isinstance(contexts, ARRAY) else ()


def first_context(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """The first context is that of VCDM 2.0. An absent or wrongly made list is the classes' finding."""
    contexts = _contexts(node)
    if contexts and contexts[0] != CREDENTIALS_V2:
        detail = sentence(
            "The first context is {contexts}; it must be {credentials_v2}.",
            contexts=describe(contexts[0]),
            credentials_v2=CREDENTIALS_V2,
        )
        yield malformed(_TITLE, detail, f"{at}/@context/0")


def open_badges_contexts(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """First the context of VCDM 2.0, then one of Open Badges 3.0."""
    contexts = _contexts(node)
    if [*contexts[:2]] == _USUAL:
        return
    yield from first_context(node, at)
    if len(contexts) == 1:
        yield malformed(
            _TITLE,
            sentence(
                "The second context is missing; it must be {open_badges_3_0_3}.", open_badges_3_0_3=OPEN_BADGES_3_0_3
            ),
            f"{at}/@context",
        )
    elif contexts and not (isinstance(contexts[1], str) and _OPEN_BADGES.fullmatch(contexts[1])):
        detail = sentence(
            "The second context is {contexts}; it must be {open_badges_3_0_3}.",
            contexts=describe(contexts[1]),
            open_badges_3_0_3=OPEN_BADGES_3_0_3,
        )
        yield malformed(_TITLE, detail, f"{at}/@context/1")


def older_open_badges_contexts(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Behind the context of VCDM 1.1, which is why it is asked, comes one of Open Badges 3.0."""
    contexts = _contexts(node)
    second = contexts[1] if len(contexts) > 1 else None
    if not (isinstance(second, str) and _OPEN_BADGES.fullmatch(second)):
        detail = sentence("The second context is {found}; it must be one of Open Badges 3.0.", found=describe(second))
        yield malformed(_TITLE, detail, f"{at}/@context/1" if len(contexts) > 1 else f"{at}/@context")


def contexts_to_issue(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Issued are version 3.0.3 only, and the extensions' context where its types are used."""
    contexts = _contexts(node)
    second = contexts[1] if len(contexts) > 1 else None
    if isinstance(second, str) and _OPEN_BADGES.fullmatch(second) and second != OPEN_BADGES_3_0_3:
        detail = sentence(
            "The second context is the superseded {second}; issue with {open_badges_3_0_3}.",
            second=second,
            open_badges_3_0_3=OPEN_BADGES_3_0_3,
        )
        yield malformed("Superseded context", detail, f"{at}/@context/1")
    if OPEN_BADGES_EXTENSIONS in contexts:
        return
    for name in ("credentialStatus", "credentialSchema", "refreshService"):
        for place, item in objects_or_object(node, name, at) if name in node else ():
            if item.get("type") in _TYPES_OF_THE_EXTENSIONS:
                detail = sentence(
                    "The type {item} is defined by {open_badges_extensions} only; add it as a further "
                    "context, or the type is not signed.",
                    item=item["type"],
                    open_badges_extensions=OPEN_BADGES_EXTENSIONS,
                )
                yield Problem(UNSIGNED_TERM, "Type without a context", detail, f"{place}/type")
