"""The bytes that get signed: our N-Quads are the peer's N-Quads, over all of Open Badges 3.0's examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from credentials.canonical import canonicalize
from credentials.problems import Unacceptable
from tests.conftest import VECTORS, vectors
from tests.credentials.badges import badge
from tests.peers.process import Peer, PeerRefused

EXAMPLES = sorted((VECTORS / "ob3" / "examples").glob("*.json")) + sorted(
    (VECTORS / "ob3" / "spec-examples").glob("*/*.json")
)
EXAMPLES = [path for path in EXAMPLES if path.name != "index.json"]


def document(path: Path) -> dict[str, Any]:
    loaded = json.loads(path.read_text())
    return {name: value for name, value in loaded.items() if name != "proof"}


def ours(value: dict[str, Any]) -> str | None:
    try:
        return canonicalize(value).decode()
    except Unacceptable:
        return None


def theirs(peer: Peer, value: dict[str, Any]) -> str | None:
    try:
        return str(peer.ask("canonicalize", document=value))
    except PeerRefused:
        return None


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_of_the_standard_is_canonicalized_alike_or_refused_by_both(peer: Peer, path: Path) -> None:
    value = document(path)
    assert ours(value) == theirs(peer, value)


def test_most_examples_are_canonicalized_and_not_refused() -> None:
    vectors("ob3", "examples")
    assert sum(ours(document(path)) is not None for path in EXAMPLES) >= len(EXAMPLES) * 2 // 3


@pytest.mark.parametrize(
    "name",
    [
        "Zoë “Ångström”",
        'quotes " and \\ backslash',
        "line\nbreak\r\nand\ttab",
        "\x00 \x1f \x7f \x80 \u2028 \ufeff",
        "👩‍💻 astral and joined",
        "עברית and العربية",
        "e\u0301 is not \u00e9",
    ],
)
def test_text_of_every_kind_is_written_alike(peer: Peer, name: str) -> None:
    value = badge(name=name)
    assert ours(value) == theirs(peer, value) is not None


@pytest.mark.parametrize("number", [0, -1, 1.0, 0.5, 1e-6, 123456789012345, 4.35, 1e15])
def test_numbers_are_written_alike(peer: Peer, number: float) -> None:
    value = badge()
    value["credentialSubject"]["achievement"]["creditsAvailable"] = number
    assert ours(value) == theirs(peer, value) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"shoeSize": "42"},
        {"type": ["VerifiableCredential", "OpenBadgeCredential", "NoSuchType"]},
        {"id": "credentials/7"},
        {"@context": ["https://www.w3.org/ns/credentials/v2", "https://nowhere.example/context"]},
    ],
    ids=["undefined term", "undefined type", "relative id", "unknown context"],
)
def test_what_would_go_unsigned_is_refused_by_both(peer: Peer, change: dict[str, Any]) -> None:
    value = badge(**change)
    assert ours(value) is None
    assert theirs(peer, value) is None
