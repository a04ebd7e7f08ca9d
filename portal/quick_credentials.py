"""The short way to a credential: its signed bytes, which wallets and verifiers fetch, each of them once; and its page.

It stands before the routes of `portal.api.credentials` and answers as they do, by their own functions, where all that
it takes is to be had at once; everything else it leaves to them as if it had not been here.
"""

from __future__ import annotations

import re
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from credentials.haste import TakesLong, in_haste
from issuer.errors import DatabaseError
from issuer.sharing import shown
from portal.api import credentials
from portal.metrics.counting import name_route
from portal.negotiation import choose
from portal.pages.credential import published
from portal.service import Service
from portal.verifying.desk import Desk

_PATH = re.compile(r"/credentials/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(json|jwt))?")

_ROUTE = "/credentials/{credential_id}"


class QuickCredentials:
    """Answers GET for the page, the JSON and the JWT of a credential, where the database answers at once (SQLite)."""

    def __init__(self, app: ASGIApp, *, service: Service, desk: Desk) -> None:
        self._app = app
        self._service = service
        self._desk = desk
        self._is_quick = service.documents.questions.is_instant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_asked = self._is_quick and scope["type"] == "http" and scope["method"] == "GET"
        asked = _PATH.fullmatch(scope["path"]) if is_asked else None
        answer = await self._answer(Request(scope), UUID(asked[1]), asked[2]) if asked is not None else None
        if answer is not None and asked is not None:
            name_route(scope, _ROUTE + (f".{asked[2]}" if asked[2] else ""))
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, request: Request, credential_id: UUID, form: str | None) -> Response | None:
        try:
            if form is not None:
                return self._signed(request, credential_id, credentials.MEDIA_TYPE_OF[form], form, negotiated=False)
            wanted = choose(request.headers.get("accept"), credentials.OFFERS)
            if wanted == credentials.HTML:
                return await self._page(request, credential_id)
            form = credentials.FORM_OF.get(wanted or "")
            return self._signed(request, credential_id, wanted, form, negotiated=True) if wanted and form else None
        except (TakesLong, DatabaseError):
            return None

    def _signed(
        self, request: Request, credential_id: UUID, media_type: str, form: str, *, negotiated: bool
    ) -> Response | None:
        if not shown(self._service.documents.questions, credential_id).whole:
            return None
        found = self._service.documents.forms.find_with_successor(self._service.base_url, credential_id, form)
        if found is None:
            return None
        body, successor = found
        answer = credentials.signed(request, body, media_type, negotiated=negotiated)
        if successor is None:  # as of nearly all credentials: there is nothing more to ask
            return answer
        newest = credentials.newest_url_of(self._service, successor)
        return credentials.leading_on(answer, newest or credentials.newest_url(self._service, successor))

    async def _page(self, request: Request, credential_id: UUID) -> Response | None:
        found = published(self._service, credential_id)
        if found is None:
            return None
        result = await self._desk.verify_at_once(found.secured, zone=found.zone or self._service.settings.zone)
        if result is None:
            return None
        with in_haste():
            return credentials.page(request, self._service, found, result)
