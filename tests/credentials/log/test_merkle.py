"""The tree of RFC 9162: its root by the letter of the definition, and proofs that hold for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.log.merkle import (
    EMPTY_ROOT,
    Hash,
    Node,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proves_consistency,
    proves_inclusion,
    root_of,
)
from credentials.log.tiles import Tile, bundle, grown, node_of, right_edge, unbundled

SIZES = st.integers(1, 700)
LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(700)]


def mth(leaves: Sequence[Hash]) -> Hash:
    """Section 2.1.1, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(mth(leaves[:split]), mth(leaves[split:]))


def root(size: int) -> Hash:
    if size not in KNOWN:
        KNOWN[size] = mth(LEAVES[:size])
    return KNOWN[size]


KNOWN: dict[int, Hash] = {}
ALL = grown({}, 0, LEAVES)


def node() -> Node:
    return node_of(lambda level, number: ALL[level, number])


@given(SIZES)
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert root_of(size, node()) == root(size)
    assert root_of(0, node()) == EMPTY_ROOT == root(0)


@given(st.data())
def test_a_leaf_is_proven_where_it_is_and_nowhere_else(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node())
    assert proves_inclusion(LEAVES[index], index, size, proof, root(size))
    other = data.draw(st.integers(0, size - 1))
    assert (other == index) == proves_inclusion(LEAVES[index], other, size, proof, root(size))
    assert (other == index) == proves_inclusion(LEAVES[other], index, size, proof, root(size))
    assert not proves_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]], root(size))
    assert not proof or not proves_inclusion(LEAVES[index], index, size, proof[1:], root(size))
    assert not proves_inclusion(LEAVES[index], size, size, proof, root(size))
    assert not proves_inclusion(LEAVES[index], -1, size, proof, root(size))


@given(st.data())
def test_a_tree_grew_from_what_it_was_and_from_nothing_else(data: st.DataObject) -> None:
    new = data.draw(SIZES)
    old = data.draw(st.integers(0, new))
    proof = consistency_proof(old, new, node())
    assert proves_consistency(old, new, root(old), root(new), proof)
    if old:
        forged = mth([*LEAVES[: old - 1], leaf_hash(b"slipped in")])
        assert not proves_consistency(old, new, forged, root(new), proof)
        assert not proves_consistency(old, new, root(old), forged, proof)
    assert not proves_consistency(old, new, root(old), root(new), [*proof, LEAVES[1]])
    assert not proves_consistency(new, old, root(new), root(old), proof) or old == new


@given(st.data())
def test_a_changed_proof_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 700))
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(index, size, node()))
    at = data.draw(st.integers(0, len(proof) - 1))
    proof[at] = sha256(proof[at]).digest()
    assert not proves_inclusion(LEAVES[index], index, size, proof, root(size))
    proof[at] = b"short"
    assert not proves_inclusion(LEAVES[index], index, size, proof, root(size))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_what_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has none of index"):
        inclusion_proof(index, size, node())


def test_a_tree_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="does not begin with"):
        consistency_proof(4, 3, node())


@given(st.lists(st.integers(0, 300), max_size=5))
def test_tiles_grow_the_same_in_any_steps(steps: list[int]) -> None:
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for step in steps:
        end = min(size + step, len(LEAVES))
        edge = {(one.level, one.number) for one in right_edge(size)}
        kept = {key: tile for key, tile in tiles.items() if key in edge}  # no more than the edge is needed
        tiles |= grown(kept, size, LEAVES[size:end])
        size = end
    assert tiles == grown({}, 0, LEAVES[:size])
    assert {key: len(tile) // 32 for key, tile in tiles.items() if len(tile) < 8_192} == {
        (one.level, one.number): one.width for one in right_edge(size)
    }


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "0/000"),
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(2, 5, 17), "2/005.p/17"),
        (Tile(None, 273, 112), "entries/273.p/112"),
    ],
)
def test_the_path_of_a_tile(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.at(path) == tile


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/1", "0/0001", "00/001", "0/x000/001", "0/x001/67", "0/000.p/0", "0/000.p/256", "0/000.p/007",
     "64x/000", "entries/000/", "0/000\n", "-1/000", "0/٠٠٠", "entries/../key"],
)  # fmt: skip
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Tile.at(path)


def test_the_example_of_the_specification() -> None:
    """A tree of 70,000, as tlog-tiles describes it: partial tiles of 112, 17 and 1."""
    assert [one.path for one in right_edge(70_000)] == ["0/273.p/112", "1/001.p/17", "2/000.p/1"]
    assert [one.path for one in right_edge(256)] == ["1/000.p/1"]


@given(st.lists(st.binary(max_size=80)))
def test_a_bundle_holds_its_entries(entries: list[bytes]) -> None:
    assert unbundled(bundle(entries)) == entries


def test_a_bundle_that_is_cut_off() -> None:
    whole = bundle([b"one", b"two"])
    for end in (len(whole) - 1, 6, 1):
        with pytest.raises(ValueError, match="cut off"):
            unbundled(whole[:end])
    with pytest.raises(ValueError, match="at most"):
        bundle([bytes(65_536)])
