"""Public keys as PEM, as Open Badges 2.0 publishes them (RFC 7468, section 13)."""

from __future__ import annotations

from keys.errors import MalformedKey
from keys.public_key import PublicKey

_MOST_CHARACTERS = 8_192
_BEGIN = "-----BEGIN PUBLIC KEY-----"


def public_key_of_pem(text: str) -> PublicKey:
    """The key of a PEM text. Raises MalformedKey, and UnsupportedKey for one of another type."""
    if len(text) > _MOST_CHARACTERS or not text.strip().startswith(_BEGIN):
        raise MalformedKey(f"This is not the PEM of a public key: it must begin with {_BEGIN}.")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from keys import openssl_keys

    try:
        key = load_pem_public_key(text.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedKey("This PEM of a public key cannot be read.") from error
    return PublicKey(*openssl_keys.material_of(key))
