"""What is secured from outside: a credential or a presentation within a signed token or message.

Three kinds (VC-JOSE-COSE, section 3): a JWS, an SD-JWT, and a COSE_Sign1. They are read here to one shape, so that
whoever judges them asks all of them the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from credentials.problems import MALFORMED_VALUE_ERROR, PARSING_ERROR, PROOF_VERIFICATION_ERROR, Problem, refuse
from credentials.proofs import compact_jws, jose
from credentials.sentence import sentence
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from credentials.proofs.sd_jwt.token import SdJwt

VC_JWT, VC_SD_JWT, VC_COSE, DC_SD_JWT = "vc+jwt", "vc+sd-jwt", "vc+cose", "dc+sd-jwt"
VP_JWT, VP_SD_JWT, VP_COSE = "vp+jwt", "vp+sd-jwt", "vp+cose"

BESIDE = jose.REGISTERED_CLAIMS | {"nonce"}
"""Claims that may stand beside a credential or a presentation in a token and are no part of it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something well formed whose signature nobody has checked yet.

    media_type: one of those above. payload: what is signed, with everything that is disclosed in its place.
    credential: the credential or presentation in it, without the claims of the token; of an SD-JWT VC all claims.
    kid: the key it names. jwk: a key that it brings along, never a reason to trust it. verify: as `compact_jws.verify`.
    sd_jwt: the token with its disclosures, if it is one. text: the secured text; of a message its data URL.
    """

    media_type: str
    payload: Mapping[str, Any]
    credential: dict[str, Any]
    kid: str | None
    jwk: Mapping[str, Any] | None
    verify: Callable[[PublicKey], None]
    text: str
    sd_jwt: SdJwt | None = None


def of_jwt(token: jose.UnverifiedJwt) -> Envelope:
    """A VC-JWT as `jose.parse` has read it."""
    verify = partial(jose.verify, token)
    return Envelope(VC_JWT, token.payload, token.credential, token.kid, token.jwk, verify, token.token)


def presentation_jwt(text: str) -> Envelope:
    """A presentation as a JWT; its payload, or the claim `vp` of VCDM 1.1. Raises `Unacceptable`."""
    token = compact_jws.read(text.strip(), types=(VP_JWT, "jwt"))
    _require_content(token.header, {"vp", "application/vp"})
    presentation = _presentation(token.payload)
    verify = partial(compact_jws.verify, token)
    return Envelope(VP_JWT, token.payload, presentation, token.kid, token.jwk, verify, token.text)


def sd_jwt(text: str, *, types: Collection[str], told: str = "") -> Envelope:
    """A credential, an SD-JWT VC or a presentation as an SD-JWT. Raises `Unacceptable`.

    types: which of them it may be. told: which of them somebody says that it is; only then may it be silent itself.
    """
    from credentials.proofs.sd_jwt import token as sd_jwt_token

    read = sd_jwt_token.read(text, types=types, typed=not told)
    kind = read.token.typ or told
    if kind == VC_SD_JWT and "vct" in read.claims and "@context" not in read.claims:
        kind = DC_SD_JWT  # as SD-JWT VCs were called until 2024
    if told and kind != told:
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            "Token of another type",
            sentence("The token is not of the type it is said to be."),
        )
    if kind == DC_SD_JWT:
        content = dict(read.claims)
    else:
        _require_content(read.token.header, {kind[:2], f"application/{kind[:2]}"})
        content = _presentation(read.claims) if kind == VP_SD_JWT else _without_claims(read.claims)
    verify = partial(compact_jws.verify, read.token)
    return Envelope(kind, read.claims, content, read.token.kid, read.token.jwk, verify, text.strip(), read)


def cose(data: bytes, *, kind: str) -> Envelope:
    """A credential (`VC_COSE`) or a presentation (`VP_COSE`) as a COSE_Sign1. Raises `Unacceptable`."""
    import base64

    from credentials.proofs import cose as cose_messages

    message = cose_messages.read(data, types=(kind,), content_type=kind[:2])
    content = _presentation(message.payload) if kind == VP_COSE else _without_claims(message.payload)
    text = f"data:application/{kind};base64,{base64.b64encode(data).decode()}"
    verify = partial(cose_messages.verify, message)
    return Envelope(kind, message.payload, content, message.kid, None, verify, text)


def bytes_of_base64(text: str) -> bytes:
    """The bytes of a message that is given as text, with or without padding. Raises ValueError."""
    import base64

    stripped = text.strip().rstrip("=")
    return base64.b64decode(stripped + "=" * (-len(stripped) % 4), validate=True)


def misplaced_claims(payload: Mapping[str, Any]) -> tuple[Problem, ...]:
    """A problem for each of the claims `vc` and `vp`, which have no place beside a credential (section 3.1.3)."""
    detail = sentence("The token has a claim vc or vp beside the credential or presentation, which is forbidden.")
    return tuple(
        Problem(MALFORMED_VALUE_ERROR, "Claim of another version", detail, f"/{name}")
        for name in ("vc", "vp")
        if name in payload
    )


def _presentation(payload: Mapping[str, Any]) -> dict[str, Any]:
    wrapped = payload.get("vp")
    if isinstance(wrapped, dict) and "type" not in payload:
        holder = {"holder": payload["iss"]} if isinstance(payload.get("iss"), str) else {}
        return {**holder, **wrapped}
    return _without_claims(payload)


def _without_claims(payload: Mapping[str, Any]) -> dict[str, Any]:
    content = {name: value for name, value in payload.items() if name not in BESIDE}
    if "@context" not in content or "type" not in content:
        raise refuse(
            PARSING_ERROR,
            "Nothing in it",
            sentence("The token holds neither a verifiable credential nor a presentation."),
        )
    return content


def _require_content(header: Mapping[str, Any], allowed: Collection[str]) -> None:
    named = str(header.get("cty", "")).lower()
    if named and named not in allowed:
        detail = sentence("The token is said to hold {cty}, which does not fit its type.", cty=named[:40])
        raise refuse(PROOF_VERIFICATION_ERROR, "Token header is not acceptable", detail)
