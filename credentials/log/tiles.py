"""Tiles: the tree in pieces of 256 hashes, which never change once they are full (C2SP tlog-tiles).

The tile `number` of a `level` holds hashes over 256^level leaves each; a bundle holds the 256 entries of a tile of
level 0. What is not full yet is named by its width.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import NamedTuple

from credentials.log.merkle import HASH_BYTES, Hash, Node, complete_hash

WIDTH = 256
_HEIGHT = 8
MOST_ENTRY_BYTES = 0xFFFF
_ENTRIES = "entries"
_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class Tile(NamedTuple):
    """The name of a tile of hashes, or, with level None, of a bundle of entries; `width` of its members."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Below `tile/`: `0/x001/234`, `entries/000.p/17`."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = _ENTRIES if self.level is None else str(self.level)
        return f"{level}/{'/'.join(groups)}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @classmethod
    def at(cls, path: str) -> Tile:
        """The tile of a path, in its one spelling. Raises ValueError for every other text."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise ValueError("this is no path of a tile")
        named, width = match["level"], int(match["width"] or WIDTH)
        number = int(match["number"].replace("x", "").replace("/", ""))
        tile = cls(None if named == _ENTRIES else int(named), number, width)
        if tile.path != path:
            raise ValueError("this is not how that tile's path is written")
        return tile


Tiles = Mapping[tuple[int, int], bytes]
"""(level, number) → the hashes, one after the other."""


def right_edge(size: int) -> Iterator[Tile]:
    """The tiles of a tree that are not full: at most one of each level."""
    level = 0
    while size:
        if width := size % WIDTH:
            yield Tile(level, size // WIDTH, width)
        size, level = size // WIDTH, level + 1


def grown(tiles: Tiles, size: int, leaves: Iterable[Hash]) -> dict[tuple[int, int], bytes]:
    """The tiles that adding these leaves changes or makes. `tiles` holds the right edge of the tree of `size`."""
    changed: dict[tuple[int, int], bytearray] = {}
    for leaf in leaves:
        found, at, level = leaf, size, 0
        while True:
            key = (level, at // WIDTH)
            tile = changed.get(key)
            if tile is None:
                tile = changed[key] = bytearray(tiles.get(key, b"") if at % WIDTH else b"")
            tile += found
            if at % WIDTH != WIDTH - 1:
                break
            found, at, level = complete_hash(hashes_of(tile)), at // WIDTH, level + 1
        size += 1
    return {key: bytes(tile) for key, tile in changed.items()}


def hashes_of(tile: bytes | bytearray) -> list[Hash]:
    """The hashes of a tile."""
    return [bytes(tile[at : at + HASH_BYTES]) for at in range(0, len(tile), HASH_BYTES)]


def node_of(tile_of: Callable[[int, int], bytes]) -> Node:
    """The hashes of complete subtrees, out of tiles: each lies in one. What `tile_of` raises is raised.

    Raises LookupError if a tile holds too few.
    """
    read: MutableMapping[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> Hash:
        level, within = divmod(height, _HEIGHT)
        first = index << within
        key = (level, first // WIDTH)
        if key not in read:
            read[key] = tile_of(*key)
        start = first % WIDTH * HASH_BYTES
        part = read[key][start : start + (HASH_BYTES << within)]
        if len(part) != HASH_BYTES << within:
            raise LookupError(f"tile {key[1]} of level {key[0]} ends before hash {first % WIDTH + (1 << within)}")
        return complete_hash(hashes_of(part))

    return node


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one after the other, each after its length. Raises ValueError for one that is too long."""
    if any(len(entry) > MOST_ENTRY_BYTES for entry in entries):
        raise ValueError(f"an entry of a log has at most {MOST_ENTRY_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundled(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError if it is cut off."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise ValueError("this bundle of entries is cut off")
        entries.append(data[at + 2 : end])
        at = end
    return entries
