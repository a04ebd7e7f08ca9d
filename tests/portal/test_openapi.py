"""What the API's description says is what the server does: every operation is asked for what it takes, and for what
it should not take, by schemathesis, and each answer is held against the description.

`make test` asks each operation twice, `make long` six times, `make fuzz` as often as OPENAPI_EXAMPLES says.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup, ServerError
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from issuer.api_tokens import Role, create_token
from issuer.log.growing import grow
from portal.api.contract.names import OPERATION_IDS
from portal.api.description import describe
from portal.app import create_app
from tests.portal.conftest import NOW, House, build_house

load_all_checks()
EXAMPLES = 2
LEFT_OUT = [
    # Rules of programs and standards say more than a schema can: that a level exists, that a signature is right.
    checks.positive_data_acceptance,
]


@dataclass(frozen=True)
class Asked:
    """A furnished server, its description with what is really there, and whoever may do everything."""

    app: FastAPI
    description: Mapping[str, Any]
    token: str


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    house = build_house(tmp_path_factory.mktemp("described"))
    assert house.service.keyring is not None
    grow(house.service.database, house.service.keyring, now=NOW, randomness=secrets.token_bytes)
    app = create_app(house.service)
    made = create_token(
        house.service.database, issuer=None, name="all", role=Role.MANAGE, actor="t", now=NOW,
        randomness=secrets.token_bytes,
    )  # fmt: skip
    yield Asked(app, furnished(describe(app), house, made.secret), made.secret)
    house.service.close()


def furnished(description: Mapping[str, Any], house: House, token: str) -> dict[str, Any]:
    """The description, in whose paths only what is really there fits."""
    there = things(house, token)
    told = deepcopy(dict(description))
    for path, methods in told["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in there:
                    parameter["schema"] = {"type": "string", "enum": there[parameter["name"]]}
            if "/oid4vci/" in path or "/issuers/" in path:
                next(one for one in operation["parameters"] if one["name"] == "slug")["schema"]["enum"] = ["brightmoor"]
    return told


def things(house: House, token: str) -> dict[str, list[str]]:
    """Something real for each parameter of a path."""
    authorization = {"Authorization": f"Bearer {token}"}
    with house.client() as client:
        credential = client.get(f"/credentials/{house.ids['valid']}.json").json()
        proposal = client.post(
            "/api/default/proposals",
            json={"person": "valid@brightmoor.example", "program": "cloud-engineering", "level": "associate",
                  "completedOn": "2026-11-20", "results": {"exam": "88"}},
            headers=authorization,
        )  # fmt: skip
        bulk = client.post(
            "/api/default/bulks",
            json={"kind": "suspend", "credentials": [house.ids["valid"]], "reason": "a check"},
            headers=authorization,
        )
        assigned = client.post(
            "/api/default/assignments",
            json={"level": "cloud-engineering/associate", "to": "everyone", "suggested": True},
            headers=authorization,
        )
        user = client.post(
            "/scim/v2/Users",
            json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada",
                  "displayName": "Ada", "emails": [{"value": "ada@brightmoor.example"}]},
            headers=authorization,
        )  # fmt: skip
        group = client.post(
            "/scim/v2/Groups",
            json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Described"},
            headers=authorization,
        )
    answers = (proposal, bulk, assigned, user, group)
    assert [one.status_code for one in answers] == [201, 202, 201, 201, 201], [one.text for one in answers]
    return {
        "instance_name": ["default"],
        "credential_id": list(house.ids.values()),
        "achievement_id": [credential["credentialSubject"]["achievement"]["id"].rsplit("/", 1)[1]],
        "version": ["1"],
        "list_id": [credential["credentialStatus"]["statusListCredential"].rsplit("/", 1)[1]],
        "slug": ["brightmoor"],
        "program": ["cloud-engineering"],
        "proposal_id": [proposal.json()["id"]],
        "bulk_id": [bulk.json()["id"]],
        "assignment_id": [str(assigned.json()["id"])],
        "user_id": [user.json()["id"]],
        "group_id": [group.json()["id"]],
        "did": [credential["issuer"]["id"], "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:x:y"],
        "path": ["oid4vci/brightmoor", "entries/000.p/4"],
        "system": ["moodle"],
        "name": ["open-badge", "User"],
        "urn": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "reference": ["nothing"],
    }


@pytest.mark.slow
def test_every_operation_answers_as_it_is_described(asked: Asked) -> None:
    faults, answered = ask_all(asked, EXAMPLES)
    assert not faults, "\n\n".join(faults)
    assert len(answered) == len(OPERATION_IDS)
    assert {200, 201, 202, 204, 400, 401, 404} <= set().union(*answered.values())


@pytest.mark.slow
def test_described_and_asked_often(asked: Asked) -> None:
    """As often as OPENAPI_EXAMPLES says."""
    faults, _ = ask_all(asked, int(os.environ.get("OPENAPI_EXAMPLES", "6")))
    assert not faults, "\n\n".join(faults)


def ask_all(asked: Asked, examples: int) -> tuple[list[str], dict[str, set[int]]]:
    """Every operation so many times with what it takes, and as often with what it should not take."""
    # Who asks is said by the headers of each call, in both modes.
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
    schema = schemathesis.openapi.from_dict(dict(asked.description), config=config)
    schema.app = asked.app
    faults: dict[tuple[str, str], str] = {}
    statuses: dict[str, set[int]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        name = str(operation.definition.raw["operationId"])
        statuses[name] = set()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not has_input(operation):
                continue
            for case, status, failures in ask(asked, operation, mode, examples):
                statuses[name].add(status)
                for failure in failures:
                    kind = (name, type(failure).__name__)
                    faults.setdefault(kind, f"{name} ({mode.value}): {failure}\n{case.as_curl_command()}")
    return list(faults.values()), statuses


def ask(
    asked: Asked, operation: APIOperation, mode: GenerationMode, examples: int
) -> list[tuple[Case, int, list[Failure]]]:
    found: list[tuple[Case, int, list[Failure]]] = []
    headers = authorization(asked, operation)

    @settings(
        max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case) -> None:
        response = case.call(headers=headers)
        failures: list[Failure] = []
        try:
            case.validate_response(response, headers=headers, excluded_checks=LEFT_OUT)
        except FailureGroup as group:
            failures = [one for one in group.exceptions if not is_told_by_a_standard(one, response.status_code)]
        found.append((case, response.status_code, failures))

    one()
    return found


def has_input(operation: APIOperation) -> bool:
    """Whether anything but the address can be wrong in a request; that has tests of its own."""
    places = {one["in"] for one in operation.definition.raw.get("parameters", ())}
    return bool(places - {"path"}) or "requestBody" in operation.definition.raw


def is_told_by_a_standard(failure: Exception, status: int) -> bool:
    """oEmbed and DID resolution have 501 for what a server does not do: no fault of this one."""
    return isinstance(failure, ServerError) and status == 501


def authorization(asked: Asked, operation: APIOperation) -> dict[str, str]:
    schemes = {name for one in operation.definition.raw.get("security", ()) for name in one}
    return {"Authorization": f"Bearer {asked.token}"} if "bearer" in schemes else {}


def test_operations_have_names_that_stay(asked: Asked) -> None:
    """A new route gets its line in `portal.api.contract.names`; one that is there keeps its name."""
    described = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, methods in asked.description["paths"].items()
        for method, operation in methods.items()
    }
    assert described == OPERATION_IDS
    assert len(set(described.values())) == len(described)


def test_each_operation_says_who_may_and_what_comes(asked: Asked) -> None:
    schemes = asked.description["components"]["securitySchemes"]
    for path, methods in asked.description["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["tags"], path
            for one in operation.get("security", ()):
                assert set(one) <= set(schemes), path
                if "bearer" in one:
                    assert one["bearer"][0] in {"issue", "manage", "provision"}, path
            for status, answer in operation["responses"].items():
                assert answer["description"], (path, status)
                for kind, content in answer.get("content", {}).items():
                    assert content.get("schema"), (path, status, kind)
