"""Filters: SQL, our interpreter and another's say the same of random users. PATCH: what a simple model says."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuer.people.provisioning.attributes import ENTERPRISE, GROUP, GROUPS, USER, USERS
from issuer.people.provisioning.documents import canonical
from issuer.people.provisioning.filters import parse_filter
from issuer.people.provisioning.group_names import group_name, read_group_name
from issuer.people.provisioning.groups import create_group
from issuer.people.provisioning.matching import matches
from issuer.people.provisioning.patching import patched, read_operations
from issuer.people.provisioning.projection import Shown, projected
from issuer.people.provisioning.reading import groups, users
from issuer.people.provisioning.refusals import NotProvisioned
from issuer.people.provisioning.searching import search_groups, search_users
from issuer.people.provisioning.users import Told, create_user, patch_user
from issuer.store import Database
from issuer.text_search import folded

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
BASE = "https://badges.example/scim/v2"
WORDS = ["ana", "Ana", "ANB", "é", "%", "_", "a_b", "\\", "straße"]
TEXTS = ["userName", "displayName", "title", "userType", "name.familyName", "emails", "emails.value", "emails.type",
         f"{ENTERPRISE}:department", "externalId"]  # fmt: skip
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
words = st.sampled_from(WORDS)
_APART = ("straße", '""', " gt ", " ge ", " lt ", " le ")
"""Where the other interpreter goes its own way: it folds to small letters, which changes ß and the order of `_`."""


def comparisons() -> st.SearchStrategy[str]:
    values = st.sampled_from([*WORDS, "", "u1", "work", "home", "u3@x.example"]).map(json.dumps)
    text = st.builds("{} {} {}".format, st.sampled_from(TEXTS), st.sampled_from(OPERATORS), values)
    present = st.builds("{} pr".format, st.sampled_from([*TEXTS, "name", "active", "groups", f"{ENTERPRISE}:manager"]))
    truth = st.builds("active {} {}".format, st.sampled_from(["eq", "ne"]), st.sampled_from(["true", "false"]))
    part = st.builds("{} {} {}".format, st.sampled_from(["type", "value"]), st.sampled_from(OPERATORS[:5]), values)
    either = st.builds("{} {} {}".format, part, st.sampled_from(["and", "or"]), part)
    some = st.builds(
        "emails[{}]".format, st.one_of(part, either, st.just("primary eq true"), part.map("not ({})".format))
    )
    return st.one_of(text, present, truth, some)


filters = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


def told(randomness: Callable[[int], bytes]) -> Told:
    return Told(actor="test", now=NOW, today=NOW.date(), randomness=randomness, base=BASE)


def make(db: Database, randomness: Callable[[int], bytes]) -> list[dict[str, Any]]:
    """Users that differ in everything that can be asked for."""
    made: list[dict[str, Any]] = []
    for number in range(14):
        body: dict[str, Any] = {
            "schemas": [USER, ENTERPRISE],
            "userName": f"{WORDS[number % 9]}u{number}",
            "displayName": WORDS[(number * 5) % 9],
            "active": number % 3 != 0,
            "emails": [{"value": f"u{number}@x.example", "type": ["work", "home", None][number % 3], "primary": True}],
            ENTERPRISE: {"department": WORDS[number % 4]} if number % 2 else {},
        }
        if number % 4 == 1:
            body |= {"title": WORDS[number % 9], "name": {"familyName": WORDS[(number + 3) % 9]}, "externalId": "ana"}
        if number % 5 == 2:
            body["emails"].append({"value": f"Other{number}@y.example"})
            body["userType"] = WORDS[number % 9]
        if number > 8:
            body[ENTERPRISE]["manager"] = {"value": made[0]["id"]}
        made.append(create_user(db, body, told(randomness)))
    with db.read() as session:
        return users(session, [UUID(one["id"]) for one in made], base=BASE, today=NOW.date())


@pytest.mark.slow
def test_sql_and_two_interpreters_find_the_same_users(database: Database, randomness: Callable[[int], bytes]) -> None:
    from scim2_models import EnterpriseUser, SCIMException, ScimFilter, User  # seconds of import, for this test alone

    documents = make(database, randomness)
    others = {one["id"]: User[EnterpriseUser].model_validate(one) for one in documents}

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters)
    def same(text: str) -> None:
        wanted = parse_filter(text)
        expected = {one["id"] for one in documents if matches(USERS, wanted, one)}
        page = search_users(database, wanted, today=NOW.date(), start=1, count=200)
        assert {str(one) for one in page.ids} == expected, text
        assert page.total == len(expected)
        if not any(one in text for one in _APART):
            try:
                judged = ScimFilter[User[EnterpriseUser]](text)
                found = {name for name, one in others.items() if judged.match(one)}
            except SCIMException:  # it wants whole addresses to compare with
                return
            assert found == expected, text

    same()


QUICK = {
    f'{ENTERPRISE}:manager.value eq "{{0}}"': 5, f'not ({ENTERPRISE}:manager pr)': 9, 'id eq "{0}"': 1,
    'id eq "nobody"': 0, 'groups.display eq "ANA"': 4, 'groups[display sw "a" and type eq "direct"]': 4,
    'meta.lastModified ge "2026-11-22T00:00:00Z"': 14, 'meta.created gt "2026-11-23T00:00:00Z"': 0,
    'emails[type eq "work"].value ew "@X.example"': 5, "title eq null": 10, 'meta.resourceType eq "User"': 14,
}  # fmt: skip


def test_what_only_sql_can_answer_quickly(database: Database, randomness: Callable[[int], bytes]) -> None:
    documents = make(database, randomness)
    wrong = []
    for text, found in QUICK.items():
        wanted = parse_filter(text.replace("{0}", documents[0]["id"]))
        page = search_users(database, wanted, today=NOW.date(), start=1, count=200)
        expected = {one["id"] for one in documents if matches(USERS, wanted, one)}
        if {str(one) for one in page.ids} != expected or page.total != found:
            wrong.append((text, found, page))
    assert not wrong


def test_groups_are_found_as_the_interpreter_finds_them(database: Database, randomness: Callable[[int], bytes]) -> None:
    made = make(database, randomness)
    body = {"schemas": [GROUP], "displayName": "role:sre", "externalId": "g", "members": [{"value": made[0]["id"]}]}
    create_group(database, body, told(randomness))
    page = search_groups(database, None, start=1, count=99)
    with database.read() as session:
        documents = groups(session, page.ids, base=BASE)
    assert len(documents) == 3, "sre, and a team of each of two departments"
    first, second = made[0]["id"], made[1]["id"]
    for text in ('displayName co "a"', "members pr", f'members eq "{first}"', 'externalId eq "g"',
                 'not (displayName sw "role:")', f'members[value eq "{second}" and type eq "User"]'):  # fmt: skip
        wanted = parse_filter(text)
        found = {str(one) for one in search_groups(database, wanted, start=1, count=99).ids}
        assert found == {one["id"] for one in documents if matches(GROUPS, wanted, one)}, text


PARTS = {"title": words, "userType": words, "name.familyName": words, "name.givenName": words, "active": st.booleans()}


@st.composite
def operations(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for _ in range(draw(st.integers(1, 5))):
        path = draw(st.sampled_from([*PARTS, f"{ENTERPRISE}:department"]))
        how = draw(st.sampled_from(["add", "Replace", "remove"]))
        value = draw(PARTS.get(path, words))
        if how != "remove" and draw(st.booleans()):
            made.append({"op": how, "value": {path: str(value) if path == "active" else value}})
        else:
            made.append({"op": how, "path": path, **({"value": value} if how != "remove" else {})})
    return made


@given(operations())
def test_patch_does_what_a_flat_model_does(wanted: list[dict[str, Any]]) -> None:
    start = {"schemas": [USER], "userName": "u", "active": True, "title": "ana", "name": {"familyName": "é"}}
    model: dict[str, Any] = {"title": "ana", "name.familyName": "é", "active": True}
    for one in wanted:
        path = one.get("path") or next(iter(one["value"]))
        value = one.get("value") if "path" in one else one["value"][path]
        if one["op"] == "remove":
            model.pop(path, None)
        else:
            model[path] = value == "True" if path == "active" and isinstance(value, str) else value
    after = canonical(USERS, patched(USERS, start, read_operations({"Operations": wanted})))
    flat = {name: value for name, value in after.items() if name in {"title", "userType", "active"}}
    flat |= {f"name.{part}": value for part, value in after.get("name", {}).items()}
    flat |= {f"{ENTERPRISE}:{part}": value for part, value in after.get(ENTERPRISE, {}).items()}
    assert flat == model


ids = st.lists(st.sampled_from("abcdef"), max_size=4, unique=True)


@given(ids, st.lists(st.tuples(st.sampled_from(["add", "remove", "remove one", "replace"]), ids), max_size=5))
def test_members_are_a_set(before: list[str], steps: list[tuple[str, list[str]]]) -> None:
    document: dict[str, Any] = {"schemas": [GROUP], "displayName": "g", "members": [{"value": one} for one in before]}
    model = set(before)
    for how, some in steps:
        values = [{"value": one} for one in some]
        if how == "remove one":
            sent = [{"op": "remove", "path": f'members[value eq "{one}"]'} for one in some]
            model -= set(some)
        elif how == "remove":
            sent = [{"op": "Remove", "path": "members", "value": values}]
            model = model - set(some) if some else set()
        else:
            sent = [{"op": how, "path": "members", "value": values}]
            model = model | set(some) if how == "add" else set(some)
        if sent:
            document = patched(GROUPS, document, read_operations({"Operations": sent}))
    assert {one["value"] for one in document.get("members", [])} == model


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(NotProvisioned):
        parse_filter(text)
    with suppress(NotProvisioned):
        patched(USERS, {}, read_operations({"Operations": [{"op": "add", "path": text, "value": "y"}]}))


@given(st.sampled_from(["team", "role"]), st.sampled_from(["sre", "role:sre", "Team: x", "a:b", "role", "team:"]))
def test_every_team_and_role_has_a_name_of_its_own(kind: str, name: str) -> None:
    assert read_group_name(group_name(kind, name)) == (kind, name)


def test_what_changes_nothing_writes_nothing(database: Database, randomness: Callable[[int], bytes]) -> None:
    one = make(database, randomness)[1]
    same = read_operations({"Operations": [{"op": "replace", "value": {"active": "True", "title": one["title"]}}]})
    assert patch_user(database, UUID(one["id"]), same, told(randomness)) == one


def test_only_what_is_asked_for_is_shown() -> None:
    document = {"schemas": [USER], "id": "1", "userName": "u", "emails": [{"value": "a", "type": "work"}],
                ENTERPRISE: {"department": "d", "employeeNumber": "7"},
                "meta": {"version": "v", "location": "l"}}  # fmt: skip
    only = projected(USERS, document, Shown(only=("EMAILS.type", f"{ENTERPRISE}:department", "nothing")))
    assert only == {"schemas": [USER], "id": "1", "emails": [{"type": "work"}], ENTERPRISE: {"department": "d"}}
    assert projected(USERS, document, Shown(only=(ENTERPRISE,))).keys() == {"schemas", "id", ENTERPRISE}
    without = projected(USERS, document, Shown(without=("id", "emails.value", ENTERPRISE, "meta.location")))
    assert without == {"schemas": [USER], "id": "1", "userName": "u", "emails": [{"type": "work"}],
                       "meta": {"version": "v"}}  # fmt: skip
    assert folded("ß") == folded("SS")
