"""The modules of a QR code, with the mask of eight that makes it easiest to read (ISO/IEC 18004, section 7.8).

`qrcode` builds the whole code for each mask and walks through its modules, and nearly all its time goes there. Here a
code is one integer with a bit for each module (`wallet_export.qr_layout`), and each rule a few shifts of it: the same
choice, in a fiftieth of the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from qrcode.main import QRCode
from qrcode.util import create_data

from wallet_export.qr_codewords import BYTES, codewords, version_for
from wallet_export.qr_layout import GAP, Code, as_integer, layout, number_of_mask

# 1 : 1 : 3 : 1 : 1 with four light modules beside it: where its dark modules are among eleven.
_FINDERS = ("10111010000", "00001011101")


def modules_of(code: QRCode[Any]) -> tuple[str, ...]:
    """The modules of a code that has its data, in the smallest version that holds them, without a quiet zone.

    They are those that `code.make(fit=True)` makes: a row is a string of digits, and 1 is dark. Raises
    DataOverflowError or ValueError, as it does.
    """
    chunks, level = code.data_list, code.error_correction
    if len(chunks) == 1 and chunks[0].mode == BYTES:
        data = chunks[0].data
        code.version = version_for(len(data), level)
        words = codewords(data, code.version, level)
    else:  # long runs of digits or capitals, which the library writes shorter
        code.best_fit()
        words = create_data(code.version, level, chunks)
    places = layout(code.version)
    placed = places.placed(words)
    lost = [_lost(placed ^ masked, places.side) for masked in places.masked]
    best = lost.index(min(lost))
    return places.digits((placed ^ places.masked[best] ^ number_of_mask(code.version, level, best)).rows)


class _Field(NamedTuple):
    """For codes of one size: the bits of all modules, and of the modules that have one or more to their right."""

    all: int
    inner: int
    above_last: int


@lru_cache(maxsize=40)
def _field(side: int) -> _Field:
    def field(width: int, height: int) -> int:
        row = bytes([1]) * width + bytes(side - width)
        return as_integer([row] * height + [bytes(side)] * (side - height))

    return _Field(field(side, side), field(side - 1, side), field(side, side - 1))


def _lost(code: Code, side: int) -> int:
    """The points that the code loses by the four rules; a code that loses fewer is read more easily."""
    field = _field(side)
    rows, columns = code
    alike_in_rows = ~(rows ^ rows << 1) & field.inner
    alike_in_columns = ~(columns ^ columns << 1) & field.inner
    one_below = rows << (side + GAP)
    alike_below = ~(rows ^ one_below) & field.above_last
    blocks = alike_in_rows & alike_in_rows << (side + GAP) & alike_below & field.above_last
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
