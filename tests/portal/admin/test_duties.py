"""The admin says who must hold what: sees whom it touches, assigns it, ends it; the API and the trail do alike."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from issuer.api_tokens import Role, create_token
from issuer.people.assignments import list_assignments
from issuer.people.directory_import import Missing, import_directory
from tests.portal.admin.conftest import Desk
from tests.portal.admin.test_bounds import counted
from tests.portal.admin.test_credentials import fields

PATH = "/admin/duties"
WISH = {
    "level": "cloud-engineering/associate", "whom": "team", "name": "platform",
    "how": "within", "length": "90", "unit": "days", "of": "assignment",
}  # fmt: skip


def test_a_level_is_assigned_once_it_was_seen_whom_that_touches(desk: Desk) -> None:
    assert "Assign a level" in desk.look(PATH)
    desk.look(PATH + "/new")
    page = desk.send(PATH + "/new", 200, **WISH, action="look")
    assert "This would ask 2 people" in page
    assert "Ben Okafor" in page
    assert "كليو المصرية" in page
    assert "20 February 2027" in page
    assert not list_assignments(desk.db)[len(_of_file(desk)) :]
    seen = fields(page)["seen"]
    assert "This would ask" in desk.send(PATH + "/new", 200, **{**WISH, "length": "30"}, action="assign", seen=seen)
    where = desk.send(PATH + "/new", **WISH, action="assign", seen=seen)
    assert "The level is assigned" in desk.look(where)
    (made,) = [one for one in list_assignments(desk.db) if one.source == "hand"]
    assert (made.target, str(made.due)) == ("platform", "within 90 days of assignment")
    assert "is assigned like this already" in desk.send(PATH + "/new", 200, **WISH, action="look")
    assert "takes the place" in desk.send(PATH + "/new", 200, **{**WISH, "how": "suggested"}, action="look")

    one = f"{PATH}/{made.id}"
    assert "2 people do not hold it yet" in desk.look(one)
    assert "Tick that you have seen" in desk.send(one + "/end", 422)
    assert "has ended" in desk.look(desk.send(one + "/end", sure="yes"))
    assert "platform" not in desk.look(PATH)
    assert "ended on" in desk.look(PATH + "?ended=yes")
    desk.look(PATH + "/999999", status=404)


def _of_file(desk: Desk) -> list[Any]:
    return [one for one in list_assignments(desk.db) if one.source == "program"]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"level": ""}, "Choose the level"),
        ({"level": "cloud-engineering/nothing"}, "Choose the level"),
        ({"name": ""}, "Write which team"),
        ({"name": "plattform"}, "did you mean"),
        ({"whom": "person", "name": "ben"}, "cannot be meant"),
        ({"whom": "emperor"}, "Choose whom it is for"),
        ({"length": "many"}, "Write a number"),
        ({"how": "by"}, "Say until which day"),
        ({"how": "by", "by": "2020-01-01"}, "has passed"),
        ({"how": "by", "by": "soon"}, "is no date"),
        ({"how": ""}, "Choose whether it is required"),
    ],
)
def test_what_cannot_be_assigned_is_said_at_the_field(desk: Desk, changed: dict[str, str], fault: str) -> None:
    desk.look(PATH + "/new")
    page = desk.send(PATH + "/new", 422, **{**WISH, **changed}, action="look")
    assert fault in page
    assert 'value="platform"' in page or "name" in changed


def test_however_many_duties_the_page_asks_the_same(desk: Desk) -> None:
    desk.look(PATH)
    with counted(desk) as few:
        desk.look(PATH)
    rows = "".join(f"p{one}@brightmoor.example,P {one},t{one}\n" for one in range(12))
    import_directory(
        desk.db, b"email,name,teams\n" + rows.encode(), missing=Missing.KEEP, now=desk.clock(),
        today=desk.clock().date(), randomness=Random(3).randbytes, actor="test",  # noqa: S311
    )  # fmt: skip
    desk.look(PATH + "/new")
    for one in range(6):
        for whom, name in (("team", f"t{one}"), ("person", f"p{one}@brightmoor.example")):
            wish = {**WISH, "whom": whom, "name": name, "action": "look"}
            seen = fields(desk.send(PATH + "/new", 200, **wish))["seen"]
            desk.send(PATH + "/new", **{**wish, "action": "assign", "seen": seen})
    with counted(desk) as many:
        assert "p5@brightmoor.example" in desk.look(PATH)
    assert len(many) <= len(few) + 1, "the addresses of the people, by one question"


def test_the_same_over_the_api(desk: Desk) -> None:
    def token(role: Role) -> str:
        return create_token(
            desk.db, issuer=None, name=role.value, role=role, actor="test", now=desk.clock(),
            randomness=Random(role.value).randbytes,  # noqa: S311
        ).secret  # fmt: skip

    client, path = desk.browser.client, "/api/default/assignments"
    manage = {"Authorization": f"Bearer {token(Role.MANAGE)}"}
    body = {"level": "cloud-engineering/associate", "to": {"team": "platform"}, "required": "within 90 days of joining"}
    for role in (Role.ISSUE, Role.PROVISION):
        assert client.get(path, headers={"Authorization": f"Bearer {token(role)}"}).status_code == 403
    ahead = client.post(path + "/preview", json=body, headers=manage).json()
    assert (ahead["open"], ahead["holding"], ahead["replaces"]) == (2, 0, None)
    made = client.post(path, json=body, headers=manage)
    assert made.status_code == 201
    assert made.json()["due"] == "within 90 days of joining"
    listed = client.get(path, headers=manage).json()
    assert made.json() in listed["assignments"]
    assert not listed["more"]
    wrong = client.post(path, json={"level": "x", "to": "nobody"}, headers=manage)
    assert wrong.status_code == 400
    assert len(wrong.json()["errors"]) == 3
    ended = client.post(f"{path}/{made.json()['id']}/end", headers=manage)
    assert ended.json()["endedAt"]
    assert client.post(f"{path}/{made.json()['id']}/end", headers=manage).status_code == 404
