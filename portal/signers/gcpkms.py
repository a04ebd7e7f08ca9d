"""Keys of Google Cloud KMS: `gcpkms:projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from hashlib import sha256, sha384

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from credentials.sentence import sentence
from keys.der_signature import raw_of_der
from keys.errors import HolderRefused, KeysError, MalformedKeyUri
from keys.held_signer import HeldSigner, Line
from keys.public_key import KeyType, PublicKey
from portal.signers.http_json import HttpJson

_PART = r"[A-Za-z0-9_.:-]{1,100}"
_URI = re.compile(
    rf"gcpkms:(projects/{_PART}/locations/{_PART}/keyRings/{_PART}/cryptoKeys/{_PART}/cryptoKeyVersions/[1-9]\d{{0,8}})\Z"
)
_ALGORITHMS = re.compile(r"EC_SIGN_P256_SHA256|EC_SIGN_P384_SHA384|EC_SIGN_ED25519|RSA_SIGN_PKCS1_\d+_SHA256")


class GcpOpener:
    """Opens keys; `access` gives the bearer token of a call."""

    def __init__(self, http: HttpJson, access: Callable[[], str], line: Line) -> None:
        self._http = http
        self._access = access
        self._line = line

    def open(self, uri: str) -> HeldSigner:
        """Raises MalformedKeyUri, SigningUnavailable."""
        match = _URI.match(uri)
        if match is None:
            raise MalformedKeyUri(
                f"{uri[:200]!r} does not name a version of a key in Google Cloud KMS. It is "
                "gcpkms:projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1."
            )
        name = match[1]
        public_key = self._line.call(lambda: self._public_key(name))
        return HeldSigner(uri, public_key, self._line, lambda message: self._sign(name, public_key, message))

    def _public_key(self, name: str) -> PublicKey:
        answer = self._http.ask("GET", f"/v1/{name}/publicKey", headers=self._headers())
        algorithm = str(answer.get("algorithm"))
        if not _ALGORITHMS.fullmatch(algorithm):
            raise HolderRefused(
                sentence(
                    "{key} is of the algorithm {algorithm}; there can be EC_SIGN_ED25519, EC_SIGN_P256_SHA256, "
                    "EC_SIGN_P384_SHA384 and RSA_SIGN_PKCS1_…_SHA256.",
                    key=name,
                    algorithm=str(algorithm),
                )
            )
        try:
            return PublicKey.of(load_pem_public_key(str(answer.get("pem")).encode()))
        except (ValueError, KeysError) as error:
            raise HolderRefused(
                sentence("The public key of {uri} cannot be used: {why}", uri=name, why=str(error))
            ) from error

    def _sign(self, name: str, public_key: PublicKey, message: bytes) -> bytes:
        body: dict[str, object]
        if public_key.type is KeyType.ED25519:
            body = {"data": base64.b64encode(message).decode()}
        elif public_key.type is KeyType.P384:
            body = {"digest": {"sha384": base64.b64encode(sha384(message).digest()).decode()}}
        else:
            body = {"digest": {"sha256": base64.b64encode(sha256(message).digest()).decode()}}
        answer = self._http.ask("POST", f"/v1/{name}:asymmetricSign", headers=self._headers(), body=body)
        try:
            signature = base64.b64decode(str(answer.get("signature")), validate=True)
        except ValueError as error:
            raise HolderRefused(
                sentence("{name} answered with a signature that is not base64.", name="Google Cloud KMS")
            ) from error
        if public_key.type in (KeyType.P256, KeyType.P384):
            return raw_of_der(signature, public_key.algorithm.signature_bytes or 0)
        return signature

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._access()}"}
