"""base58btc, the alphabet of Bitcoin, as multibase `z` uses it (draft-msporny-base58): quick for 64 bytes.

It is quadratic in the length, as every change of base by plain arithmetic; who reads foreign text bounds its length
first.
"""

from __future__ import annotations

from functools import lru_cache

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LETTERS = _ALPHABET.encode()
_VALUE_OF = bytes(max(0, _LETTERS.find(byte)) for byte in range(256))
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]

_TWO, _FOUR, _TEN = 58**2, 58**4, 58**10


def encode(data: bytes) -> str:
    """The text of the bytes; each zero byte at the beginning is a `1`."""
    number = int.from_bytes(data, "big")
    tens = []
    pairs = _PAIRS
    while number:  # ten digits at a time, because they fit the machine's own integers, and these by a table of pairs
        number, ten = divmod(number, _TEN)
        six, four = divmod(ten, _FOUR)
        two, middle = divmod(six, _FOUR)
        tens.append(
            f"{pairs[two]}{pairs[middle // _TWO]}{pairs[middle % _TWO]}{pairs[four // _TWO]}{pairs[four % _TWO]}"
        )
    tens.reverse()
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + "".join(tens).lstrip("1")


def decode(text: str) -> bytes:
    """The bytes that `encode` makes this text of; there are some for each text of the alphabet. Raises ValueError."""
    letters = text.encode("utf-8", "surrogatepass")
    if letters.translate(None, _LETTERS):
        raise ValueError("base58btc has letters and digits without 0, O, I and l only")
    number = int.from_bytes(letters.translate(_VALUE_OF), "big")
    for mask, width, factor in _foldings((len(letters) - 1).bit_length()):
        number = (number & mask) + (number >> width & mask) * factor
    return bytes(len(letters) - len(letters.lstrip(b"1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")


@lru_cache(maxsize=16)
def _foldings(times: int) -> tuple[tuple[int, int, int], ...]:
    """How the digits, a byte each, become one number in so many steps: in each, all neighbours are joined at once.

    A step is the mask of every second lane, the lanes' width in bits, and what the upper of two neighbours is worth.
    16 entries are for texts of up to 65,536 digits.
    """
    bits = 8 << times
    lanes = [8 << step for step in range(times)]
    return tuple(
        ((2**bits - 1) // (2 ** (2 * width) - 1) * (2**width - 1), width, 58 ** (width // 8)) for width in lanes
    )
