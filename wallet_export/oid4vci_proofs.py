"""Proofs of possession: a JWT signed with the key that a copy is to be bound to (OpenID4VCI 1.0, appendices D and F.1).

The key is named by a did:key or did:jwk (`kid`), or stands in the header (`jwk`). If the wallet sends an attestation of
the key (`key_attestation`), its form is checked always, that it names the key always, and its signature if anybody is
trusted to attest; where attestations are demanded, one that nobody who is trusted signed is none. An attestation can
also be the only proof, of all keys that it names: then somebody who is trusted must have signed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.proofs import compact_jws
from keys import base64url, jwk
from keys.errors import KeysError
from keys.public_key import PublicKey
from wallet_export.holder_key import Holder
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_metadata import BATCH_SIZE, NO_ATTESTATIONS, PROOF_ALGORITHMS, Attestations

TYPE: Final = "openid4vci-proof+jwt"
ATTESTATION_TYPE: Final = "key-attestation+jwt"
_EARLIEST: Final = 600  # seconds that a proof may be old; its nonce is younger, or it is refused for that
_SKEW: Final = 60
_MOST_ATTESTED: Final = 100
_LIMITS: Final = strict_json.Limits(max_bytes=64 * 1024, max_depth=8, max_values=4_000)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose attestations count. Without a key none does, though one that is sent is still read."""

    keys: Sequence[PublicKey] = ()
    demanded: Attestations = NO_ATTESTATIONS


@dataclass(frozen=True, slots=True)
class Shown:
    """A key that its holder has: the nonce must still be one of ours. attested: by somebody who is trusted."""

    holder: Holder
    nonce: str
    attested: bool


def check_proof(text: str, *, issuer: str, now: datetime, trust: Trust) -> Shown:
    """The key that this proof shows. Raises Oid4vciError (invalid_proof)."""
    try:
        token = compact_jws.read(text, types=(TYPE,), typed=True)
        holder = _holder(token.header)
        compact_jws.verify(token, _key(holder))
    except (Unacceptable, KeysError) as error:
        raise _invalid(f"A proof cannot be taken: {error}") from None
    if token.alg not in PROOF_ALGORITHMS:
        raise _invalid(f"The algorithm {token.alg} is not taken for proofs.")
    claims = token.payload
    if claims.get("aud") != issuer and claims.get("aud") != [issuer]:
        raise _invalid("aud of a proof must be the credential issuer's identifier.")
    _check_age(claims, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise _invalid("A proof has no nonce: get one from the nonce endpoint.")
    if "iss" in claims and not isinstance(claims["iss"], str):
        raise _invalid("iss of a proof must be a text.")
    return Shown(holder, nonce, _attested(token.header, holder, nonce, now, trust))


def check_attestation(text: str, *, now: datetime, trust: Trust) -> tuple[Shown, ...]:
    """The keys that this attestation shows by itself (appendix F.3). Raises Oid4vciError (invalid_proof)."""
    alg, claims = _read_attestation(text)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise _invalid("An attestation that is the only proof needs a nonce: get one from the nonce endpoint.")
    _check_attestation(claims, nonce, now, must_end=False)  # the nonce says how old it is (D.1)
    if not _is_trusted(text, alg, trust):
        raise _invalid("The attestation of the keys is signed by nobody who is trusted here.")
    _check_promises(claims, trust)
    keys = _attested_keys(claims)
    if len(keys) > BATCH_SIZE:
        raise _invalid(f"At most {BATCH_SIZE} keys can be given at once.")
    return tuple(Shown(Holder.of_key(one), nonce, True) for one in keys)


def check_proofs(texts: Sequence[str], *, issuer: str, now: datetime, trust: Trust) -> tuple[Shown, ...]:
    """All proofs of one request: with one nonce, for as many keys. Raises Oid4vciError."""
    found = tuple(check_proof(text, issuer=issuer, now=now, trust=trust) for text in texts)
    if len({one.nonce for one in found}) != 1:
        raise Oid4vciError("invalid_nonce", "The proofs of one request must have the same nonce.")
    if len({_key(one.holder) for one in found}) != len(found):
        raise _invalid("Two proofs show the same key; each key gets one credential.")
    return found


def _holder(header: Mapping[str, Any]) -> Holder:
    named = [name for name in ("kid", "jwk", "x5c", "trust_chain") if name in header]
    if named == ["jwk"]:
        return Holder.of_key(jwk.from_jwk(header["jwk"]))
    if named == ["kid"]:
        return Holder.of_method(header["kid"])
    raise _invalid("The header of a proof must have either kid, the URL of a key of a did:key or did:jwk, or jwk.")


def _key(holder: Holder) -> PublicKey:
    if holder.key is None:  # no DID is taken here whose key is not known
        raise _invalid("The key of the holder is not known.")
    return holder.key


def _check_age(claims: Mapping[str, Any], now: datetime) -> None:
    made = claims.get("iat")
    if not isinstance(made, int | float) or isinstance(made, bool):
        raise _invalid("A proof does not say when it was made (iat).")
    if not now.timestamp() - _EARLIEST <= made <= now.timestamp() + _SKEW:
        raise _invalid("A proof was not made just now (iat).")
    ends = claims.get("exp")
    if ends is not None and (not isinstance(ends, int | float) or isinstance(ends, bool) or ends < now.timestamp()):
        raise _invalid("A proof is over (exp).")


def _attested(header: Mapping[str, Any], holder: Holder, nonce: str, now: datetime, trust: Trust) -> bool:
    text = header.get("key_attestation")
    if text is None:
        if trust.demanded.required:
            raise _invalid("An attestation of the key (key_attestation) is demanded.")
        return False
    if not isinstance(text, str):
        raise _invalid("key_attestation must be a text.")
    alg, claims = _read_attestation(text)
    _check_attestation(claims, nonce, now)
    if _key(holder) not in _attested_keys(claims):
        raise _invalid("The proof is signed with a key that its attestation does not name.")
    trusted = _is_trusted(text, alg, trust)
    if not trusted and (trust.keys or trust.demanded.required):
        raise _invalid("The attestation of the key is signed by nobody who is trusted here.")
    _check_promises(claims, trust)
    return trusted


def _is_trusted(text: str, alg: str, trust: Trust) -> bool:
    return any(_is_signed(text, alg, key) for key in trust.keys)


def _check_promises(claims: Mapping[str, Any], trust: Trust) -> None:
    for name, wanted in trust.demanded.document().items():
        if not set(wanted) & set(claims.get(name, ())):
            raise _invalid(f"The attestation does not promise the {name} that is demanded.")


def _read_attestation(text: str) -> tuple[str, dict[str, Any]]:
    """Its algorithm and claims. `x5c` and `kid` are looked past: the keys that are trusted are known here."""
    try:
        header, payload, _ = (_object_in(part) if index < 2 else {} for index, part in enumerate(text.split(".")))
    except ValueError:
        raise _invalid("key_attestation is not a readable JWT.") from None
    if str(header.get("typ", "")).lower().removeprefix("application/") != ATTESTATION_TYPE:
        raise _invalid(f"The type of key_attestation must be {ATTESTATION_TYPE}.")
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in compact_jws.SUPPORTED or "crit" in header or "b64" in header:
        raise _invalid("The algorithm of key_attestation is not accepted.")
    return alg, payload


def _object_in(part: str) -> dict[str, Any]:
    """A part of a token. Raises ValueError (`Unacceptable` is one)."""
    try:
        value = strict_json.parse(base64url.decode(part), _LIMITS)
    except Unacceptable as error:
        raise ValueError(str(error)) from None
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  (a text from outside)
    return value


def _check_attestation(claims: Mapping[str, Any], nonce: str, now: datetime, *, must_end: bool = True) -> None:
    for name in ("iat", "exp") if must_end or "exp" in claims else ("iat",):
        value = claims.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _invalid(f"key_attestation has no {name}.")
    if claims.get("exp", now.timestamp()) < now.timestamp() or claims["iat"] > now.timestamp() + _SKEW:
        raise _invalid("key_attestation is over, or not begun.")
    if "nonce" in claims and claims["nonce"] != nonce:
        raise _invalid("key_attestation was made for another nonce.")
    for name in ("key_storage", "user_authentication"):
        values = claims.get(name, ["-"])
        if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
            raise _invalid(f"{name} of key_attestation must be an array of texts.")


def _attested_keys(claims: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """Each once, in their order."""
    listed = claims.get("attested_keys")
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_ATTESTED:
        raise _invalid("key_attestation has no attested_keys.")
    try:
        found = dict.fromkeys(jwk.from_jwk(one) for one in listed if isinstance(one, dict))
    except KeysError as error:
        raise _invalid(f"A key in key_attestation cannot be used: {error}") from None
    if not found:
        raise _invalid("key_attestation has no attested_keys.")
    return tuple(found)


def _is_signed(text: str, alg: str, key: PublicKey) -> bool:
    if alg not in compact_jws.NAMES_OF_KEY_TYPE[key.type]:
        return False
    try:
        compact_jws.verify_text(text, alg, key)
    except Unacceptable:
        return False
    return True


def _invalid(description: str) -> Oid4vciError:
    return Oid4vciError("invalid_proof", description)
