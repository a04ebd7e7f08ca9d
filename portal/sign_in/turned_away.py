"""What becomes of a request for a page that is not for whoever asks: the way to the door, or who could help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence, together
from issuer.errors import IssuerError
from issuer.sign_in.role_grants import names_of
from issuer.sign_in.roles import Role
from portal.negotiation import choose
from portal.pages.site import site_of
from portal.problems import MEDIA_TYPE, NOT_YOURS, SIGN_IN_FIRST, HttpProblem
from portal.sealed_search import without_words
from portal.sign_in.door import Door
from portal.sign_in.letting_in import refused
from portal.sign_in.origins import SAFE
from portal.sign_in.own_paths import sign_in_path
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import NotAllowed, SignInFirst

_FORMS = (MEDIA_TYPE, "application/json", "text/html")

_WHAT = {
    Role.MANAGER: sentence("This page is for people who have others reporting to them in the directory."),
    Role.ASSESSOR: sentence("This page is for assessors."),
    Role.ADMIN: sentence("This page is for admins."),
    Role.AUDITOR: sentence("This page is for auditors."),
}
_WHO = {
    Role.MANAGER: sentence("Whoever keeps the company’s directory can say there who reports to you."),
    Role.ASSESSOR: sentence("You become one when you are asked to assess somebody, or when an admin names you."),
}


AnswerProblem = Callable[[Request, HttpProblem], Response]


def turn_away(app: FastAPI, answer_problem: AnswerProblem) -> None:
    """Have the application answer for `SignInFirst` and `NotAllowed`; machines by `answer_problem`."""

    async def to_the_door(request: Request, _error: Exception) -> Response:
        if not _wants_page(request):
            return answer_problem(request, HttpProblem(SIGN_IN_FIRST, SIGN_IN_FIRST.meaning))
        return await run_in_threadpool(_to_the_door, request)

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotAllowed)  # noqa: S101  (registered for it alone)
        who = await run_in_threadpool(_who_helps, request.app.state.door, error.role)
        if not _wants_page(request):
            return answer_problem(request, HttpProblem(NOT_YOURS, together(_WHAT[error.role], who)))
        page: dict[str, Any] = {"what": _WHAT[error.role], "who": who}
        return await run_in_threadpool(show, request, "not_yours.html", visitor=error.visitor, status=403, **page)

    app.add_exception_handler(SignInFirst, to_the_door)
    app.add_exception_handler(NotAllowed, told)


def _to_the_door(request: Request) -> Response:
    door: Door = request.app.state.door
    if request.method in SAFE:
        after = without_words(request.scope["path"], request.query_params)
        address = site_of(door.service).at(sign_in_path(after))
        return for_him_alone(RedirectResponse(address, status_code=303))
    why = sentence("Nothing was changed. Sign in, and do it again; in another tab, if you want to keep what you typed.")
    return refused(request, sentence("You are not signed in any more"), why, status=401)


def _who_helps(door: Door, role: Role) -> Sentence:
    if role in _WHO:
        return _WHO[role]
    try:
        names = names_of(door.service.database, issuer=door.service.issuer, role=Role.ADMIN, today=door.today())
    except IssuerError:
        names = ()
    if names:
        return sentence("An admin can give you that role: {names}.", names=", ".join(names))
    return sentence("Whoever runs this server can give you that role.")


def _wants_page(request: Request) -> bool:
    return choose(request.headers.get("accept"), _FORMS) == "text/html"
