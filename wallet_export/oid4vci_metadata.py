"""What an issuer says of itself to wallets: OpenID4VCI 1.0, section 12.2, and RFC 8414."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wallet_export.oid4vci import AUTHORIZATION_CODE, JWT_VC_JSON, LDP_VC, OPENID_CREDENTIAL, PRE_AUTHORIZED, SD_JWT

BATCH_SIZE: Final = 10
"""So many keys at most in one request; each gets a copy."""
PROOF_ALGORITHMS: Final = ("EdDSA", "Ed25519", "ES256", "ES384", "RS256")
JWT, ATTESTATION = "jwt", "attestation"
PROOF_TYPES: Final = (JWT, ATTESTATION)
BINDING_METHODS: Final = ("did:key", "did:jwk", "jwk")
ENCRYPTION: Final = ("A256GCM", "A128GCM")
KEY_AGREEMENT: Final = ("ECDH-ES",)
SIGNED_TYPE: Final = "openidvci-issuer-metadata+jwt"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where wallets ask; `identifier` is the issuer's and, for pre-authorized codes, the authorization server's."""

    identifier: str

    def at(self, name: str) -> str:
        """`authorize`, `par`, `token`, `credential`, `deferred`, `nonce`, `notification`."""
        return f"{self.identifier}/{name}"


@dataclass(frozen=True, slots=True)
class Offered:
    """A level as wallets show it. `formats` maps each format to the name of its configuration and its algorithm."""

    name: str
    description: str
    image: str
    vct: str
    formats: Mapping[str, tuple[str, str]]
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Attestations:
    """Whether attestations of keys are demanded (appendix D), and which protection they must promise.

    believed: somebody is trusted to attest, so that an attestation alone is a proof (appendix F.3).
    """

    required: bool = False
    key_storage: Sequence[str] = ()
    user_authentication: Sequence[str] = ()
    believed: bool = False

    def document(self) -> dict[str, Any]:
        """As it stands in metadata; only what is demanded."""
        wanted = {"key_storage": [*self.key_storage], "user_authentication": [*self.user_authentication]}
        return {name: values for name, values in wanted.items() if values}


NO_ATTESTATIONS: Final = Attestations()


@dataclass(frozen=True, slots=True)
class IssuerView:
    """Who issues, and what. `encryption_keys` are public JWKs with `kid` and `alg`; no `servers`: it is its own."""

    name: str
    logo: str
    offered: Sequence[Offered]
    encryption_keys: Sequence[Mapping[str, Any]] = ()
    servers: Sequence[str] = ()
    attestations: Attestations = NO_ATTESTATIONS


def issuer_metadata(endpoints: Endpoints, view: IssuerView) -> dict[str, Any]:
    """The object of 12.2.4."""
    encryption: dict[str, Any] = {}
    if view.encryption_keys:
        encryption = {
            "credential_request_encryption": {
                "jwks": {"keys": [dict(one) for one in view.encryption_keys]},
                "enc_values_supported": [*ENCRYPTION],
                "encryption_required": False,
            },
            "credential_response_encryption": {
                "alg_values_supported": [*KEY_AGREEMENT],
                "enc_values_supported": [*ENCRYPTION],
                "encryption_required": False,
            },
        }
    logo = {"logo": {"uri": view.logo, "alt_text": view.name}} if view.logo else {}
    return {
        "credential_issuer": endpoints.identifier,
        **({"authorization_servers": [*view.servers]} if view.servers else {}),
        "credential_endpoint": endpoints.at("credential"),
        "nonce_endpoint": endpoints.at("nonce"),
        "deferred_credential_endpoint": endpoints.at("deferred"),
        "notification_endpoint": endpoints.at("notification"),
        **encryption,
        "batch_credential_issuance": {"batch_size": BATCH_SIZE},
        "display": [{"name": view.name, **logo}],
        "credential_configurations_supported": {
            name: _configuration(name, one, format_, algorithm, view.attestations)
            for one in view.offered
            for format_, (name, algorithm) in one.formats.items()
        },
    }


def server_metadata(endpoints: Endpoints) -> dict[str, Any]:
    """The authorization server's (RFC 8414; OpenID4VCI 12.3): who brings an offer's code needs no name."""
    return {
        "issuer": endpoints.identifier,
        "authorization_endpoint": endpoints.at("authorize"),
        "pushed_authorization_request_endpoint": endpoints.at("par"),
        "token_endpoint": endpoints.at("token"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "grant_types_supported": [AUTHORIZATION_CODE, PRE_AUTHORIZED],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
        "authorization_details_types_supported": [OPENID_CREDENTIAL],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "ES384"],
    }


def _configuration(name: str, one: Offered, format_: str, algorithm: str, attestations: Attestations) -> dict[str, Any]:
    logo = {"logo": {"uri": one.image, "alt_text": one.name}} if one.image else {}
    locale = {"locale": one.locale} if one.locale else {}
    return {
        "format": format_,
        "scope": name,
        "cryptographic_binding_methods_supported": [*BINDING_METHODS],
        "credential_signing_alg_values_supported": [algorithm],
        "proof_types_supported": _proof_types(attestations),
        **_of_format(one, format_),
        "credential_metadata": {
            "display": [{"name": one.name, **locale, "description": one.description, **logo}],
            "claims": _CLAIMS[format_],
        },
    }


def _proof_types(attestations: Attestations) -> dict[str, Any]:
    algorithms = {"proof_signing_alg_values_supported": [*PROOF_ALGORITHMS]}
    demanded = {"key_attestations_required": attestations.document()}
    types = {JWT: {**algorithms, **(demanded if attestations.required else {})}}
    return {**types, ATTESTATION: {**algorithms, **demanded}} if attestations.believed else types


_CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
_TYPES = ["VerifiableCredential", "OpenBadgeCredential"]


def _of_format(one: Offered, format_: str) -> dict[str, Any]:
    """What the format's own part of the standard asks for (appendix A)."""
    if format_ == SD_JWT:
        return {"vct": one.vct}
    contexts = {"@context": [*_CONTEXTS]} if format_ == LDP_VC else {}
    return {"credential_definition": {**contexts, "type": [*_TYPES]}}


def _claim(path: Sequence[str], name: str, *, mandatory: bool = False) -> dict[str, Any]:
    return {"path": [*path], "mandatory": mandatory, "display": [{"name": name, "locale": "en"}]}


_IN_BADGE = [
    _claim(("credentialSubject", "achievement", "name"), "Badge", mandatory=True),
    _claim(("issuer", "name"), "Issued by", mandatory=True),
    _claim(("awardedDate",), "Awarded"),
    _claim(("credentialSubject", "narrative"), "What for"),
    _claim(("evidence",), "Evidence"),
]
_CLAIMS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    LDP_VC: _IN_BADGE,
    JWT_VC_JSON: _IN_BADGE,
    SD_JWT: [
        _claim(("name",), "Badge", mandatory=True),
        _claim(("issuer_name",), "Issued by"),
        _claim(("awarded_date",), "Awarded"),
        _claim(("recipient_name",), "Holder"),
        _claim(("narrative",), "What for"),
        _claim(("results",), "Results"),
        _claim(("evidence",), "Evidence"),
    ],
}
