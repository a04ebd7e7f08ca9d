"""What a process counts while it works: requests, verdicts, errors, jobs. Where no figures are wanted, nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # whoever opens an installation without serving it needs none of it
    from starlette.types import ASGIApp, Receive, Scope, Send

_IN_SCOPE: Final = "guildmark.route"
OTHER: Final = "other"
"""Of a request that no route answered."""


class Counting:
    """Counts nothing; `portal.metrics.counters` has what does. Threads may share it."""

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is the pattern of its address, never the address."""

    def verdict(self, status: str) -> None:
        """A document was judged."""

    def error(self, kind: str) -> None:
        """`database`: it was out of reach; `signer`: nothing could be signed; `unforeseen`: nobody knows."""

    def job(self, name: str, outcome: str, seconds: float) -> None:
        """A job was run."""


SILENT: Final = Counting()


def name_route(scope: Scope, pattern: str) -> None:
    """Say by which route a request is answered, for whoever counts it. What nobody names is OTHER."""
    named = scope.get(_IN_SCOPE)
    if isinstance(named, list):
        named[:] = [pattern]


def watched(scope: Scope) -> list[str]:
    """Have the layers below name the route of a request; it stands in the list that is returned, then."""
    named: list[str] = []
    scope[_IN_SCOPE] = named
    return named


class NamedRoutes:
    """The innermost layer: names the route that the application found."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await self._app(scope, receive, send)
        finally:
            pattern = getattr(scope.get("route"), "path", None)
            if isinstance(pattern, str):
                name_route(scope, pattern)
