"""Every public page, every answer of the verify page and every error page is there in English and in German."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.portal.conftest import BROWSER, House
from tests.portal.language.page_texts import page_texts
from tests.portal.test_every_answer import addresses

SAME = {
    "API", "JSON", "JWT", "Open Badges 3.0", "Open Badges", "Status", "Version", "Website", "Badge", "Code", "Name",
    "did.json", "openapi.json", "Deutsch", "English", "Brightmoor Academy", "credential",
}  # fmt: skip
"""What is written alike in both languages."""


def both(client: TestClient, method: str, path: str, **given: Any) -> tuple[Response, Response]:
    """The answer to the same question of an English and of a German browser."""
    answers = [
        client.request(method, path, headers={**BROWSER, "Accept-Language": language}, **given)
        for language in ("en-GB,en;q=0.9", "de-AT,de;q=0.9,en;q=0.5")
    ]
    client.cookies.clear()
    return answers[0], answers[1]


@pytest.fixture(scope="module")
def content(house: House, client: TestClient) -> str:
    """All that the credentials, levels and programs of the house say, in one text: it is in no language of ours."""
    paths = [f"/credentials/{one}.json" for one in house.ids.values()]
    documents = [client.get(path).json() for path in (*paths, "/issuer", "/programs/cloud-engineering")]
    levels = {one["credentialSubject"]["achievement"]["id"].removeprefix("https://badges.brightmoor.example")
              for one in documents[: len(paths)]}  # fmt: skip
    documents += [client.get(path, headers={"Accept": "application/json"}).json() for path in levels]
    return " ".join(" ".join(_texts(document)) for document in documents)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield " ".join(re.sub(r"[*_`#]|\[([^\]]*)\]\([^)]*\)", r"\1", value).split())


def check(english: Response, german: Response, content: str) -> None:
    """Both are whole pages of the same status in the language asked for, and no English is left in the German one."""
    assert english.status_code == german.status_code
    for answer, tag in ((english, "en"), (german, "de")):
        assert answer.headers["content-language"] == tag
        assert page_texts(answer.text).tag in ("", tag)
        if "no-store" not in answer.headers["cache-control"]:
            assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", answer.headers["vary"]))
    said = set(page_texts(english.text).texts)
    left = [text for text in page_texts(german.text).texts if text in said and not _is_content(text, content)]
    assert not left, f"the German page says in English: {left}"


def _is_content(text: str, content: str) -> bool:
    """Whether nothing in it is a sentence of ours: names, what badges say, figures, and words of both languages."""
    return text in content or all(
        part.strip(" .,0123456789") in SAME or part in content or len(re.sub(r"[^A-Za-z]", "", part)) < 4
        for part in re.split(r" – | · |: ", text)
    )


@pytest.mark.slow
def test_every_page_that_everybody_may_see(house: House, client: TestClient, content: str) -> None:
    pages, description = 0, client.get("/openapi.json").text
    described = f"{description} {description.upper()} Other Problems problem+json"  # it is in English, as it says
    for method, path in addresses(house, client):
        if method == "GET" and not path.startswith(("/sign-in/provider", "/me", "/team", "/assess", "/admin")):
            english, german = both(client, method, path)
            if english.headers.get("content-type", "").startswith("text/html"):
                check(english, german, content + described if path == "/docs" else content)
                pages += 1
    assert pages > 10


@pytest.mark.parametrize("standing", ["expired", "revoked", "suspended"])
def test_the_page_of_a_credential_in_every_standing(
    house: House, client: TestClient, content: str, standing: str
) -> None:
    english, german = both(client, "GET", f"/credentials/{house.ids[standing]}")
    assert english.status_code == 200
    reasons = "issued in error: the exam was taken by another person of the same name the yearly safety training"
    check(english, german, content + reasons)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/credentials/no-id", 404),
        ("GET", "/credentials/7a7cf4a1-9ec9-4b35-8f0e-2f4a1a6d5d11", 404),
        ("GET", "/achievements/7a7cf4a1-9ec9-4b35-8f0e-2f4a1a6d5d11", 404),
        ("GET", "/programs/none", 404),
        ("GET", f"/shared/{'s' * 43}", 404),
        ("GET", f"/static/{'0' * 12}/page.css", 404),
        ("PUT", "/verify", 405),
        ("POST", "/sign-out", 403),
    ],
)
def test_error_pages(client: TestClient, content: str, method: str, path: str, status: int) -> None:
    english, german = both(client, method, path)
    if path == "/sign-out":  # a form that another site sent
        given = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
        english, german = (
            client.request(method, path, headers={**BROWSER, **given, "Accept-Language": tag}) for tag in ("en", "de")
        )
    assert english.status_code == status
    check(english, german, content)


def test_too_much(client: TestClient, content: str) -> None:
    given = {**BROWSER, "Content-Type": "application/json"}
    english, german = (
        client.post("/api/verify", content=b" " * 19_000_000, headers={**given, "Accept-Language": tag})
        for tag in ("en", "de")
    )
    assert english.status_code == 413
    check(english, german, content)


GIVEN = {
    "nothing": "",
    "no badge": "just words",
    "broken JSON": '{"type": ',
    "no credential": "{}",
    "older": '{"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"}',
    "half a token": "eyJhbGciOiJFZERTQSJ9.eyJ4Ijox",
    "two addresses": "https://one.example/a https://two.example/b",
    "unreachable": "https://nowhere.example/badge.json",
}


@pytest.mark.parametrize("text", GIVEN.values(), ids=GIVEN.keys())
def test_what_the_verify_page_answers(client: TestClient, content: str, text: str) -> None:
    english, german = both(client, "POST", "/verify", data={"text": text})
    check(english, german, content + text)


def test_what_it_answers_to_badges_and_to_what_was_changed_in_them(
    house: House, client: TestClient, content: str
) -> None:
    badge = client.get(f"/credentials/{house.ids['valid']}.json").text
    token = client.get(f"/credentials/{house.ids['valid']}.jwt").text
    changed = badge.replace("Kjærsgaard", "Kjærsgard")
    unknown = json.dumps({**json.loads(badge), "bonus": 1})
    without = json.dumps({name: value for name, value in json.loads(badge).items() if name != "validFrom"})
    for text in (badge, token, changed, unknown, without):
        check(*both(client, "POST", "/verify", data={"text": text}), content + text + " Zoë Kjærsgard")
    files = [("file", (name, body)) for name, body in (("a.json", badge), ("b.json", changed), ("c.txt", "words"))]
    check(*both(client, "POST", "/verify", files=files), content + "a.json b.json c.txt Zoë Kjærsgard")


def test_the_spreadsheet_of_several_answers(house: House, client: TestClient) -> None:
    badge = client.get(f"/credentials/{house.ids['valid']}.json").text
    files = [("file", (name, badge)) for name in ("a.json", "b.json")]
    english, german = both(client, "POST", "/verify", files=files, data={"as": "csv"})
    assert "File,Status,Holder" in english.text
    assert "Datei,Status,Inhaber" in german.text
    assert "Gültig" in german.text


def test_one_clock_on_a_page(house: House, client: TestClient) -> None:
    """The house is in Copenhagen, and so are the sentences of the checks."""
    english, german = both(client, "GET", f"/credentials/{house.ids['valid']}")
    assert "UTC" not in " ".join(page_texts(english.text).texts)
    assert "It is valid since 9 October 2026, 00:00 CEST" in english.text
    assert "Er gilt seit 9. Oktober 2026, 00:00 MESZ" in german.text
    badge = client.get(f"/credentials/{house.ids['valid']}.json").text
    english, german = both(client, "POST", "/verify", data={"text": badge})
    assert "UTC" not in " ".join(page_texts(german.text).texts)


def test_answers_for_machines_are_english(house: House, client: TestClient) -> None:
    badge = client.get(f"/credentials/{house.ids['revoked']}.json").json()
    german = {"Accept-Language": "de", "Accept": "application/json"}
    answer = client.post("/api/verify", json={"credential": badge}, headers=german)
    assert "The issuer revoked it" in answer.json()["sentence"]
    assert "content-language" not in answer.headers
    problem = client.get("/nowhere", headers=german)
    assert problem.json()["title"] == "There is nothing at this address"


def test_scripts_say_only_what_pages_can_hand_them_in_german() -> None:
    from portal.pages import browser_words

    known = {*browser_words.FORM, *browser_words.CHECK}
    portal = Path(browser_words.__file__).parents[1]
    files = [*(portal / "static").glob("verify*.js"), *(portal / "browser" / "src").glob("*.mjs")]
    said = {text for file in files for _, text in re.findall(r"""\bsay\((['"])(.*?)\1[,)]""", file.read_text())}
    assert len(said) > 50
    assert said <= known
