"""Keys of AWS KMS: `awskms:ARN`, or `awskms:` with a key's id or alias in the region of the environment.

What is recorded is the ARN: an alias can be pointed elsewhere. AWS signs at most 4,096 bytes of a message; longer ones
are hashed here, but for Ed25519, which has to see all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256, sha384
from typing import Any
from weakref import finalize

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError
from cryptography.hazmat.primitives.serialization import load_der_public_key

from credentials.sentence import sentence
from keys.der_signature import raw_of_der
from keys.errors import HolderDown, HolderRefused, KeysError, MalformedKeyUri
from keys.held_signer import HeldSigner, Line
from keys.public_key import KeyType, PublicKey

_MOST_BYTES = 4096
_URI = re.compile(
    r"awskms:(arn:aws[a-z-]*:kms:([a-z0-9-]{1,40}):\d{12}:(?:key/[A-Za-z0-9-]{1,64}|alias/[A-Za-z0-9/_-]{1,200})"
    r"|[A-Za-z0-9-]{1,64}|alias/[A-Za-z0-9/_-]{1,200})\Z"
)
_ALGORITHMS = {
    KeyType.P256: "ECDSA_SHA_256",
    KeyType.P384: "ECDSA_SHA_384",
    KeyType.RSA: "RSASSA_PKCS1_V1_5_SHA_256",
    KeyType.ED25519: "ED25519_SHA_512",
}
_PASSING = frozenset(
    {
        "DependencyTimeoutException", "InternalFailure", "KMSInternalException", "KeyUnavailableException",
        "LimitExceededException", "RequestTimeout", "ServiceUnavailable", "ThrottlingException", "Throttling",
    }
)  # fmt: skip


class AwsOpener:
    """Opens keys; a client for each region, of which credentials are found as boto3 does."""

    def __init__(self, endpoint: str | None, timeout: float, line: Line) -> None:
        self._endpoint = endpoint
        self._config = Config(
            connect_timeout=timeout,
            read_timeout=timeout,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=line.at_once,
        )
        self._line = line
        self._clients: dict[str | None, Any] = {}

    def open(self, uri: str) -> HeldSigner:
        """Raises MalformedKeyUri, SigningUnavailable."""
        match = _URI.match(uri)
        if match is None:
            raise MalformedKeyUri(
                f"{uri[:200]!r} does not name a key of AWS KMS. It is awskms:arn:aws:kms:REGION:ACCOUNT:key/ID."
            )
        name, region = match[1], match[2]
        arn, public_key = self._line.call(lambda: self._public_key(region, name))
        return HeldSigner(
            f"awskms:{arn}", public_key, self._line, lambda message: self._sign(region, arn, public_key, message)
        )

    def _client(self, region: str | None) -> Any:
        if region not in self._clients:
            session = boto3.session.Session()  # of its own: the default one is not safe to share
            made = session.client("kms", region_name=region, endpoint_url=self._endpoint, config=self._config)
            self._clients[region] = made
            finalize(self, made.close)
        return self._clients[region]

    def _public_key(self, region: str | None, name: str) -> tuple[str, PublicKey]:
        about = self._ask(lambda: self._client(region).describe_key(KeyId=name))["KeyMetadata"]
        arn = str(about["Arn"])
        if about.get("KeyUsage") != "SIGN_VERIFY":
            raise HolderRefused(
                sentence("{key} is not a key for signing ({use}).", key=arn, use=str(about.get("KeyUsage")))
            )
        answer = self._ask(lambda: self._client(region).get_public_key(KeyId=arn))
        try:
            public_key = PublicKey.of(load_der_public_key(answer["PublicKey"]))
        except (ValueError, KeysError) as error:
            raise HolderRefused(
                sentence("The public key of {uri} cannot be used: {why}", uri=arn, why=str(error))
            ) from error
        return arn, public_key

    def _sign(self, region: str | None, arn: str, public_key: PublicKey, message: bytes) -> bytes:
        kind, given = "RAW", message
        if len(message) > _MOST_BYTES:
            if public_key.type is KeyType.ED25519:
                raise HolderRefused(
                    sentence(
                        "AWS KMS signs at most {most} bytes with Ed25519, and this has {length}: "
                        "use an RSA or ECDSA key for JWTs.",
                        most=_MOST_BYTES,
                        length=len(message),
                    )
                )
            kind = "DIGEST"
            given = (sha384 if public_key.type is KeyType.P384 else sha256)(message).digest()
        answer = self._ask(
            lambda: self._client(region).sign(
                KeyId=arn, Message=given, MessageType=kind, SigningAlgorithm=_ALGORITHMS[public_key.type]
            )
        )
        signature = bytes(answer["Signature"])
        if public_key.type in (KeyType.P256, KeyType.P384):
            return raw_of_der(signature, public_key.algorithm.signature_bytes or 0)
        return signature

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            kind = HolderDown if code in _PASSING or status >= 500 else HolderRefused
            raise kind(
                sentence(
                    "{name} answered: {said}.",
                    name="AWS KMS",
                    said=f"{code}, “{error.response.get('Error', {}).get('Message', '')}”",
                )
            ) from error
        except (NoCredentialsError, NoRegionError) as error:
            raise HolderRefused(sentence("{name} cannot be asked: {why}", name="AWS KMS", why=str(error))) from error
        except BotoCoreError as error:
            raise HolderDown(
                sentence("{origin} cannot be reached: {why}.", origin="AWS KMS", why=str(error))
            ) from error
