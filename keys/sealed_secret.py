"""A secret at rest that is not a private key, such as what webhooks are signed with: AES-256-GCM under the same unlock.

    {"format": "guildmark-secret", "version": 1, "kdf": {…}, "cipher": "AES-256-GCM", "nonce": "…", "ciphertext": "…"}

`kdf` is as in `keys.envelope`. Associated data is everything but the ciphertext, and the purpose, which does not stand
in it: a secret that was sealed for one purpose does not open for another, wherever somebody copies it to.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys import base64url
from keys.errors import KeyFileUnreadable, KeysError, WrongPassphrase
from keys.unlock import SALT_BYTES, Argon2Cost, Passphrase, Unlock, derived_key, passphrase_key

FORMAT = "guildmark-secret"
VERSION = 1
CIPHER = "AES-256-GCM"
NONCE_BYTES = 12
MAX_BYTES = 8 * 1024
_INFO = b"guildmark sealed secret, version 1"
_DAMAGED = "A sealed secret is damaged or was not written by guildmark"


def seal_secret(
    secret: bytes,
    unlock: Unlock,
    *,
    purpose: str,
    cost: Argon2Cost | None = None,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
) -> bytes:
    """The sealed form. `cost` counts for a passphrase only; `randomness` gives the salt and the nonce."""
    salt, nonce = randomness(SALT_BYTES), randomness(NONCE_BYTES)
    cost = (cost or Argon2Cost()) if isinstance(unlock, Passphrase) else None
    header = _header(cost, salt, nonce)
    ciphertext = AESGCM(_content_key(unlock, cost, salt)).encrypt(nonce, secret, _associated(header, purpose))
    return _as_bytes(header, ciphertext)


def open_secret(data: bytes, unlock: Unlock, *, purpose: str) -> bytes:
    """The secret in a sealed form.

    Raises WrongPassphrase if `unlock` does not open it or it was sealed for another purpose, KeyFileUnreadable if it
    is not what `seal_secret` writes.
    """
    cost, salt, nonce, ciphertext = _read(data)
    header = _header(cost, salt, nonce)
    if (cost is None) == isinstance(unlock, Passphrase):
        raise WrongPassphrase("A sealed secret is to be opened as it was sealed: with a passphrase, or with a key.")
    try:
        return AESGCM(_content_key(unlock, cost, salt)).decrypt(nonce, ciphertext, _associated(header, purpose))
    except InvalidTag as error:
        raise WrongPassphrase(
            "A sealed secret does not open: it was sealed with another passphrase or key, for another purpose, or was "
            "changed since."
        ) from error


def _content_key(unlock: Unlock, cost: Argon2Cost | None, salt: bytes) -> bytes:
    if isinstance(unlock, Passphrase):
        return passphrase_key(unlock, salt, cost or Argon2Cost())
    return derived_key(unlock, salt, info=_INFO)


def _header(cost: Argon2Cost | None, salt: bytes, nonce: bytes) -> dict[str, object]:
    kdf: dict[str, object] = {"name": "hkdf-sha256"}
    if cost is not None:
        kdf = {"name": "argon2id", "memory_kib": cost.memory_kib, "passes": cost.passes, "lanes": cost.lanes}
    return {
        "format": FORMAT,
        "version": VERSION,
        "kdf": {**kdf, "salt": base64url.encode(salt)},
        "cipher": CIPHER,
        "nonce": base64url.encode(nonce),
    }


def _associated(header: Mapping[str, object], purpose: str) -> bytes:
    return json.dumps({**header, "purpose": purpose}, separators=(",", ":")).encode("ascii")


def _as_bytes(header: Mapping[str, object], ciphertext: bytes) -> bytes:
    document = {**header, "ciphertext": base64url.encode(ciphertext)}
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _read(data: bytes) -> tuple[Argon2Cost | None, bytes, bytes, bytes]:
    """Within bounds; there is one spelling. Every failure is KeyFileUnreadable."""
    if len(data) > MAX_BYTES:
        raise KeyFileUnreadable(f"{_DAMAGED}: it has {len(data)} bytes, and at most {MAX_BYTES} are read.")
    try:
        document = json.loads(data.decode("ascii"))
        cost, salt, nonce, ciphertext = _members(document)
    except (KeyError, TypeError, ValueError, RecursionError, KeysError) as error:
        raise KeyFileUnreadable(f"{_DAMAGED}.") from error
    if _as_bytes(_header(cost, salt, nonce), ciphertext) != data:
        raise KeyFileUnreadable(f"{_DAMAGED}: its text is not exactly what was written.")
    return cost, salt, nonce, ciphertext


def _members(document: Any) -> tuple[Argon2Cost | None, bytes, bytes, bytes]:
    kdf = document["kdf"]
    cost = None
    if kdf["name"] == "argon2id":
        cost = Argon2Cost(kdf["memory_kib"], kdf["passes"], kdf["lanes"])
    salt, nonce = base64url.decode(kdf["salt"]), base64url.decode(document["nonce"])
    if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("its salt or nonce has the wrong length")
    return cost, salt, nonce, base64url.decode(document["ciphertext"])
