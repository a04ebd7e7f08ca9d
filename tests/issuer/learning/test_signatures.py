"""A webhook is taken if, and only if, it is signed with the system's secret, now, over these very bytes."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.learning.signatures import (
    LONGEST_ID,
    TOLERANCE,
    Envelope,
    NotSigned,
    require_signed,
    secret_text,
    sign,
    signatures_in,
)
from tests.issuer.conftest import NOW

KEY = bytes(range(32))
ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=LONGEST_ID)


def accepted(envelope: Envelope, body: bytes, key: bytes | None = KEY) -> bool:
    try:
        require_signed(key, envelope, body, NOW)
    except NotSigned:
        return False
    return True


def test_the_scheme_is_that_of_standard_webhooks() -> None:
    """Signed with another implementation: the reference library's own example."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    envelope = Envelope("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    then = NOW - timedelta(seconds=NOW.timestamp() - 1614265330)
    require_signed(key, envelope, b'{"test": 2432232314}', then)
    assert secret_text(key) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@given(ids, st.binary(max_size=200))
def test_what_is_signed_is_taken(name: str, body: bytes) -> None:
    assert accepted(sign(KEY, name, NOW, body), body)


@given(ids, st.binary(max_size=100), st.binary(max_size=100))
def test_no_other_body_fits(name: str, body: bytes, other: bytes) -> None:
    assert accepted(sign(KEY, name, NOW, body), other) == (body == other)


@given(
    st.text(max_size=60),
    st.text(max_size=30),
    st.text(max_size=200) | st.binary(max_size=40).map(lambda b: f"v1,{base64.b64encode(b).decode()}"),
)
def test_nothing_that_a_stranger_writes_is_taken(name: str, timestamp: str, signatures: str) -> None:
    assert not accepted(Envelope(name, timestamp, signatures), b"{}")


@given(
    st.lists(st.sampled_from(["v1,", "v2,x", "v1a,AAAA", "", ",", "v1", "v1,AAAA", "v1,===="]), max_size=8),
    st.randoms(),
)
def test_one_right_signature_among_others_is_enough(others: list[str], random: object) -> None:
    right = sign(KEY, "msg", NOW, b"{}")
    parts = [*others, right.signatures]
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert accepted(Envelope("msg", right.timestamp, " ".join(parts)), b"{}")
    assert len(signatures_in(" ".join(parts))) == 1


@pytest.mark.parametrize("away", [TOLERANCE, -TOLERANCE])
def test_it_must_be_of_now(away: timedelta) -> None:
    assert accepted(sign(KEY, "msg", NOW + away, b"{}"), b"{}")
    assert not accepted(sign(KEY, "msg", NOW + away * 1.01, b"{}"), b"{}")


def test_without_a_key_nothing_is_signed() -> None:
    assert not accepted(sign(bytes(32), "msg", NOW, b"{}"), b"{}", None)
    assert not accepted(sign(b"x" * 32, "msg", NOW, b"{}"), b"{}")


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "９", "1" * 13, "9" * 12, " 1795341600", "0"])
def test_a_strange_timestamp_is_refused(timestamp: str) -> None:
    assert not accepted(Envelope("msg", timestamp, "v1," + "A" * 43 + "="), b"{}")
