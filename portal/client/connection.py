"""Asking the server: with a token, again when it is busy or gone for a moment, and problems as exceptions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from portal.client.problems import ClientError, Unreachable, problem_of

_AGAIN: Final = frozenset({429, 502, 503, 504})
_NOT_DONE: Final = frozenset({429, 503})
"""By these, with `Retry-After`, the server says that it did not even begin."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often something is tried, how long is waited at most between two tries, and for one answer; in seconds."""

    tries: int = 4
    longest_wait: float = 60.0
    timeout: float = 30.0


class Connection:
    """A server and what it takes to ask it. Not for several threads at once; use it as a context, or close it."""

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        patience: Patience,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises ValueError for an address without https, but on this machine: a token would be read on the way."""
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(f"{base_url!r} must be an https address")
        self.base_url = base_url.rstrip("/")
        self.sleep = sleep
        self._patience = patience
        self._token = token
        self._http = httpx2.Client(transport=transport, timeout=patience.timeout, follow_redirects=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def json(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of the answer. Raises Problem, Unreachable, and ClientError if it is no JSON."""
        response = self.ask(method, path, **more)
        try:
            return json.loads(response.content)
        except ValueError:
            raise ClientError(f"{method} {path} was answered with something that is no JSON") from None

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> httpx2.Response:
        """An answer of 2xx. Raises Problem and Unreachable.

        repeatable: asking twice does what asking once does; if not, it is asked again only where the server said that
        it did nothing. body: becomes JSON.
        """
        sent = dict(headers or {})
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body, ensure_ascii=False).encode(), "application/json"
        if self._token:
            sent.setdefault("Authorization", f"Bearer {self._token}")
        given = {name: value for name, value in (query or {}).items() if value is not None}
        for left in range(self._patience.tries - 1, -1, -1):
            response = self._once(method, path, left if repeatable else 0, given, content, files, sent)
            if response is not None and (left == 0 or not _may_repeat(response, repeatable)):
                break
            self.sleep(self._pause(response, self._patience.tries - 1 - left))
        assert response is not None  # noqa: S101  (with no try left, `_once` raises)
        if response.is_success:
            return response
        raise problem_of(response.status_code, _members(response))

    def _once(
        self, method: str, path: str, left: int, query: Any, content: Any, files: Any, headers: Any
    ) -> httpx2.Response | None:
        """The answer; None if there was none and there are tries left."""
        try:
            return self._http.request(
                method, self.base_url + path, params=query, content=content, files=files, headers=headers
            )
        except httpx2.TransportError as error:
            if left == 0:
                raise Unreachable(f"{method} {self.base_url}{path} was not answered: {error}") from error
            return None

    def _pause(self, response: httpx2.Response | None, tried: int) -> float:
        told = _retry_after(response.headers.get("retry-after", "")) if response is not None else None
        return min(told if told is not None else 0.5 * 2.0**tried, self._patience.longest_wait)


def _may_repeat(response: httpx2.Response, repeatable: bool) -> bool:
    if response.status_code not in _AGAIN:
        return False
    return repeatable or (response.status_code in _NOT_DONE and "retry-after" in response.headers)


def _retry_after(text: str) -> float | None:
    """Seconds from now (RFC 9110, section 10.2.3: a number, or a date)."""
    if text.strip().isdecimal() and text.isascii():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _members(response: httpx2.Response) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    return {"title": response.reason_phrase, "detail": response.text[:200]}
