"""What was issued, asked by a body: the same as the list says, and no name in an address."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from issuer.api_tokens import Role, create_token
from portal.app import create_app
from tests.portal.conftest import BASE, NOW, House, build_house

PATH = "/api/default/credentials"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, TestClient]]:
    house = build_house(tmp_path_factory.mktemp("searched"))
    token = create_token(
        house.service.database, issuer=None, name="hr", role=Role.MANAGE, actor="t", now=NOW,
        randomness=secrets.token_bytes,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {token.secret}"}
    yield house, TestClient(create_app(house.service), base_url=BASE, headers=headers)
    house.service.close()


def search(client: TestClient, **body: Any) -> Response:
    return client.post(f"{PATH}/search", json=body)


def test_it_says_what_the_list_says(asked: tuple[House, TestClient]) -> None:
    client = asked[1]
    for wanted in ({}, {"search": "Kjærsgaard"}, {"standing": "revoked"}, {"program": "none"}, {"limit": 2}):
        found = search(client, **wanted)
        assert found.status_code == 200
        assert found.json() == client.get(PATH, params=wanted).json()
        assert "?" not in str(found.request.url)
    assert [one["name"] for one in search(client, search="Kjærsgaard").json()["credentials"]] == ["Zoë Kjærsgaard"]


def test_pages_follow_one_another(asked: tuple[House, TestClient]) -> None:
    client, seen, after = asked[1], [], None
    while True:
        page = search(client, limit=2, after=after, search=None).json()
        seen += [one["id"] for one in page["credentials"]]
        if (after := page["next"]) is None:
            break
    assert seen == [one["id"] for one in client.get(PATH).json()["credentials"]]


@pytest.mark.parametrize(
    "body",
    [{"search": 1}, {"search": "x" * 201}, {"search": "\0"}, {"standing": "here"}, {"standing": []}, {"limit": 0},
     {"limit": True}, {"limit": "9"}, {"after": "%"}, {"after": "!"}, {"name": "Zoë"}],
)  # fmt: skip
def test_what_is_not_understood_is_refused(asked: tuple[House, TestClient], body: dict[str, Any]) -> None:
    answer = search(asked[1], **body)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_it_is_for_those_who_may_read_the_list(asked: tuple[House, TestClient]) -> None:
    assert TestClient(create_app(asked[0].service), base_url=BASE).post(f"{PATH}/search", json={}).status_code == 401
