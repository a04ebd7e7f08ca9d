"""What signing in works with: made once for an application, of its settings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from issuer.sign_in.roles import Role
from issuer.sign_in.sessions import Limits
from portal.service import Service
from portal.sign_in.origins import own_origin_of

if TYPE_CHECKING:
    from portal.sign_in.provider import Provider
    from portal.sign_in.wire import Wire

RETURN_PATH = "/sign-in/return"
"""Where the provider sends the browser back to; registered there as the redirect URI."""
LOGOUT_PATH = "/sign-in/provider/logout"
"""Where the provider itself says that somebody signed out there; registered as the back-channel logout URI."""
SIGNED_OUT_PATH = "/signed-out"


@dataclass(frozen=True, slots=True)
class Door:
    """The ways in, and what cookies are called.

    provider is None if none is set; by_mail says whether links are mailed. `own` is the origin that forms come from.
    """

    service: Service
    provider: Provider | None
    by_mail: bool
    limits: Limits
    own: str
    https: bool
    roles_of_groups: dict[str, Role] = field(default_factory=dict)

    @property
    def session_cookie(self) -> str:
        """The name under which a browser keeps its session's token; __Host-: no other host can set it (RFC 6265bis)."""
        return "__Host-guildmark" if self.https else "guildmark"

    @property
    def start_cookie(self) -> str:
        """The name under which a browser keeps the secret of a sign-in that it has begun."""
        return "__Host-guildmark-start" if self.https else "guildmark-start"

    def now(self) -> datetime:
        """The present instant."""
        return self.service.clock()

    def today(self) -> date:
        """The day on the server's clock, by which somebody is with the company or not."""
        return self.now().astimezone(self.service.settings.zone).date()

    def roles_of(self, groups: frozenset[str]) -> frozenset[Role]:
        """The roles that the provider's groups give."""
        return frozenset(self.roles_of_groups[group] for group in groups if group in self.roles_of_groups)


def make_door(service: Service, *, wire: Wire | None = None) -> Door:
    """The door of a service; `wire` leads to the provider, by default over the guarded network.

    Raises KeysError if the provider's secret cannot be read.
    """
    settings = service.settings
    return Door(
        service=service,
        provider=_provider(service, wire) if settings.oidc_issuer is not None else None,
        by_mail=settings.mails_links,
        limits=Limits(settings.session_idle, settings.session_longest),
        own=own_origin_of(service.base_url),
        https=urlsplit(service.base_url).scheme == "https",
        roles_of_groups={group: Role(role) for group, role in settings.oidc_roles.items()},
    )


def _provider(service: Service, wire: Wire | None) -> Provider:
    from portal.sign_in.provider import Client, Provider
    from portal.sign_in.wire import Wire

    settings = service.settings
    issuer, client_id = settings.oidc_issuer or "", settings.oidc_client_id or ""
    parts = urlsplit(issuer)
    client = Client(
        issuer=issuer,
        client_id=client_id,
        secret=settings.oidc_secret,
        scopes=settings.oidc_scopes,
        groups_claim=settings.oidc_groups_claim,
        trusts_addresses=settings.oidc_trusts_addresses,
        redirect_uri=service.base_url + RETURN_PATH,
    )
    # Its own origin was named by the operator: it may be a host of the company's own network.
    allowed = (*settings.allowed_origins, f"{parts.scheme}://{parts.netloc}")
    return Provider(client, wire or Wire(allowed_origins=allowed, monotonic=time.monotonic), service.clock)


async def door_of(request: Request) -> Door:
    """The door that the application was made with."""
    door: Door = request.app.state.door
    return door


AtDoor = Annotated[Door, Depends(door_of)]
