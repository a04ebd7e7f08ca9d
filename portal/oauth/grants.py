"""The grants of the token and revocation endpoints, as Authlib decides them (docs/adr/0038), over our records.

Authlib checks the order of things, the client, PKCE and scopes, and words the errors. That a code or a refresh token
is good once is decided by the records, in one statement each.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidGrantError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge

from issuer.authorizations.clients import Client, find_client
from issuer.authorizations.grants import Grant, find_code, take_code
from issuer.authorizations.scopes import SCOPES
from issuer.authorizations.tokens import (
    ACCESS,
    KnownToken,
    find_token,
    issue_tokens,
    revoke_token,
    take_refresh,
)
from portal.service import Service

_BASIC = "client_secret_basic"


class _Client:
    """A client as Authlib asks it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def client_id(self) -> str:
        return str(self.client.id)

    def check_client_secret(self, secret: str) -> bool:
        return self.client.has_secret(secret)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == _BASIC

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code" or (grant_type == "refresh_token" and self.client.may_refresh)


class _Code:
    """A code as Authlib asks it."""

    code_challenge_method = "S256"

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.code_challenge = grant.code_challenge

    def get_redirect_uri(self) -> str:
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.grant.scopes)


class _Token:
    """A token as Authlib asks it."""

    def __init__(self, known: KnownToken) -> None:
        self.known = known

    def check_client(self, client: _Client) -> bool:
        return client.client.id == self.known.client_id

    def get_scope(self) -> str:
        return " ".join(self.known.scopes)


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [_BASIC]  # noqa: RUF012

    def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
        service = self.server.service
        grant = find_code(service.database, code, client_id=client.client.id, now=service.clock())
        return _Code(grant) if grant is not None else None

    def authenticate_user(self, authorization_code: _Code) -> UUID:
        service = self.server.service
        if not take_code(service.database, authorization_code.grant, now=service.clock()):
            raise InvalidGrantError("Invalid 'code' in request.")
        self.request.grant_id = authorization_code.grant.id
        return authorization_code.grant.person_id

    def delete_authorization_code(self, _authorization_code: _Code) -> None:
        """It is used up already."""


class _Refresh(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [_BASIC]  # noqa: RUF012
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
        known = self.server.known(refresh_token, self.request.client.client.id)
        return _Token(known) if known is not None and known.kind == "refresh" else None

    def authenticate_user(self, refresh_token: _Token) -> UUID:
        service = self.server.service
        if not take_refresh(service.database, refresh_token.known, now=service.clock()):
            raise InvalidGrantError
        self.request.grant_id = refresh_token.known.grant_id
        return refresh_token.known.person_id

    def revoke_old_credential(self, _refresh_token: _Token) -> None:
        """It is used up already."""


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = [_BASIC]  # noqa: RUF012

    def query_token(self, token_string: str, _token_type_hint: str | None) -> _Token | None:
        known = self.server.known(token_string, None)
        return _Token(known) if known is not None else None

    def revoke_token(self, token: _Token, _request: OAuth2Request) -> None:
        service = self.server.service
        revoke_token(service.database, token.known, now=service.clock())


class _S256(CodeChallenge):  # type: ignore[misc]
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, method: str, uri: str, form: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(form)
        self.grant_id: UUID | None = None
        self._form = form

    @property
    def form(self) -> dict[str, str]:
        return self._form


Answer = tuple[int, Any, list[tuple[str, str]]]


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server for one request: what it answers is status, body and headers."""

    def __init__(self, service: Service) -> None:
        super().__init__(scopes_supported=list(SCOPES))
        self.service = service
        self.register_grant(_CodeGrant, [_S256(required=True)])
        self.register_grant(_Refresh)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> _Client | None:
        """The registered application."""
        found = find_client(self.service.database, client_id, now=self.service.clock())
        return _Client(found) if found is not None else None

    def generate_token(
        self,
        grant_type: str,  # noqa: ARG002
        client: _Client,  # noqa: ARG002
        user: UUID | None = None,  # noqa: ARG002
        scope: str | None = None,
        expires_in: int | None = None,  # noqa: ARG002
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """What `save_token` fills: a token is made where it is kept."""
        return {
            "token_type": "Bearer",
            "expires_in": int(ACCESS.total_seconds()),
            "scope": scope or "",
            "refresh_token": include_refresh_token,
        }

    def save_token(self, token: dict[str, Any], request: _Request) -> None:
        """Make and keep the tokens."""
        assert request.grant_id is not None  # noqa: S101  (set by whoever found the code or token)
        made = issue_tokens(
            self.service.database,
            request.grant_id,
            token["scope"].split(),
            refresh=token.pop("refresh_token"),
            now=self.service.clock(),
            randomness=secrets.token_bytes,
        )
        token["access_token"] = made.access
        if made.refresh is not None:
            token["refresh_token"] = made.refresh

    def known(self, secret: str, client_id: UUID | None) -> KnownToken | None:
        """A token that is good now; of that client, if one is named."""
        now = self.service.clock()
        today = now.astimezone(self.service.settings.zone).date()
        return find_token(self.service.database, secret, client_id=client_id, now=now, today=today)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        """As it is."""
        return status, body, headers

    @staticmethod
    def request(path: str, form: dict[str, str], authorization: str) -> _Request:
        """A POST; Authlib demands https, which the operator's own machine has not: that is judged elsewhere."""
        known = authorization if _is_text(authorization) else ""  # Authlib expects that it can decode it
        return _Request("POST", f"https://here{path}", form, {"Authorization": known})


def _is_text(authorization: str) -> bool:
    """Whether a name and a secret can be read from Basic authentication."""
    try:
        base64.b64decode(authorization.partition(" ")[2]).decode()
    except ValueError:
        return False
    return True
