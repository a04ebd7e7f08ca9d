"""Every route × everybody who could ask for it, from one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from issuer.sign_in.roles import Role
from portal.app import ROUTED
from portal.sign_in.who import ALLOWED, Administers, Anyone, Assesses, Audits, Manages, SignedIn, from_here, visitor_of
from tests.portal.sign_in.conftest import Browser, Company
from tests.portal.sign_in.routes import TABLE, For

CLEO = "cleo@brightmoor.example"
VISITORS: dict[str, frozenset[Role] | None] = {
    "stranger": None,
    "employee": frozenset(),
    "manager": frozenset({Role.MANAGER}),
    "assessor": frozenset({Role.ASSESSOR}),
    "admin": frozenset({Role.ADMIN}),
    "auditor": frozenset({Role.AUDITOR}),
}


ENDING = ("POST /sign-out", "POST /me/sessions/end-all")
"""What ends the session that asks for it."""


def routes() -> Iterator[tuple[str, APIRoute]]:
    for module in ROUTED:
        for route in module.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods:
                yield f"{method} {route.path}", route


def asks_who(dependant: Dependant) -> bool:
    """Whether it asks who is there, or at least whether the request comes from a page of ours."""
    return dependant.call in (visitor_of, from_here) or any(asks_who(one) for one in dependant.dependencies)


def test_every_route_is_in_the_table_once_and_every_line_is_a_route() -> None:
    listed = [line for lines in TABLE.values() for line in lines]
    there = {name for name, _ in routes()}
    assert there - set(listed) == set(), "say in routes.py whom these are for"
    assert set(listed) - there == set(), "these are no routes any more"
    assert len(listed) == len(set(listed))


def test_what_is_the_same_for_everybody_does_not_ask_who_is_there() -> None:
    listed = {line: whom for whom, lines in TABLE.items() for line in lines}
    for name, route in routes():
        if listed.get(name) in (For.EVERYBODY, For.MACHINES):
            assert not asks_who(route.dependant), name
        elif listed.get(name) is not For.DOOR or name.startswith("POST"):
            assert asks_who(route.dependant), name


def visit(company: Company, roles: frozenset[Role] | None, name: str) -> tuple[Browser, int, str]:
    """What somebody of these roles (None: who is not signed in) gets, in a session of its own."""
    browser = company.browser() if roles is None else company.signed_in(CLEO, *roles)
    return browser, *ask(browser, name)


def ask(browser: Browser, name: str) -> tuple[int, str]:
    """Status and location of what a route answers, for things that are not there."""
    method, path = name.split(" ")
    path = re.sub(r"\{\w+\}", str(UUID(int=7)), path)
    if method == "GET":
        answer = browser.get(path)
    else:
        if 'name="csrf_token"' not in browser.page:
            browser.get("/me/sessions")
        answer = browser.post(path)
    return answer.status_code, answer.headers.get("location", "")


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_route_lets_in_whom_the_table_names(company: Company, visitor: str) -> None:
    roles, browser = VISITORS[visitor], None
    for whom, lines in TABLE.items():
        if not isinstance(whom, Role) and whom is not For.SIGNED_IN:
            continue
        for name in lines:
            if browser is None:  # one session for all that does not end it
                browser = company.browser() if roles is None else company.signed_in(CLEO, *roles)
            status, location = ask(browser, name)
            if name in ENDING:
                browser = None
            if roles is None:
                assert status == 401 if name.startswith("POST") else location.startswith("/sign-in"), name
            elif isinstance(whom, Role) and not roles & ALLOWED[whom]:
                assert status == 403, name
            else:
                assert status not in (401, 403), name
                assert status < 500, name
                assert not location.startswith("/sign-in"), name


def example() -> APIRouter:
    """A page for each role, as later pages are written."""
    router = APIRouter()

    @router.get("/for/anyone")
    def anyone(visitor: Anyone) -> str:
        return visitor.name

    @router.get("/for/signed-in")
    def signed_in(person: SignedIn) -> str:
        return person.actor

    @router.get("/for/manager")
    def manager(person: Manages) -> str:
        return person.name

    @router.get("/for/assessor")
    def assessor(person: Assesses) -> str:
        return person.name

    @router.get("/for/admin")
    def admin(person: Administers) -> str:
        return person.name

    @router.get("/for/auditor")
    def auditor(person: Audits) -> str:
        return person.name

    return router


def with_examples(company: Company) -> FastAPI:
    company.app.include_router(example())
    return company.app


def test_roles_open_what_they_name_and_nothing_else(company: Company) -> None:
    with_examples(company)
    opens = {
        "stranger": {"anyone"},
        "employee": {"anyone", "signed-in"},
        "manager": {"anyone", "signed-in", "manager"},
        "assessor": {"anyone", "signed-in", "assessor"},
        "admin": {"anyone", "signed-in", "admin", "auditor"},
        "auditor": {"anyone", "signed-in", "auditor"},
    }
    for visitor, roles in VISITORS.items():
        browser = company.browser() if roles is None else company.signed_in(CLEO, *roles)
        for page in opens["admin"] | opens["manager"] | opens["assessor"]:
            status = browser.get(f"/for/{page}").status_code
            assert status == (200 if page in opens[visitor] else 303 if roles is None else 403), (visitor, page)


def test_who_may_not_is_told_who_can_help(company: Company) -> None:
    with_examples(company)
    cleo = company.signed_in(CLEO)
    assert "Whoever runs this server" in cleo.get("/for/admin").text
    company.grant("ana@brightmoor.example", Role.ADMIN)
    page = cleo.get("/for/admin")
    assert page.status_code == 403
    assert "An admin can give you that role: Ana Núñez." in page.text
    assert "<bdi>كليو المصرية</bdi>" in page.text, "he is still signed in"
    assert "Whoever keeps the company’s directory" in cleo.get("/for/manager").text
    told = cleo.get("/for/admin", Accept="application/json")
    assert (told.status_code, told.json()["type"].rpartition("#")[2]) == (403, "problem-not-yours")


def test_roles_follow_what_is_recorded(company: Company) -> None:
    """Managers from the directory, the others from grants; what is taken away is gone at once."""
    from issuer.sign_in.role_grants import revoke_role

    with_examples(company)
    ana, ben, cleo = (company.signed_in(f"{name}@brightmoor.example") for name in ("ana", "ben", "cleo"))
    assert [one.get("/for/manager").status_code for one in (ana, ben, cleo)] == [200, 200, 403]
    for role in (Role.ADMIN, Role.AUDITOR, Role.ASSESSOR):
        assert cleo.get(f"/for/{role}").status_code == 403
        company.grant(CLEO, role)
        assert cleo.get(f"/for/{role}").status_code == 200
        revoke_role(company.db, issuer=None, email=CLEO, role=role, actor="test", now=company.clock())
        assert cleo.get(f"/for/{role}").status_code == 403
