"""The holder's signature over what he shows, for one verifier and one question (RFC 9901, sections 4.3 and 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from credentials.prepared import written
from credentials.problems import PROOF_VERIFICATION_ERROR, Unacceptable, refuse
from credentials.proofs import compact_jws
from credentials.proofs.sd_jwt.token import SdJwt
from credentials.sentence import sentence
from keys import base64url, jwk
from keys.errors import KeysError
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

TYPE = "kb+jwt"
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the verifier asked: the `nonce` and the `audience` that must come back, and how old the answer may be."""

    nonce: str
    audience: str
    longest: timedelta = timedelta(minutes=10)


def bind(text: str, holder: Signer, *, nonce: str, audience: str, now: datetime) -> str:
    """An SD-JWT (which ends in a tilde) with the holder's signature behind it."""
    claims = {"iat": int(now.timestamp()), "aud": audience, "nonce": nonce, "sd_hash": _hash(text)}
    return text + compact_jws.sign({"typ": TYPE}, written(claims), holder)


def holder_key(sd_jwt: SdJwt) -> PublicKey | None:
    """The key that the issuer bound it to (`cnf`), or None. Raises `Unacceptable` for one that cannot be used."""
    confirmation = sd_jwt.claims.get("cnf")
    if confirmation is None:
        return None
    key = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(key, dict):
        raise _refused(sentence("The key to which the token is bound is given in a way that is not known here."))
    try:
        return jwk.from_jwk(key)
    except KeysError as error:
        raise _refused(sentence("The key to which the token is bound cannot be used: {why}", why=str(error))) from None


def check(sd_jwt: SdJwt, asked: Asked, now: datetime) -> None:
    """Returns if its holder showed it, now and for this question.

    Raises `Unacceptable` (PROOF_VERIFICATION_ERROR, or CRYPTOGRAPHIC_SECURITY_ERROR for a wrong signature).
    """
    key = holder_key(sd_jwt)
    if key is None or sd_jwt.bound is None:
        raise _refused(sentence("It is not shown by its holder: his signature is missing, or it is bound to no key."))
    token = compact_jws.read(sd_jwt.bound, types=(TYPE,), typed=True)
    compact_jws.verify(token, key)
    claims = token.payload
    if claims.get("sd_hash") != _hash(sd_jwt.text):
        raise _refused(sentence("The holder's signature is over something else than what is shown."))
    if claims.get("nonce") != asked.nonce or claims.get("aud") != asked.audience:
        raise _refused(sentence("The holder's signature was made for another verifier or another question."))
    made = claims.get("iat")
    if not isinstance(made, int | float) or isinstance(made, bool):
        raise _refused(sentence("The holder's signature does not say when it was made."))
    if not now.timestamp() - asked.longest.total_seconds() <= made <= now.timestamp() + _SKEW.total_seconds():
        raise _refused(sentence("The holder's signature was not made just now."))


def _hash(text: str) -> str:
    return base64url.encode(sha256(text.encode("ascii")).digest())


def _refused(detail: str) -> Unacceptable:
    return refuse(PROOF_VERIFICATION_ERROR, "Not shown by its holder", detail)
