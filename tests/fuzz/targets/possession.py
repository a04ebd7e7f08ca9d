"""Proofs of possession, attestations of keys and DPoP: only the key that signed is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from keys import base64url, jwk
from tests.fuzz.fixed import signer
from tests.fuzz.mutators import json_tree
from tests.fuzz.target import NOTHING, NOW, object_of, require, taken, target
from tests.fuzz.targets.proofs import HOLDER, ISSUER, WALLETS, _chain, _root
from tests.world import compact_jws as compact
from wallet_export.dpop import check_dpop
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_proofs import ATTESTATION_TYPE, TYPE, Trust, check_attestation, check_proofs

ISSUER_URL = "https://badges.example"
SECONDS = int(NOW.timestamp())


def _attestation(**claims: Any) -> str:
    keys = [jwk.to_jwk(HOLDER.public_key), jwk.to_jwk(signer("second").public_key)]
    payload = {
        "iat": SECONDS,
        "exp": SECONDS + 600,
        "nonce": "n",
        "attested_keys": keys,
        "key_storage": ["iso_18045_high"],
        **claims,
    }
    return compact({"alg": "EdDSA", "typ": ATTESTATION_TYPE}, payload, ISSUER.sign).decode()


def _possessions() -> Iterator[bytes]:
    claims = {"aud": ISSUER_URL, "iat": SECONDS, "nonce": "n"}
    key = jwk.to_jwk(HOLDER.public_key)
    for header in ({"jwk": key}, {"jwk": key, "key_attestation": _attestation()}, {"x5c": list(_chain())}):
        yield json.dumps({"header": {"alg": "EdDSA", "typ": TYPE, **header}, "payload": claims}).encode()
    dpop = {"alg": "EdDSA", "typ": "dpop+jwt", "jwk": key}
    payload = {"htm": "POST", "htu": f"{ISSUER_URL}/token", "iat": SECONDS, "jti": "1", "nonce": "n"}
    yield json.dumps({"header": dpop, "payload": payload}).encode()
    attested = json.loads(base64url.decode(_attestation().split(".")[1]))
    yield json.dumps(
        {"header": {"alg": "EdDSA", "typ": ATTESTATION_TYPE, "x5c": list(_chain())}, "payload": attested}
    ).encode()


@target(
    "wallet_export.oid4vci_proofs:check_proof",
    "wallet_export.oid4vci_proofs:check_proofs",
    "wallet_export.oid4vci_proofs:check_attestation",
    "wallet_export.dpop:check_dpop",
    "wallet_export.holder_key:Holder.of_method",
    "wallet_export.holder_key:Holder.of_did",
    entries=WALLETS,
    seeds=_possessions,
    mutator=json_tree,
    most_bytes=8192,
)
def proofs_of_possession(data: bytes) -> None:
    """A proof shows the key that signed it, or one that somebody trusted attests."""
    value = object_of(data)
    if value is None or not isinstance(value.get("header"), dict) or not isinstance(value.get("payload"), dict):
        return
    text = compact(value["header"], value["payload"], HOLDER.sign).decode()
    for trust in (Trust(), Trust(keys=(ISSUER.public_key,), roots=(_root(),))):
        shown = taken(Oid4vciError, check_proofs, [text], issuer=ISSUER_URL, now=NOW, trust=trust)
        if shown is not NOTHING:
            require(shown[0].holder.key == HOLDER.public_key, "the key that signed", value)
            require(all(one.attested for one in shown[1:]), "the others are attested", value)
            require(bool(trust.keys) or len(shown) == 1, "nobody attests who is not trusted", value)
        alone = taken(Oid4vciError, check_attestation, text, now=NOW, trust=trust)
        require(alone is NOTHING, "the holder attests nothing", value)
    proof = taken(Oid4vciError, check_dpop, text, method="POST", url=f"{ISSUER_URL}/token", now=NOW)
    require(proof is NOTHING or proof.thumbprint == HOLDER.public_key.thumbprint(), "the key that signed", value)
