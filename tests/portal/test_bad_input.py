"""Whatever is sent, the answer is a problem with a sentence: never a 500, never half done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.bodies import MOST_BYTES
from tests.portal.conftest import BASE, House

JSON = {"Content-Type": "application/json"}
DEEP = b'{"credential":' * 60 + b"1" + b"}" * 60

BODIES: list[tuple[str, bytes, dict[str, str], int]] = [
    ("no content type", b"{}", {}, 415),
    ("another content type", b"{}", {"Content-Type": "text/xml"}, 415),
    ("nothing", b"", JSON, 400),
    ("no JSON", b"{", JSON, 400),
    ("a list", b"[]", JSON, 400),
    ("a number", b"1", JSON, 400),
    ("no UTF-8", b'{"text":"\xff"}', JSON, 400),
    ("a byte order mark", b"\xef\xbb\xbf{}", JSON, 400),
    ("a duplicate name", b'{"text":"a","text":"b"}', JSON, 400),
    ("not a number", b'{"credential":{"a":NaN}}', JSON, 400),
    ("half a character", b'{"text":"\\ud800"}', JSON, 400),
    ("too deep", DEEP, JSON, 400),
    ("too many digits", b'{"credential":{"a":' + b"9" * 5000 + b"}}", JSON, 400),
    ("none of the three", b"{}", JSON, 400),
    ("two of the three", b'{"text":"a","url":"https://b.example"}', JSON, 400),
    ("an unknown member", b'{"text":"a","speed":1}', JSON, 400),
    ("an empty text", b'{"text":" "}', JSON, 400),
    ("a text that is none", b'{"text":7}', JSON, 400),
    ("an address of a file", b'{"url":"file:///etc/passwd"}', JSON, 400),
    ("a wrong recipient", b'{"text":"a","recipient":"ada"}', JSON, 400),
    ("a form without a boundary", b"x", {"Content-Type": "multipart/form-data"}, 400),
    ("a torn form", b"--x\r\nContent-Disposition: form-data", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
    (
        "a form of an odd charset",
        b"--x--\r\n",
        {"Content-Type": "multipart/form-data; boundary=x; charset=klingon"},
        400,
    ),
    ("an empty form", b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
]


@pytest.mark.parametrize(("body", "headers", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_bad_body_gets_a_problem(client: TestClient, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/verify", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["type"].startswith(f"{BASE}/docs#problem-")
    assert told["detail"]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/verify", MOST_BYTES),
        ("/verify", MOST_BYTES),
        ("/vc-api/default/credentials/verify", MOST_BYTES),
    ],
)
def test_a_body_that_is_too_large_is_not_read(client: TestClient, path: str, most: int) -> None:
    boundary = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"}
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    headers = JSON if path.startswith("/vc-api") else boundary
    if path == "/verify":  # forms with files are read to their end, but not without one: test_uploads.py
        head, headers = b"text=", {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = client.post(path, content=head + b"x" * most, headers=headers)
    assert answer.status_code == 413

    def unannounced() -> Any:
        yield head
        for _ in range(most // 1_000_000 + 2):
            yield b"x" * 1_000_000

    assert client.post(path, content=unannounced(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("hello", "unchecked"),
        ("{}", "unchecked"),
        ("eyJhbGciOiJub25lIn0.e30.", "invalid"),
        ("https://127.0.0.1/credential", "unchecked"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "invalid"),
        ("<!DOCTYPE x [<!ENTITY a 'a'>]><svg>&a;</svg>", "invalid"),
    ],
)
def test_what_is_no_credential_is_a_verdict_and_not_an_error(client: TestClient, text: str, status: str) -> None:
    answer = client.post("/api/verify", json={"text": text})
    assert answer.status_code == 200
    assert answer.json()["verified"] is False
    assert answer.json()["status"] in {status, "invalid"}


def test_a_method_that_is_not_taken_names_those_that_are(client: TestClient, house: House) -> None:
    answer = client.delete(f"/credentials/{house.ids['valid']}")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["type"].endswith("#problem-method-not-allowed")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=JSON_VALUES,
    member=st.sampled_from(
        ["credential", "text", "url", "verifiableCredential", "verifiablePresentation", "options", "recipient"]
    ),
)
def test_any_json_is_answered(client: TestClient, value: Any, member: str) -> None:
    content = json.dumps({member: value}).encode()
    for path in ("/api/verify", "/vc-api/default/credentials/verify", "/vc-api/default/presentations/verify"):
        assert client.post(path, content=content, headers=JSON).status_code in {200, 400}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=30))
def test_any_path_is_answered(client: TestClient, path: str) -> None:
    from urllib.parse import quote

    assert client.get("/" + quote(path)).status_code < 500
