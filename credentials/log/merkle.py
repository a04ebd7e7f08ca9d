"""The Merkle tree of RFC 9162, section 2.1, with SHA-256: its root, and the two proofs, made and checked.

Whoever makes a proof gives a `Node`: the hash of a complete subtree. Nothing else of the tree is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Hash = bytes
Node = Callable[[int, int], Hash]
"""`node(height, index)`: the hash over the leaves from index·2^height on, 2^height of them, which are all there."""

HASH_BYTES = 32
EMPTY_ROOT: Hash = sha256(b"").digest()
MOST_LEAVES = 2**63 - 1


def leaf_hash(entry: bytes) -> Hash:
    """The hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """The hash of the node over these two."""
    return sha256(b"\x01" + left + right).digest()


def complete_hash(hashes: Sequence[Hash]) -> Hash:
    """The hash over a complete subtree: 1, 2, 4, 8 … hashes of one height."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def root_of(size: int, node: Node) -> Hash:
    """The root of the tree of the first `size` leaves (MTH of section 2.1.1)."""
    return _span(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> tuple[Hash, ...]:
    """That leaf `index` is in the tree of `size` leaves (PATH of section 2.1.3.1). Raises ValueError if it is not."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none of index {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        split = start + _left(end - start)
        if index < split:
            path.append(_span(split, end, node))
            end = split
        else:
            path.append(_span(start, split, node))
            start = split
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node: Node) -> tuple[Hash, ...]:
    """That the tree of `new` leaves begins with that of `old` (PROOF of section 2.1.4.1); of none or all, nothing.

    Raises ValueError if there are not so many.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    if old in (0, new):
        return ()
    start, end, path, whole = 0, new, [], True
    while end != old:
        split = start + _left(end - start)
        if old <= split:
            path.append(_span(split, end, node))
            end = split
        else:
            path.append(_span(start, split, node))
            start, whole = split, False
    if not whole:
        path.append(_span(start, end, node))
    return tuple(reversed(path))


def proves_inclusion(leaf: Hash, index: int, size: int, proof: Sequence[Hash], root: Hash) -> bool:
    """Whether the proof shows that the leaf with this hash is there (section 2.1.3.2)."""
    if not 0 <= index < size <= MOST_LEAVES or not _are_hashes(proof):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(old: int, new: int, old_root: Hash, new_root: Hash, proof: Sequence[Hash]) -> bool:
    """Whether the proof shows that nothing of the old tree was changed or taken away (section 2.1.4.2)."""
    if not 0 <= old <= new <= MOST_LEAVES or not _are_hashes(proof):
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    steps = [old_root, *proof] if old & (old - 1) == 0 else [*proof]
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, step)
        at, last = at >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _left(count: int) -> int:
    """The leaves left of the root of a tree of `count`: the largest power of two that is less."""
    return 1 << (count - 1).bit_length() - 1


def _span(start: int, end: int, node: Node) -> Hash:
    """The hash over leaves that a node of the tree covers: its complete subtrees, joined from the right."""
    parts = list(_complete_subtrees(start, end))
    found = node(*parts[-1])
    for part in reversed(parts[:-1]):
        found = node_hash(node(*part), found)
    return found


def _complete_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def _are_hashes(proof: Sequence[Hash]) -> bool:
    return len(proof) <= 2 * MOST_LEAVES.bit_length() and all(len(one) == HASH_BYTES for one in proof)
