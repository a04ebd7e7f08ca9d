"""The admin looks after people: finds them, imports the directory, gives roles, records a last day."""

from __future__ import annotations

from issuer.people.directory import required_person
from issuer.sign_in.role_grants import role_grants
from tests.portal.admin.conftest import ADA, DIRECTORY, Desk
from tests.portal.admin.test_credentials import fields

PATH = "/admin/people"


def test_people_are_found(desk: Desk) -> None:
    page = desk.look(PATH)
    assert "Ben Okafor" in page
    assert "كليو" in page
    assert "كليو" not in desk.search(PATH, q="okafor")
    assert "كليو" in desk.search(PATH, team="platform")
    assert "Nobody is found" in desk.search(PATH, q="xyzzy")
    desk.look(f"{PATH}?after=nonsense")


def test_a_person_is_shown_with_all_that_is_known(desk: Desk) -> None:
    with desk.db.read() as session:
        zoe = required_person(session, "valid@brightmoor.example").id
    page = desk.look(f"{PATH}/{zoe}")
    assert "Cloud" in page
    assert "Valid" in page
    assert "issued" in page
    desk.look(f"{PATH}/00000000-0000-4000-8000-000000000000", status=404)
    assert "Ben Okafor" in desk.look(f"{PATH}/{desk.person_id(ADA)}"), "whom she manages"


def test_a_role_is_given_and_taken_away(desk: Desk) -> None:
    path = f"{PATH}/{desk.person_id('ben@brightmoor.example')}"
    desk.look(path)
    desk.look(desk.send(path + "/roles", role="auditor", action="grant"))
    assert [one.role.value for one in role_grants(desk.db, issuer=None)] == ["auditor"]
    assert "Take away" in desk.look(path)
    assert "taken away" in desk.look(desk.send(path + "/roles", role="auditor", action="revoke"))
    assert "Choose a role" in desk.send(path + "/roles", 422, role="emperor")
    assert not role_grants(desk.db, issuer=None)


def test_the_last_day_is_recorded(desk: Desk) -> None:
    path = f"{PATH}/{desk.person_id('ben@brightmoor.example')}"
    desk.look(path)
    assert "“soon” is no date" in desk.send(path + "/leave", 422, left_on="soon")
    assert "last day is recorded" in desk.look(desk.send(path + "/leave", left_on="2026-11-20"))
    assert "Ben Okafor" not in desk.look(PATH)
    assert "has left" in desk.look(f"{PATH}?gone=yes")


def test_joiners_movers_and_leavers_are_seen_before_they_are_entered(desk: Desk) -> None:
    changed = DIRECTORY.replace("Ben Okafor,2", "Ben A. Okafor,2").replace("cleo@brightmoor.example,كليو المصرية,3", "dan@brightmoor.example,Dan Drew,4")  # fmt: skip  # noqa: E501
    desk.look(PATH + "/import")
    page = desk.send(PATH + "/import", 200, text=changed, missing="leave")
    assert "1 person joins" in page
    assert "1 person changes" in page
    assert "1 person will have left" in page
    assert "Dan Drew" in page
    kept = {**fields(page), "text": changed, "action": "enter"}
    assert "1 person is not in the file and stays" in desk.send(PATH + "/import", 200, **kept, missing="keep")
    page = desk.send(PATH + "/import", 200, text=changed, missing="leave")
    assert "is entered" in desk.look(desk.send(PATH + "/import", **fields(page), text=changed, action="enter", missing="leave"))  # fmt: skip  # noqa: E501
    shown = desk.look(PATH)
    assert "Dan Drew" in shown
    assert "Ben A. Okafor" in shown
    assert "nothing to enter" in desk.send(PATH + "/import", 200, text=changed, missing="keep")


def test_wrong_rows_of_the_directory_are_marked(desk: Desk) -> None:
    desk.look(PATH + "/import")
    page = desk.send(PATH + "/import", 422, text="email,name,manager\nx,Nobody,\nben@brightmoor.example,Ben,no@one.example\n")  # fmt: skip  # noqa: E501
    assert "2 rows have something wrong" in page
    assert "no@one.example" in page
