"""The cryptosuites that a program or a document may ask for, and which keys each signs with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from keys.algorithms import KeyType

SELECTIVE = "ecdsa-sd-2023"
_ECDSA = (KeyType.P256, KeyType.P384)

KEY_TYPES: Mapping[str, tuple[KeyType, ...]] = MappingProxyType(
    {
        "eddsa-rdfc-2022": (KeyType.ED25519,),
        "eddsa-jcs-2022": (KeyType.ED25519,),
        "ecdsa-rdfc-2019": _ECDSA,
        "ecdsa-jcs-2019": _ECDSA,
        SELECTIVE: (KeyType.P256,),
    }
)
"""The cryptosuites that can be chosen, and the keys that each signs with."""


def checked(names: Sequence[str]) -> tuple[str, ...]:
    """The cryptosuites, if they can be chosen together. Raises ValueError with what would be right."""
    known = ", ".join(KEY_TYPES)
    if unknown := [name for name in names if name not in KEY_TYPES]:
        raise ValueError(f"{unknown[0]!r} is no cryptosuite; known are: {known}")
    if len(set(names)) != len(names):
        raise ValueError("a cryptosuite stands here twice; name each once")
    return tuple(names)


def embedded(names: Sequence[str]) -> tuple[str, ...]:
    """Those whose proofs are in what is published."""
    return tuple([name for name in names if name != SELECTIVE])
