"""A secret opens with what sealed it, for what it was sealed for, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.envelope import Argon2Cost, KeyEncryptionKey, Passphrase, Unlock
from keys.errors import KeyFileUnreadable, WrongPassphrase
from keys.keyring import Keyring
from keys.sealed_secret import MAX_BYTES, open_secret, seal_secret

CHEAP = Argon2Cost(memory_kib=8 * 1024, passes=1, lanes=1)
KEK = KeyEncryptionKey(bytes(range(32)))
WORDS = Passphrase("correct horse battery staple")
SECRET = b"s" * 32


@pytest.mark.parametrize("unlock", [KEK, WORDS])
def test_a_secret_opens_again_and_is_not_in_its_sealed_form(unlock: Unlock) -> None:
    first, second = (seal_secret(SECRET, unlock, purpose="webhooks of a", cost=CHEAP) for _ in range(2))
    assert open_secret(first, unlock, purpose="webhooks of a") == SECRET
    assert first != second
    assert SECRET not in first


@pytest.mark.parametrize(
    ("unlock", "purpose"),
    [(KEK, "webhooks of b"), (KeyEncryptionKey(bytes(32)), "webhooks of a"), (WORDS, "webhooks of a")],
)
def test_nothing_else_opens_it(unlock: Unlock, purpose: str) -> None:
    with pytest.raises(WrongPassphrase):
        open_secret(seal_secret(SECRET, KEK, purpose="webhooks of a"), unlock, purpose=purpose)


@given(st.data())
def test_a_changed_byte_is_found(data: st.DataObject) -> None:
    sealed = seal_secret(SECRET, KEK, purpose="p", randomness=lambda count: bytes(range(count)))
    position = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[position] ^= data.draw(st.integers(1, 127))
    with pytest.raises((WrongPassphrase, KeyFileUnreadable)):
        open_secret(bytes(changed), KEK, purpose="p")


@given(
    st.binary(max_size=400)
    | st.sampled_from([b"", b"null", b"[]", b'{"kdf": []}', b"[" * 5000, b"x" * (MAX_BYTES + 1)])
)
def test_bytes_of_others_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(KeyFileUnreadable, match="A sealed secret is damaged"):
        open_secret(data, KEK, purpose="p")


def test_the_keyring_seals_as_its_keys_are(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys", WORDS, cost=CHEAP)
    sealed = ring.seal(SECRET, purpose="p", randomness=bytes)
    assert ring.unseal(sealed, purpose="p") == ring.unseal(sealed, purpose="p") == SECRET
    assert open_secret(sealed, WORDS, purpose="p") == SECRET
    with pytest.raises(WrongPassphrase):
        ring.unseal(sealed, purpose="q")
    with pytest.raises(WrongPassphrase):
        Keyring(tmp_path / "keys", KEK).unseal(sealed, purpose="p")
