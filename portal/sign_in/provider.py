"""The company's OpenID Connect provider: authorization code flow with PKCE, state and nonce, and signing out there.

1. discovery: the metadata at the issuer's own address, which must name that issuer; kept for an hour
2. address: where the browser goes to sign in
3. redeem: the code for tokens, the ID token checked (`portal.sign_in.id_token`), and what it does not say of address
   and groups asked of the userinfo endpoint
4. sign_out_address: where the browser signs out there; sign_out: whom the provider itself signs out
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from issuer.sign_in.provider_sign_outs import ProviderSignOut
from portal.sign_in.id_token import Expected, claims_of
from portal.sign_in.logout_token import sign_out_of
from portal.sign_in.provider_token import NoSuchKey, TokenRefused
from portal.sign_in.vouching import Attempt, ProviderTrouble, SignInRefused, Vouched
from portal.sign_in.wire import Wire
from verifier.fetch import FetchError
from verifier.web_address import MalformedAddress, parse

KEPT = timedelta(hours=1)
"""How long metadata and keys are kept; keys are asked for anew before that if a token names one that is not known."""
BETWEEN_KEYS = timedelta(seconds=30)
"""So that tokens with invented key names do not make us ask all the time."""
_MOST_GROUPS = 1_000
_T = TypeVar("_T")
_METHODS = ("client_secret_basic", "client_secret_post")


class Metadata(BaseModel):
    """What is used of the provider's metadata (OpenID Connect Discovery 1.0, section 3)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Keys(BaseModel):
    keys: list[dict[str, Any]] = Field(max_length=100)


@dataclass(frozen=True, slots=True)
class Client:
    """How the provider knows us, and what we ask of it. `trusts_addresses`: they count without `email_verified`."""

    issuer: str
    client_id: str
    secret: str
    scopes: Sequence[str]
    groups_claim: str
    trusts_addresses: bool
    redirect_uri: str


class Provider:
    """One provider. Threads may share it."""

    def __init__(self, client: Client, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._client, self._wire, self._clock = client, wire, clock
        self._lock = threading.Lock()
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[list[dict[str, Any]], datetime] | None = None

    @property
    def issuer(self) -> str:
        """Its address, by which identities are remembered."""
        return self._client.issuer

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in. Raises ProviderTrouble."""
        url, _ = self._speaking().create_authorization_url(
            self._known().authorization_endpoint,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
        return str(url)

    def redeem(self, returned: Mapping[str, str], attempt: Attempt) -> Vouched:
        """Whom the provider vouches for, by what the browser brought back. Raises SignInRefused, ProviderTrouble."""
        known = self._known()
        self._check_return(returned, known)
        tokens = self._tokens(returned["code"], attempt, known)
        access = tokens.get("access_token") if isinstance(tokens.get("access_token"), str) else None
        expected = Expected(self.issuer, self._client.client_id, attempt.nonce, access)
        claims = self._claims(tokens.get("id_token"), expected)
        more, groups = self._userinfo(access, known, claims), self._client.groups_claim
        return Vouched(
            subject=claims["sub"],
            email=self._email(claims if "email" in claims else more),
            groups=_groups(claims.get(groups, more.get(groups))),
            session=claims["sid"] if isinstance(claims.get("sid"), str) else None,
            id_token=tokens["id_token"],
        )

    def sign_out_address(self, id_token: str | None, *, after: str) -> str | None:
        """Where the browser signs out there (OpenID Connect RP-Initiated Logout 1.0); None: one cannot."""
        try:
            address = self._known().end_session_endpoint
        except ProviderTrouble:
            return None
        if address is None:
            return None
        asked = {"client_id": self._client.client_id, "post_logout_redirect_uri": after}
        asked |= {"id_token_hint": id_token} if id_token else {}
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    def _check_return(self, returned: Mapping[str, str], known: Metadata) -> None:
        if "error" in returned:
            raise SignInRefused(f"the provider says {returned['error'][:100]!r}")
        if not returned.get("code"):
            raise SignInRefused("the return holds no code")
        # RFC 9207: the answer of another provider is not taken for this one's.
        said = returned.get("iss")
        if said != self.issuer and (said is not None or known.authorization_response_iss_parameter_supported):
            raise SignInRefused(f"the return comes from {said!r}, which is not the provider")

    def _tokens(self, code: str, attempt: Attempt, known: Metadata) -> Mapping[str, Any]:
        method = next((one for one in _METHODS if one in known.token_endpoint_auth_methods_supported), _METHODS[0])
        try:
            found: Mapping[str, Any] = self._speaking(method).fetch_token(
                known.token_endpoint, grant_type="authorization_code", code=code, code_verifier=attempt.verifier
            )
        except OAuth2Error as error:
            raise SignInRefused(f"the provider did not take the code: {error.error}") from None
        except (FetchError, ValueError, KeyError, TypeError) as error:
            raise ProviderTrouble(f"no tokens were given: {error}") from error
        return found

    def _speaking(self, method: str | None = None) -> OAuth2Client:
        """Authlib's client. As Basic, name and secret are written as in a form (RFC 6749, section 2.3.1)."""
        client, as_basic = self._client, method == "client_secret_basic"
        return OAuth2Client(
            self._wire,
            client_id=quote_plus(client.client_id) if as_basic else client.client_id,
            client_secret=quote_plus(client.secret) if as_basic else client.secret,
            token_endpoint_auth_method=method,
            scope=" ".join(client.scopes),
            redirect_uri=client.redirect_uri,
            code_challenge_method="S256",
        )

    def sign_out(self, token: str) -> ProviderSignOut:
        """Whom the provider signs out by a logout token. Raises SignInRefused, ProviderTrouble."""

        def read(keys: Sequence[Mapping[str, Any]]) -> ProviderSignOut:
            return sign_out_of(token, keys, issuer=self.issuer, client_id=self._client.client_id, now=self._clock())

        return self._with_keys("logout token", read)

    def _claims(self, token: object, expected: Expected) -> dict[str, Any]:
        return self._with_keys("ID token", lambda keys: claims_of(token, keys, expected, self._clock()))

    def _with_keys(self, what: str, read: Callable[[Sequence[Mapping[str, Any]]], _T]) -> _T:
        """What is read with the provider's keys; with new ones, if it names one that is not known."""
        try:
            try:
                return read(self._published())
            except NoSuchKey:
                return read(self._published(anew=True))
        except TokenRefused as refused:
            raise SignInRefused(f"the {what} is refused: {refused}") from None

    def _userinfo(self, access: str | None, known: Metadata, claims: Mapping[str, Any]) -> dict[str, Any]:
        """What the userinfo endpoint says beside, if something is missing (Core 1.0, section 5.3)."""
        missing = "email" not in claims or self._client.groups_claim not in claims
        if not missing or access is None or known.userinfo_endpoint is None:
            return {}
        said = self._json(known.userinfo_endpoint, bearer=access)
        if said.get("sub") != claims["sub"]:
            raise SignInRefused("the userinfo is about somebody else")
        return said

    def _email(self, claims: Mapping[str, Any]) -> str | None:
        email, verified = claims.get("email"), claims.get("email_verified")
        trusted = verified in (True, "true") or (verified is None and self._client.trusts_addresses)
        return email if isinstance(email, str) and trusted else None

    def _known(self) -> Metadata:
        now = self._clock()
        with self._lock:
            if self._metadata is None or now - self._metadata[1] >= KEPT:
                self._metadata = (self._discovered(), now)
            return self._metadata[0]

    def _discovered(self) -> Metadata:
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = Metadata.model_validate(self._json(url))
            for one in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                parse(one)
        except (ValidationError, MalformedAddress) as error:
            raise ProviderTrouble(f"{url} holds no metadata of a provider: {error}") from None
        if found.issuer != self.issuer:
            raise ProviderTrouble(f"{url} is about {found.issuer!r}; set oidc_issuer to exactly that if it is meant")
        return found

    def _published(self, *, anew: bool = False) -> list[dict[str, Any]]:
        address, now = self._known().jwks_uri, self._clock()
        with self._lock:
            kept = self._keys
            if kept is None or now - kept[1] >= (BETWEEN_KEYS if anew else KEPT):
                try:
                    kept = (_Keys.model_validate(self._json(address)).keys, now)
                except ValidationError as error:
                    raise ProviderTrouble(f"{address} holds no keys: {error}") from None
                self._keys = kept
            return kept[0]

    def _json(self, url: str, *, bearer: str | None = None) -> dict[str, Any]:
        try:
            answer = self._wire.get(url, bearer=bearer)
            answer.raise_for_status()
            found = answer.json()
        except (FetchError, ValueError) as error:
            raise ProviderTrouble(str(error)) from None
        if not isinstance(found, dict):
            raise ProviderTrouble(f"{url} holds no JSON object")
        return found


def _groups(claim: object) -> frozenset[str]:
    """A list of names, or one name."""
    named = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(one for one in named[:_MOST_GROUPS] if isinstance(one, str))
