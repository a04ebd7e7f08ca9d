"""Wallets: what they ask for, how they answer, and in which envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

from joserfc import jwe
from joserfc.jwk import ECKey

from keys import jwk
from keys.algorithms import KeyType
from portal.asking import sd_jwt_badge
from tests.fuzz.fixed import private_key, signer
from tests.fuzz.mutators import json_tree, spliced
from tests.fuzz.target import NOTHING, object_of, require, taken, target, text_of
from tests.fuzz.targets.proofs import _tokens
from wallet_export import oid4vci_encryption, oid4vci_requests
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_authorization import Unanswerable, return_address, wanted, whom_to_answer
from wallet_export.oid4vp_dcql import QueryFault, Shown, Unanswered, badge_query, read_query, require_answer, select
from wallet_export.oid4vp_response import AnswerRefused, public_key, read_answer

OFFERS = ("Wallets (OpenID4VCI)",)
ASKED = ("Wallets (OpenID4VP, exchanges)",)
ISSUER_URL = "https://badges.example"
SEED = bytes(range(48))


def _json(*values: Any) -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in values)


@cache
def _own() -> dict[str, Any]:
    key = private_key("requests", KeyType.P256)
    secret = key.private_numbers().private_value.to_bytes(32)  # type: ignore[union-attr]
    from keys import base64url

    return {
        **jwk.to_jwk(signer("requests", KeyType.P256).public_key),
        "d": base64url.encode(secret),
        "kid": "k",
        "alg": "ECDH-ES",
    }


def _requests() -> Iterator[bytes]:
    public = {**jwk.to_jwk(signer("wallet", KeyType.P256).public_key), "kid": "w", "alg": "ECDH-ES", "use": "enc"}
    encrypted = {"jwk": public, "enc": "A256GCM"}
    yield from _json(
        {"credential_identifier": "x", "proofs": {"jwt": ["a.b.c"]}, "credential_response_encryption": encrypted},
        {"credential_configuration_id": "cloud/expert#ldp_vc", "proofs": {"attestation": ["a.b.c"]}},
        {"transaction_id": "1", "credential_response_encryption": {**encrypted, "alg": "ECDH-ES"}},
        {"notification_id": "1", "event": "credential_accepted", "event_description": "x"},
        [{"type": "openid_credential", "credential_configuration_id": "x", "locations": [ISSUER_URL]}],
    )


@target(
    "wallet_export.oid4vci_requests:json_of",
    "wallet_export.oid4vci_requests:credential_request",
    "wallet_export.oid4vci_requests:deferred_request",
    "wallet_export.oid4vci_requests:notification",
    "wallet_export.oid4vci_requests:wanted_configurations",
    "wallet_export.oid4vci_encryption:check_wanted",
    "wallet_export.oid4vci_encryption:encrypted",
    entries=OFFERS,
    seeds=_requests,
    mutator=json_tree,
)
def credential_requests(data: bytes) -> None:
    """A request, or a code of the standard; to a key that is taken an answer can be encrypted."""
    taken(Oid4vciError, oid4vci_requests.wanted_configurations, text_of(data), locations=ISSUER_URL)
    body = taken(Oid4vciError, oid4vci_requests.json_of, data)
    if body is NOTHING:
        return
    taken(Oid4vciError, oid4vci_requests.notification, body)
    for reader in (oid4vci_requests.credential_request, oid4vci_requests.deferred_request):
        asked = taken(Oid4vciError, reader, body)
        encryption = getattr(asked, "encryption", None)
        if encryption is not None and taken(Oid4vciError, oid4vci_encryption.check_wanted, encryption) is None:
            require(oid4vci_encryption.encrypted({"a": 1}, encryption).count(".") == 4, "an envelope", data)


def _authorizations() -> Iterator[bytes]:
    asked = {
        "client_id": "https://wallet.example",
        "redirect_uri": "https://wallet.example/cb?x=1",
        "response_type": "code",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "scope": "x openid",
        "resource": ISSUER_URL,
        "issuer_state": "i",
        "authorization_details": json.dumps([{"type": "openid_credential", "credential_configuration_id": "x"}]),
    }
    yield from _json(
        asked, {**asked, "redirect_uri": "openid-wallet://cb"}, {**asked, "redirect_uri": "http://127.0.0.1:4000/"}
    )


@target(
    "wallet_export.oid4vci_authorization:return_address",
    "wallet_export.oid4vci_authorization:whom_to_answer",
    "wallet_export.oid4vci_authorization:wanted",
    entries=OFFERS,
    seeds=_authorizations,
    mutator=json_tree,
)
def authorizations(data: bytes) -> None:
    """Where an answer goes cannot add anything to a header or a policy, and an answer can be put there."""
    value = object_of(data)
    given = {name: one for name, one in (value or {}).items() if isinstance(one, str)}
    address = taken(Unanswerable, return_address, given.get("redirect_uri", text_of(data)))
    if address is not NOTHING:
        require(
            not any(mark in address.source for mark in " ;,'\"\r\n<>"), "nothing but a source", data, address.source
        )
        made = address.with_answer({"code": "c"}, state="s", issuer=ISSUER_URL)
        require("code=c" in made and made.isascii() and made.isprintable(), "an answer in an address", data, made)
    taken(Unanswerable, whom_to_answer, given)
    taken((Unanswerable, Oid4vciError), wanted, given, issuer=ISSUER_URL, known=("x", "y"))


@cache
def _envelopes() -> tuple[bytes, ...]:
    """One encrypted request to us, and one encrypted answer of a wallet."""
    own = ECKey.import_key({name: _own()[name] for name in ("kty", "crv", "x", "y")})
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM", "A128GCM"])
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": "k"}
    request = jwe.encrypt_compact(header, b'{"credential_identifier":"x"}', own, registry=registry)
    ours = ECKey.import_key(jwk.to_jwk(public_key(SEED)))
    answer = jwe.encrypt_compact(header, b'{"vp_token":{"a":["x"]},"state":"s"}', ours, registry=registry)
    return request.encode(), urlencode({"response": answer}).encode()


@target(
    "wallet_export.oid4vci_encryption:kid_of",
    "wallet_export.oid4vci_encryption:decrypted",
    "wallet_export.oid4vp_response:read_answer",
    entries=(*OFFERS, *ASKED),
    seeds=lambda: (
        *_envelopes(),
        urlencode({"vp_token": '{"a":[{"b":1},"c"]}', "state": "s"}).encode(),
        b"error=x&state=s",
    ),
    mutator=spliced(
        b".", b"response=", b"vp_token=", b"%7B%22a%22%3A%5B%5D%7D", b"&state=s", b"error=", b"%00", b"eyJ"
    ),
)
def envelopes(data: bytes) -> None:
    """What opens was encrypted to us; all else is refused."""
    text = text_of(data)
    taken(Oid4vciError, oid4vci_encryption.kid_of, text)
    opened = taken(Oid4vciError, oid4vci_encryption.decrypted, text, _own())
    require(opened is NOTHING or "." in text, "an envelope", data)
    for seed in (None, SEED):
        answer = taken(AnswerRefused, read_answer, data, seed=seed, kid="k")
        require(answer is NOTHING or bool(answer.error or answer.presentations), "something is answered", data)


def _queries() -> Iterator[bytes]:
    query = badge_query(["https://badges.example/achievements/7"], ["https://badges.example/vct"])
    claims = {
        "credentialSubject": {"achievement": {"id": "https://badges.example/achievements/7"}},
        "a": [1, {"b": True}],
    }
    yield from _json({"query": query, "claims": claims})
    own = {
        "credentials": [
            {
                "id": "a",
                "format": "ldp_vc",
                "meta": {"type_values": [["https://a.example/T"]]},
                "multiple": True,
                "claims": [
                    {"id": "c", "path": ["a", None, "b"], "values": [True, 1, "x"]},
                    {"id": "d", "path": ["a", 0]},
                ],
                "claim_sets": [["c"], ["d"]],
            },
            {
                "id": "b",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["x"]},
                "trusted_authorities": [{"type": "aki", "values": ["x"]}],
                "require_cryptographic_holder_binding": False,
            },
        ],
        "credential_sets": [{"options": [["a"], ["a", "b"]], "required": False}],
    }
    yield from _json({"query": own, "claims": claims})


@target(
    "wallet_export.oid4vp_dcql:read_query",
    "wallet_export.oid4vp_dcql:require_answer",
    "wallet_export.oid4vp_dcql:select",
    entries=ASKED,
    seeds=_queries,
    mutator=json_tree,
)
def queries(data: bytes) -> None:
    """A query is read or not; whatever is shown answers it or does not."""
    value = object_of(data)
    if value is None:
        return
    query = taken(QueryFault, read_query, value.get("query"))
    claims = value.get("claims")
    if query is NOTHING or not isinstance(claims, dict):
        return
    shown = {
        name: [Shown(one.format, claims, one.types[0] if one.types else (), one.vcts[0] if one.vcts else "")]
        for name, one in query.credentials.items()
    }
    for answer in (shown, {}, dict(list(shown.items())[:1])):
        taken(Unanswered, require_answer, query, answer)
    for one in query.credentials.values():
        for claim in one.claims:
            require(isinstance(select(claims, claim.path), list), "what the path leads to", data)


@target(
    "portal.asking.sd_jwt_badge:as_badge",
    entries=ASKED,
    mutator=json_tree,
    seeds=lambda: (
        *_json(
            {
                "iss": "https://a.example",
                "nbf": 1.5,
                "exp": 253402300799,
                "recipient_name": "Ana",
                "achievement": {"name": "x"},
                "results": [{"value": "1"}],
                "awarded_date": "2026-01-01",
            }
        ),
        _tokens()[1][:10],
    ),
)
def claims_for_pages(data: bytes) -> None:
    """Any claims can be put into a document for pages."""
    value = object_of(data)
    if value is not None:
        json.dumps(sd_jwt_badge.as_badge(value))
