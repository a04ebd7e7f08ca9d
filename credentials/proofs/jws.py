"""PyJWT with exactly one algorithm, whose key is a `PublicKey`: no name in a header chooses anything.

Imported when a token is verified and not before: with what it imports it costs more than all else that a short command
does (docs/adr/0017-cold-start.md).
"""

from __future__ import annotations

from typing import Any

from jwt.algorithms import Algorithm
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidTokenError

from keys.errors import SignatureMismatch
from keys.public_key import PublicKey


class _KeyAlgorithm(Algorithm):
    """PyJWT's idea of an algorithm, handing the work to a `PublicKey`."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:  # noqa: ARG002
        raise TypeError("tokens are signed by credentials.proofs.jose.Stamp")

    def verify(self, msg: bytes, key: PublicKey, sig: bytes) -> bool:
        try:
            key.verify(sig, msg)
        except SignatureMismatch:
            return False
        return True

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:  # noqa: ARG004
        raise TypeError("keys are converted by keys.jwk")

    @staticmethod
    def from_jwk(jwk: Any) -> Any:  # noqa: ARG004
        raise TypeError("keys are converted by keys.jwk")


def is_signed(token: str, public_key: PublicKey, algorithm: str) -> bool:
    """Whether a compact JWS, of this algorithm by its header, is signed by the key (RFC 7515, section 5.2).

    Raises KeysError, other than SignatureMismatch, if that could not be checked.
    """
    key: Any = public_key
    try:
        _only(algorithm).decode_complete(token, key, algorithms=[algorithm])
    except InvalidTokenError:
        return False
    return True


_ONLY: dict[str, PyJWS] = {}


def _only(algorithm: str) -> PyJWS:
    """The one for that algorithm, of the few that `keys.algorithms` names."""
    if algorithm not in _ONLY:
        jws = PyJWS(algorithms=[])
        jws.register_algorithm(algorithm, _KeyAlgorithm())
        _ONLY[algorithm] = jws
    return _ONLY[algorithm]
