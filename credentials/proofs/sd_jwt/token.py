"""The token with its disclosures: `JWT~disclosure~…~` and, if its holder showed it, his own signature behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials.prepared import written
from credentials.problems import PARSING_ERROR, refuse
from credentials.proofs import compact_jws
from credentials.proofs.compact_jws import CompactJws
from credentials.proofs.sd_jwt import disclosures
from credentials.proofs.sd_jwt.concealing import conceal
from credentials.proofs.sd_jwt.disclosures import Disclosure
from credentials.proofs.sd_jwt.revealing import reveal
from credentials.sentence import sentence

if TYPE_CHECKING:
    from keys.signer import Signer

VC_TYPE = "vc+sd-jwt"
"""A credential of the W3C data model (VC-JOSE-COSE, section 3.2.1)."""
DC_TYPE = "dc+sd-jwt"
"""An SD-JWT VC of the IETF."""

_MAX_DISCLOSURES = 500
_MAX_CHARACTERS = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SdJwt:
    """A well-formed SD-JWT whose signature nobody has checked yet.

    claims: the payload with everything that is disclosed in its place. bound: the holder's signature (KB-JWT), or None.
    """

    token: CompactJws
    disclosures: tuple[Disclosure, ...]
    claims: dict[str, Any]
    bound: str | None

    @property
    def text(self) -> str:
        """Without the holder's signature: what that signature is over."""
        return "~".join((self.token.text, *(one.text for one in self.disclosures), ""))


def issue(
    payload: Mapping[str, Any],
    signer: Signer,
    *,
    typ: str,
    kid: str,
    concealed: Iterable[str],
    randomness: Callable[[int], bytes],
) -> str:
    """The SD-JWT of a payload for its holder, with every disclosure; `concealed` are JSON Pointers.

    Raises `Unacceptable` (MALFORMED_VALUE_ERROR) for a pointer to nothing, and what `Signer.sign` raises.
    """
    hidden, made = conceal(payload, concealed, randomness=randomness)
    token = compact_jws.sign({"typ": typ, "kid": kid}, written(hidden), signer)
    return "~".join((token, *(one.text for one in made), ""))


def is_sd_jwt(text: str) -> bool:
    """Whether it looks like one: a token and a tilde."""
    return text.startswith("eyJ") and "~" in text


def read(text: str, *, types: Collection[str], typed: bool = True) -> SdJwt:
    """The parts of an SD-JWT with or without the holder's signature. Nothing is believed yet.

    types, typed: as `compact_jws.read` has them. Raises `Unacceptable` as that does, and PARSING_ERROR or
    PROOF_VERIFICATION_ERROR for disclosures that are malformed or do not fit the payload.
    """
    if len(text) > _MAX_CHARACTERS or text.count("~") > _MAX_DISCLOSURES or "~" not in text:
        raise refuse(PARSING_ERROR, "Not a token", sentence("It is no SD-JWT, or one with too many parts."))
    jws, *parts, bound = text.strip().split("~")
    token = compact_jws.read(jws, types=types, typed=typed)
    disclosed = tuple(disclosures.read(part) for part in parts)
    return SdJwt(token, disclosed, reveal(token.payload, disclosed), bound or None)


def shown(sd_jwt: SdJwt, wanted: Callable[[Disclosure], bool]) -> str:
    """The SD-JWT with the disclosures that are wanted, and those within which they lie, without any signature of his.

    Raises nothing that `read` did not raise.
    """
    kept = {one.digest for one in sd_jwt.disclosures if wanted(one)}
    for outer in sd_jwt.disclosures:
        if outer.digest not in kept and _holds(outer.value, sd_jwt, kept):
            kept.add(outer.digest)
    texts = (one.text for one in sd_jwt.disclosures if one.digest in kept)
    return "~".join((sd_jwt.token.text, *texts, ""))


def _holds(value: Any, sd_jwt: SdJwt, kept: Collection[str]) -> bool:
    """Whether a digest of what is kept lies somewhere within the value, also within other disclosures there."""
    by_digest = {one.digest: one for one in sd_jwt.disclosures}
    waiting, seen = [value], set[str]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and one in by_digest and one not in seen:
            if one in kept:
                return True
            seen.add(one)
            waiting.append(by_digest[one].value)
    return False
