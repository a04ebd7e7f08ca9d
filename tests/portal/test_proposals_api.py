"""Proposals over HTTP: a system proposes, assessors score, an officer decides, and each is told what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from issuer.api_tokens import Role, create_token
from issuer.assessment.proposals import propose
from issuer.assessment.wishes import Wish
from issuer.awards import Evidence
from issuer.issuers import create_issuer
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.tables import PersonAddressRow, PersonRow
from tests.issuer.assessment.conftest import CRAFT, DIGEST, GOOD, PEOPLE
from tests.portal.conftest import BASE, NOW, House

PROPOSALS = "/api/default/proposals"
LETTER = Evidence(url="https://wiki.acme.example/letter/2", rule="letter")


class Caller:
    """A client with a token of each role."""

    def __init__(self, client: TestClient, house: House) -> None:
        self.client, self.house = client, house
        self.manage = create_token(
            house.service.database, issuer="brightmoor", name="officers", role=Role.MANAGE, actor="test", now=NOW,
            randomness=Random("officers").randbytes,  # noqa: S311
        ).secret  # fmt: skip

    def post(self, path: str, body: Any, token: str | None = None, **headers: str) -> Any:
        token = self.house.token if token is None else token
        return self.client.post(path, json=body, headers={"Authorization": f"Bearer {token}", **headers})

    def get(self, path: str, token: str | None = None) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {token or self.house.token}"})

    def propose(self, person: str, level: str = "master", **more: Any) -> Any:
        body = {"person": f"{person}@acme.example", "program": "craft", "level": level, "completedOn": "2026-11-20"}
        return self.post(PROPOSALS, {**body, **more})


@pytest.fixture(scope="module")
def caller(house: House) -> Iterator[Caller]:
    db = house.service.database
    apply_program(db, issuer="brightmoor", definition=read_program(CRAFT.encode()), actor="test", now=NOW)
    with db.write() as session:
        for name, (full, function) in PEOPLE.items():
            person = PersonRow(id=_id(name), name=full, function=function, created_at=NOW)
            session.add(person)
            session.flush()
            address = f"{name}@acme.example"
            session.add(PersonAddressRow(address=address, shown=address, person_id=person.id))
    with house.client() as client:
        yield Caller(client, house)


def _id(name: str) -> Any:
    from tests.issuer.assessment.conftest import School

    return School.id_of(None, name)  # type: ignore[arg-type]


def test_two_assessors_and_an_officer(caller: Caller) -> None:
    evidence = [{"rule": "letter", "url": "https://wiki.acme.example/letter"}]
    helper = caller.propose("cara", "helper", evidence=evidence)
    assert helper.status_code == 201, helper.text
    made = helper.json()
    assert helper.headers["location"] == f"{BASE}/api/brightmoor/proposals/{made['id']}"
    assert (made["state"], made["source"], made["evidence"][0]["rule"]) == ("proposed", "api", "letter")
    again = caller.propose("cara", "helper", evidence=evidence)
    assert (again.status_code, again.json()["id"]) == (200, made["id"])

    address = f"{PROPOSALS}/{made['id']}"
    refused = caller.post(f"{address}/decision", {"decision": "approve"})
    assert (refused.status_code, refused.json()["type"]) == (403, f"{BASE}/docs#problem-forbidden")
    done = caller.post(f"{address}/decision", {"decision": "approve"}, caller.manage)
    assert (done.status_code, done.json()["state"]) == (200, "issued")
    badge = caller.client.get(f"/credentials/{done.json()['credential']}.json").json()
    assert badge["evidence"] == [{"id": evidence[0]["url"], "type": ["Evidence"], "name": "Letter of a team"}]


def test_scores_are_seen_by_whom_they_may_be(caller: Caller) -> None:
    address = f"{PROPOSALS}/{caller.propose('dag').json()['id']}"
    said = {"assessor": "ann@acme.example", "passed": True, "remark": "He explains well."}
    first = caller.post(f"{address}/assessments", said)
    assert (first.json()["state"], first.json()["missing"]) == ("in assessment", "1 more assessor")
    assert "assessments" not in first.json()
    assert caller.post(f"{address}/assessments", said).json() == first.json()
    blind = [caller.get(address).json(), caller.get(f"{address}?viewer=ben@acme.example").json()]
    assert [(one["hidden"], one["assessments"], one["scored"]) for one in blind] == [(True, [], 1)] * 2
    named = f"{address}?viewer=ann@acme.example"
    for seen in (caller.get(address, caller.manage), caller.get(named, caller.manage)):
        assert [one["remark"] for one in seen.json()["assessments"]] == ["He explains well."]
    claimed = caller.get(named).json()  # a token to issue is not Ann because it names her
    assert (claimed["hidden"], claimed["assessments"], claimed["outcome"]) == (True, [], None)
    assert blind[0]["course"][0]["what"].startswith("Dag Assessor was proposed for Master")
    tied = caller.post(f"{address}/assessments", {"assessor": "ben@acme.example", "passed": False}).json()
    assert tied["state"] == "in assessment"
    no_reason = caller.post(f"{address}/decision", {"decision": "decline"}, caller.manage)
    assert no_reason.status_code == 400
    assert no_reason.json()["errors"] == [
        {"detail": "reason: declining needs a reason; say why; the candidate reads it"}
    ]
    declined = caller.post(f"{address}/decision", {"decision": "decline", "reason": "Too early."}, caller.manage)
    assert (declined.json()["state"], declined.json()["decision"]) == ("declined", "Too early.")
    appealed = caller.post(f"{address}/appeal", {"reason": "It was not.", "by": "dag@acme.example"})
    assert (appealed.json()["state"], appealed.json()["round"]) == ("appealed", 2)
    assert (appealed.json()["decision"], appealed.json()["appeal"]) == ("Too early.", "It was not.")
    assert caller.get(named).json()["hidden"]  # the scores of the first round too, until the appeal is decided
    verdict = caller.get(address, caller.manage).json()["outcome"]["verdict"]
    assert verdict == "open"


def test_what_cannot_be_is_refused_and_no_accident(caller: Caller) -> None:
    valid = str(caller.house.ids["valid"])
    for more in (
        {"completedOn": "9999-12-31", "renews": valid},
        {"completedOn": "0001-01-01", "renews": valid},
        {"person": "ann\x00@acme.example"},
        {"person": "\ud800"},
        {"assessors": ["\x00", "\ud800"]},
        {"results": {"\x00": "\ud800"}},
        {"narrative": "\ud800"},
    ):
        body = {"person": "mona@acme.example", "program": "craft", "level": "master", "completedOn": "2026-11-20"}
        headers = {"Authorization": f"Bearer {caller.house.token}", "Content-Type": "application/json"}
        answer = caller.client.post(PROPOSALS, content=json.dumps({**body, **more}), headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), more
    address = f"{PROPOSALS}/{caller.propose('mona').json()['id']}"
    assert caller.get(f"{address}?viewer=%00").status_code == 404


def test_the_key_of_another_road_is_no_key_of_this_one(caller: Caller) -> None:
    """What a learning system will be proposed under cannot be taken before."""
    body = {"person": "cho@acme.example", "program": "craft", "level": "master", "completedOn": "2026-10-01"}
    own = "learning:moodle:statement:1"
    squat = caller.post(PROPOSALS, body, **{"Idempotency-Key": own})
    assert squat.status_code == 201
    wish = Wish("mona@acme.example", "craft", "helper", date(2026, 11, 20), evidence=(LETTER,), own_key=own)
    made = propose(
        caller.house.service.database, wish, issuer="brightmoor", source="learning", actor="learning:moodle", now=NOW,
        randomness=Random("own").randbytes,  # noqa: S311
    )  # fmt: skip
    assert made.new
    assert str(made.proposal.id) != squat.json()["id"]


def test_every_refusal_is_a_problem(caller: Caller) -> None:
    wrong = caller.propose("nobody", evidence=[{"rule": "poem", "sha256": DIGEST[:-1]}], results={"song": "1"})
    assert (wrong.status_code, wrong.json()["type"]) == (400, f"{BASE}/docs#problem-refused")
    details = " ".join(error["detail"] for error in wrong.json()["errors"])
    for words in ("nobody is known as", "no result 'song'", "no evidence 'poem'", "is no SHA-256"):
        assert words in details
    running = caller.propose("eve")
    assert running.status_code == 201
    assert "is running already" in caller.propose("eve", narrative="Again.").json()["errors"][0]["detail"]
    key = {"Idempotency-Key": "lms-1"}
    body = {"person": "ann@acme.example", "program": "craft", "level": "master", "completedOn": "2026-11-20"}
    assert caller.post(PROPOSALS, body, **key).status_code == 201
    assert caller.post(PROPOSALS, body, **key).status_code == 200
    assert caller.post(PROPOSALS, {**body, "completedOn": "2026-11-19"}, **key).status_code == 409
    address = f"{PROPOSALS}/{running.json()['id']}"
    assert caller.post(f"{address}/appeal", {"reason": "?"}).status_code == 409  # nothing is decided yet
    assert caller.post(f"{address}/decision", {"decision": "approve"}, caller.manage).status_code == 409
    themselves = caller.post(f"{address}/assessments", {"assessor": "eve@acme.example", "passed": True})
    assert "nobody assesses himself" in themselves.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("", {"person": "x"}, "`completedOn` is missing"),
        ("", {"person": 7, "program": "craft", "level": "master", "completedOn": "2026-11-20"}, "must be a text"),
        ("", {"person": "x", "program": "craft", "level": "master", "completedOn": "soon"}, "must be a date"),
        ("", {"evidence": {}, "completedOn": "2026-11-20", "person": "x", "program": "c", "level": "m"}, "an array"),
        ("", {"wish": 1}, "has no member “wish”"),
        ("/{id}/assessments", {"assessor": "x", "results": {"exam": 81}}, "object of texts"),
        ("/{id}/assessments", {"assessor": "x", "passed": "yes"}, "must be true or false"),
        ("/{id}/decision", {"decision": "perhaps"}, "approve or decline"),
        ("/{id}/appeal", {"reason": "x", "assessors": "ann"}, "array of texts"),
    ],
)
def test_what_cannot_be_understood_is_named(caller: Caller, path: str, body: Any, words: str) -> None:
    answer = caller.post(PROPOSALS + path.replace("{id}", str(_id("ann"))), body, caller.manage)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert words in answer.json()["detail"]


def test_proposals_of_others_are_not_there(caller: Caller) -> None:
    db = caller.house.service.database
    create_issuer(db, slug="craftsmen", name="Craftsmen", base_url=BASE, actor="test", now=NOW)
    token = create_token(
        db, issuer="craftsmen", name="x", role=Role.MANAGE, actor="test", now=NOW, randomness=Random("o").randbytes  # noqa: S311
    ).secret  # fmt: skip
    made = caller.propose("ben").json()["id"]
    assert caller.get(f"{PROPOSALS}/{made}", token).status_code == 403
    assert caller.get(f"/api/craftsmen/proposals/{made}", token).status_code == 404
    score = {"assessor": "ann@acme.example", "results": GOOD}
    assert caller.post(f"/api/craftsmen/proposals/{made}/assessments", score, token).status_code == 404
    assert caller.client.get(f"{PROPOSALS}/{made}").status_code == 401
    assert caller.get(f"{PROPOSALS}/{_id('cara')}").status_code == 404


def test_the_description_tells_of_every_route(caller: Caller) -> None:
    paths = caller.client.get("/openapi.json").json()["paths"]
    base = "/api/{instance_name}/proposals"
    mine = {path: set(methods) for path, methods in paths.items() if path.startswith(base)}
    assert mine == {
        base: {"post"},
        f"{base}/{{proposal_id}}": {"get"},
        f"{base}/{{proposal_id}}/assessments": {"post"},
        f"{base}/{{proposal_id}}/decision": {"post"},
        f"{base}/{{proposal_id}}/appeal": {"post"},
    }
    for path in mine:
        for operation in paths[path].values():
            assert operation["security"] == [{"bearer": ["manage" if path.endswith("/decision") else "issue"]}]
            assert {"401", "403", "404"} <= set(operation["responses"])
