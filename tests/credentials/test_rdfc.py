"""RDFC-1.0: the standard's own test suite, a second implementation, and the end of poisoned graphs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.problems import TOO_COMPLEX, Unacceptable
from credentials.rdfc import Quad, canonical_identifiers, canonicalize
from tests.conftest import VECTORS, vectors
from tests.work import work_of_at_most


def _suite() -> list[Any]:
    manifest = VECTORS / "rdf-canon" / "manifest.jsonld"
    if not manifest.exists():
        return [pytest.param(None, id="rdf-canon")]
    return [pytest.param(entry, id=entry["id"].strip("#")) for entry in json.loads(manifest.read_text())["entries"]]


def _quads(path: Path) -> list[Quad]:
    return quads_of(path.read_text(encoding="utf-8"))


def quads_of(text: str) -> list[Quad]:
    return [_quad(quad) for quad in pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS)]


def _quad(quad: pyoxigraph.Quad) -> Quad:
    graph = "" if isinstance(quad.graph_name, pyoxigraph.DefaultGraph) else str(quad.graph_name)
    return Quad(str(quad.subject), str(quad.predicate), str(quad.object), graph)


@pytest.mark.vectors
@pytest.mark.parametrize("entry", _suite())
def test_the_standards_suite(entry: dict[str, Any] | None) -> None:
    folder = vectors("rdf-canon")
    assert entry is not None
    quads = _quads(folder / entry["action"])
    hash_ = hashlib.sha384 if entry.get("hashAlgorithm") == "SHA384" else hashlib.sha256
    if entry["type"].endswith("NegativeEvalTest"):
        with work_of_at_most(5):
            with pytest.raises(Unacceptable) as refusal:
                canonicalize(quads, hash_=hash_)
            assert refusal.value.problems[0].type == TOO_COMPLEX
    elif entry["type"].endswith("MapTest"):
        expected = json.loads((folder / entry["result"]).read_text())
        found = canonical_identifiers(frozenset(quads), hash_=hash_)
        assert {node[2:]: name[2:] for node, name in found.items()} == expected
    else:
        assert canonicalize(quads, hash_=hash_).encode() == (folder / entry["result"]).read_bytes()


TERMS = st.sampled_from(["_:a", "_:b", "_:c", "_:d", "_:e", "<urn:x>"])
QUADS = st.frozensets(
    st.builds(
        Quad,
        TERMS,
        st.sampled_from(["<urn:p>", "<urn:q>"]),
        TERMS | st.just('"text"'),
        st.sampled_from(["", "", "<urn:g>", "_:a"]),
    ),
    max_size=10,
)


@settings(max_examples=100, deadline=None)
@given(QUADS, st.randoms())
def test_names_of_blank_nodes_and_order_do_not_matter(quads: frozenset[Quad], random: Any) -> None:
    shuffled = list(quads)
    random.shuffle(shuffled)
    names = [f"_:n{number}" for number in range(6)]
    random.shuffle(names)
    rename = dict(zip(["_:a", "_:b", "_:c", "_:d", "_:e"], names, strict=False))
    renamed = [
        Quad(
            rename.get(q.subject, q.subject),
            q.predicate,
            rename.get(q.object, q.object),
            rename.get(q.graph, q.graph),
        )
        for q in shuffled
    ]
    assert canonicalize(renamed) == canonicalize(quads)


@settings(max_examples=100, deadline=None)
@given(QUADS)
def test_pyoxigraph_agrees(quads: frozenset[Quad]) -> None:
    text = "".join(f"{q.subject} {q.predicate} {q.object} {q.graph} .\n" for q in quads)
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    theirs = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS).decode().splitlines()
    assert sorted(canonicalize(quads).splitlines()) == sorted(theirs)
