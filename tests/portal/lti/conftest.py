"""Keys of RSA for this room: making one takes longer than most of its tests."""

from __future__ import annotations

from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc._rfc7518.rsa_key import RSABinding


@pytest.fixture(scope="session")
def rsa_keys() -> dict[tuple[int, int], RSAPrivateKey]:
    """Those that were made, by their size and the place in which a test asked for one."""
    return {}


@pytest.fixture(autouse=True)
def keys_made_once(monkeypatch: pytest.MonkeyPatch, rsa_keys: dict[tuple[int, int], RSAPrivateKey]) -> None:
    """Every key that a test makes is another; the next test gets the same ones again."""
    make, places = RSABinding.generate_private_key, count()

    def generate_private_key(size: int) -> RSAPrivateKey:
        asked = size, next(places)
        if asked not in rsa_keys:
            rsa_keys[asked] = make(size)
        return rsa_keys[asked]

    monkeypatch.setattr(RSABinding, "generate_private_key", staticmethod(generate_private_key))
