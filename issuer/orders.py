"""Requests that were checked, with the level that each asks for: kept from the check to the issuing, in order."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from issuer.awards import AwardRequest, digest_of, request_from_dict
from issuer.programs import Achievement


@dataclass(slots=True)
class Order:
    """A request with the level version that it asks for; `number` counts the list's requests from 1.

    `key`, `digest` and `text` are those of the request, made once.
    """

    request: AwardRequest
    level: Achievement
    key: str
    digest: str
    text: str
    number: int

    @property
    def name(self) -> str:
        """How a fault calls it."""
        return self.request.origin or f"award {self.number}"


class Orders:
    """The orders of a list. Lower levels come out first, so that a crash never leaves a level issued without the one
    that it demands.

    With `packed` they take a hundred bytes each, not a thousand: for lists that nobody holds in memory anyway.
    """

    def __init__(self, *, packed: bool) -> None:
        self._packed = packed
        self._kept: dict[int, list[Sequence[Order] | bytes]] = {}
        self._levels: dict[int, Achievement] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def keep(self, position: int, orders: Sequence[Order]) -> None:
        """Keep orders of levels of that position in their programs."""
        self._kept.setdefault(position, []).append(self._pack(orders) if self._packed else orders)
        self._count += len(orders)

    def __iter__(self) -> Iterator[Order]:
        for _, pieces in sorted(self._kept.items()):
            for piece in pieces:
                yield from self._unpack(piece) if isinstance(piece, bytes) else piece

    def chunks(self, size: int) -> Iterator[list[Order]]:
        """So many at a time."""
        orders = iter(self)
        while chunk := list(islice(orders, size)):
            yield chunk

    def _pack(self, orders: Sequence[Order]) -> bytes:
        self._levels |= {one.level.row_id: one.level for one in orders}
        packed = [
            (
                one.text,
                one.request.origin,
                one.request.idempotency_key,
                one.request.own_key,
                one.level.row_id,
                one.number,
            )
            for one in orders
        ]
        return zlib.compress(marshal.dumps(packed), level=1)

    def _unpack(self, piece: bytes) -> Iterator[Order]:
        for text, origin, idempotency_key, own_key, row_id, number in marshal.loads(zlib.decompress(piece)):  # noqa: S302 - bytes that `_pack` made, in this process
            request = request_from_dict(
                orjson.loads(text), idempotency_key=idempotency_key, own_key=own_key, origin=origin
            )
            yield Order(request, self._levels[row_id], request.key, digest_of(text), text, number)
