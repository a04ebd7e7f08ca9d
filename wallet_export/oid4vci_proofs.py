"""Proofs of possession: a JWT signed with the key that a copy is to be bound to (OpenID4VCI 1.0, appendices D and F.1).

The key is named by a did:key or did:jwk (`kid`), or stands in the header (`jwk`, or the first certificate of `x5c`). If
the wallet sends an attestation of the key (`key_attestation`), its form is checked always, that it names the key
always, and its signature if anybody is trusted to attest; where attestations are demanded, one that nobody who is
trusted signed is none. An attestation that counts shows the other keys that it names too, and can be the only proof.

Certificates of a proof say no more than its key, unless attestations are demanded and roots are trusted: then one of
these must vouch for them. Where keys alone are trusted, it is the attestation, signed with one of those, that vouches
for the certificate's key. Certificates of an attestation say who signed it, if a trusted root vouches for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.proofs import compact_jws
from keys import base64url, jwk
from keys.errors import KeysError
from keys.public_key import PublicKey
from wallet_export.holder_key import Holder
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_metadata import BATCH_SIZE, NO_ATTESTATIONS, PROOF_ALGORITHMS, Attestations

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

TYPE: Final = "openid4vci-proof+jwt"
ATTESTATION_TYPE: Final = "key-attestation+jwt"
_EARLIEST: Final = 600  # seconds that a proof may be old; its nonce is younger, or it is refused for that
_SKEW: Final = 60
_MOST_ATTESTED: Final = 100
_LIMITS: Final = strict_json.Limits(max_bytes=64 * 1024, max_depth=8, max_values=4_000)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose attestations count: of these keys, and of certificates below these roots. Others are read all the same."""

    keys: Sequence[PublicKey] = ()
    roots: Sequence[Certificate] = ()
    demanded: Attestations = NO_ATTESTATIONS


@dataclass(frozen=True, slots=True)
class Shown:
    """A key that its holder has: the nonce must still be one of ours. attested: by somebody who is trusted."""

    holder: Holder
    nonce: str
    attested: bool


def check_proof(text: str, *, issuer: str, now: datetime, trust: Trust) -> tuple[Shown, ...]:
    """The key that this proof shows, then those that its attestation does. Raises Oid4vciError (invalid_proof)."""
    try:
        token = compact_jws.read(text, types=(TYPE,), typed=True, certificates=True)
        holder = _holder(token.header, now, trust)
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
    attested = _attested(token.header, holder, nonce, now, trust)
    own = Shown(holder, nonce, _key(holder) in attested)
    return (own, *(Shown(Holder.of_key(one), nonce, True) for one in attested if one != holder.key))


def check_attestation(text: str, *, now: datetime, trust: Trust) -> tuple[Shown, ...]:
    """The keys that this attestation shows by itself (appendix F.3). Raises Oid4vciError (invalid_proof)."""
    header, claims = _read_attestation(text)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise _invalid("An attestation that is the only proof needs a nonce: get one from the nonce endpoint.")
    _check_attestation(claims, nonce, now, must_end=False)  # the nonce says how old it is (D.1)
    if not _is_trusted(text, header, now, trust):
        raise _invalid("The attestation of the keys is signed by nobody who is trusted here.")
    _check_promises(claims, trust)
    keys = _attested_keys(claims)
    if len(keys) > BATCH_SIZE:
        raise _invalid(f"At most {BATCH_SIZE} keys can be given at once.")
    return tuple(Shown(Holder.of_key(one), nonce, True) for one in keys)


def check_proofs(texts: Sequence[str], *, issuer: str, now: datetime, trust: Trust) -> tuple[Shown, ...]:
    """The keys that all proofs of one request show, with one nonce (appendix F.1). Raises Oid4vciError.

    First those that signed, then others that they attest, as many as are given at once.
    """
    found = tuple(check_proof(text, issuer=issuer, now=now, trust=trust) for text in texts)
    if len({one.nonce for shown in found for one in shown}) != 1:
        raise Oid4vciError("invalid_nonce", "The proofs of one request must have the same nonce.")
    by_key = {_key(own.holder): own for own, *_ in found}
    if len(by_key) != len(found):
        raise _invalid("Two proofs show the same key; each key gets one credential.")
    for _, *others in found:
        for one in others:
            by_key.setdefault(_key(one.holder), one)
    return tuple(by_key.values())[:BATCH_SIZE]


def _holder(header: Mapping[str, Any], now: datetime, trust: Trust) -> Holder:
    named = [name for name in ("kid", "jwk", "x5c", "trust_chain") if name in header]
    if named == ["jwk"]:
        return Holder.of_key(jwk.from_jwk(header["jwk"]))
    if named == ["kid"]:
        return Holder.of_method(header["kid"])
    if named == ["x5c"]:
        from wallet_export.certificate_chains import leaf_key, vouched_key

        listed = header["x5c"]
        to_vouch = trust.demanded.required and trust.roots
        return Holder.of_key(vouched_key(listed, trust.roots, now) if to_vouch else leaf_key(listed))
    raise _invalid("The header of a proof must have one of kid, the URL of a key of a did:key or did:jwk, jwk and x5c.")


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


def _attested(
    header: Mapping[str, Any], holder: Holder, nonce: str, now: datetime, trust: Trust
) -> tuple[PublicKey, ...]:
    """The keys of an attestation that counts."""
    text = header.get("key_attestation")
    if text is None:
        if trust.demanded.required:
            raise _invalid("An attestation of the key (key_attestation) is demanded.")
        return ()
    if not isinstance(text, str):
        raise _invalid("key_attestation must be a text.")
    signed, claims = _read_attestation(text)
    _check_attestation(claims, nonce, now)
    keys = _attested_keys(claims)
    if _key(holder) not in keys:
        raise _invalid("The proof is signed with a key that its attestation does not name.")
    trusted = _is_trusted(text, signed, now, trust)
    if not trusted and (trust.keys or trust.roots or trust.demanded.required):
        raise _invalid("The attestation of the key is signed by nobody who is trusted here.")
    _check_promises(claims, trust)
    return keys if trusted else ()


def _is_trusted(text: str, header: Mapping[str, Any], now: datetime, trust: Trust) -> bool:
    alg = header["alg"]
    if any(_is_signed(text, alg, key) for key in trust.keys):
        return True
    if "x5c" not in header or not trust.roots:
        return False
    from wallet_export.certificate_chains import vouched_key

    try:
        return _is_signed(text, alg, vouched_key(header["x5c"], trust.roots, now))
    except KeysError as error:
        raise _invalid(f"The attestation of the key cannot be taken: {error}.") from None


def _check_promises(claims: Mapping[str, Any], trust: Trust) -> None:
    for name, wanted in trust.demanded.document().items():
        if not set(wanted) & set(claims.get(name, ())):
            raise _invalid(f"The attestation does not promise the {name} that is demanded.")


def _read_attestation(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its header, whose `alg` can be checked, and its claims. `kid` is looked past: trusted keys are known here."""
    try:
        header, payload, _ = (_object_in(part) if index < 2 else {} for index, part in enumerate(text.split(".")))
    except ValueError:
        raise _invalid("key_attestation is not a readable JWT.") from None
    if str(header.get("typ", "")).lower().removeprefix("application/") != ATTESTATION_TYPE:
        raise _invalid(f"The type of key_attestation must be {ATTESTATION_TYPE}.")
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in compact_jws.SUPPORTED or "crit" in header or "b64" in header:
        raise _invalid("The algorithm of key_attestation is not accepted.")
    return header, payload


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
