"""The world in which the verifier's stories happen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.world import Issuer, World

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """An empty internet on 22 November 2026."""
    return World(NOW)


@pytest.fixture
def acme(world: World) -> Issuer:
    """The company whose badges are verified."""
    return world.issuer("acme.example", name="Acme GmbH")


@pytest.fixture
def mallory(world: World) -> Issuer:
    """Somebody with a site, a did:web and keys of his own, as anyone can have."""
    return world.issuer("mallory.example", name="Acme GmbH")
