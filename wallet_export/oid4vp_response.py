"""What a wallet posts as its answer: in the open, or encrypted (OpenID4VP 1.0, sections 8.2, 8.3 and 8.5). Pure.

The answer is read strictly and judged by nobody here: who presents what is a question to the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import ec

from credentials import strict_json
from credentials.problems import Unacceptable
from keys import base64url
from keys.public_key import PublicKey

INVALID_REQUEST: Final = "invalid_request"
MOST_BYTES: Final = 1024 * 1024
_SEED = 40  # bytes: eight more than the curve has, so that each key is as likely as any other (FIPS 186-5, A.2.1)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LIMITS = strict_json.Limits(max_bytes=MOST_BYTES, max_depth=44, max_values=40_000)
_ENC = ("A128GCM", "A256GCM")
_JWE = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_HEADER = frozenset({"alg", "enc", "kid", "epk", "apu", "apv", "typ", "cty"})


class AnswerRefused(Exception):  # noqa: N818  (a verdict)
    """The answer is none; `code` and `description` are what the wallet is told (RFC 6749, section 4.1.2.1)."""

    def __init__(self, description: str, code: str = INVALID_REQUEST) -> None:
        self.code, self.description = code, description
        super().__init__(description)


@dataclass(frozen=True, slots=True)
class WalletAnswer:
    """What was answered: presentations by the ids of the query, or the wallet's `error`."""

    presentations: Mapping[str, tuple[Any, ...]]
    state: str
    error: str = ""


def seed_bytes() -> int:
    """So many random bytes a key is made of."""
    return _SEED


def private_key(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """The key that one answer is encrypted to; the same for the same seed."""
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key(seed: bytes) -> PublicKey:
    """The public half of `private_key`."""
    return PublicKey.of(private_key(seed).public_key())


def read_answer(body: bytes, *, seed: bytes | None, kid: str) -> WalletAnswer:
    """The answer in a posted form. seed: the answer must be encrypted to the key of it, which is called `kid`.

    Raises AnswerRefused.
    """
    form = _form(body)
    if seed is None or "error" in form:  # what went wrong may come unencrypted (section 8.3)
        if "response" in form:
            raise AnswerRefused("the answer was asked for as it is, not encrypted")
        members: dict[str, Any] = {**form}
        if "vp_token" in form:
            members["vp_token"] = _json(form["vp_token"].encode(), "vp_token")
    else:
        if "response" not in form or "vp_token" in form:
            raise AnswerRefused("the answer must be encrypted, in the parameter response")
        members = _decrypted(form["response"], seed, kid)
    return _answer(members)


def _form(body: bytes) -> dict[str, str]:
    if len(body) > MOST_BYTES:
        raise AnswerRefused("the answer is too large")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=20
        )
    except ValueError:
        raise AnswerRefused("the body is no form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise AnswerRefused("a parameter is there twice")
    return form


def _answer(members: Mapping[str, Any]) -> WalletAnswer:
    state, error = members.get("state"), members.get("error", "")
    if not isinstance(state, str) or not isinstance(error, str):
        raise AnswerRefused("the answer has no state")
    if error:
        return WalletAnswer({}, state, error[:80])
    token = members.get("vp_token")
    if not isinstance(token, dict) or not token:
        raise AnswerRefused("vp_token must be an object with a member for each credential that is shown")
    shown: dict[str, tuple[Any, ...]] = {}
    for name, given in token.items():
        if not isinstance(given, list) or not given or not all(isinstance(one, str | dict) for one in given):
            raise AnswerRefused("each member of vp_token must be an array of presentations")
        shown[name] = tuple(given)
    return WalletAnswer(shown, state)


def _decrypted(token: str, seed: bytes, kid: str) -> dict[str, Any]:
    """The payload of a JWE by ECDH-ES alone: nothing is inflated, and no other key is looked for."""
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    match = _JWE.fullmatch(token)
    if match is None:
        raise AnswerRefused("the answer is not encrypted by ECDH-ES in compact form")
    try:
        header = _json(base64url.decode(match[1]), "the header")
    except ValueError:
        raise AnswerRefused("the header of the encrypted answer cannot be read") from None
    if header.get("alg") != "ECDH-ES" or header.get("enc") not in _ENC or set(header) - _HEADER:
        raise AnswerRefused("the answer is encrypted in another way than was asked for")
    if header.get("kid", kid) != kid:
        raise AnswerRefused("the answer is encrypted to another key")
    private = private_key(seed)
    numbers = private.public_key().public_numbers()
    members: dict[str, str | list[str]] = {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url.encode(numbers.x.to_bytes(32, "big")),
        "y": base64url.encode(numbers.y.to_bytes(32, "big")),
        "d": base64url.encode(private.private_numbers().private_value.to_bytes(32, "big")),
    }
    try:
        found = jwe.decrypt_compact(token, ECKey.import_key(members), algorithms=["ECDH-ES", *_ENC])
    except (JoseError, ValueError, TypeError, KeyError):
        raise AnswerRefused("the answer cannot be decrypted") from None
    return _json(found.plaintext or b"", "the answer")


def _json(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = strict_json.parse(data, _LIMITS)
    except Unacceptable:
        raise AnswerRefused(f"{what} is no JSON") from None
    if not isinstance(found, dict):
        raise AnswerRefused(f"{what} is no object")
    return found
