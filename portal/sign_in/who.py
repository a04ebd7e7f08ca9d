"""Who is asking, and what he may do: the one place that decides it for pages.

A route says whom it serves by the type of a parameter: `SignedIn`, `Manages`, `Assesses`, `Administers`, `Audits`, or
`Anyone`. Whoever asks for a page without being signed in is led to the sign-in page and back; whoever may not see it
is told who can help. Every request that is not a GET must come from a page of ours, and hold the token of the session
if there is one: that is looked at here too, so no route can forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from credentials.sentence import sentence
from issuer.sign_in.roles import Role
from issuer.sign_in.sessions import SessionView, find_session, note_use
from portal.access import Served
from portal.bodies import FORM_TYPES, media_type
from portal.problems import ELSEWHERE, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.origins import FIELD, HEADER, SAFE, form_token, is_form_token, is_from_here
from portal.sign_in.sent_form import sent_form

ALLOWED: Final = {
    Role.MANAGER: frozenset({Role.MANAGER}),
    Role.ASSESSOR: frozenset({Role.ASSESSOR}),
    Role.ADMIN: frozenset({Role.ADMIN}),
    Role.AUDITOR: frozenset({Role.AUDITOR, Role.ADMIN}),
}
"""For what a page asks, the roles that will do: who may change everything may also read what was changed."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `person_id` and `session` are None for somebody who is not signed in; `csrf` goes into his forms."""

    person_id: UUID | None = None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    session: UUID | None = None
    csrf: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether we know who he is."""
        return self.person_id is not None

    def may(self, role: Role) -> bool:
        """Whether pages that ask for `role` are for him."""
        return bool(self.roles & ALLOWED[role])


@dataclass(frozen=True, slots=True)
class Person(Visitor):
    """A visitor who is signed in: made of his session by `visitor_of` alone."""

    person_id: UUID = field(kw_only=True)
    session: UUID = field(kw_only=True)

    @property
    def actor(self) -> str:
        """How he stands in the audit trail."""
        return f"person:{self.person_id}"


STRANGER: Final = Visitor()


class SignInFirst(Exception):  # noqa: N818  (no error: the way to the door)
    """The page is for people who are signed in."""


class NotAllowed(Exception):  # noqa: N818  (a verdict)
    """The page is for another role than the visitor has."""

    def __init__(self, visitor: Visitor, role: Role) -> None:
        self.visitor, self.role = visitor, role
        super().__init__(role.value)


async def visitor_of(request: Request, service: Served, door: AtDoor) -> Visitor:
    """Who asks, whether signed in or not. Raises a 403 problem for a form that another site could have sent."""
    token = request.cookies.get(door.session_cookie, "")
    visitor: Visitor = STRANGER
    if token:
        view = await run_in_threadpool(_session, service, door, token)
        if view is not None:
            visitor = Person(
                name=view.name,
                roles=view.roles,
                csrf=form_token(token),
                person_id=view.person_id,
                session=view.id,
            )
    if request.method not in SAFE:
        await _require_own_form(request, door, token if visitor.signed_in else "")
    return visitor


Anyone = Annotated[Visitor, Depends(visitor_of)]


async def signed_in(visitor: Anyone) -> Person:
    """Somebody who is signed in. Raises SignInFirst."""
    if not isinstance(visitor, Person):
        raise SignInFirst
    return visitor


SignedIn = Annotated[Person, Depends(signed_in)]


def _has(role: Role) -> Callable[[SignedIn], Coroutine[Any, Any, Person]]:
    async def somebody(visitor: SignedIn) -> Person:
        if not visitor.may(role):
            raise NotAllowed(visitor, role)
        return visitor

    return somebody


Manages = Annotated[Person, Depends(_has(Role.MANAGER))]
Assesses = Annotated[Person, Depends(_has(Role.ASSESSOR))]
Administers = Annotated[Person, Depends(_has(Role.ADMIN))]
Audits = Annotated[Person, Depends(_has(Role.AUDITOR))]


def _session(service: Service, door: Door, token: str) -> SessionView | None:
    today, now = door.today(), door.now()
    view = find_session(service.database, issuer=service.issuer, token=token, today=today)
    if view is None or not view.holds(now, today):
        return None
    note_use(service.database, view, limits=door.limits, now=now)
    return view


async def from_here(request: Request, door: AtDoor) -> None:
    """For the forms of the door, which do nothing in the name of a session. Raises a 403 problem as `visitor_of`."""
    if not is_from_here(request.headers, door.own):
        detail = sentence(
            "Your browser says that this came from another site. Open {address} and send it from there.",
            address=door.service.base_url,
        )
        raise HttpProblem(ELSEWHERE, detail)


FromHere = Depends(from_here)
"""Among the `dependencies` of a route that takes a form of the door."""


async def _require_own_form(request: Request, door: Door, token: str) -> None:
    await from_here(request, door)
    if not token:
        return
    given = request.headers.get(HEADER)
    if given is None and media_type(request) not in FORM_TYPES:
        given = ""
    elif given is None:
        field = (await sent_form(request)).get(FIELD, "")
        given = "" if isinstance(field, UploadFile) else field
    if not is_form_token(given, token):
        detail = sentence(
            "This page was made before you signed in, or in another session. Go back, load it anew, and send it again."
        )
        raise HttpProblem(ELSEWHERE, detail)
