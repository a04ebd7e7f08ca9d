"""Requests that were checked, with the level that each asks for: kept from the check to the issuing, in order."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from issuer.awards import AwardRequest
from issuer.programs import Achievement


@dataclass(frozen=True, slots=True)
class Order:
    """A request with the level version that it asks for; `number` counts the list's requests from 1."""

    request: AwardRequest
    level: Achievement
    key: str
    digest: str
    number: int

    @property
    def name(self) -> str:
        """How a fault calls it."""
        return self.request.origin or f"award {self.number}"


class Orders:
    """The orders of a list. Lower levels come out first, so that a crash never leaves a level issued without the one
    that it demands.

    With `packed` they take some hundred bytes each, not a thousand: for lists that nobody holds in memory anyway.
    """

    def __init__(self, *, packed: bool) -> None:
        self._packed = packed
        self._kept: dict[int, list[Sequence[Order] | bytes]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def keep(self, position: int, orders: Sequence[Order]) -> None:
        """Keep orders of levels of that position in their programs."""
        self._kept.setdefault(position, []).append(_pack(orders) if self._packed else orders)
        self._count += len(orders)

    def __iter__(self) -> Iterator[Order]:
        for _, pieces in sorted(self._kept.items()):
            for piece in pieces:
                yield from _unpack(piece) if isinstance(piece, bytes) else piece

    def chunks(self, size: int) -> Iterator[list[Order]]:
        """So many at a time."""
        orders = iter(self)
        while chunk := list(islice(orders, size)):
            yield chunk


def _pack(orders: Sequence[Order]) -> bytes:
    return zlib.compress(pickle.dumps(list(orders), protocol=pickle.HIGHEST_PROTOCOL), level=1)


def _unpack(piece: bytes) -> list[Order]:
    orders: list[Order] = pickle.loads(zlib.decompress(piece))  # noqa: S301 - bytes that `_pack` made, in this process
    return orders
