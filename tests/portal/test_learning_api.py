"""Learning systems over HTTP: a signed report is taken; anything else is told what is wrong, and nothing is done."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from issuer import schema_version
from issuer.issuers import create_issuer
from issuer.learning.events import list_events
from issuer.learning.signatures import sign
from issuer.learning.systems import NewSecret, active_system, add_system, revoke_system, rotate_secret, secret_of
from issuer.people.directory import PeopleFilter, list_people
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import create_initial_keys
from issuer.tables import PersonAddressRow, PersonRow
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.app import create_app
from portal.cli.application import app as commands
from portal.service import Service, open_service
from portal.settings import load_settings
from tests.portal.conftest import BASE, BROWSER, NOW

LMS = "https://lms.brightmoor.example"
PROGRAM = f"""
program: safety
name: Safety
time_zone: Europe/Copenhagen
learning:
  - {{system: moodle, level: aware, results: {{quiz: score.scaled}}, verbs: [passed, completed],
     activity: "{LMS}/courses/*"}}
  - {{system: moodle, verbs: [passed], level: aware}}
levels:
  - {{level: aware, name: Aware, criteria: Knows., results: [{{id: quiz, name: Quiz, type: Percent}}]}}
"""
WEBHOOK = "/api/default/learning/moodle"
XAPI = "/xapi/brightmoor/statements"
EVENT = {
    "type": "learning.passed",
    "person": {"email": "valid@brightmoor.example"},
    "program": "safety",
    "level": "aware",
    "completed_on": "2026-11-20",
    "results": {"quiz": "93"},
}


@dataclass
class Desk:
    """The house with a learning system, and how it sends."""

    service: Service
    client: TestClient
    secret: str
    key: bytes

    def webhook(self, value: Any, name: str = "msg_1", **headers: str) -> Any:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        envelope = sign(self.key, name, NOW, body)
        sent = {
            "webhook-id": envelope.id,
            "webhook-timestamp": envelope.timestamp,
            "webhook-signature": envelope.signatures,
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post(WEBHOOK, content=body, headers={key: value for key, value in sent.items() if value})

    def xapi(self, value: Any, secret: str | None = None, version: str = "1.0.3", user: str = "moodle") -> Any:
        headers = {"x-experience-api-version": version} if version else {}
        return self.client.post(XAPI, json=value, auth=(user, secret or self.secret), headers=headers)

    def outcomes(self) -> list[str]:
        return [one.outcome for one in list_events(self.service.database, "brightmoor")]


def statement(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "actor": {"mbox": "mailto:expired@brightmoor.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": f"{LMS}/courses/7"},
        "result": {"score": {"scaled": 0.9}},
        "timestamp": "2026-11-21T10:00:00Z",
        **changes,
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An issuer with keys, a program with rules, and four people of the directory."""
    home, chance = tmp_path_factory.mktemp("learning"), random.Random(3).randbytes  # noqa: S311
    chosen = load_settings(home, {"GUILDMARK_BASE_URL": BASE})
    service = replace(open_service(chosen, lambda: NOW), keyring=Keyring(chosen.keys, KeyEncryptionKey(b"k" * 32)))
    db, keyring = service.database, service.keyring
    assert keyring is not None
    schema_version.upgrade(db)
    create_issuer(db, slug="brightmoor", name="Brightmoor", base_url=BASE, actor="t", now=NOW)
    create_initial_keys(db, keyring, issuer="brightmoor", actor="t", now=NOW, randomness=chance)
    apply_program(db, issuer="brightmoor", definition=read_program(PROGRAM.encode()), actor="t", now=NOW)
    with db.write() as session:
        for name in ("valid", "expired", "suspended", "revoked"):
            person = PersonRow(id=uuid4(), name=name.title(), created_at=NOW)
            session.add(person)
            session.flush()
            address = f"{name}@brightmoor.example"
            session.add(PersonAddressRow(address=address, shown=address, person_id=person.id))
    yield service
    service.close()


def add(service: Service, name: str) -> NewSecret:
    assert service.keyring is not None
    chance = random.Random(name).randbytes  # noqa: S311
    return add_system(service.database, service.keyring, issuer=None, name=name, actor="t", now=NOW, randomness=chance)


@pytest.fixture(scope="module")
def desk(service: Service) -> Iterator[Desk]:
    made = add(service, "moodle")
    assert service.keyring is not None
    with TestClient(create_app(service), base_url=BASE) as client:
        yield Desk(service, client, made.secret, secret_of(service.keyring, made.system))


def test_a_signed_event_is_awarded_once_and_its_replay_answers_the_same(desk: Desk) -> None:
    first = desk.webhook(EVENT)
    assert first.status_code == 200, first.text
    (report,) = first.json()["reports"]
    assert (report["id"], report["outcome"], report["new"]) == ("msg_1", "issued", True)
    credential = desk.client.get(report["credential"].removeprefix(BASE) + ".json").json()
    assert credential["credentialSubject"]["result"][0]["value"] == "93"
    again = desk.webhook(EVENT)
    assert again.status_code == 200
    assert again.json()["reports"] == [{**report, "new": False}]
    other = desk.webhook({**EVENT, "completed_on": "2026-11-19"})
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert desk.outcomes().count("issued") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": ""},
        {"webhook_id": ""},
        {"webhook_timestamp": ""},
        {"webhook_id": "msg_other"},
        {"webhook_timestamp": "1795341601"},
        {"webhook_signature": "v1," + base64.b64encode(bytes(32)).decode()},
        {"webhook_signature": "v2,abc"},
    ],
)
def test_what_is_not_signed_is_not_taken(desk: Desk, headers: dict[str, str]) -> None:
    before = desk.outcomes()
    answer = desk.webhook({**EVENT, "completed_on": "2026-11-18"}, "msg_unsigned", **headers)
    assert answer.status_code == 401
    assert answer.json()["type"].endswith("#problem-unsigned")
    assert answer.headers["www-authenticate"] == "StandardWebhooks"
    assert desk.outcomes() == before


def test_a_system_that_is_unknown_or_revoked_is_told_no_more_than_a_forger(desk: Desk) -> None:
    service = desk.service
    assert service.keyring is not None
    made = add(service, "old")
    revoke_system(service.database, issuer=None, name="old", actor="t", now=NOW)
    forged = desk.webhook(EVENT, webhook_signature="v1,AAAA").json()["detail"]
    for name in ("old", "nobody", "No%20Name%00", "x" * 300):
        answer = desk.client.post(
            f"/api/default/learning/{name}",
            json=EVENT,
            headers={"webhook-id": "m", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": "v1,AAAA"},
        )
        assert (answer.status_code, answer.json()["detail"]) == (401, forged)
    assert desk.xapi(statement(90), made.secret, user="old").status_code == 401
    assert desk.client.post("/api/nowhere/learning/moodle", json=EVENT).status_code == 404


def test_a_new_secret_counts_at_once(desk: Desk) -> None:
    service = desk.service
    assert service.keyring is not None
    made = add(service, "canvas")
    assert desk.xapi(statement(91), made.secret, user="canvas").status_code == 200
    chance = random.Random(10).randbytes  # noqa: S311
    new = rotate_secret(
        service.database, service.keyring, issuer=None, name="canvas", actor="t", now=NOW, randomness=chance
    )
    assert desk.xapi(statement(91), made.secret, user="canvas").status_code == 401
    assert desk.xapi(statement(91), new.secret, user="canvas").status_code == 200
    found = active_system(service.database, None, "canvas")
    assert found is not None
    assert new.secret not in repr((found, new))


def test_statements_are_stored_as_an_lms_expects_it(desk: Desk) -> None:
    one, two = statement(1), statement(2, verb={"id": "http://adlnet.gov/expapi/verbs/completed"})
    answer = desk.xapi([two, one])
    assert answer.status_code == 200, answer.text
    assert answer.json() == [two["id"], one["id"]]
    assert answer.headers["x-experience-api-version"] == "1.0.3"
    assert "x-experience-api-consistent-through" in answer.headers
    assert desk.xapi(one, version="2.0.0").headers["x-experience-api-version"] == "2.0.0"
    issued = [one for one in list_events(desk.service.database, None, system="moodle") if "statement" in one.event_id]
    assert sorted(one.outcome for one in issued) == ["ignored", "issued"]
    changed = desk.xapi(statement(1, timestamp="2026-11-20T10:00:00Z"))
    assert (changed.status_code, changed.headers["x-experience-api-version"]) == (409, "1.0.3")
    nameless = {name: value for name, value in statement(3).items() if name != "id"}
    assert desk.xapi(nameless).json() == desk.xapi(nameless).json(), "its content is what makes it the same"


@pytest.mark.parametrize("version", ["", "1.1", "0.95", "3.0.0", "2.0.0; x"])
def test_the_version_must_be_one_that_is_spoken(desk: Desk, version: str) -> None:
    assert desk.xapi(statement(50), version=version).status_code == 400


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic %%%",
        "Bearer x",
        "Basic " + base64.b64encode(b"moodle:").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
    ],
)
def test_statements_need_name_and_secret(desk: Desk, authorization: str) -> None:
    headers = {"x-experience-api-version": "2.0.0", "authorization": authorization}
    answer = desk.client.post(XAPI, json=statement(51), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_an_unknown_actor_is_a_clear_error_and_nothing_is_half_done(desk: Desk) -> None:
    unknown = statement(61, actor={"mbox": "mailto:nobody@brightmoor.example"})
    known = statement(60, actor={"mbox": "mailto:suspended@brightmoor.example"})
    answer = desk.xapi([known, unknown])
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith("#problem-report-refused")
    assert [one["id"] for one in problem["errors"]] == [unknown["id"]]
    assert "nobody here is known by the e-mail address" in problem["errors"][0]["detail"]
    assert "Nothing else that came with it was taken." in problem["detail"]
    ids = {one.event_id for one in list_events(desk.service.database, None)}
    assert f"statement:{known['id']}" not in ids
    assert desk.webhook(unknown, "msg_61").status_code == 422
    assert desk.xapi(known).status_code == 200
    with desk.service.database.read() as session:
        assert list_people(session, PeopleFilter(search="nobody@")) == ()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"[" * 100, b'{"type": 1}', b'{"type": "learning.passed"}', b"\xff\xfe",
     b'{"a": 1, "a": 2}', json.dumps({**EVENT, "person": {"email": "a"}}).encode(),
     json.dumps({**EVENT, "completed_on": "yesterday"}).encode(), json.dumps([EVENT]).encode(),
     json.dumps([statement(1)] * 2).encode(), json.dumps([statement(n) for n in range(201)]).encode()],
)  # fmt: skip
def test_a_signed_body_of_another_form_is_refused_with_every_fault(desk: Desk, body: bytes) -> None:
    before = desk.outcomes()
    answer = desk.webhook(body, "msg_hostile")
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert desk.outcomes() == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["type", "person", "program", "level", "results", "evidence", "score", "activity"]),
        st.one_of(st.none(), st.text(max_size=9), st.integers(-9, 9), st.lists(st.text(max_size=3), max_size=2),
                  st.dictionaries(st.sampled_from(["email", "employee_number", "quiz", "url", "a\x00"]),
                                  st.text(max_size=5), max_size=2)),
        max_size=3,
    )
)  # fmt: skip
def test_no_body_is_an_error_of_ours(desk: Desk, changes: dict[str, Any]) -> None:
    assert desk.webhook({**EVENT, **changes, "completed_on": "2026-11-20"}, "msg_any").status_code in {
        200,
        400,
        409,
        422,
    }


def test_other_kinds_and_sizes_of_bodies_are_turned_away(desk: Desk) -> None:
    assert desk.webhook(b"{}", content_type="text/plain").status_code == 415
    assert desk.webhook(b" " * (1024 * 1024 + 1)).status_code == 413
    assert (
        desk.client.post(XAPI, content=b"x", headers={"content-type": "multipart/mixed; boundary=x"}).status_code == 415
    )


def test_locked_keys_take_nothing(desk: Desk) -> None:
    with TestClient(create_app(replace(desk.service, keyring=None)), base_url=BASE) as client:
        assert client.post(WEBHOOK, json=EVENT).status_code == 503
        assert client.post(XAPI, json=statement(70)).status_code == 503


def test_the_description_tells_of_it(desk: Desk) -> None:
    described = desk.client.get("/openapi.json").json()
    webhook = described["paths"]["/api/{instance_name}/learning/{system}"]["post"]
    assert {"200", "401", "409", "422"} <= webhook["responses"].keys()
    xapi = described["paths"]["/xapi/{instance_name}/statements"]["post"]
    assert {one["name"] for one in xapi["parameters"]} == {"instance_name", "X-Experience-API-Version"}
    assert described["components"]["securitySchemes"].keys() == {
        *("application", "bearer", "learningSystem", "oauth", "walletToken", "webhookSignature"),
    }
    assert "problem-report-refused" in desk.client.get("/docs", headers=BROWSER).text


def test_the_command_line_has_it_all() -> None:
    from typer.testing import CliRunner

    told = CliRunner().invoke(commands, ["learning", "--help"]).output
    assert all(name in told for name in ("add", "list", "rotate", "revoke", "events", "try"))
