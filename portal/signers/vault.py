"""Keys of the transit engine of Vault and OpenBao: `vault:MOUNT/NAME?version=3`.

A version is one key. A URI without it is of the newest, and what is recorded has it: whoever rotates the key in Vault
changes nothing here until the new version is named.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from credentials.sentence import sentence
from keys.der_signature import raw_of_der
from keys.errors import HolderRefused, KeysError, MalformedKeyUri
from keys.held_signer import HeldSigner, Line
from keys.public_key import KeyType, PublicKey
from portal.signers.http_json import HttpJson

_URI = re.compile(
    r"vault:((?:[A-Za-z0-9_-]{1,100}/){1,5})([A-Za-z0-9][A-Za-z0-9._-]{0,200})(?:\?version=([1-9]\d{0,8}))?\Z"
)
_HASHES = {KeyType.P256: "sha2-256", KeyType.P384: "sha2-384", KeyType.RSA: "sha2-256"}


class VaultOpener:
    """Opens keys; `token` is asked before every call."""

    def __init__(self, http: HttpJson, token: Callable[[], str | None], namespace: str | None, line: Line) -> None:
        self._http = http
        self._token = token
        self._namespace = namespace
        self._line = line

    def open(self, uri: str) -> HeldSigner:
        """Raises MalformedKeyUri, SigningUnavailable."""
        match = _URI.match(uri)
        if match is None:
            raise MalformedKeyUri(
                f"{uri[:200]!r} does not name a key in Vault. It is vault:MOUNT/NAME?version=1, like "
                "vault:transit/badges?version=1; without a version the newest is meant."
            )
        mount, name, wanted = match[1].rstrip("/"), match[2], match[3]
        found = self._line.call(lambda: self._ask("GET", f"/v1/{mount}/keys/{name}", None))
        version = int(wanted or found.get("latest_version") or 0)
        exact = f"vault:{mount}/{name}?version={version}"
        public_key = _public_key(found, version, exact)
        return HeldSigner(
            exact, public_key, self._line, lambda message: self._sign(mount, name, version, public_key, message)
        )

    def _sign(self, mount: str, name: str, version: int, public_key: PublicKey, message: bytes) -> bytes:
        body: dict[str, Any] = {"input": base64.b64encode(message).decode(), "key_version": version}
        if public_key.type is not KeyType.ED25519:
            body |= {"hash_algorithm": _HASHES[public_key.type], "prehashed": False}
        if public_key.type is KeyType.RSA:
            body |= {"signature_algorithm": "pkcs1v15"}
        given = self._ask("POST", f"/v1/{mount}/sign/{name}", body).get("signature")
        prefix = f"vault:v{version}:"
        if not isinstance(given, str) or not given.startswith(prefix):
            raise HolderRefused(
                sentence(
                    "Vault answered with something that is no signature by version {version} of {key}.",
                    version=version,
                    key=f"{mount}/{name}",
                )
            )
        try:
            signature = base64.b64decode(given.removeprefix(prefix), validate=True)
        except ValueError as error:
            raise HolderRefused(
                sentence("{name} answered with a signature that is not base64.", name="Vault")
            ) from error
        if public_key.type in (KeyType.P256, KeyType.P384):
            return raw_of_der(signature, public_key.algorithm.signature_bytes or 0)
        return signature

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        token = self._token()
        if not token:
            raise HolderRefused(sentence("Set vault_token_file (or vault_token) in the settings."))
        headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        data = self._http.ask(method, path, headers=headers, body=body).get("data")
        if not isinstance(data, dict):
            raise HolderRefused(sentence("Vault answered without data to {request}.", request=f"{method} {path}"))
        return data


def _public_key(found: Mapping[str, Any], version: int, uri: str) -> PublicKey:
    """Raises HolderRefused."""
    keys = found.get("keys")
    key = keys.get(str(version)) if isinstance(keys, dict) else None
    text = key.get("public_key") if isinstance(key, dict) else None
    if not isinstance(text, str) or not text:
        raise HolderRefused(
            sentence(
                "Vault has no {uri}, or it is of a type without a public key ({type}).",
                uri=uri,
                type=str(found.get("type")),
            )
        )
    try:
        if found.get("type") == "ed25519":
            return PublicKey(KeyType.ED25519, base64.b64decode(text, validate=True))
        return PublicKey.of(load_pem_public_key(text.encode()))
    except (ValueError, KeysError) as error:
        raise HolderRefused(
            sentence("The public key of {uri} cannot be used: {why}", uri=uri, why=str(error))
        ) from error
