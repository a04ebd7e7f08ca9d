"""`/credentials/{id}`: the same credential for a browser, a wallet, a backpack and a printer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from credentials.proofs import jose
from issuer.published import document
from portal.layers.head_requests import HeadRequests
from tests.portal.conftest import BASE, BROWSER, House
from wallet_export.baking import unbake


@pytest.fixture
def address(house: House) -> str:
    return f"/credentials/{house.ids['valid']}"


def test_the_json_is_what_was_signed(house: House, client: TestClient, address: str) -> None:
    stored = document(house.service.database, BASE + address)
    assert stored is not None
    answer = client.get(address + ".json")
    assert answer.content == stored.body
    for media_type in ("application/json", "application/vc", "application/vc+ld+json", "application/ld+json"):
        negotiated = client.get(address, headers={"Accept": media_type})
        assert (negotiated.content, negotiated.headers["content-type"]) == (stored.body, media_type)
        assert negotiated.headers["vary"] == "Accept"


def test_the_jwt_is_the_same_credential(client: TestClient, address: str) -> None:
    answer = client.get(address + ".jwt")
    assert answer.headers["content-type"] == "text/plain; charset=us-ascii"
    assert jose.parse(answer.text).credential["id"] == BASE + address
    assert client.get(address, headers={"Accept": "application/vc+jwt"}).content == answer.content


def test_the_images_hold_the_signed_json(client: TestClient, address: str) -> None:
    signed = client.get(address + ".json").json()
    for form, media_type in (("png", "image/png"), ("svg", "image/svg+xml")):
        answer = client.get(f"{address}.{form}")
        assert answer.headers["content-type"] == media_type
        assert json.loads(unbake(answer.content).text) == signed
        assert client.get(address, headers={"Accept": media_type}).content == answer.content
        assert "sandbox" in answer.headers["content-security-policy"]


def test_the_qr_code_leads_to_the_page(client: TestClient, address: str) -> None:
    pil = pytest.importorskip("PIL.Image")
    zxingcpp = pytest.importorskip("zxingcpp")
    from io import BytesIO

    answer = client.get(address + "/qr.png")
    (found,) = zxingcpp.read_barcodes(pil.open(BytesIO(answer.content)).convert("L"))
    assert found.text == BASE + address
    assert client.get(address + "/qr.svg").headers["content-type"] == "image/svg+xml"


def test_signed_bytes_may_be_kept_for_minutes_and_asked_for_again(client: TestClient, address: str) -> None:
    first = client.get(address + ".json")
    assert first.headers["cache-control"] == "public, max-age=300", "their holder may keep them to himself any day"
    assert first.headers["access-control-allow-origin"] == "*"
    again = client.get(address + ".json", headers={"If-None-Match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address + ".json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_tells_the_length_and_sends_nothing(client: TestClient, address: str) -> None:
    whole = client.get(address + ".png")
    head = client.head(address + ".png")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_what_is_not_there_is_said(house: House, client: TestClient, address: str) -> None:
    unknown = "/credentials/0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11"
    for path in (
        unknown,
        unknown + ".json",
        unknown + ".png",
        unknown + "/qr.svg",
        "/credentials/no-id",
        address + "x",
    ):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"{BASE}/docs#problem-not-found"
    assert client.get(address, headers={"Accept": "audio/mpeg"}).status_code == 406
    assert client.get(address + "/").headers["location"] == BASE + address


@pytest.mark.parametrize(
    ("standing", "word", "line", "why"),
    [
        ("valid", "Valid", "until 9 October 2028", "6 of 6 checks passed"),
        ("expired", "Expired", "since 5 January 2026", "5 of 6 checks passed"),
        ("revoked", "Revoked", "on 25 October 2026", "the exam was taken by another person of the same name"),
        ("suspended", "Suspended", "since 25 October 2026", "the yearly safety training is overdue"),
    ],
)
def test_the_page_says_what_it_is_worth_now(
    house: House, client: TestClient, standing: str, word: str, line: str, why: str
) -> None:
    page = client.get(f"/credentials/{house.ids[standing]}", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<strong class="status-word">{word}</strong>' in page.text
    assert line in page.text
    assert why in page.text
    assert f"status-{standing}" in page.text
    assert page.headers["cache-control"] == "no-cache"


def test_the_page_shows_names_in_their_own_script(house: House, client: TestClient) -> None:
    arabic = client.get(f"/credentials/{house.ids['revoked']}", headers=BROWSER).text
    assert '<bdi class="holder" dir="auto" lang="">فاطمة الزهراء بنت عبد الرحمن المنصوري</bdi>' in arabic
    japanese = client.get(f"/credentials/{house.ids['suspended']}", headers=BROWSER).text
    assert '<bdi class="holder" dir="auto" lang="ja">田中 さくら</bdi>' in japanese


def test_the_page_offers_every_form_and_all_of_them_are_there(client: TestClient, address: str) -> None:
    page = client.get(address, headers=BROWSER).text
    for suffix in (".png", ".svg", ".json", ".jwt", "/qr.png", "/qr.svg"):
        assert f'href="{address}{suffix}"' in page
        assert client.get(address + suffix).status_code == 200
    assert f'<meta property="og:image" content="{BASE}{address}/card.png">' in page
    image = page.split('class="hero-image"><img src="', 1)[1].split('"', 1)[0]
    assert client.get(image).headers["content-type"] == "image/svg+xml"


def test_no_body_follows_a_head_request() -> None:
    """The test client drops it by itself, so this asks the layer."""
    sent: list[MutableMapping[str, Any]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["method"] == "GET"
        await Response(b"body")(scope, receive, send)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(HeadRequests(app)({"type": "http", "method": "HEAD"}, receive, send))
    assert dict(sent[0]["headers"])[b"content-length"] == b"4"
    assert b"".join(message.get("body", b"") for message in sent) == b""
