"""The page of the keys where two people change them: who asked for what and when, and who may answer."""

from __future__ import annotations

from random import Random

import pytest

from issuer.sign_in.role_grants import grant_role
from issuer.sign_in.roles import Role
from issuer.signing_keys import KeyState, Use, list_keys
from tests.portal.admin.conftest import ADA, Desk, browser_of

BEN = "ben@brightmoor.example"


@pytest.fixture
def two(desk: Desk) -> Desk:
    for email in (ADA, BEN):
        grant_role(
            desk.db, issuer=None, email=email, role=Role.ADMIN, actor="test", now=desk.clock(),
            today=desk.clock().date(),
        )  # fmt: skip
    return desk


def signing(desk: Desk) -> set[str]:
    return {key.fragment for key in list_keys(desk.db) if key.state is KeyState.ACTIVE and key.use is Use.JWT}


def test_one_admin_asks_and_another_allows(two: Desk) -> None:
    desk, ben, before = two, browser_of(two.service, BEN, Random(2)), signing(two)  # noqa: S311
    desk.look("/admin/keys")
    assert "Tick that you have read" in desk.send("/admin/keys/two", 422, people="two")
    assert "From now on everything is signed" in desk.look("/admin/keys")
    assert "From now on two people" in desk.look(desk.send("/admin/keys/two", people="two", sure="yes"))
    assert "From now on everything is signed" not in desk.look("/admin/keys"), "another has to allow it first"
    assert "When another admin allows it, everything is signed with the new key" in desk.look("/admin/keys")
    assert "Wenn es ein zweiter Admin erlaubt" in desk.look("/admin/keys", language="de")
    desk.look("/admin/keys")
    assert "takes effect when another admin allows it" in desk.look(
        desk.send("/admin/keys/rotate", use="jwt", sure="yes")
    )
    assert signing(desk) == before
    page = desk.look("/admin/keys")
    request = page.partition('name="request" value="')[2][:36]
    assert "Withdraw it" in page
    assert "Allow it" not in page
    assert "asked for already" in desk.send("/admin/keys/rotate", 422, use="jwt", sure="yes")
    sent = {"request": request, "answer": "allow", "sure": "yes"}
    assert "cannot allow it" in desk.send("/admin/keys/requests", 422, **sent)

    page = ben.get("/admin/keys").text
    assert "asked for by Ada Admin" in page
    assert "Allow it" in page
    assert "Replace a key: JWTs" in page
    assert ben.post("/admin/keys/requests", request=request, answer="allow").status_code == 422, "one has to read it"
    ben.get("/admin/keys")
    assert ben.post("/admin/keys/requests", **sent).headers["location"].endswith("done=allowed")
    assert signing(desk) != before
    assert "answered by Ben Okafor" in desk.look("/admin/keys?done=allowed")
    ben.get("/admin/keys")
    assert "does not wait any more" in ben.post("/admin/keys/requests", **sent).text
    assert "There is no such request" in desk.send("/admin/keys/requests", 422, request="x")


def test_a_request_is_withdrawn_and_the_rule_ended_by_two(two: Desk) -> None:
    desk, ben = two, browser_of(two.service, BEN, Random(2))  # noqa: S311
    desk.look("/admin/keys")
    desk.send("/admin/keys/two", people="two", sure="yes")
    desk.look("/admin/keys")
    desk.send("/admin/keys/two", people="one", sure="yes")
    request = desk.look("/admin/keys").partition('name="request" value="')[2][:36]
    page = desk.look("/admin/keys", language="de")
    assert "Eine Person allein darf die Schlüssel wieder ändern" in page
    assert "Withdrawn" in desk.look(desk.send("/admin/keys/requests", request=request, answer="refuse"))
    desk.send("/admin/keys/two", people="one", sure="yes")
    request = desk.look("/admin/keys").partition('name="request" value="')[2][:36]
    ben.get("/admin/keys")
    ben.post("/admin/keys/requests", request=request, answer="allow", sure="yes")
    assert "Let two people change the keys" in desk.look("/admin/keys")
