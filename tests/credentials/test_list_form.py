"""The form of a list credential: what it makes is what the long road makes, and it reads nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import list_form
from credentials.bitstring import MINIMUM_LENGTH, Bitstring
from credentials.canonical import canonicalize_slowly
from credentials.encoded_list import EncodedList
from credentials.list_form import FilledList, ListForm
from credentials.prepared import from_list_form, prepare
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity
from credentials.status_list import ReadableList, StatusEntry, status_entry, status_list_credential
from keys.public_key import KeyType
from keys.signer import generate

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
URL = "https://badges.example/status-lists/8c2e0718-822c-447c-a8f5-d7c2466cb0e4"
DID = "did:web:badges.example"
TTL = timedelta(minutes=5)
FORM = ListForm.of(url=URL, issuer=DID, purpose="revocation", ttl=TTL)
KEY = generate(KeyType.ED25519)


def bits(seed: int, density: float) -> Bitstring:
    random = Random(seed)  # noqa: S311 - the same in every run
    places = random.sample(range(MINIMUM_LENGTH), int(MINIMUM_LENGTH * density))
    return Bitstring.of_length(MINIMUM_LENGTH).with_bits(dict.fromkeys(places, True))


def filled(listed: Bitstring, since: datetime = NOW) -> FilledList:
    return FORM.fill(since, since + timedelta(days=7), listed.encode())


def signed(listed: Bitstring) -> bytes:
    return data_integrity.add_proof(
        from_list_form(filled(listed)), KEY, verification_method=f"{DID}#k", created=NOW
    ).body


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([0.0, 0.001, 0.2]),
    st.integers(0, 10),
    st.integers(-62_135_510_400, 253_399_622_400).map(
        lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.sampled_from(["revocation", "suspension"]),
    st.sampled_from([URL, "http://localhost:8000/status-lists/1", "https://ä.example/9999/1000-01-01T00:00:00Z"]),
    st.sampled_from([DID, "did:web:localhost%3A8000:issuers:acme"]),
)
def test_both_roads_make_one_credential(
    density: float, seed: int, since: datetime, purpose: str, url: str, did: str
) -> None:
    form = ListForm.of(url=url, issuer=did, purpose=purpose, ttl=TTL)
    listed, until = bits(seed, density), since + timedelta(days=7)
    document = status_list_credential(
        url=url, issuer=did, purpose=purpose, bits=listed, valid_from=since, valid_until=until, ttl=TTL
    )
    made, prepared = from_list_form(form.fill(since, until, listed.encode())), prepare(document)
    assert (made.json, made.canonical, made.contexts) == (prepared.json, prepared.canonical, prepared.contexts)
    assert made.canonical == canonicalize_slowly(document)
    assert made.document == document


def test_what_is_signed_verifies_by_the_long_road_and_is_read_back() -> None:
    listed = bits(1, 0.02)
    body = signed(listed)
    document = json.loads(body)
    (proof,) = data_integrity.proofs_of(document)
    data_integrity.verify_proof(document, proof, KEY.public_key)
    assert FORM.proof_in(body, filled(listed)) == document["proof"]
    assert document["credentialSubject"]["encodedList"] == listed.encode()
    assert (document["validFrom"], document["validUntil"]) == ("2026-11-22T10:00:00Z", "2026-11-29T10:00:00Z")


HARMS: list[tuple[bytes, bytes]] = [
    (b'"type":["Verifiable', b'"type":["Verifiabel'),
    (b"2026-11-22T10:00:00Z", b"2026-11-22T10:00:01Z"),
    (b'"encodedList":"uH4', b'"encodedList":"uH5'),
    (b'"ttl":300000', b'"ttl":300001'),
    (b',"proof":[', b',"proof":[],"proof":['),
    (b',"proof":[', b',"other":1,"proof":['),
    (b',"proof":[', b'}"proof":['),
    (b'}]}', b'}]} x'),
    (b'}]}', b"}]"),
    (b'{"@context"', b' {"@context"'),
]  # fmt: skip


@pytest.mark.parametrize(("found", "put"), HARMS)
def test_any_other_bytes_are_not_read(found: bytes, put: bytes) -> None:
    body = signed(bits(1, 0.001))
    assert found in body
    with pytest.raises((ValueError, Unacceptable)):
        FORM.proof_in(body.replace(found, put, 1), filled(bits(1, 0.001)))


@pytest.mark.parametrize("text", ["", "zH4", "uH+", 'uH"', "u\\u0048", "uH4=", "uä"])
def test_only_base64url_is_filled_in(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        FORM.fill(NOW, NOW, text)


def test_nobody_else_fills_a_form() -> None:
    with pytest.raises(TypeError):
        FilledList(b"{}", b"", (), object())
    with pytest.raises(TypeError):
        replace(filled(bits(1, 0)), made_by=None)
    with pytest.raises(TypeError):
        from_list_form(FORM)  # type: ignore[arg-type]


def test_a_form_that_is_wrong_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted mistake: gaps that are filled in another order than they were cut."""
    real = list_form._cut

    def exchanged(whole: bytes, gaps: tuple[bytes, bytes, bytes]) -> tuple[bytes, bytes, bytes, bytes]:
        one, two, three, four = real(whole, gaps)
        return two, one, three, four

    monkeypatch.setattr(list_form, "_cut", exchanged)
    with pytest.raises(ValueError, match="another credential than it should"):
        ListForm.of(url=URL, issuer=DID, purpose="revocation", ttl=TTL)
    monkeypatch.setattr(list_form, "_LIST", "revocation")
    with pytest.raises(ValueError, match="once each"):
        ListForm.of(url=URL, issuer=DID, purpose="revocation", ttl=TTL)


def test_one_reading_serves_many_entries() -> None:
    listed = bits(3, 0.02)
    readable = ReadableList.of(json.loads(signed(listed)))
    for index in (0, 5, 131_071):
        entry = status_entry(list_url=URL, index=index, purpose="revocation")
        assert bool(readable.value(StatusEntry.of(entry))) is listed.get(index)
    assert EncodedList.split(listed.encode()) is not None
