"""Whatever people paste or upload: what is read, and the sentence for what cannot be."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import base64url
from tests.world import Issuer, World
from verifier.extract import MAX_INPUT_BYTES, Address, Extracted, NotExtracted, extract, from_text
from verifier.result import Status
from wallet_export.baking import bake

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'


def _png() -> bytes:
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["json", "jwt"])
@pytest.mark.parametrize("picture", ["png", "svg"])
def test_a_baked_image(world: World, acme: Issuer, picture: str, form: str) -> None:
    badge = acme.issue()
    image = bake(_png() if picture == "png" else SVG, badge.forms()[form].decode())
    result = world.verify(image)
    assert (result.status, result.form) == (Status.VALID, picture)


def test_text_with_white_space_around_it(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    assert world.verify(f"\n  {badge.jwt.decode()}\n\n").verified
    assert world.verify(f"\n  {badge.json.decode()}\n\n").verified


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_bytes_are_read_as_their_text(data: st.DataObject) -> None:
    """JSON is parsed from the bytes at hand where the text would say the same."""
    body = bytearray(data.draw(st.sampled_from(_BODIES)))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(body)))
        put = data.draw(
            st.sampled_from([b"", b" ", b"}", b"{", b'"', b",", b"\n", b"\xc2\xa0", b"\xed\xa0\x80", b"\\ud800"])
        )
        body[at : at + data.draw(st.integers(0, 2))] = put
    try:
        text = bytes(body).decode()
    except UnicodeDecodeError:
        return
    assert _extracted(bytes(body)) == _found(lambda: from_text(text))


_BODIES = (
    b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"name":"Zo\xc3\xab"}',
    b'{"type":"VerifiableCredential","a":{"b":[1,2.5,-0,12345678901234567890]},"proof":{}}',
    b'{"a":1,"a":2}',
    b"{}",
    b"",
    b"\xc2\xa0",
)


def _extracted(body: bytes) -> object:
    return _found(lambda: extract(body))


def _found(work: Callable[[], Extracted | Address]) -> object:
    try:
        return work()
    except NotExtracted as nothing:
        return nothing.problem


def test_an_address_is_fetched(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    world.fetcher.serve(badge.id, badge.json, "application/vc")
    result = world.verify(f" {badge.id}\n")
    assert (result.status, result.source, result.form) == (Status.VALID, badge.id, "json")
    world.fetcher.serve(badge.id, badge.jwt, "text/plain")
    assert world.verify(badge.id).form == "jwt"
    world.fetcher.serve(badge.id, bake(_png(), badge.jwt.decode()), "image/png")
    assert world.verify(badge.id).form == "png"


def test_an_address_that_gives_no_badge(world: World) -> None:
    url = "https://acme.example/badge"
    assert world.verify(url).status is Status.UNCHECKED
    world.fetcher.serve(url, b"<!DOCTYPE html>\n<html><body>My badge</body></html>", "text/html")
    page = world.verify(url)
    assert page.status is Status.INVALID
    assert "web page (HTML)" in page.sentence
    world.fetcher.serve(url, b"https://acme.example/another")
    assert "only another address" in world.verify(url).sentence


def test_an_enveloped_credential(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:application/vc+jwt,{badge.jwt.decode()}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert world.verify(json.dumps(envelope)).verified
    assert not world.verify(json.dumps({**envelope, "validUntil": "2099-01-01T00:00:00Z"})).verified


SENTENCES: tuple[tuple[bytes | str, str, Status], ...] = (
    (b"", "empty", Status.INVALID),
    (b" \n ", "empty", Status.INVALID),
    (b"hello there", "neither a badge", Status.INVALID),
    (b"{", "cannot be read as JSON", Status.INVALID),
    (b'{"a": 1, "a": 2}', "stands twice", Status.INVALID),
    (b"[1]", "list of things", Status.INVALID),
    (b'{"name": "Ada"}', "not a credential", Status.INVALID),
    (b'{"type": "Profile", "proof": {}}', "does not name VerifiableCredential", Status.INVALID),
    (b"eyJhbGciOiJFUzI1NiJ9", "cut off", Status.INVALID),
    (b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0", "2 of three parts", Status.INVALID),
    (b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.", "2 of three parts", Status.INVALID),
    (b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AA", "no verifiable credential", Status.INVALID),
    (b"\xff\xd8\xff\xe0 JPEG", "cannot be opened", Status.INVALID),
    (b"%PDF-1.7", "PDF is damaged", Status.INVALID),
    (b"PK\x03\x04", "kind that badges do not travel in", Status.INVALID),
    (b"\x00\x01\x02\xff", "damaged", Status.INVALID),
    (b"\x89PNG\r\n\x1a\n broken", "", Status.INVALID),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>", "", Status.INVALID),
    (b"<!doctype html><p>", "web page", Status.INVALID),
    (b"<rss/>", "", Status.INVALID),
    ("did:web:acme.example", "address of another kind", Status.INVALID),
    ("ftp://acme.example/badge", "neither", Status.INVALID),
    ("eyJhbGciOiJFUzI1NiJ9.e30.AA~WyJhIl0~", "type", Status.INVALID),
    (
        '{"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "id": "https://a.example/1"}',
        "Open Badges 2.0 badge or older",
        Status.UNCHECKED,
    ),
    (
        '{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"]}',
        "presentation",
        Status.UNCHECKED,
    ),
    ("x" * (MAX_INPUT_BYTES + 1), "larger than 12 MB", Status.INVALID),
    ("half a pair \ud800", "", Status.INVALID),
)


@pytest.mark.parametrize(("data", "words", "status"), SENTENCES, ids=lambda value: str(value)[:24])
def test_a_sentence_for_what_is_no_badge(world: World, data: bytes | str, words: str, status: Status) -> None:
    result = world.verify(data)
    assert result.status is status
    assert words in result.sentence
    assert result.document is None
    assert result.sentence.endswith((".", ")"))
    assert world.fetcher.requests == []


def test_a_proof_of_an_unknown_kind_is_not_called_a_forgery(world: World, acme: Issuer) -> None:
    document = json.loads(acme.issue(status=()).json)
    document["proof"][0]["cryptosuite"] = "bbs-2023"
    world.fetcher.requests.clear()
    result = world.verify(json.dumps(document))
    assert result.status is Status.UNCHECKED
    assert "bbs-2023" in result.sentence
    assert world.fetcher.requests == []


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_any_input_gives_an_answer(data: bytes | str) -> None:
    with contextlib.suppress(NotExtracted):
        assert isinstance(extract(data), Extracted | Address)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = (
    "@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus", "proof",
    "endorsement", "endorsementJwt", "refreshService", "evidence", "name",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_MEMBERS), _JSON)
def test_any_value_in_any_member_gives_an_answer(member: str, value: object) -> None:
    """Signed by its issuer, so that every step behind the signature meets the value as well."""
    from tests.verifier.conftest import NOW
    from tests.world import payload_of

    world = World(NOW)
    acme = world.issuer("acme.example")
    document = acme.issue().document
    token = acme.sign_anything_as_jwt({**payload_of(document), member: value})
    assert world.verify(token).status in Status
    assert world.verify(json.dumps({**document, member: value})).status in Status


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["png", "svg"]), st.data())
def test_any_damaged_image_gives_an_answer(kind: str, data: st.DataObject) -> None:
    text = '{"@context":[],"type":["VerifiableCredential"],"proof":[{}]}'
    image = bytearray(bake(_png() if kind == "png" else SVG, text))
    position = data.draw(st.integers(0, len(image) - 1))
    image[position : position + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(NotExtracted):
        extract(bytes(image))


def test_a_long_token_is_refused_at_once() -> None:
    with pytest.raises(NotExtracted):
        extract(b"ey" + b"A" * 3_000_000)
    with pytest.raises(NotExtracted):
        extract(".".join(["eyJhbGciOiJFUzI1NiJ9", base64url.encode(b"[" * 100_000), "AA"]))
