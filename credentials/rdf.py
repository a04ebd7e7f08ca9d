"""Expanded JSON-LD to RDF quads (JSON-LD 1.1 API, sections 8.1 to 8.3), refusing what would get lost.

The standard's algorithm drops relative IRIs without a word. Here they are problems, because whatever is dropped is not
signed; for the same reason text directions become part of their literals. One walk over the tree, linear in its size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import rfc8785

from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    TOO_COMPLEX,
    UNSIGNED_TERM,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.rdfc import Quad
from credentials.sentence import sentence

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
XSD_STRING = f"{_XSD}string"
TYPE, FIRST, REST, NIL = (f"<{_RDF}{name}>" for name in ("type", "first", "rest", "nil"))

# An IRI as N-Quads can hold it. Most are ASCII, which is matched apart because that is quicker; possessive (`++`),
# because giving back characters could only ever take time.
_IN_IRI = r"[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]"
ABSOLUTE_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*+:{_IN_IRI}[!#-;=?-\[\]_a-z~]*+{_IN_IRI}*+")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

# Section 5 of RDFC-1.0, "Canonical N-Quads": these are escaped and nothing else is.
_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)} | {
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}


def to_quads(expanded: list[dict[str, Any]], *, max_blank_nodes: int, lost: Iterable[Problem] = ()) -> list[Quad]:
    """The dataset of an expanded document, each term in canonical N-Quads form, blank nodes named `_:1` and on.

    Raises `Unacceptable` with every identifier, type or value that RDF cannot keep, and with what was `lost` on
    the way here, or when there are more than `max_blank_nodes` objects without an id.
    """
    walk = _Walk(max_blank_nodes)
    walk.problems.extend(lost)
    for node in expanded:
        walk.node(node, "")
    if walk.problems:
        raise Unacceptable(dict.fromkeys(walk.problems))
    return walk.quads


class _Walk:
    def __init__(self, max_blank_nodes: int) -> None:
        self.quads: list[Quad] = []
        self.problems: list[Problem] = []
        self._blank_nodes = 0
        self._max_blank_nodes = max_blank_nodes

    def node(self, node: dict[str, Any], graph: str) -> str:
        """Emits the quads of a node object into the graph and returns the term that names it."""
        subject = self._iri(node["@id"]) if "@id" in node else self._blank()
        for name, values in node.items():
            if name == "@type":
                for type_ in values:
                    self.quads.append(Quad(subject, TYPE, self._type(type_), graph))
            elif name == "@graph":
                for inner in values:
                    self.node(inner, subject)
            elif name.startswith("@"):
                if name != "@id":
                    self._unsigned(f"The JSON-LD keyword {name} cannot be used here.")
            else:
                predicate = self._iri(name)
                for value in values:
                    self.quads.append(Quad(subject, predicate, self._value(value, graph), graph))
        return subject

    def _value(self, value: dict[str, Any], graph: str) -> str:
        if "@value" in value:
            return self._literal(value)
        if "@list" in value:
            return self._list(value["@list"], graph)
        return self.node(value, graph)

    def _list(self, values: list[dict[str, Any]], graph: str) -> str:
        head = NIL
        for value in reversed(values):
            cell = self._blank()
            self.quads.append(Quad(cell, FIRST, self._value(value, graph), graph))
            self.quads.append(Quad(cell, REST, head, graph))
            head = cell
        return head

    def _literal(self, value: dict[str, Any]) -> str:
        if "@index" in value:
            self._unsigned("An index is given, which no signature would cover.")
        datatype = value.get("@type")
        text, natural = lexical(value["@value"], datatype)
        if "@language" in value and not LANGUAGE_TAG.fullmatch(value["@language"]):
            self._malformed(sentence("“{value}” is not a language tag.", value=value["@language"][:40]))
        if "@direction" in value:
            # JSON-LD 1.1 API, section 8.3, rdfDirection “i18n-datatype”, as Digital Bazaar's suites have it
            tag = f"{value.get('@language', '').lower()}_{value['@direction']}"
            return literal(text, f"https://www.w3.org/ns/i18n#{tag}")
        if "@language" in value:
            return f'"{escape(text)}"@{value["@language"]}'
        datatype = natural if datatype in (None, "@json") else datatype
        self._iri(datatype)
        return literal(text, datatype)

    def _blank(self) -> str:
        self._blank_nodes += 1
        if self._blank_nodes > self._max_blank_nodes:
            raise refuse(
                TOO_COMPLEX,
                "Too many parts without an id",
                sentence(
                    "The document holds more than {max_blank_nodes} objects without an id.",
                    max_blank_nodes=self._max_blank_nodes,
                ),
            )
        return f"_:{self._blank_nodes}"

    def _iri(self, iri: Any) -> str:
        if not isinstance(iri, str) or not ABSOLUTE_IRI.fullmatch(iri):
            self._malformed(
                sentence(
                    "“{iri}” stands where an absolute IRI is required, so no signature would cover it.",
                    iri=str(iri)[:120],
                )
            )
        return f"<{iri}>"

    def _type(self, type_: Any) -> str:
        if not isinstance(type_, str) or not ABSOLUTE_IRI.fullmatch(type_):
            self._unsigned(
                f"The type “{str(type_)[:80]}” is defined by none of the document's contexts, so no signature "
                "would cover it.",
                "Undefined type",
            )
        return f"<{type_}>"

    def _malformed(self, detail: str) -> None:
        self.problems.append(Problem(MALFORMED_VALUE_ERROR, "Not an absolute identifier", detail))

    def _unsigned(self, detail: str, title: str = "Not in closed form") -> None:
        self.problems.append(Problem(UNSIGNED_TERM, title, detail))


def literal(text: str, datatype: str) -> str:
    """The literal as canonical N-Quads writes it; the datatype is an IRI."""
    return f'"{escape(text)}"' if datatype == XSD_STRING else f'"{escape(text)}"^^<{datatype}>'


def escape(text: str) -> str:
    """The text with canonical N-Quads' escapes."""
    return text.translate(_ESCAPES)


def lexical(value: Any, datatype: str | None) -> tuple[str, str]:
    """The lexical form of a JSON value and the datatype it has by nature (section 8.2.2)."""
    if datatype == "@json":
        return rfc8785.dumps(value).decode(), f"{_RDF}JSON"
    if isinstance(value, bool):
        return ("true" if value else "false"), f"{_XSD}boolean"
    if isinstance(value, str):
        return value, XSD_STRING
    if isinstance(value, int) and datatype != f"{_XSD}double":
        return str(value), f"{_XSD}integer"
    return _double(float(value)), f"{_XSD}double"


def _double(value: float) -> str:
    """The canonical lexical form of xsd:double with 15 fraction digits, as every JSON-LD processor writes it."""
    mantissa, exponent = f"{value:.15e}".split("e")
    digits = mantissa.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"
