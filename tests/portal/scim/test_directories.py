"""What Entra ID and Okta send, in the order and dialect in which they send it; and what becomes of people by it."""

from __future__ import annotations

import logging
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.api_tokens import Role, create_token
from issuer.audit import events
from issuer.people.assignment_rules import Target, parse_due_rule
from issuer.people.assignments import assign
from issuer.people.directory import person, person_by_address
from issuer.people.directory_import import Missing, import_directory
from issuer.people.duties import standing_of_person
from issuer.sign_in.sessions import Entry, begin_session, find_session
from issuer.tables import PersonAddressRow
from tests.portal.scim.conftest import ENTERPRISE, GROUP, USER, Directory


def of_entra(name: str, **more: Any) -> dict[str, Any]:
    """The body that Entra ID's default mapping makes."""
    address = f"{name}@brightmoor.example"
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": name,
        "userName": address,
        "active": True,
        "displayName": name.title(),
        "emails": [{"primary": True, "type": "work", "value": address}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": f"{name.title()} Example", "familyName": "Example", "givenName": name.title()},
        "roles": [],
        "title": "Engineer",
        "phoneNumbers": [{"type": "work", "value": "+45 1"}],
        **more,
    }


def test_entra_id_provisions_a_person_through_a_life(directory: Directory) -> None:
    assert directory.found("Users", 'userName eq "ana@brightmoor.example"') == []
    ana = directory.ask("POST", "/Users", of_entra("ana"), status=201)
    path = f"/Users/{ana['id']}"
    assert directory.found("Users", 'userName eq "ANA@brightmoor.example"') == [ana["id"]]
    assert directory.found("Users", 'emails[type eq "work"].value eq "ana@brightmoor.example"') == [ana["id"]]
    assert directory.found("Users", 'externalId eq "ana"') == [ana["id"]]

    moved = directory.patch(
        path,
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Platform"},
        {"op": "Replace", "path": "title", "value": "Lead"},
        {"op": "Replace", "path": 'emails[type eq "home"].value', "value": "ana@home.example"},
        {"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+45 2"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": 417},
    )
    assert moved["title"] == "Lead"
    assert {one["value"] for one in moved["emails"]} == {"ana@brightmoor.example", "ana@home.example"}
    assert moved[ENTERPRISE] == {"department": "Platform", "employeeNumber": "417"}
    with directory.db.read() as session:
        known = person(session, UUID(ana["id"]))
    assert known is not None
    assert (known.function, [one.name for one in known.teams], known.joined_on) == (
        "Lead", ["Platform"], directory.clock().date(),
    )  # fmt: skip

    gone = directory.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert gone["active"] is False
    assert directory.ask("GET", path, status=200)["active"] is False
    assert directory.patch(path, {"op": "Replace", "value": {"active": "True"}})["active"] is True

    directory.ask("DELETE", path, status=204)
    directory.ask("GET", path, status=404)
    assert directory.found("Users", 'userName eq "ana@brightmoor.example"') == []
    with directory.db.read() as session:
        left = person(session, UUID(ana["id"]))
        assert left is not None
        assert left.name == "Ana", "the person stays, with all that was earned"
        assert not left.present(directory.clock().date())
    again = directory.ask("POST", "/Users", of_entra("ana"), status=201)
    assert again["id"] == ana["id"], "whoever comes back is the same person"
    assert again["active"]


def test_entra_id_fills_groups_and_duties_arise(directory: Directory) -> None:
    ben, cleo = directory.joins("ben"), directory.joins("cleo")
    group = directory.ask("POST", "/Groups", {"schemas": [GROUP], "externalId": "8aa1", "displayName": "platform"}, status=201)  # fmt: skip  # noqa: E501
    path = f"/Groups/{group['id']}"
    assert directory.found("Groups", 'displayName eq "Platform"') == [group["id"]]
    shown = directory.ask("GET", f"{path}?excludedAttributes=members", status=200)
    assert "members" not in shown
    added = [{"$ref": None, "value": ben["id"]}, {"$ref": None, "value": cleo["id"]}]
    directory.patch(path, {"op": "Add", "path": "members", "value": added}, status=204)
    assert {one["value"] for one in directory.ask("GET", path, status=200)["members"]} == {ben["id"], cleo["id"]}
    assert directory.ask("GET", f"/Users/{ben['id']}", status=200)["groups"][0]["display"] == "platform"
    assert directory.found("Groups", f'id eq "{group["id"]}" and members eq "{ben["id"]}"') == [group["id"]]

    assign(
        directory.db, issuer=None, program="cloud-engineering", level="associate", to=Target(team="platform"),
        due=parse_due_rule("within 30 days of assignment"), actor="test", now=directory.clock(),
    )  # fmt: skip
    dan = directory.joins("dan")
    assert duties_of(directory, dan) == []
    directory.patch(path, {"op": "Add", "path": "members", "value": [{"value": dan["id"]}]}, status=204)
    assert len(duties_of(directory, dan)) == 1

    directory.patch(path, {"op": "Remove", "path": "members", "value": [{"value": ben["id"]}]}, status=204)
    directory.patch(path, {"op": "Remove", "path": f'members[value eq "{cleo["id"]}"]'}, status=204)
    directory.patch(path, {"op": "Remove", "path": f'members[value eq "{cleo["id"]}"]'}, status=204)
    assert [one["value"] for one in directory.ask("GET", path, status=200)["members"]] == [dan["id"]]
    directory.patch(path, {"op": "Replace", "path": "displayName", "value": "role:sre"}, status=204)
    with directory.db.read() as session:
        moved = person(session, UUID(dan["id"]))
        assert moved is not None
        assert ([one.name for one in moved.teams], [one.name for one in moved.roles]) == ([], ["sre"])
    directory.ask("DELETE", path, status=204)
    directory.ask("GET", path, status=404)
    assert "groups" not in directory.ask("GET", f"/Users/{dan['id']}", status=200)


def duties_of(directory: Directory, user: dict[str, Any]) -> list[Any]:
    standing = standing_of_person(directory.db, None, UUID(user["id"]), directory.clock())
    return [one for one in standing.duties if one.level.level == "associate"]


def test_okta_imports_updates_by_put_and_deactivates(directory: Directory) -> None:
    body = {
        "schemas": [USER],
        "userName": "eva@brightmoor.example",
        "name": {"givenName": "Eva", "familyName": "Okta"},
        "emails": [{"primary": True, "value": "eva@brightmoor.example", "type": "work"}],
        "displayName": "Eva Okta",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }
    listed = directory.ask("GET", "/Users?startIndex=1&count=2", status=200)
    assert listed["itemsPerPage"] == 2
    assert listed["totalResults"] == 4
    eva = directory.ask("POST", "/Users", body, status=201)
    assert "password" not in eva
    path = f"/Users/{eva['id']}"
    import_directory(
        directory.db, b"email,name,manager\neva@brightmoor.example,Eva Okta,valid@brightmoor.example\n",
        missing=Missing.KEEP, now=directory.clock(), today=directory.clock().date(), actor="test",
        randomness=Random(2).randbytes,  # noqa: S311
    )  # fmt: skip
    changed = directory.ask("PUT", path, {**body, "name": {"givenName": "Eva", "familyName": "Hansen"},
                                          "displayName": "Eva Hansen"}, status=200)  # fmt: skip
    assert changed["displayName"] == "Eva Hansen"
    assert "manager" in changed[ENTERPRISE], "of what a PUT does not speak, nothing is taken away"
    assert directory.patch(path, {"op": "replace", "value": {"active": False}})["active"] is False
    assert directory.ask("PUT", path, {**body, "active": True}, status=200)["active"] is True
    directory.ask("POST", "/Users", body, status=409)


def test_a_manager_may_come_after_his_people(directory: Directory) -> None:
    def of(name: str) -> dict[str, Any]:
        return {"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": name}}}

    fay = directory.joins("fay", **of("boss@brightmoor.example"))
    gil = directory.joins("gil", **of("E-77"))
    assert fay[ENTERPRISE]["manager"] == {"value": "boss@brightmoor.example"}
    boss = directory.joins("boss", **{ENTERPRISE: {"employeeNumber": "E-77"}})
    for one in (fay, gil):
        manager = directory.ask("GET", f"/Users/{one['id']}", status=200)[ENTERPRISE]["manager"]
        assert manager["value"] == boss["id"]
        assert manager["$ref"].endswith(f"/scim/v2/Users/{boss['id']}")
    assert set(directory.found("Users", f'{ENTERPRISE}:manager.value eq "{boss["id"]}"')) == {fay["id"], gil["id"]}
    loop = directory.patch(
        f"/Users/{boss['id']}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": fay["id"]}, status=400
    )
    assert loop["scimType"] == "invalidValue"


def test_leaving_ends_sessions_at_once(directory: Directory) -> None:
    hal = directory.joins("hal")
    now, day = directory.clock(), directory.clock().date()
    limits = directory.client.app.state.door.limits  # type: ignore[attr-defined]
    new = begin_session(
        directory.db, issuer=None, person_id=UUID(hal["id"]), entry=Entry("Firefox"), limits=limits, now=now,
        today=day, randomness=Random(1).randbytes,  # noqa: S311
    )  # fmt: skip
    assert find_session(directory.db, issuer=None, token=new.token, today=day) is not None
    directory.patch(f"/Users/{hal['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert find_session(directory.db, issuer=None, token=new.token, today=day) is None


def test_whoever_is_known_is_taken_over_and_never_doubled(directory: Directory) -> None:
    with directory.db.read() as session:
        known = person_by_address(session, "valid@brightmoor.example")
    assert known is not None
    zoe = directory.ask("POST", "/Users", of_entra("zoe", emails=[{"value": "valid@brightmoor.example"}]), status=201)
    assert zoe["id"] == str(known.id)
    taken = directory.ask("POST", "/Users", of_entra("imp", userName="zoe@brightmoor.example"), status=409)
    assert taken["scimType"] == "uniqueness"
    changed = directory.patch(
        f"/Users/{zoe['id']}", {"op": "replace", "path": "emails", "value": [{"value": "z@x.example"}]}
    )
    assert [one["value"] for one in changed["emails"]] == ["z@x.example"]
    with directory.db.read() as session:
        kept = set(session.scalars(select(PersonAddressRow.address).where(PersonAddressRow.person_id == known.id)))
    assert kept == {"z@x.example", "valid@brightmoor.example"}, "a private address keeps its badges"


@pytest.mark.parametrize(
    ("filter_", "kind"),
    [
        ("userName", "invalidFilter"), ("userName eq", "invalidFilter"), ("userName eq bob", "invalidFilter"),
        ('shoe eq "4"', "invalidFilter"), ("active gt true", "invalidFilter"), ('userName eq "a" or', "invalidFilter"),
        ('((((((((((((((userName eq "a"))))))))))))))', "invalidFilter"), ('userName eq "\\ud800"', "invalidFilter"),
        (" or ".join(['userName eq "a"'] * 41), "invalidFilter"), ('meta.location eq "x"', "invalidFilter"),
        ('emails[type eq "work"', "invalidFilter"), ('meta.created gt "yesterday"', "invalidFilter"),
    ],
)  # fmt: skip
def test_filters_that_cannot_be_asked_are_refused(directory: Directory, filter_: str, kind: str) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter_}
    assert directory.ask("POST", "/Users/.search", body, status=400)["scimType"] == kind


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "spin", "path": "title"}, "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "id", "value": "7"}, "mutability"),
        ({"op": "replace", "path": "shoeSize", "value": "42"}, "invalidPath"),
        ({"op": "replace", "path": "emails[type", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 'emails[type ne "x" and value sw "q"].type', "value": "x"}, "noTarget"),
        ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
        ({"op": "replace", "path": "emails", "value": [{"value": "no address"}]}, "invalidValue"),
        ({"op": "replace", "path": "timezone", "value": "Mars/Olympus"}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
    ],
)
def test_a_patch_that_cannot_be_changes_nothing(directory: Directory, operation: dict[str, Any], kind: str) -> None:
    ida = directory.joins("ida")
    title = {"op": "replace", "path": "title", "value": "Never"}
    answer = directory.patch(f"/Users/{ida['id']}", title, operation, status=400)
    assert answer["scimType"] == kind
    assert directory.ask("GET", f"/Users/{ida['id']}", status=200) == ida


def test_versions_guard_against_lost_changes(directory: Directory) -> None:
    jon = directory.joins("jon")
    path, version = f"/Users/{jon['id']}", jon["meta"]["version"]
    sent = {"Authorization": f"Bearer {directory.token}", "If-None-Match": version}
    assert directory.client.get(f"/scim/v2{path}", headers=sent).status_code == 304
    body = {"schemas": [USER], "userName": jon["userName"], "displayName": "Jon", "title": "Chief"}
    after = directory.ask("PUT", path, body, status=200, If_Match=version)
    assert after["meta"]["version"] != version
    directory.ask("PUT", path, body, status=412, If_Match=version)
    directory.ask("DELETE", path, status=412, If_Match=version)
    directory.ask("DELETE", path, status=204, If_Match=after["meta"]["version"])


def test_pages_cursors_sorting_and_projection(directory: Directory) -> None:
    for name in ("kim", "leo", "mia"):
        directory.joins(name, title="Pilot")
    asked = "/Users?filter=title%20eq%20%22pilot%22&attributes=userName,emails.value&count=2"
    first = directory.ask("GET", asked + "&sortBy=userName&sortOrder=descending", status=200)
    assert [one["userName"][:3] for one in first["Resources"]] == ["mia", "leo"]
    assert set(first["Resources"][0]) == {"schemas", "id", "userName", "emails"}
    assert set(first["Resources"][0]["emails"][0]) == {"value"}
    second = directory.ask("GET", asked + "&sortBy=userName&sortOrder=descending&startIndex=3", status=200)
    assert [one["userName"][:3] for one in second["Resources"]] == ["kim"]
    seen, cursor = [], ""
    while True:
        page = directory.ask("GET", f"{asked}&cursor={cursor}", status=200)
        seen += [one["userName"] for one in page["Resources"]]
        cursor = page.get("nextCursor")
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 3
    assert directory.ask("GET", "/Users?cursor=!!", status=400)["scimType"] == "invalidCursor"
    both = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'displayName sw "l"'}
    directory.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Lab"}, status=201)
    found = directory.ask("POST", "/.search", both, status=200)
    assert {one["meta"]["resourceType"] for one in found["Resources"]} == {"User", "Group"}


def test_only_a_token_for_it_enters_people(directory: Directory) -> None:
    for role, status in ((Role.ISSUE, 403), (Role.MANAGE, 200)):
        made = create_token(
            directory.db, issuer=None, name=role.value, role=role, actor="test", now=directory.clock(),
            expires_at=directory.clock() + timedelta(days=1), randomness=Random(role.value).randbytes,  # noqa: S311
        )  # fmt: skip
        directory.token = made.secret
        directory.ask("GET", "/Users", status=status)
    directory.clock.now += timedelta(days=2)
    assert directory.ask("GET", "/Users", status=401)["status"] == "401"
    directory.token = "gmk_nobody"
    directory.ask("POST", "/Users", {}, status=401)
    directory.ask("POST", "/Nowhere", {}, status=401)


def test_what_is_not_spoken_is_said_so(directory: Directory) -> None:
    directory.ask("GET", "/Me", status=501)
    directory.ask("POST", "/Bulk", {}, status=501)
    directory.ask("GET", "/Users/ana", status=404)
    directory.ask("PUT", "/Users", {}, status=405)
    directory.ask("POST", "/Schemas", {}, status=405)
    directory.ask("POST", "/Users", [], status=400)
    directory.ask("POST", "/Users", {"schemas": [USER], "userName": "no-address"}, status=400)
    directory.ask("POST", "/Groups", {"schemas": [GROUP]}, status=400)
    nobody = {"schemas": [GROUP], "displayName": "x", "members": [{"value": "00000000-0000-4000-8000-000000000000"}]}
    directory.ask("POST", "/Groups", nobody, status=400)
    sent = {"Authorization": f"Bearer {directory.token}", "Content-Type": "text/plain"}
    assert directory.client.post("/scim/v2/Users", content=b"{}", headers=sent).status_code == 415


def test_the_trail_tells_all_of_it_and_names_nobody(
    directory: Directory, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    nia = directory.joins("nia", title="Astronaut")
    directory.patch(f"/Users/{nia['id']}", {"op": "replace", "path": "title", "value": "Cosmonaut"})
    directory.found("Users", 'displayName eq "Nia"')
    directory.patch(f"/Users/{nia['id']}", {"op": "replace", "path": "active", "value": False})
    told = events(directory.db, subject=f"person:{nia['id']}")
    assert [(one.actor, one.action) for one in told] == [
        ("api:entra", "person joined"), ("api:entra", "person changed"), ("api:entra", "person left"),
    ]  # fmt: skip
    assert told[1].details == {"changed": ["title"], "source": "scim"}
    written = capsys.readouterr()
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("http")]  # the client's own aside
    for text in (written.out, written.err, *ours, *(str(one.details) for one in told)):
        assert "nia" not in text.lower().replace(nia["id"], "")
        assert "naut" not in text
