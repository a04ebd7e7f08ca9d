"""Multikey: a public key as one string (CID 1.0 section 2.2.2)."""

from __future__ import annotations

from functools import lru_cache

from keys import multibase
from keys.algorithms import ALGORITHMS
from keys.errors import MalformedKey, UnsupportedKey
from keys.public_key import PublicKey

MAX_CHARACTERS = 1500
"""The Multikey of an 8,192-bit RSA key has 1,422 characters; all others have fewer than 80."""


def encode(key: PublicKey) -> str:
    """`publicKeyMultibase`: `z`, then base58btc of the multicodec prefix and the key's material."""
    return multibase.encode(key.algorithm.multicodec + key.material)


@lru_cache(maxsize=512)  # keys occur again and again; 512 of the longest take less than a megabyte
def decode(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase`. Raises MalformedKey, or UnsupportedKey for other prefixes."""
    try:
        data = multibase.decode(text, max_characters=MAX_CHARACTERS)
    except ValueError as error:
        raise MalformedKey(f"This publicKeyMultibase cannot be read: {error}.") from error
    if len(data) < 2:
        raise MalformedKey("This publicKeyMultibase is too short to name the type of its key.")
    for key_type, row in ALGORITHMS.items():
        if data.startswith(row.multicodec):
            return PublicKey(key_type, data[len(row.multicodec) :])
    raise UnsupportedKey(
        f"This Multikey has the multicodec prefix {data[:2].hex()}; "
        f"supported are {', '.join(f'{row.multicodec.hex()} ({name})' for name, row in ALGORITHMS.items())}."
    )
