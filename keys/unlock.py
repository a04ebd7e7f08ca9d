"""What opens a sealed private key: a passphrase, or a random key-encryption key."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import NoReturn

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys import base64url
from keys.errors import KeyFileUnreadable, WrongPassphrase

KEY_BYTES = 32
SALT_BYTES = 32
_HKDF_INFO = b"guildmark private key envelope, version 1"


class _Secret:
    """What both kinds share: no pickle, no copy."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is never pickled or copied.")


@dataclass(frozen=True, slots=True)
class Passphrase(_Secret):
    """A passphrase that a person chose. Its text is never shown. Raises WrongPassphrase if it is empty.

    Unicode is brought to NFC, so that the same words typed on two systems are the same passphrase.
    """

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.text:
            raise WrongPassphrase("The passphrase is empty. Give the one that the keys were sealed with.")
        try:
            normal = unicodedata.normalize("NFC", self.text)
            normal.encode("utf-8")
        except UnicodeEncodeError as error:
            raise WrongPassphrase("The passphrase is not text in UTF-8.") from error
        object.__setattr__(self, "text", normal)


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey(_Secret):
    """32 random bytes from a file or a secret store, never shown. Raises WrongPassphrase for another length."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise WrongPassphrase(f"A key-encryption key has {KEY_BYTES} bytes, this one has {len(self.key)}.")

    @classmethod
    def from_text(cls, text: str) -> KeyEncryptionKey:
        """From its text form, 43 characters of base64url; a line end after them is allowed. Raises WrongPassphrase."""
        try:
            return cls(base64url.decode(text.rstrip("\r\n")))
        except (ValueError, WrongPassphrase):
            # the text may be a secret that landed in the wrong place: nothing of it is shown, nor chained
            raise WrongPassphrase(
                f"A key-encryption key is {KEY_BYTES} random bytes as 43 characters of base64url; this is not one."
            ) from None

    def to_text(self) -> str:
        """The text form. It is the secret itself."""
        return base64url.encode(self.key)


Unlock = Passphrase | KeyEncryptionKey


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """The cost of one Argon2id derivation (RFC 9106), stored beside what it protects.

    The default is RFC 9106's second recommended option, for systems without 2 GiB to spare: 64 MiB, 3 passes,
    4 lanes. Raises KeyFileUnreadable outside the bounds: below them a passphrase is guessed too cheaply,
    above them a hostile file would take the machine's memory or hours of its time.
    """

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        bounds = (
            ("memory_kib", self.memory_kib, 8 * 1024, 256 * 1024),
            ("passes", self.passes, 1, 10),
            ("lanes", self.lanes, 1, 8),
        )
        for name, value, lowest, highest in bounds:
            # bool is an int in Python, and true is not a cost
            if type(value) is not int or not lowest <= value <= highest:
                raise KeyFileUnreadable(
                    f"The key file asks for {name} of {value!r}; {lowest} to {highest} is accepted. "
                    "It is damaged or not to be trusted."
                )


def passphrase_key(passphrase: Passphrase, salt: bytes, cost: Argon2Cost) -> bytes:
    """The 32-byte AES key that Argon2id (RFC 9106, version 1.3) makes of a passphrase."""
    return hash_secret_raw(
        secret=passphrase.text.encode("utf-8"),
        salt=salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
        version=0x13,
    )


def derived_key(kek: KeyEncryptionKey, salt: bytes, *, info: bytes = _HKDF_INFO) -> bytes:
    """The 32-byte AES key of one envelope, by HKDF-SHA256 (RFC 5869); `info` says for what kind of envelope.

    Each envelope has an AES key of its own, so that no pair of key and nonce ever occurs twice.
    """
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(kek.key)
