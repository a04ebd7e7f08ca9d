"""What keys are for, in which state they are, and which type fits which use."""

from __future__ import annotations

from enum import StrEnum

from issuer import key_words
from issuer.errors import KeyDoesNotFit
from keys.public_key import KeyType


class Use(StrEnum):
    """What a key signs."""

    DATA_INTEGRITY = "data-integrity"
    JWT = "jwt"


class KeyState(StrEnum):
    """Active keys sign; retired ones only verify; compromised ones are marked as such for everyone."""

    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


IN_A_FILE = "file:"
"""Where this server keeps a key itself."""
DEFAULT_TYPES = {Use.DATA_INTEGRITY: KeyType.ED25519, Use.JWT: KeyType.RSA}
_FITTING = {
    Use.DATA_INTEGRITY: (KeyType.ED25519, KeyType.P256, KeyType.P384),
    Use.JWT: (KeyType.RSA, KeyType.P256, KeyType.P384, KeyType.ED25519),
}
_REASON = {
    Use.DATA_INTEGRITY: key_words.PROOF_KEYS,
    Use.JWT: key_words.JWT_KEYS,
}


def check_fit(key_type: KeyType, use: Use) -> None:
    """Return if a key of that type can be used so; raises KeyDoesNotFit with what would fit."""
    if key_type not in _FITTING[use]:
        fitting = ", ".join(_FITTING[use])
        raise KeyDoesNotFit(key_words.unfit(key_type, use, _REASON[use], fitting))
