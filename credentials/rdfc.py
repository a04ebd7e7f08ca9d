"""RDF Dataset Canonicalization (RDFC-1.0, W3C Recommendation of 21 May 2024), with bounded work.

A dataset comes in as quads of terms in canonical N-Quads form and leaves as canonical N-Quads. The names of
the functions follow the sections of the standard. A dataset made to be expensive ("poison graph", section 7.1)
ends with `Unacceptable` after a fixed amount of work instead of running for minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import permutations
from typing import NamedTuple

from credentials.problems import TOO_COMPLEX, refuse
from credentials.sentence import sentence

Hash = Callable[[bytes], "hashlib._Hash"]


class Quad(NamedTuple):
    """Subject, predicate, object and graph, each as N-Quads writes it; `graph` is empty for the default graph."""

    subject: str
    predicate: str
    object: str
    graph: str = ""


class Bounds(NamedTuple):
    """How often and how deep the N-degree step may recurse, and how many permutations it may try, for a dataset."""

    calls: int = 4_096
    permutations: int = 5_000
    depth: int = 100


_BOUNDS = Bounds()


def canonicalize(quads: Iterable[Quad], *, hash_: Hash = hashlib.sha256, bounds: Bounds = _BOUNDS) -> str:
    """The canonical N-Quads of the dataset (section 4.4.3): sorted lines, blank nodes named `_:c14n0` and on.

    Raises `Unacceptable` (too-complex) when telling its blank nodes apart takes more work than `bounds` allows.
    """
    dataset = frozenset(quads)
    names = canonical_identifiers(dataset, hash_=hash_, bounds=bounds)
    return "".join(sorted(line(quad, names.__getitem__) for quad in dataset))


def canonical_identifiers(
    dataset: frozenset[Quad], *, hash_: Hash = hashlib.sha256, bounds: Bounds = _BOUNDS
) -> dict[str, str]:
    """The canonical identifier of each blank node of the dataset (section 4.4.3, steps 2 to 5)."""
    return _Canonicalization(dataset, hash_, bounds).run()


def _is_blank(term: str) -> bool:
    return term.startswith("_:")


def line(quad: Quad, name: Callable[[str], str]) -> str:
    """The quad as canonical N-Quads writes it, with its line end; `name` gives the names of blank nodes, with `_:`."""
    subject, object_, graph = (
        name(term) if _is_blank(term) else term for term in (quad.subject, quad.object, quad.graph)
    )
    return f"{subject} {quad.predicate} {object_}{' ' if graph else ''}{graph} .\n"


class _IdentifierIssuer:
    """Section 4.5: hands out `prefix0`, `prefix1`, … and remembers the order."""

    __slots__ = ("issued", "prefix")

    def __init__(self, prefix: str, issued: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.issued = issued if issued is not None else {}

    def issue(self, node: str) -> str:
        return self.issued.setdefault(node, f"{self.prefix}{len(self.issued)}")

    def copy(self) -> _IdentifierIssuer:
        return _IdentifierIssuer(self.prefix, dict(self.issued))


class _Canonicalization:
    """Section 4.2: the state of one run."""

    def __init__(self, dataset: frozenset[Quad], hash_: Hash, bounds: Bounds) -> None:
        self._hash_of = hash_
        self.calls_left, self.permutations_left, self.depth_left = bounds
        self.canonical = _IdentifierIssuer("_:c14n")
        self.quads_of: dict[str, list[Quad]] = {}
        # In order, so that neither its result nor the work it takes depends on how this process hashes strings.
        for quad in sorted(dataset):
            for node in dict.fromkeys(filter(_is_blank, (quad.subject, quad.object, quad.graph))):
                self.quads_of.setdefault(node, []).append(quad)
        self.first_degree: dict[str, str] = {}

    def run(self) -> dict[str, str]:
        nodes_of: dict[str, list[str]] = {}
        for node in self.quads_of:
            digest = self.first_degree[node] = self._hash_first_degree_quads(node)
            nodes_of.setdefault(digest, []).append(node)
        ambiguous = []
        for digest in sorted(nodes_of):
            if len(nodes_of[digest]) == 1:
                self.canonical.issue(nodes_of[digest][0])
            else:
                ambiguous.append(nodes_of[digest])
        for nodes in ambiguous:
            self._tell_apart(nodes)
        return self.canonical.issued

    def _tell_apart(self, nodes: list[str]) -> None:
        """Section 4.4.3, step 5, for the blank nodes of one first-degree hash."""
        paths = []
        for node in nodes:
            if node not in self.canonical.issued:
                issuer = _IdentifierIssuer("_:b")
                issuer.issue(node)
                paths.append(self._hash_n_degree_quads(node, issuer))
        for _, issuer in sorted(paths, key=lambda path: path[0]):
            for node in issuer.issued:
                self.canonical.issue(node)

    def _hash(self, text: str) -> str:
        return self._hash_of(text.encode()).hexdigest()

    def _hash_first_degree_quads(self, node: str) -> str:
        """Section 4.6."""
        lines = [line(quad, lambda term: "_:a" if term == node else "_:z") for quad in self.quads_of[node]]
        return self._hash("".join(sorted(lines)))

    def _hash_related_blank_node(self, related: str, quad: Quad, issuer: _IdentifierIssuer, position: str) -> str:
        """Section 4.7."""
        name = self.canonical.issued.get(related) or issuer.issued.get(related) or self.first_degree[related]
        return self._hash(f"{position}{quad.predicate if position != 'g' else ''}{name}")

    def _related(self, node: str, issuer: _IdentifierIssuer) -> dict[str, list[str]]:
        """Section 4.8, steps 1 to 3: the neighbours of the node by the hash of how they are related to it."""
        neighbours: dict[str, list[str]] = {}
        for quad in self.quads_of[node]:
            for position, term in (("s", quad.subject), ("o", quad.object), ("g", quad.graph)):
                if _is_blank(term) and term != node:
                    digest = self._hash_related_blank_node(term, quad, issuer, position)
                    neighbours.setdefault(digest, []).append(term)
        return neighbours

    def _hash_n_degree_quads(self, node: str, issuer: _IdentifierIssuer) -> tuple[str, _IdentifierIssuer]:
        """Section 4.8."""
        self.calls_left -= 1
        self.depth_left -= 1
        if self.calls_left < 0 or self.depth_left < 0:
            raise _too_complex()
        to_hash = []
        neighbours = self._related(node, issuer)
        for digest in sorted(neighbours):
            path, issuer = self._shortest_path(neighbours[digest], issuer)
            to_hash += [digest, path]
        self.depth_left += 1
        return self._hash("".join(to_hash)), issuer

    def _shortest_path(self, nodes: list[str], issuer: _IdentifierIssuer) -> tuple[str, _IdentifierIssuer]:
        """Section 4.8, step 5: the least path over all orders of the nodes, and the issuer it leaves."""
        chosen: tuple[str, _IdentifierIssuer] | None = None
        for order in permutations(nodes):
            self.permutations_left -= 1
            if self.permutations_left < 0:
                raise _too_complex()
            found = self._path(order, issuer.copy(), chosen[0] if chosen else "")
            if found is not None and (chosen is None or found[0] < chosen[0]):
                chosen = found
        assert chosen is not None  # noqa: S101  (the first order always yields a path)
        return chosen

    def _path(
        self, order: tuple[str, ...], issuer: _IdentifierIssuer, best: str
    ) -> tuple[str, _IdentifierIssuer] | None:
        """One order's path, or None as soon as it cannot beat the best one."""
        path = ""
        unnamed = []
        for related in order:
            if related in self.canonical.issued:
                path += self.canonical.issued[related]
            else:
                if related not in issuer.issued:
                    unnamed.append(related)
                path += issuer.issue(related)
            if _cannot_win(path, best):
                return None
        for related in unnamed:
            digest, result = self._hash_n_degree_quads(related, issuer)
            path += f"{issuer.issue(related)}<{digest}>"
            issuer = result
            if _cannot_win(path, best):
                return None
        return path, issuer


def _cannot_win(path: str, best: str) -> bool:
    return bool(best) and len(path) >= len(best) and path > best


def _too_complex() -> Exception:
    return refuse(
        TOO_COMPLEX,
        "Too complex to canonicalize",
        sentence(
            "The document holds so many parts that look alike that telling them apart would take too "
            "long; give them ids or make them differ."
        ),
    )
