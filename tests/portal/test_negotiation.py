"""Which form a client gets: what it asked for, and among equals what it named more exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.api.credentials import OFFERS
from portal.negotiation import choose


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "text/html"),  # browsers
        ("*/*", "text/html"),
        (None, "text/html"),
        ("", "text/html"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),  # axios
        ("application/vc", "application/vc"),
        ("APPLICATION/VC+JWT", "application/vc+jwt"),
        ("application/ld+json;q=0.5, application/vc+jwt;q=0.9", "application/vc+jwt"),
        ("image/*", "image/png"),
        ("image/png;q=0, image/*", "image/svg+xml"),
        ("text/html;q=0.2, application/*;q=0.3", "application/vc"),
        ("audio/mpeg", None),
        ("*/html", None),
        ("text/html;q=2", None),
        ("rubbish", None),
        (";;;,,,", None),
    ],
)
def test_the_form_that_is_asked_for(accept: str | None, expected: str | None) -> None:
    assert choose(accept, OFFERS) == expected


@given(st.text())
def test_any_header_gives_an_offer_or_nothing(accept: str) -> None:
    assert choose(accept, OFFERS) in (*OFFERS, None)
