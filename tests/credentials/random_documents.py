"""Random documents in the vocabulary of the contexts: most of them canonicalizable, some of them hostile."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from credentials import contexts
from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS


def _definitions(url: str) -> dict[str, Any]:
    found: dict[str, Any] = contexts.load(url)["@context"]
    return found


def _collect() -> tuple[dict[str, list[str]], list[str], frozenset[str]]:
    """The terms of each type, those of every type, and those whose values are identifiers."""
    by_type: dict[str, list[str]] = {}
    everywhere: set[str] = set()
    identifiers: set[str] = set()
    for name, definition in {**_definitions(CREDENTIALS_V2), **_definitions(OPEN_BADGES_3_0_3)}.items():
        scoped = definition.get("@context", {}) if isinstance(definition, dict) else {}
        if name[0].isupper():
            by_type[name] = [term for term in scoped if term[0] != "@"]
        elif isinstance(definition, dict):
            everywhere.add(name)
        for term, inner in {name: definition, **scoped}.items():
            if isinstance(inner, dict) and inner.get("@type") == "@id":
                identifiers.add(term)
    return by_type, sorted(everywhere - {"id", "type"}), frozenset(identifiers)


TERMS, EVERYWHERE, IDENTIFIERS = _collect()
TYPES = sorted(TERMS)
DRAWN = [*TYPES, *["ResultDescription"] * 4]  # the only type with an ordered list
LISTS = [[CREDENTIALS_V2, OPEN_BADGES_3_0_3], [CREDENTIALS_V2, OPEN_BADGES_3_0_2], [CREDENTIALS_V2]]
LISTS += [[CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS], [OPEN_BADGES_3_0_3, CREDENTIALS_V2]]

PIECES = ["", "a b", "true", "0", "https://e.example/1", "urn:x", '"', "\\", "\n", "\r\t\x00\x7f", "é", "\u2028"]
PIECES += ["\U0001f600", "\ufffe\uffff", "@id", "_:b", "type", "assertionMethod"]
IRIS = ["urn:x:1", "urn:x:2", "did:web:a.example#k", "https://e.example/é", "https://e.example/?a=1#b"]
ODD_IRIS = ["relative", "_:b", "a:", "https://e.example/a b", "xsd:string", "ext:x", "urn:\xa0x", "@id"]
NUMBERS = [0, 7, -1, 0.0, -0.0, 1.0, 2**53 - 1, 2.0**53 - 1, 0.1, 1e-7, 5e-324]
ODD_NUMBERS = [2**53, -(2**53), 2.0**53, 1e21, 1e300, 10**30]
ODD_NAMES = ["unknown", "@id", "@type", "@index", "@graph", "@language", "https://e.example/p", "xsd:p", "", "proof"]
ODD_VALUES: list[Any] = [None, {}, [], [[]], [["a"], "b"], {"@value": "x"}, {"@set": ["x"]}, {"@list": []}, [None]]
ODD_TYPES: list[Any] = [None, [], "Unknown", "urn:x:type", ["Profile", 5], {}, [[]], "@json", True]
ODD_CONTEXTS: list[Any] = [*LISTS, CREDENTIALS_V2, None, [], {}, [{"x": "urn:x"}], "urn:x"]


def documents(*, hostile: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Documents over known contexts.

    Grown from a seed, because hypothesis takes longer over the choices of one document than both roads over it.
    """
    return st.integers(0, 2**63).map(lambda seed: _document(Random(seed), hostile))  # noqa: S311


def _document(chance: Random, hostile: bool) -> dict[str, Any]:
    node = _node(chance, 0, hostile, ["VerifiableCredential"], [])
    return {**node, "@context": chance.choice(LISTS[:1] * 20 + LISTS)}


def _node(chance: Random, depth: int, hostile: bool, types: list[str], outer: list[str]) -> dict[str, Any]:
    """A node object with terms of its types, rarely of the object around it, and sometimes what does not belong."""
    types = types + chance.choices(DRAWN, k=chance.choice([0, 1, 1, 2]))
    node: dict[str, Any] = {}
    if chance.random() < 0.7:
        node["id"] = chance.choice(ODD_IRIS if hostile and chance.random() < 0.1 else IRIS)
    if types:
        node["type"] = types if len(types) > 1 or chance.random() < 0.5 else types[0]
    own = [name for type_ in types for name in TERMS[type_]]
    foreign = outer if chance.random() < 0.1 else []
    for name in chance.choices([*own, *own, *foreign, *EVERYWHERE], k=chance.randrange(6)):
        if name not in ("id", "type"):
            node[name] = _values(chance, name, depth, hostile, own)
    if hostile and chance.random() < 0.08:
        node[chance.choice(ODD_NAMES)] = chance.choice([_text(chance), *ODD_VALUES])
    if hostile and chance.random() < 0.05:
        node["type"] = chance.choice(ODD_TYPES)
    if hostile and chance.random() < 0.05:
        node["@context"] = chance.choice(ODD_CONTEXTS)
    members = [*node.items()]
    chance.shuffle(members)
    return dict(members)


def _values(chance: Random, name: str, depth: int, hostile: bool, outer: list[str]) -> Any:
    """A value of a term, or an array of some; equal ones and objects of one id are likely."""
    found = [_value(chance, name, depth, hostile, outer) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
    if chance.random() < 0.25:
        found.append(found[0])
    return found if len(found) > 1 or chance.random() < 0.5 else found[0]


def _value(chance: Random, name: str, depth: int, hostile: bool, outer: list[str]) -> Any:
    if hostile and chance.random() < 0.05:
        return chance.choice([*ODD_VALUES, *ODD_NUMBERS, *ODD_IRIS])
    if depth < 4 and chance.random() < 0.35:
        return _node(chance, depth + 1, hostile, [], outer)
    if name in IDENTIFIERS and chance.random() < 0.9:
        return chance.choice(IRIS)
    kind = chance.random()
    if kind < 0.7:
        return _text(chance)
    return chance.choice([True, False, chance.uniform(-1e9, 1e9), chance.randrange(-(10**6), 10**6), *NUMBERS])


def _text(chance: Random) -> str:
    if chance.random() < 0.6:
        return "".join(chance.choices(PIECES, k=chance.choice([1, 1, 2])))
    limit = chance.choice([0x80, 0x800, 0x10000, 0x110000])
    points = [chance.randrange(limit) for _ in range(chance.randrange(7))]
    return "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000)
