"""A private key at rest: a versioned JSON envelope around AES-256-GCM.

    {
      "format": "guildmark-private-key", "version": 1,
      "type": "Ed25519", "public_key": "z6Mk…",
      "kdf": {"name": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 4, "salt": "…"},
      "cipher": "AES-256-GCM", "nonce": "…", "ciphertext": "…"
    }

With a key-encryption key, `kdf` is {"name": "hkdf-sha256", "salt": "…"}. The plaintext is the PKCS#8 DER of
the key and exists in memory only. Associated data is the whole envelope without the ciphertext, so that
neither the key's type nor its public key nor the cost can be exchanged. There is one spelling of an envelope:
a file that is not byte for byte what `seal` writes is refused.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from keys import base64url, multikey
from keys.errors import KeyFileUnreadable, KeysError, WrongPassphrase
from keys.public_key import PublicKey
from keys.signer import PrivateKey
from keys.unlock import (
    SALT_BYTES,
    Argon2Cost,
    KeyEncryptionKey,
    Passphrase,
    Unlock,
    derived_key,
    passphrase_key,
)

__all__ = ["Argon2Cost", "KeyEncryptionKey", "Passphrase", "Unlock", "public_key_of", "seal", "unseal"]

FORMAT = "guildmark-private-key"
VERSION = 1
CIPHER = "AES-256-GCM"
NONCE_BYTES = 12
MAX_BYTES = 32 * 1024
"""The envelope of an 8,192-bit RSA key has 8 KiB."""

_PRIVATE_KEYS = (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)
_DAMAGED = "The key file is damaged or was not written by guildmark"


@dataclass(frozen=True, slots=True)
class _Envelope:
    """An envelope that was read; `cost` is None if a key-encryption key opens it."""

    public_key: PublicKey
    cost: Argon2Cost | None
    salt: bytes
    nonce: bytes
    ciphertext: bytes

    def header(self) -> dict[str, object]:
        """Everything but the ciphertext, in the order of the file."""
        kdf: dict[str, object] = {"name": "hkdf-sha256"}
        if self.cost is not None:
            costs = {"memory_kib": self.cost.memory_kib, "passes": self.cost.passes, "lanes": self.cost.lanes}
            kdf = {"name": "argon2id", **costs}
        return {
            "format": FORMAT,
            "version": VERSION,
            "type": str(self.public_key.type),
            "public_key": multikey.encode(self.public_key),
            "kdf": {**kdf, "salt": base64url.encode(self.salt)},
            "cipher": CIPHER,
            "nonce": base64url.encode(self.nonce),
        }

    def associated_data(self) -> bytes:
        return json.dumps(self.header(), separators=(",", ":")).encode("ascii")

    def as_bytes(self) -> bytes:
        document = {**self.header(), "ciphertext": base64url.encode(self.ciphertext)}
        return (json.dumps(document, indent=2) + "\n").encode("ascii")


def seal(
    private_key: PrivateKey,
    unlock: Unlock,
    *,
    cost: Argon2Cost | None = None,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
) -> bytes:
    """The envelope's bytes. `cost` counts for a passphrase only; without it the default of Argon2Cost is taken.

    `randomness` gives the salt and the nonce, and has to be unpredictable wherever the result is kept.
    Raises MalformedKey or UnsupportedKey for a key that `PublicKey` refuses.
    """
    plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    envelope = _Envelope(
        public_key=PublicKey.of(private_key.public_key()),
        cost=(cost or Argon2Cost()) if isinstance(unlock, Passphrase) else None,
        salt=randomness(SALT_BYTES),
        nonce=randomness(NONCE_BYTES),
        ciphertext=b"",
    )
    key = _content_key(envelope, unlock)
    ciphertext = AESGCM(key).encrypt(envelope.nonce, plain, envelope.associated_data())
    return _Envelope(envelope.public_key, envelope.cost, envelope.salt, envelope.nonce, ciphertext).as_bytes()


def unseal(data: bytes, unlock: Unlock) -> PrivateKey:
    """The private key in an envelope.

    Raises WrongPassphrase if `unlock` does not open it, KeyFileUnreadable if it is not an envelope, is of a
    later version, is damaged, or holds another key than it says.
    """
    envelope = _read(data)
    key = _content_key(envelope, unlock)
    try:
        plain = AESGCM(key).decrypt(envelope.nonce, envelope.ciphertext, envelope.associated_data())
    except InvalidTag as error:
        given = "passphrase" if envelope.cost else "key-encryption key"
        raise WrongPassphrase(
            f"This {given} does not open the key. Either it is not the one that the key was sealed with, "
            "or the file was changed since; in that case restore it from a backup."
        ) from error
    return _private_key(plain, envelope.public_key)


def public_key_of(data: bytes) -> PublicKey:
    """The public key that an envelope names, without opening it: for lists only, since nothing vouches for it yet.

    Raises KeyFileUnreadable.
    """
    return _read(data).public_key


def _content_key(envelope: _Envelope, unlock: Unlock) -> bytes:
    if isinstance(unlock, Passphrase):
        if envelope.cost is None:
            raise WrongPassphrase("This key is sealed with a key-encryption key, and a passphrase was given.")
        return passphrase_key(unlock, envelope.salt, envelope.cost)
    if envelope.cost is not None:
        raise WrongPassphrase("This key is sealed with a passphrase, and a key-encryption key was given.")
    return derived_key(unlock, envelope.salt)


def _private_key(plain: bytes, expected: PublicKey) -> PrivateKey:
    """Authentic by its tag, and still checked: whoever knows the secret may have sealed anything."""
    try:
        key = load_der_private_key(plain, password=None)
        public_key = PublicKey.of(key.public_key())
    except Exception as error:  # the library's errors for bad DER are many, and none is to be a traceback
        raise KeyFileUnreadable(f"{_DAMAGED}: it does not hold a private key that can be used.") from error
    if not isinstance(key, _PRIVATE_KEYS) or public_key != expected:
        raise KeyFileUnreadable(f"{_DAMAGED}: it holds another private key than its public key says.")
    return key


def _read(data: bytes) -> _Envelope:
    """Parse within bounds. Every failure is KeyFileUnreadable."""
    if len(data) > MAX_BYTES:
        raise KeyFileUnreadable(f"{_DAMAGED}: it has {len(data)} bytes, and at most {MAX_BYTES} are read.")
    try:
        document = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise KeyFileUnreadable(f"{_DAMAGED}: it is not JSON.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyFileUnreadable(f"{_DAMAGED}: it is not an envelope of format {FORMAT}.")
    if document.get("version") != VERSION:
        raise KeyFileUnreadable(
            f"The key file is of version {str(document.get('version'))[:20]}, this program reads {VERSION}. "
            "Use the version of guildmark that wrote it, or a later one."
        )
    try:
        envelope = _envelope_of(document)
    except (KeyError, TypeError, ValueError, KeysError) as error:
        raise KeyFileUnreadable(f"{_DAMAGED}: {error}") from error
    if envelope.as_bytes() != data:
        raise KeyFileUnreadable(f"{_DAMAGED}: its text is not exactly what was written. Restore it from a backup.")
    return envelope


def _envelope_of(document: Mapping[str, Any]) -> _Envelope:
    kdf = document["kdf"]
    cost = None
    if kdf["name"] == "argon2id":
        cost = Argon2Cost(kdf["memory_kib"], kdf["passes"], kdf["lanes"])
    salt, nonce = base64url.decode(kdf["salt"]), base64url.decode(document["nonce"])
    if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("its salt or nonce has the wrong length")
    return _Envelope(
        multikey.decode(document["public_key"]), cost, salt, nonce, base64url.decode(document["ciphertext"])
    )
