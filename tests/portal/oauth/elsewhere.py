"""Badges of another issuer, as an application brings them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.world import World


def _issued(world: World, day: int, **members: Any) -> Any:
    other = world.issuer("elsewhere.example")
    achievement = other.achievement(members.pop("name", "Kind host"))
    achievement["id"] = "https://elsewhere.example/achievements/kind-host"
    begins = datetime(2026, 11, day, 9, 0, tzinfo=UTC)
    return other.issue(achievement=achievement, valid_from=begins, status=(), **members)


def badge(
    world: World, *, day: int, id_: str | None = None, until: str | None = None, name: str = "Kind host"
) -> bytes:
    """With an embedded proof, valid from that day of November 2026."""
    members = {**({"id": id_} if id_ else {}), **({"validUntil": until} if until else {})}
    body: bytes = _issued(world, day, name=name, **members).json
    return body


def token_badge(world: World) -> bytes:
    """As a compact JWS."""
    body: bytes = _issued(world, 3).jwt
    return body
