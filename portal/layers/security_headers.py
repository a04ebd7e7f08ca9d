"""The headers that every answer carries, whatever made it: pages, documents, images, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_POLICY_WITH_SCRIPT = PAGE_POLICY + "; script-src 'self'"
PAGE_POLICY_WITHIN_OTHERS = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
)
"""For the one page that is made to be shown within pages of others (docs/adr/0028): it has links alone."""
CAMERA_OF_THIS_PAGE = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""For images, which people also open by themselves: an SVG is then a document, and may only be looked at."""

EVERYWHERE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": _NOTHING,
}
"""Set unless the route has said something else; a route that says nothing gives an answer that can do nothing."""

_BY_NOBODY = b"frame-ancestors 'none'"
_ONE_YEAR = 31_536_000


class SecurityHeaders:
    """Adds them to every answer, and Strict-Transport-Security where the server is reached over https."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        headers = dict(EVERYWHERE)
        if https:
            headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}"
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                names = {name.lower() for name, _ in said}
                if _may_be_framed(said):
                    names.add(b"x-frame-options")  # it knows no origins: only its absence lets them
                message["headers"] = said + [header for header in self._headers if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _may_be_framed(said: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name.lower() == b"content-security-policy" and b"frame-ancestors " in value and _BY_NOBODY not in value
        for name, value in said
    )
