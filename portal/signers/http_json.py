"""JSON over HTTP with a holder that the operator named: connections kept, answers bounded, no redirect followed."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import finalize

import httpcore2
import httpx2

from credentials.sentence import sentence
from keys.errors import HolderDown, HolderRefused

_MOST_BYTES = 256 * 1024
_PASSING = frozenset({408, 412, 425, 429, 472, 473, 500, 502, 503, 504})
"""Answers that say “not now”; Vault's 472 and 473 are of standbys, 412 of one that has not caught up."""


class HttpJson:
    """One origin. Safe to share between threads; made without connecting; its connections end with it."""

    def __init__(self, origin: str, *, timeout: float, ca_file: Path | None = None) -> None:
        tls = ssl.create_default_context(cafile=str(ca_file)) if ca_file else httpcore2.default_ssl_context()
        self.origin = origin
        self._http = httpx2.Client(
            base_url=origin, verify=tls, timeout=timeout, follow_redirects=False, trust_env=False
        )
        finalize(self, self._http.close)

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """The object that is answered. Raises HolderDown, HolderRefused with what the holder said."""
        try:
            with self._http.stream(method, path, headers=dict(headers), json=body, data=form) as response:
                data = b""
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > _MOST_BYTES:
                        raise HolderDown(
                            sentence("{name} answered with more than {most} bytes.", name=self.origin, most=_MOST_BYTES)
                        )
                status = response.status_code
        except httpx2.TransportError as error:
            raise HolderDown(
                sentence(
                    "{origin} cannot be reached: {why}.", origin=self.origin, why=str(error) or type(error).__name__
                )
            ) from error
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if status != 200 or not isinstance(answer, dict):
            kind = HolderDown if status in _PASSING else HolderRefused
            raise kind(
                sentence(
                    "{origin} answered {status} to {request}.",
                    origin=self.origin,
                    status=f"{status}{_said(answer)}",
                    request=f"{method} {path}",
                )
            )
        return answer


def _said(answer: object) -> str:
    """What an error's answer says: Vault's `errors`, Google's `error.message`, OAuth's `error_description`."""
    if not isinstance(answer, dict):
        return ""
    error = answer.get("errors") or answer.get("error_description") or answer.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    text = "; ".join(str(one) for one in error) if isinstance(error, list) else str(error or "")
    return f" (“{' '.join(text.split())[:300]}”)" if text else ""
