"""Holders that really hold keys: transit and Cloud KMS as their documentation says, over HTTP."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.public_key import KeyType
from keys.signer import PrivateKey, generate_private_key

HASHES = {"sha2-256": hashes.SHA256(), "sha2-384": hashes.SHA384()}


class Holder:
    """A server with keys. `slow`: seconds that it takes; `says`: an answer for every request, if set."""

    def __init__(self, answer: Callable[[Holder, str, str, Any, dict[str, str]], tuple[int, dict[str, Any]]]) -> None:
        self.keys: dict[str, list[PrivateKey]] = {}
        self.slow = 0.0
        self.says: tuple[int, dict[str, Any]] | None = None
        self.asked: list[str] = []
        self.together = self.most_together = 0
        self._lock = threading.Lock()
        holder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                with holder._lock:
                    holder.together += 1
                    holder.most_together = max(holder.most_together, holder.together)
                    holder.asked.append(f"{self.command} {self.path}")
                if holder.is_away:  # a connection that was open before
                    self.close_connection = True
                    holder.together -= 1
                    return
                time.sleep(holder.slow)
                given = dict(self.headers.items())
                is_json = raw and "json" in str(self.headers.get("Content-Type"))
                body: Any = json.loads(raw) if is_json else raw.decode()
                try:
                    status, said = holder.says or answer(holder, self.command, self.path, body, given)
                except LookupError:
                    status, said = 404, {"errors": []}
                with holder._lock:
                    holder.together -= 1
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _do  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

        self.is_away = False
        self._make = lambda port: Server(("127.0.0.1", port), Handler)
        self._server = self._make(0)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._begin()

    def _begin(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def go_away(self) -> None:
        """Nothing listens there any more."""
        self.is_away = True
        self.close()

    def come_back(self) -> None:
        """At the same place, with the same keys."""
        self.is_away = False
        self._server = self._make(self._server.server_port)
        self._begin()

    def make(self, name: str, key_type: KeyType) -> None:
        """A new key, or a new version of one."""
        self.keys.setdefault(name, []).append(generate_private_key(key_type))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Transit:
    """The transit engine's `keys` and `sign`, as the HTTP API of Vault describes them."""

    TOKENS: ClassVar[dict[str, str]] = {"good": "all", "reader": "read"}

    @classmethod
    def answer(
        cls, holder: Holder, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        right = cls.TOKENS.get(headers.get("X-Vault-Token", ""))
        if right is None or (right == "read" and method == "POST"):
            return 403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]}
        if read := re.fullmatch(r"/v1/transit/keys/([\w-]+)", path):
            versions = holder.keys[read[1]]
            return 200, {"data": {
                "type": cls._type(versions[0]), "latest_version": len(versions),
                "keys": {str(n): {"public_key": cls._public(key)} for n, key in enumerate(versions, 1)},
            }}  # fmt: skip
        if sign := re.fullmatch(r"/v1/transit/sign/([\w-]+)", path):
            version = body.get("key_version") or len(holder.keys[sign[1]])
            key = holder.keys[sign[1]][version - 1]
            message = base64.b64decode(body["input"])
            if isinstance(key, ed25519.Ed25519PrivateKey):
                made = key.sign(message)
            elif isinstance(key, rsa.RSAPrivateKey):
                assert body["signature_algorithm"] == "pkcs1v15"
                made = key.sign(message, padding.PKCS1v15(), HASHES[body["hash_algorithm"]])
            else:
                made = key.sign(message, ec.ECDSA(HASHES[body["hash_algorithm"]]))
            return 200, {"data": {"signature": f"vault:v{version}:{base64.b64encode(made).decode()}"}}
        raise LookupError

    @staticmethod
    def _type(key: PrivateKey) -> str:
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return f"ecdsa-p{key.key_size}"
        return "ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else "rsa-2048"

    @staticmethod
    def _public(key: PrivateKey) -> str:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return base64.b64encode(key.public_key().public_bytes_raw()).decode()
        return pem(key)


class CloudKms:
    """`publicKey` and `asymmetricSign` of Google's Cloud KMS, and the token endpoint of its service accounts."""

    @classmethod
    def answer(
        cls, holder: Holder, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        if path == "/token" and "jwt-bearer" in body:
            return 200, {"access_token": "an-access-token", "expires_in": 3600}
        if headers.get("Authorization") != "Bearer an-access-token":
            return 401, {"error": {"code": 401, "message": "Request had invalid authentication credentials."}}
        found = re.fullmatch(
            r"/v1/projects/p/locations/l/keyRings/r/cryptoKeys/(\w+)/cryptoKeyVersions/(\d+)(.*)", path
        )
        if found is None or int(found[2]) > len(holder.keys.get(found[1], ())):
            return 404, {"error": {"code": 404, "message": "CryptoKeyVersion not found."}}
        key = holder.keys[found[1]][int(found[2]) - 1]
        if found[3] == "/publicKey" and method == "GET":
            return 200, {"pem": pem(key), "algorithm": cls._algorithm(key)}
        if found[3] == ":asymmetricSign" and method == "POST":
            return 200, {"signature": base64.b64encode(cls._signed(key, body)).decode()}
        return 404, {}

    @staticmethod
    def _algorithm(key: PrivateKey) -> str:
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return {256: "EC_SIGN_P256_SHA256", 384: "EC_SIGN_P384_SHA384"}[key.key_size]
        return "EC_SIGN_ED25519" if isinstance(key, ed25519.Ed25519PrivateKey) else "RSA_SIGN_PKCS1_2048_SHA256"

    @staticmethod
    def _signed(key: PrivateKey, body: Any) -> bytes:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(base64.b64decode(body["data"]))
        ((name, text),) = body["digest"].items()
        digest, prehashed = (
            base64.b64decode(text),
            Prehashed({"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}[name]),
        )
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(digest, padding.PKCS1v15(), prehashed)
        return key.sign(digest, ec.ECDSA(prehashed))
