"""Whoever chooses a language, by `?lang=` in the address of a page, is asked no more: a cookie remembers it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.language.wanted import CHOICE, chosen_in_cookies, chosen_in_query

_ONE_YEAR = 31_536_000


class ChosenLanguage:
    """Adds the cookie to a page that was asked for in a language; to nothing else, and to no page otherwise.

    path: under which the portal is reached, or ""; https: whether it is reached over that.
    """

    def __init__(self, app: ASGIApp, *, path: str, https: bool) -> None:
        self._app = app
        attributes = f"Path={path or '/'}; Max-Age={_ONE_YEAR}; SameSite=Lax; HttpOnly"
        self._attributes = attributes + ("; Secure" if https else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        asks = scope["type"] == "http" and scope["query_string"] and scope["method"] in ("GET", "HEAD")
        tag = chosen_in_query(scope["query_string"]) if asks else ""
        if not tag or chosen_in_cookies(scope) == tag:
            await self._app(scope, receive, send)
            return
        cookie = (b"set-cookie", f"{CHOICE}={tag}; {self._attributes}".encode())

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page_in(tag, message):
                message["headers"] = [*message.get("headers", ()), cookie]
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_page_in(tag: str, message: Message) -> bool:
    """A feed or a document may have a parameter of that name; only pages say in which language they are."""
    headers = {name.lower(): value for name, value in message.get("headers", ())}
    return headers.get(b"content-language") == tag.encode()
