"""base58btc, the alphabet of Bitcoin, as multibase `z` uses it (draft-msporny-base58): quick for 64 bytes.

It is quadratic in the length, as every change of base by plain arithmetic; who reads foreign text bounds its length
first.
"""

from __future__ import annotations

from functools import lru_cache

_LETTERS = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE_OF = bytes(max(0, _LETTERS.find(byte)) for byte in range(256))
_LETTER_OF = (b"\0" + _LETTERS).ljust(256, b"\0")
"""The letter of each digit, which is one more here: zero stands for no digit."""

_AT_ONCE = 32
_CHUNK = 58**_AT_ONCE
_BITS = 12
"""For each digit, twice as many as it needs: a group of digits has room for its product with its inverse."""


def encode(data: bytes) -> str:
    """The text of the bytes; each zero byte at the beginning is a `1`."""
    number, digits, bits = int.from_bytes(data, "big"), 0, 0
    while number:
        number, chunk = divmod(number, _CHUNK)
        digits |= chunk << bits
        bits += _AT_ONCE * _BITS
    halvings, ones = _halvings(bits)
    for inverse, shift, quotients, move in halvings:
        digits += (digits * inverse >> shift & quotients) * move
    letters = (digits + ones).to_bytes(bits // 8, "big").translate(_LETTER_OF, b"\0").lstrip(b"1")
    return (b"1" * (len(data) - len(data.lstrip(b"\0"))) + letters).decode()


@lru_cache(maxsize=16)
def _halvings(bits: int) -> tuple[list[tuple[int, int, int, int]], int]:
    """How numbers of 32 digits, side by side in one of so many bits, become digits: a step halves all groups at once.

    A group of 2n digits is divided by 58ⁿ as by any constant, multiplied by its inverse and shifted, which is exact
    with so many bits (the tests try the edges of each group); a mask leaves the quotients. A quotient goes n digits
    further up and takes so many times 58ⁿ from what was there, which leaves the remainder. Digits that have no more
    digits beside them are a byte. Also given: a one in the place of each digit. 16 entries are for 512 digits.
    """
    made = []
    half = _AT_ONCE // 2
    while half:
        group, divisor = 2 * half * _BITS, 58**half
        shift = (divisor * divisor - 1).bit_length() + divisor.bit_length()
        each = ((1 << bits) - 1) // ((1 << group) - 1)
        further_up = half * _BITS if half > 1 else 8
        quotients = each * ((1 << divisor.bit_length()) - 1)
        made.append(((1 << shift) // divisor + 1, shift, quotients, (1 << further_up) - divisor))
        half //= 2
    return made, each * 0x0101


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
