"""The walk: a document once through, from its members straight to N-Quads (JSON-LD 1.1 API, sections 5 and 8).

A quad is kept as its tail, what follows the subject in its line, with its subject. Only quads that lead to an object
without an id wait, for the name of its blank node.
"""

from __future__ import annotations

from typing import Any

from credentials import closed_form, rdf
from credentials.bounds import Bounds
from credentials.contexts import WITH_PREFIXES
from credentials.direct.aside import Aside
from credentials.direct.parts import Part
from credentials.direct.states import Automaton, Local, Node, Nodes, State, Types
from credentials.direct.terms import KEYWORD, LINK, LIST, TEXT, IriTest, Meaning, Term, name_of, of_item
from credentials.rdfc import Hash

_REST = f" {rdf.REST} "
_escape = rdf.escape
_ABSENT = object()
_NO_TYPES: Types = ()


class Blank:
    """An object without an id. Documents are trees, so no more than one quad leads to it: from `above`, by `lead`.

    When its walk is over it does not change any more, but for `hashed`, what it was last hashed to and by which hash.
    """

    __slots__ = ("above", "hashed", "lead", "leads", "tails")

    def __init__(self, tails: list[str]) -> None:
        self.tails = tails
        self.above: str | Blank | None = None
        self.lead = ""
        self.leads: list[str] = []
        """How the quads from here to other blank nodes begin."""
        self.hashed: tuple[Hash, str] | None = None


class Walk:
    """One walk through one document. Raises `Aside` wherever it is not certain to find what the slow road finds."""

    __slots__ = (
        "_automaton",
        "_bounds",
        "_contexts",
        "_deepest",
        "_in_order",
        "blanks",
        "has_only_texts",
        "in_closed_form",
        "named",
        "values",
    )

    def __init__(self, automaton: Automaton, bounds: Bounds, *, in_order: bool = False) -> None:
        self._automaton = automaton
        self._bounds = bounds
        self._deepest = bounds.depth - 2
        """Of an object: its members are one step deeper, and the items of an array two."""
        self._in_order = in_order
        self._contexts = 0
        self.values = 1
        self.named: dict[str, list[str]] = {}
        self.blanks: list[Blank] = []
        self.in_closed_form = True
        """False where the document might not be in closed form (`credentials.closed_form`): that has to look then."""
        self.has_only_texts = True
        """False where it holds a number or an empty array."""

    def document(self, document: dict[str, Any]) -> None:
        """Fills `named` and `blanks` with the tails of all subjects, except of the quads that lead to blank nodes."""
        key = self._types(document)
        self.in_closed_form = isinstance(key, Local) and closed_form.has_plain_contexts(key.contexts)
        self._node(document, self._automaton.beginning[key], 0)
        if self.values > self._bounds.values:
            raise Aside

    def _node(self, members: dict[str, Any], node: Node, depth: int) -> str | Blank:
        """The subject whose quads the members have become."""
        state, types, has_plain_types = node
        if not has_plain_types:
            self.in_closed_form = False
        self.values += len(members)
        if self.values > self._bounds.values or depth > self._deepest:
            raise Aside
        subject, tails = self._subject(members.get("id", _ABSENT), state, types)
        terms = state.terms
        for name, value in members.items():
            term = kind, start, end, is_iri, _ = terms[name]
            if value.__class__ is str:
                if kind == TEXT:
                    plain = value.isprintable() and '"' not in value and "\\" not in value
                    tails.append(f"{start}{value if plain else _escape(value)}{end}")
                    continue
                if kind == LINK and is_iri(value):
                    tails.append(f"{start}{value}{end}")
                    continue
            if kind != KEYWORD:
                self._member(term, value, subject, tails, depth + 1)
        if self._in_order and len({terms[name].meaning.lead for name in members}) != len(members):
            raise Aside
        return subject

    def _subject(self, identifier: Any, state: State, types: tuple[str, ...]) -> tuple[str | Blank, list[str]]:
        """What names the object, and the list of its tails. Objects of one id are one node."""
        if identifier is _ABSENT:
            blank = self._blank([*types])
            return blank, blank.tails
        if identifier.__class__ is not str or not state.is_iri(identifier):
            raise Aside
        name = f"<{identifier}>"
        tails = self.named.get(name)
        if tails is None:
            tails = self.named[name] = [*types]
        else:
            self.in_closed_form = False  # perhaps: the two may differ, or one hold what belongs to the other
            tails += types
        return name, tails

    def _types(self, members: dict[str, Any]) -> Types | Local:
        """The object's types, and its contexts if it has its own: what its state depends on."""
        types: Any = members.get("type", _NO_TYPES)
        if types.__class__ is list:
            self.values += len(types)
            if not types:
                self.has_only_texts = False
            types = tuple(types)
            for name in types:
                if name.__class__ is not str:
                    raise Aside
        elif types.__class__ is not str and types is not _NO_TYPES:
            raise Aside
        return Local(self._local(members["@context"]), types) if "@context" in members else types

    def _part(self, value: dict[str, Any], nodes: Nodes, depth: int) -> str | Blank:
        """The subject of an object that may occur in other documents as well (see `credentials.direct.parts`)."""
        parts, room = self._automaton.parts, self._bounds.depth - depth
        key = None if self._in_order else parts.key(nodes, value)
        if key is None:
            return self._node(value, nodes[self._types(value)], depth)
        part = parts.get(key, room)
        if part is not None:
            return self._add(part)
        if parts.meet(key):
            alone = Walk(self._automaton, self._bounds)
            subject = alone._node(value, nodes[alone._types(value)], depth)
            if isinstance(subject, str) and alone.in_closed_form and alone.has_only_texts:
                parts.keep(key, alone, subject, room)
        return self._node(value, nodes[self._types(value)], depth)

    def _add(self, part: Part) -> str:
        """The part's quads, as if they had been made by this walk."""
        self.values += part.values - 1
        self.blanks += part.blanks
        if self.values > self._bounds.values or len(self.blanks) > self._bounds.blank_nodes:
            raise Aside
        for name, tails in part.named.items():
            others = self.named.get(name)
            if others is not None:
                self.in_closed_form = False
                others += tails
            else:
                self.named[name] = [*tails]
        return part.subject

    def _local(self, named: Any) -> tuple[str, ...]:
        contexts = tuple(named) if named.__class__ is list else (named,)
        self.values += len(contexts)
        self._contexts += len(contexts)
        self.in_closed_form = False  # perhaps: beneath the top only credentials may have contexts
        if not contexts or self._contexts > self._bounds.contexts or any(url.__class__ is not str for url in contexts):
            raise Aside
        if not WITH_PREFIXES.isdisjoint(contexts):  # values may be compact IRIs: this road is not proven for them
            raise Aside
        return contexts

    def _member(self, term: Term, value: Any, subject: str | Blank, tails: list[str], depth: int) -> None:
        """The quads of a term's value, or of each value in an array."""
        values = value if value.__class__ is list else (value,)
        if values is value:
            self.values += len(values)
            depth += 1
            if not values:
                self.has_only_texts = False
            if self.values > self._bounds.values:
                raise Aside
        kind, _, _, is_iri, meaning = term
        if kind == LIST:
            self._list(term, values, subject, tails, depth)
            return
        lead = meaning.lead
        for item in values:
            if item.__class__ is not dict:
                if item.__class__ is not str and item.__class__ is not bool:
                    self.has_only_texts = False
                tails.append(f"{lead}{_scalar(kind, meaning, is_iri, item)} .\n")
            elif len(item) == 1 and "id" in item:
                tails.append(f"{lead}{self._reference(item['id'], meaning, depth)} .\n")
            else:
                nodes = meaning.nodes
                recurs = nodes.recurs
                object_ = (
                    self._part(item, nodes, depth) if recurs else self._node(item, nodes[self._types(item)], depth)
                )
                _link(subject, tails, lead, object_)

    def _reference(self, identifier: Any, meaning: Meaning, depth: int) -> str:
        """An object that has an id and nothing else; the id is one step deeper."""
        self.values += 1
        if depth >= self._bounds.depth:
            raise Aside
        if identifier.__class__ is not str or not meaning.is_reference(identifier):
            raise Aside
        return f"<{identifier}>"

    def _list(self, term: Term, values: Any, subject: str | Blank, tails: list[str], depth: int) -> None:
        """The cells of an ordered list (section 8.3.2), made from its end as the slow road makes them."""
        item = of_item(term)
        rest: str | Blank = rdf.NIL
        for value in reversed(values):
            if value.__class__ is list:
                raise Aside
            cell = self._blank([])
            self._member(item, value, cell, cell.tails, depth)
            _link(cell, cell.tails, _REST, rest)
            rest = cell
        _link(subject, tails, term.meaning.lead, rest)

    def _blank(self, tails: list[str]) -> Blank:
        blank = Blank(tails)
        self.blanks.append(blank)
        if len(self.blanks) > self._bounds.blank_nodes:
            raise Aside
        return blank


def _link(subject: str | Blank, tails: list[str], lead: str, object_: str | Blank) -> None:
    if isinstance(object_, str):
        tails.append(f"{lead}{object_} .\n")
        return
    object_.above, object_.lead = subject, lead
    if isinstance(subject, Blank):
        subject.leads.append(lead)


def _scalar(kind: int, meaning: Meaning, is_iri: IriTest, value: Any) -> str:
    """A string, number or truth value as the object of a quad."""
    if value.__class__ is not str:
        return _number(value, meaning.datatype)
    if kind == TEXT:
        return rdf.literal(value, meaning.datatype or rdf.XSD_STRING)
    if kind != LINK:
        return name_of(meaning.names, value, is_iri)
    if not is_iri(value):
        raise Aside
    return f"<{value}>"


def _number(value: Any, datatype: str | None) -> str:
    """A number or truth value, as ECMAScript would read it (3.0 is 3); steps aside for the extremes."""
    if value.__class__ not in (bool, int, float) or not abs(value) < 2**53:
        raise Aside
    if value.__class__ is float and value.is_integer():
        value = int(value)
    text, natural = rdf.lexical(value, datatype)
    return rdf.literal(text, datatype or natural)
