"""Work in the background over HTTP: begun as a whole or not at all, watched and cancelled by whoever may."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from issuer.api_tokens import Role, create_token
from issuer.jobs.bulk import list_bulks
from portal.worker import run_once
from tests.portal.conftest import NOW, House

BULKS = "/api/default/bulks"
AWARD = {
    "name": "Ana Núñez",
    "email": "ana@brightmoor.example",
    "program": "cloud-engineering",
    "level": "associate",
    "awarded_on": "2026-11-01",
    "results": {"exam": "88"},
    "evidence": [{"name": "Report", "url": "https://example.org/report"}],
}


def bearer(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}


@pytest.fixture(scope="session")
def manager(house: House) -> dict[str, str]:
    token = create_token(
        house.service.database, issuer=None, name="manager", role=Role.MANAGE, actor="t", now=NOW, randomness=bytes
    )
    return {"Authorization": f"Bearer {token.secret}"}


def work(house: House) -> None:
    assert [ran.error for ran in run_once(house.service, ["bulk"], force=True)] == [None]


def test_a_list_is_taken_issued_and_can_be_watched(house: House, client: TestClient) -> None:
    awards = [{**AWARD, "email": f"b{number}@brightmoor.example"} for number in range(3)]
    headers = {**bearer(house), "Idempotency-Key": "monday"}
    taken = client.post(BULKS, json={"kind": "issue", "awards": awards}, headers=headers)
    assert taken.status_code == 202, taken.text
    assert (taken.json()["state"], taken.json()["waiting"]) == ("waiting", 3)
    again = client.post(BULKS, json={"kind": "issue", "awards": awards}, headers=headers)
    assert again.json()["id"] == taken.json()["id"]
    other = client.post(BULKS, json={"kind": "issue", "awards": awards[:1]}, headers=headers)
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")
    work(house)
    place = taken.headers["location"].removeprefix(house.service.base_url)
    seen = client.get(place, headers=bearer(house)).json()
    assert (seen["state"], seen["done"], seen["faults"]) == ("done", 3, [])
    assert client.get(place).status_code == 401


@pytest.mark.parametrize("kind", [[], {}, None, 5, "burn"])
def test_an_unknown_kind_of_work_is_a_clear_error(house: House, client: TestClient, kind: object) -> None:
    answer = client.post(BULKS, json={"kind": kind, "awards": []}, headers=bearer(house))
    assert (answer.status_code, "`kind` must be one of" in answer.text) == (400, True)


def test_every_fault_is_named_and_nothing_is_begun(house: House, client: TestClient) -> None:
    before = len(list_bulks(house.service.database))
    awards: list[Any] = [{**AWARD, "email": "nobody"}, {**AWARD, "level": "none"}, AWARD]
    answer = client.post(BULKS, json={"kind": "issue", "awards": awards}, headers=bearer(house))
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/awards/0, email", "/awards/1, level"]
    awards = ["x", {**AWARD, "awarded_on": "22.11.2026", "results": [], "evidence": [{"colour": "red"}], "sex": "f"}]
    answer = client.post(BULKS, json={"kind": "issue", "awards": awards}, headers=bearer(house))
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/awards/0", "/awards/1/sex", "/awards/1/awarded_on", "/awards/1/results", "/awards/1/evidence",
    ]  # fmt: skip
    assert len(list_bulks(house.service.database)) == before


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "`kind` must be one of"),
        ({"kind": "renew"}, "`kind` must be one of"),
        ({"kind": "issue"}, "`awards` must be a list"),
        ({"kind": "issue", "awards": [], "color": 1}, "no member “color”"),
        ({"kind": "issue", "awards": []}, "1 fault"),
        ({"kind": "revoke", "credentials": [str(uuid4())]}, "`reason` must be a text"),
        ({"kind": "revoke", "credentials": "all", "reason": "x"}, "`credentials` must be a list"),
        ({"kind": "revoke", "credentials": ["x", 1], "reason": "x"}, "2 faults"),
        ({"kind": "revoke", "credentials": [str(uuid4())], "reason": "x"}, "1 fault"),
    ],
)
def test_what_cannot_be_understood_is_a_problem(
    client: TestClient, manager: dict[str, str], body: dict[str, Any], word: str
) -> None:
    answer = client.post(BULKS, json=body, headers=manager)
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_only_who_may_manage_changes_what_is_issued(house: House, client: TestClient, manager: dict[str, str]) -> None:
    issued = client.post(BULKS, json={"kind": "issue", "awards": [{**AWARD, "email": "c@x.example"}]}, headers=manager)
    work(house)
    (bulk,) = [one for one in list_bulks(house.service.database) if str(one.id) == issued.json()["id"]]
    assert bulk.done == 1
    body = {"kind": "revoke", "credentials": [house.ids["expired"]], "reason": "Issued in error."}
    assert client.post(BULKS, json=body, headers=bearer(house)).status_code == 403
    taken = client.post(BULKS, json=body, headers=manager)
    assert taken.status_code == 202
    place = f"{BULKS}/{taken.json()['id']}"
    assert client.post(f"{place}/cancel", headers=bearer(house)).status_code == 403
    cancelled = client.post(f"{place}/cancel", headers=manager)
    assert (cancelled.status_code, cancelled.json()["cancelAsked"]) == (202, True)
    work(house)
    ended = client.get(place, headers=manager).json()
    assert (ended["state"], ended["cancelled"]) == ("cancelled", 1)
    assert client.get(f"{BULKS}/{uuid4()}", headers=manager).status_code == 404
