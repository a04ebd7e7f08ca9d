"""Where each bit of a QR code's data is drawn, and what is drawn beside data (ISO/IEC 18004, sections 6 and 7.7.3).

Both depend on the version alone, so they are found once for each; patterns and masks are drawn by `qrcode`. A code is
then one integer with a bit for each module, and data gets into it by two selections that are made in C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from qrcode.main import QRCode

GAP = 11
"""Empty bits behind each row, so that no pattern reaches from one row into the next."""
_DIGITS = b"01".ljust(256)
_LIGHT = 0  # where the digit for a module without data stands

Grid = Sequence[Sequence[bool | None]]


class Code(NamedTuple):
    """A code's modules, or a change of them, by rows and by columns; the first module is the highest bit."""

    rows: int
    columns: int

    def __xor__(self, change: Code) -> Code:
        return Code(self.rows ^ change.rows, self.columns ^ change.columns)


class Layout(NamedTuple):
    """Codes of one version.

    `masked` are the eight masks with all that is no data, as the rules see it; `by_rows` and `by_columns` select from
    the data's digits, behind a 0, that of each module and of each gap.
    """

    side: int
    masked: tuple[Code, ...]
    by_rows: Callable[[str], tuple[str, ...]]
    by_columns: Callable[[str], tuple[str, ...]]

    def placed(self, codewords: Sequence[int]) -> Code:
        """The data alone, in its places and without a mask."""
        digits = f"0{int.from_bytes(bytes(codewords), 'big'):0{8 * len(codewords)}b}0000000"  # up to 7 bits are left
        return Code(int("".join(self.by_rows(digits)), 2), int("".join(self.by_columns(digits)), 2))

    def digits(self, rows: int) -> tuple[str, ...]:
        """The rows from the top, a digit for each module: 1 is dark."""
        across = self.side + GAP
        digits = f"{rows:0{self.side * across}b}"
        return tuple(digits[start : start + self.side] for start in range(0, len(digits), across))


class _WithoutData(QRCode[Any]):
    """Draws everything but data; modules for data stay None."""

    def map_data(self, data: object, mask_pattern: object) -> None:
        """Nothing."""


@lru_cache(maxsize=40)  # as many as there are versions: some 100 kB for those of addresses, 1 MB for the largest
def layout(version: int) -> Layout:
    """The layout of codes of this version."""
    without_data = _WithoutData(version=version)
    without_data.data_cache = []
    without_data.makeImpl(True, 0)
    order: list[list[int]] = [[_LIGHT] * len(row) for row in without_data.modules]
    for number, (row, column) in enumerate(_places(without_data.modules), 1):
        order[row][column] = number
    return Layout(
        len(order),
        tuple(_masked(version, mask) for mask in range(8)),
        itemgetter(*_with_gaps(order)),
        itemgetter(*_with_gaps(zip(*order, strict=True))),
    )


@lru_cache(maxsize=128)  # 32 for each version; some 600 bytes each
def number_of_mask(version: int, level: int, mask: int) -> Code:
    """The modules that say version, level and mask, which are left light while masks are compared."""
    code = _WithoutData(version=version, error_correction=level)
    code.data_cache = []
    code.makeImpl(True, mask)
    light = as_code(code.modules)
    code.makeImpl(False, mask)
    return light ^ as_code(code.modules)


def as_code(modules: Grid) -> Code:
    """Modules as a code; those that are undecided are light."""
    return Code(as_integer(modules), as_integer(zip(*modules, strict=True)))


def as_integer(rows: Iterable[Iterable[int | None]]) -> int:
    """Rows of modules, each with the gap behind it."""
    gap = bytes(GAP)
    return int(b"".join(bytes(map(bool, row)) + gap for row in rows).translate(_DIGITS), 2)


def _masked(version: int, mask: int) -> Code:
    """A code without data is its mask, and all that is no data."""
    code: QRCode[Any] = QRCode(version=version)
    code.data_cache = []
    code.makeImpl(True, mask)
    return as_code(code.modules)


def _with_gaps(order: Iterable[Iterable[int]]) -> Iterator[int]:
    for row in order:
        yield from row
        yield from (_LIGHT,) * GAP


def _places(modules: Grid) -> Iterator[tuple[int, int]]:
    """The undecided modules in the order of the bits: two columns at a time from the right, up, then down."""
    side = len(modules)
    upwards = True
    for right in range(side - 1, 0, -2):
        columns = (right, right - 1) if right > 6 else (right - 1, right - 2)  # column 6 is a pattern
        for row in range(side - 1, -1, -1) if upwards else range(side):
            yield from ((row, column) for column in columns if modules[row][column] is None)
        upwards = not upwards
