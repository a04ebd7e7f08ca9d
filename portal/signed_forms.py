"""The short way to the signed bytes of a credential: what wallets and verifiers fetch, each of them once.

It stands before the routes of `portal.api.credentials` and answers as they do, where the bytes are to be had at once;
everything else it leaves to them.
"""

from __future__ import annotations

import re
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from issuer.signed_forms import SignedForms
from portal.api import credentials
from portal.negotiation import choose

_PATH = re.compile(r"/credentials/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(json|jwt))?")


class QuickForms:
    """Answers GET for the JSON and the JWT of a credential."""

    def __init__(self, app: ASGIApp, *, forms: SignedForms, base_url: str) -> None:
        self._app = app
        self._forms = forms
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        answer = self._answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        asked = _PATH.fullmatch(scope["path"])
        if asked is None:
            return None
        request = Request(scope)
        form, media_type = asked[2], credentials.MEDIA_TYPE_OF.get(asked[2])
        if media_type is None:
            media_type = choose(request.headers.get("accept"), credentials.OFFERS)
            form = credentials.FORM_OF.get(media_type or "")
        if form is None or media_type is None:
            return None
        body = self._forms.find(self._base_url, UUID(asked[1]), form)
        return credentials.signed(request, body, media_type, negotiated=asked[2] is None) if body is not None else None
