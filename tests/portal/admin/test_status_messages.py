"""A status message, said at the desk, over HTTP and on the command line; whoever verifies the badge reads it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from issuer.api_tokens import Role, create_token
from issuer.awards import AwardRequest
from issuer.catalogue import rendering
from issuer.issue import issue
from issuer.program_file import read_program
from issuer.programs import apply_program
from portal.cli.application import app
from tests.portal.admin.conftest import Desk
from tests.portal.conftest import NOW

PROGRAM = b"""
program: audits
name: Audits
levels:
  - level: supplier
    name: Audited supplier
    criteria: Was audited.
    status: [revocation, message]
    status_messages: [In good standing, Under review]
"""


@pytest.fixture
def badge(desk: Desk) -> UUID:
    apply_program(desk.db, issuer=None, definition=read_program(PROGRAM), actor="t", now=NOW)
    request = AwardRequest("Ana", "ana@brightmoor.example", "audits", "supplier", date(2026, 11, 1))
    report = issue(
        desk.db,
        _keyring(desk),
        issuer=None,
        requests=[request],
        actor="t",
        now=NOW,
        randomness=Random("badge").randbytes,  # noqa: S311
    )
    return report.new[0].id


def _keyring(desk: Desk) -> Any:
    assert desk.service.keyring is not None
    return desk.service.keyring


def read(desk: Desk, badge: UUID) -> str:
    """What the verify page says in words."""
    secured = rendering(desk.db, badge, "json")
    assert secured is not None
    answer = desk.browser.client.post("/verify", data={"text": secured.body.decode()})
    assert answer.status_code == 200
    assert "Valid" in answer.text
    return answer.text


def test_the_desk_says_another_message_and_strangers_read_it(desk: Desk, badge: UUID) -> None:
    place = f"/admin/credentials/{badge}"
    assert "Whoever verifies it reads this" in desk.look(place)
    assert "Statusmeldung" in desk.look(place, language="de")
    assert "“In good standing”" in read(desk, badge)
    assert desk.send(f"{place}/message", message="Under review").endswith("?done=told")
    page = desk.look(f"{place}?done=told")
    assert "The status list that says so is published." in page
    assert '<option value="Under review" selected>' in page
    assert "Message in the badge’s status changed" in page
    shown = read(desk, badge)
    assert "Its issuer’s word on its status: “Under review”" in shown.replace("'", "’").replace("&#39;", "’")
    assert "Choose one of the messages" in desk.send(f"{place}/message", status=422, message="Bankrupt")


def test_a_badge_without_a_message_has_no_form_for_it(desk: Desk) -> None:
    place = f"/admin/credentials/{desk.ids['valid']}"
    assert "Status message" not in desk.look(place)
    assert "Choose one of the messages" in desk.send(f"{place}/message", status=422, message="Under review")


def test_machines_say_it_with_a_token_that_may_manage(desk: Desk, badge: UUID) -> None:
    path = f"/api/default/credentials/{badge}/status-message"

    def said(body: object, role: Role | None = Role.MANAGE, path: str = path) -> Any:
        headers = {}
        if role is not None:
            name = f"{role}-{len(made)}"
            made.append(name)
            token = create_token(
                desk.db,
                issuer=None,
                name=name,
                role=role,
                actor="t",
                now=NOW,
                randomness=Random(name).randbytes,  # noqa: S311
            )
            headers = {"Authorization": f"Bearer {token.secret}"}
        return desk.browser.client.post(path, json=body, headers=headers)

    made: list[str] = []
    assert said({"message": "Under review"}, None).status_code == 401
    assert said({"message": "Under review"}, Role.ISSUE).status_code == 403
    done = said({"message": "Under review"})
    assert (done.status_code, done.json()) == (200, {"id": str(badge), "message": "Under review", "changed": True})
    assert said({"message": "Under review"}).json()["changed"] is False
    refused = said({"message": "Bankrupt"})
    assert (refused.status_code, "“In good standing”" in refused.json()["detail"]) == (409, True)
    for wrong in ({}, {"message": 5}, {"message": " "}, {"message": "Under review", "why": "x"}):
        assert said(wrong).status_code == 400
    assert said({"message": "Under review"}, path=path.replace(str(badge), str(UUID(int=7)))).status_code == 404


def test_the_command_line_shows_and_says_it(desk: Desk, badge: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.cli.status_messages.keyring_of", lambda _: _keyring(desk))
    monkeypatch.setattr("portal.cli.status_messages.clock", desk.clock)
    monkeypatch.setattr("portal.cli.status_messages.opened", lambda _: nullcontext(desk.service))

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["status", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert run("show", str(badge)) == "* In good standing\n  Under review\n"
    assert "says “Under review”; the status list" in run("message", str(badge), "Under review")
    assert "already" in run("message", str(badge), "Under review")
    assert json.loads(run("show", str(badge), "--json"))["message"] == "Under review"
    told = json.loads(run("message", "In good standing", "--program", "audits", "--yes", "--json"))
    assert told == {"message": "In good standing", "changed": [str(badge)], "left": []}
    assert "without a status message" in run("show", desk.ids["valid"])
