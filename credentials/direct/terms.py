"""What a term does with its values, read once out of PyLD's definition of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from credentials import closed_form, rdf
from credentials.direct.aside import Aside
from credentials.direct.definitions import ActiveContext, definition, prefixes, require_plain

if TYPE_CHECKING:
    from credentials.direct.active_contexts import ContextProcessor
    from credentials.direct.states import Nodes

IriTest = Callable[[str], object]

# Small integers and not an Enum: they are compared for every member of every document.
KEYWORD, TEXT, LINK, NAME, LIST = range(5)

_UNDERSTOOD = frozenset(
    {"@id", "@type", "@container", "@context", "reverse", "protected", "_prefix", "_term_has_colon"}
)
_CONTAINERS = frozenset({"@set", "@list"})


def _nowhere() -> Nodes:
    """Of keywords: there is nothing to walk beneath them."""
    return cast("Nodes", {})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is needed of a term for arrays, numbers and objects; `lead` is the predicate, as a line has it."""

    lead: str
    item: int = KEYWORD
    datatype: str | None = None
    names: ActiveContext | None = None
    is_reference: IriTest = bool
    nodes: Nodes = field(default_factory=_nowhere)


class Term(NamedTuple):
    """A term in a state: what stands before a string in the tail of its quad, and after it.

    `kind` is TEXT for literals, LINK for IRIs, NAME for terms of a vocabulary, LIST for ordered values of the kind
    `meaning.item`, and KEYWORD for members that are no property.
    """

    kind: int
    start: str
    end: str
    is_iri: IriTest
    meaning: Meaning


KEYWORDS = {name: Term(KEYWORD, "", "", bool, Meaning(name)) for name in ("id", "type", "@context")}


def learn(processor: ContextProcessor, context: ActiveContext, name: str, nodes: Nodes) -> Term:
    """The term's meaning in the context; `nodes` are the states of the objects beneath it.

    Steps aside for a name that is not defined, and for definitions beyond the proven ones: maps by language, index,
    id or type, graphs, reverse properties, JSON literals, languages of their own.
    """
    own = definition(context, name)
    inner = processor.of_property(context, name)
    containers = own.get("@container") or ()
    if (
        not closed_form.is_term(name)
        or not own.keys() <= _UNDERSTOOD
        or own["reverse"]
        or definition(inner, name) != own
    ):
        raise Aside
    if not _CONTAINERS.issuperset([containers] if isinstance(containers, str) else containers):
        raise Aside
    kind, datatype = _kind(own.get("@type"))
    reference = reference_prefixes(processor, context, name)
    return made(
        LIST if "@list" in containers else kind,
        Meaning(f" {iri_term(own.get('@id'))} ", kind, datatype, inner, is_reference(reference), nodes),
        prefixes(inner),
    )


def made(kind: int, meaning: Meaning, names: frozenset[str]) -> Term:
    """The term of a meaning; `names` are the prefixes that hold for its values."""
    lead = meaning.lead
    start, end = (f"{lead}<", "> .\n") if meaning.item == LINK else (f'{lead}"', _end(meaning.datatype))
    return Term(kind, start, end, without_prefixes(names), meaning)


def of_item(term: Term) -> Term:
    """The term of an ordered list, as it is for one cell of it: its predicate is `rdf:first`."""
    return term._replace(kind=term.meaning.item, meaning=replace(term.meaning, lead=f" {rdf.FIRST} "))


def iri_term(iri: Any) -> str:
    """The IRI as N-Quads writes it; steps aside for what is none."""
    if not isinstance(iri, str) or not rdf.ABSOLUTE_IRI.fullmatch(iri):
        raise Aside
    return f"<{iri}>"


@cache
def without_prefixes(names: frozenset[str]) -> IriTest:
    """A test for absolute IRIs that no prefix of the context could expand."""
    compact = "|".join(re.escape(name) for name in sorted(names))
    return re.compile((f"(?!(?:{compact}):)" if names else "") + rdf.ABSOLUTE_IRI.pattern).fullmatch


def name_of(names: Mapping[str, Any] | None, value: str, is_iri: IriTest) -> str:
    """The IRI of a value of type `@vocab`: a term's, or an absolute one."""
    if names is not None and value in names["mappings"]:
        return iri_term(definition(names, value).get("@id"))
    if not is_iri(value):
        raise Aside
    return f"<{value}>"


def _kind(type_: str | None) -> tuple[int, str | None]:
    if type_ == "@id":
        return LINK, None
    if type_ == "@vocab":
        return NAME, None
    if type_ in (None, "@none"):
        return TEXT, None
    iri_term(type_)
    return TEXT, type_


def _end(datatype: str | None) -> str:
    return '" .\n' if datatype in (None, rdf.XSD_STRING) else f'"^^<{datatype}> .\n'


def reference_prefixes(processor: ContextProcessor, context: ActiveContext, name: str) -> frozenset[str] | None:
    """The prefixes where an object says nothing but its id; None where `id` may mean something else there."""
    reference = processor.of_reference(context, name)
    try:
        require_plain(processor.of_property(context, name))
        require_plain(reference)
    except Aside:
        return None
    return prefixes(reference)


def is_reference(names: frozenset[str] | None) -> IriTest:
    """The test for the id of an object that says nothing else; without prefixes to look out for, none passes."""
    return _never if names is None else without_prefixes(names)


def _never(_text: str) -> None:
    return None
