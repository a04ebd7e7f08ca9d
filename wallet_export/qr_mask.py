"""The modules of a QR code, with the mask of eight that makes it easiest to read (ISO/IEC 18004, section 7.8).

`qrcode` builds the whole code for each mask and walks through its modules, and nearly all its time goes there. Here a
code is one integer with a bit for each module, and each rule a few shifts of it: the same choice, in a fiftieth of the
time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import xor
from typing import Any, NamedTuple, cast

from qrcode.main import QRCode

from wallet_export.qr_codewords import BYTES, codewords, version_for

Rows = Sequence[Sequence[bool]]

_GAP = 11
"""Empty bits behind each row, so that no pattern reaches from one row into the next."""
# 1 : 1 : 3 : 1 : 1 with four light modules beside it: where its dark modules are among eleven.
_FINDERS = ("10111010000", "00001011101")


class _Code(NamedTuple):
    """A code's modules, or a change of them, by rows and by columns; the first module is the highest bit."""

    rows: int
    columns: int


class _Mask(NamedTuple):
    """What a mask changes in a code of one size that has mask 0."""

    changes: Rows
    code: _Code


def modules_of(code: QRCode[Any]) -> list[list[bool]]:
    """The modules of a code that has its data, in the smallest version that holds them, without a quiet zone.

    They are those that `code.make(fit=True)` makes. Raises DataOverflowError or ValueError, as it does.
    """
    chunks = code.data_list
    if len(chunks) == 1 and chunks[0].mode == BYTES:
        data, level = chunks[0].data, code.error_correction
        code.version = version_for(len(data), level)
        code.data_cache = codewords(data, code.version, level)
    else:  # long runs of digits or capitals, which the library writes shorter
        code.best_fit()
    code.makeImpl(True, 0)  # as the rules see it: the number of the mask is not written yet
    made = cast("list[list[bool]]", code.modules)  # none of them is undecided any more
    masks, with_0 = _masks(code.version), _as_code(made)
    lost = [_lost(_Code(*map(xor, with_0, mask.code)), len(made)) for mask in masks]
    best = lost.index(min(lost))
    code.setup_type_info(False, best)
    if code.version >= 7:
        code.setup_type_number(False)
    return [[*map(xor, *both)] for both in zip(made, masks[best].changes, strict=True)]


@lru_cache(maxsize=40)  # as many as there are versions: some 6 kB for those of addresses, 150 kB for the largest
def _masks(version: int) -> tuple[_Mask, ...]:
    """The eight masks. A code without data is its mask, and where modules are none of data's no mask changes them."""
    empty: QRCode[Any] = QRCode(version=version)
    empty.data_cache = []
    made: list[Rows] = []
    for mask in range(8):
        empty.makeImpl(True, mask)
        made.append(cast("Rows", empty.modules))
    changes = [[[*map(xor, *both)] for both in zip(made[0], modules, strict=True)] for modules in made]
    return tuple(_Mask(rows, _as_code(rows)) for rows in changes)


def _as_code(modules: Rows) -> _Code:
    return _Code(_as_integer(map(bytes, modules)), _as_integer(map(bytes, zip(*modules, strict=True))))


def _as_integer(rows: Iterable[bytes]) -> int:
    gap = bytes(_GAP)
    return int(b"".join(row + gap for row in rows).translate(_DIGITS), 2)


_DIGITS = b"01".ljust(256)


class _Field(NamedTuple):
    """For codes of one size: the bits of all modules, and of the modules that have one or more to their right."""

    all: int
    inner: int
    above_last: int


@lru_cache(maxsize=40)
def _field(side: int) -> _Field:
    def field(width: int, height: int) -> int:
        row = bytes([1]) * width + bytes(side - width)
        return _as_integer([row] * height + [bytes(side)] * (side - height))

    return _Field(field(side, side), field(side - 1, side), field(side, side - 1))


def _lost(code: _Code, side: int) -> int:
    """The points that the code loses by the four rules; a code that loses fewer is read more easily."""
    field = _field(side)
    rows, columns = code
    alike_in_rows = ~(rows ^ rows << 1) & field.inner
    alike_in_columns = ~(columns ^ columns << 1) & field.inner
    one_below = rows << (side + _GAP)
    alike_below = ~(rows ^ one_below) & field.above_last
    blocks = alike_in_rows & alike_in_rows << (side + _GAP) & alike_below & field.above_last
    return (
        _runs(alike_in_rows)
        + _runs(alike_in_columns)
        + 3 * blocks.bit_count()
        + 40 * (_finders(rows, field.all) + _finders(columns, field.all))
        + _imbalance(rows.bit_count(), side)
    )


def _runs(alike: int) -> int:
    """Rule 1: five or more modules of one colour in a row lose two points less than they are many.

    `alike` are the modules that are like the next one: four of them in a row begin a run of five.
    """
    fives = alike & alike << 1
    fives &= fives << 2
    first = fives & ~(fives >> 1)
    return fives.bit_count() + 2 * first.bit_count()


def _finders(code: int, all_: int) -> int:
    """Rule 3: how often the code looks like a corner of it."""
    light = ~code & all_
    found = 0
    for finder in _FINDERS:
        here = all_
        for place, dark in enumerate(finder):
            here &= (code if dark == "1" else light) << place
        found += here.bit_count()
    return found


def _imbalance(dark: int, side: int) -> int:
    """Rule 4: ten points for each full five per cent by which the dark modules are more or fewer than a half."""
    percent = float(dark) / side**2
    return int(abs(percent * 100 - 50) / 5) * 10
