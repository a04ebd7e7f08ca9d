"""Google's wallet on this machine: what a service account signed is checked by its public key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

EMAIL, KEY_ID, ISSUER = "badges@brightmoor.iam.gserviceaccount.example", "key-7", "3388000000012345678"
OUR_CLOCK = {"verify_iat": False, "verify_exp": False}
"""The tests' clock is not the machine's."""


@dataclass
class GoogleService:
    """What it keeps, and how it is asked. `trouble`: the status of every answer, while it is set."""

    key: rsa.RSAPrivateKey
    base: str = ""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    classes: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    trouble: int = 0

    def key_file(self) -> bytes:
        """The JSON that an operator gets."""
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        given = {"type": "service_account", "client_email": EMAIL, "private_key_id": KEY_ID, "private_key": pem}
        return json.dumps({**given, "token_uri": f"{self.base}/token"}).encode()

    def read(self, signed: str, **options: Any) -> dict[str, Any]:
        """Claims that the account signed."""
        assert jwt.get_unverified_header(signed) == {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        found: dict[str, Any] = jwt.decode(signed, self.key.public_key(), algorithms=["RS256"], **options)
        return found

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/token", self._token, methods=["POST"])
        app.add_api_route("/v1/{kind}", self._insert, methods=["POST"])
        app.add_api_route("/v1/{kind}/{identifier}", self._one, methods=["GET", "PATCH", "PUT"])
        return app

    async def _token(self, request: Request) -> Response:
        form = dict((await request.form()).items())
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = self.read(str(form["assertion"]), audience=f"{self.base}/token", options=OUR_CLOCK)
        assert 0 < claims["exp"] - claims["iat"] <= 3_600
        assert claims["iss"] == EMAIL
        assert claims["scope"] == "https://www.googleapis.com/auth/wallet_object.issuer"
        self.tokens.append(f"token-{len(self.tokens)}")
        return JSONResponse({"access_token": self.tokens[-1], "expires_in": 3600, "token_type": "Bearer"})

    def _kept(self, kind: str) -> dict[str, dict[str, Any]]:
        return {"genericObject": self.objects, "genericClass": self.classes}[kind]

    def _refused(self, request: Request) -> Response | None:
        if self.trouble:
            return Response(status_code=self.trouble)
        known = request.headers.get("authorization") == f"Bearer {self.tokens[-1] if self.tokens else None}"
        return None if known else Response(status_code=401)

    async def _insert(self, request: Request, kind: str) -> Response:
        self.asked.append(f"POST {kind}")
        document = await request.json()
        if refused := self._refused(request):
            return refused
        if document["id"] in self._kept(kind):
            return Response(status_code=409)
        assert kind == "genericClass" or document["classId"] in self.classes
        self._kept(kind)[document["id"]] = document
        return JSONResponse(document)

    async def _one(self, request: Request, kind: str, identifier: str) -> Response:
        self.asked.append(f"{request.method} {kind}")
        if refused := self._refused(request):
            return refused
        if identifier not in self._kept(kind):
            return Response(status_code=404)
        if request.method != "GET":
            before = self._kept(kind)[identifier] if request.method == "PATCH" else {}
            self._kept(kind)[identifier] = {**before, **await request.json()}
        return JSONResponse(self._kept(kind)[identifier])
