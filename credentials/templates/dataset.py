"""The canonical N-Quads of a marked document, read back: its nodes, and what each line says with holes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from credentials.templates.fragments import Fragments, Splitter, joined
from credentials.templates.refusals import NoTemplate

LABEL = "_:c14n"
_ITSELF, _ANOTHER = "_:a", "_:z"


class Line(NamedTuple):
    """A quad of the default graph, each term as N-Quads writes it."""

    subject: str
    predicate: str
    object: str


Written = Callable[[str], Fragments]
"""How a term stands in a text."""


def lines_of(canonical: bytes) -> list[Line]:
    """The lines, in their order. Raises `NoTemplate` for quads of other graphs."""
    lines = []
    for text in canonical.decode().split("\n")[:-1]:
        subject, predicate, rest = text.split(" ", 2)
        object_ = rest.removesuffix(" .")
        if " " in object_[object_.rfind('"') + 1 :]:
            raise NoTemplate("the document holds more than one graph")
        lines.append(Line(subject, predicate, object_))
    return lines


def is_blank(term: str) -> bool:
    """Whether the term names a blank node."""
    return term.startswith("_:")


def blank_nodes(lines: Iterable[Line]) -> list[str]:
    """The blank nodes in the order of their canonical numbers."""
    found = {term for line in lines for term in (line.subject, line.object) if is_blank(term)}
    return sorted(found, key=lambda term: int(term.removeprefix(LABEL)))


def subjects(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each subject, in their order."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.subject, []).append(line)
    return found


def fragments_of(line: Line, write: Written) -> Fragments:
    """The line as a text with holes."""
    return joined([write(line.subject), (f" {line.predicate} ",), write(line.object), (" .\n",)])


def first_degree_lines(lines: Iterable[Line], node: str) -> list[Line]:
    """What RDFC-1.0 hashes for a blank node (section 4.6): every quad that names it, as seen from there, in order."""

    def seen(term: str) -> str:
        if not is_blank(term):
            return term
        return _ITSELF if term == node else _ANOTHER

    those = [line for line in lines if node in (line.subject, line.object)]
    renamed = [Line(seen(line.subject), line.predicate, seen(line.object)) for line in those]
    return sorted(renamed, key=lambda line: f"{line.subject} {line.predicate} {line.object} .\n")


def with_labels(splitter: Splitter, first: int) -> Written:
    """Terms with the slots as holes, and the numbers of blank nodes too: the values from `first` on."""

    def write(term: str) -> Fragments:
        if is_blank(term):
            return (LABEL, first + int(term.removeprefix(LABEL)), "")
        return splitter.split(term)

    return write
