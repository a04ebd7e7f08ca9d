"""What a holder can change without breaking the signature must not change the answer.

A proof covers RDF: one value and an array of it are the same to it, and so are many other spellings. Each is tried on a
badge that is revoked: none may come out as valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.world import Issuer, World
from verifier.result import Status

Path = tuple[str | int, ...]


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*path, name)
            yield from _paths(member, (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield (*path, position)
            yield from _paths(item, (*path, position))


def _place(document: dict[str, Any], path: Path) -> tuple[Any, str | int]:
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    return place, path[-1]


@pytest.fixture
def revoked(world: World, acme: Issuer) -> dict[str, Any]:
    badge = acme.issue()
    acme.revoke(badge)
    assert world.verify(badge.json).status is Status.REVOKED
    return json.loads(badge.json)  # type: ignore[no-any-return]


def test_no_value_in_an_array_of_its_own_makes_it_valid(world: World, revoked: dict[str, Any]) -> None:
    for path in list(_paths(revoked)):
        changed = json.loads(json.dumps(revoked))
        place, step = _place(changed, path)
        place[step] = [place[step]]
        status = world.verify(json.dumps(changed)).status
        assert status not in (Status.VALID, Status.EXPIRED), path


def test_nor_does_any_array_taken_apart(world: World, revoked: dict[str, Any]) -> None:
    for path in list(_paths(revoked)):
        changed = json.loads(json.dumps(revoked))
        place, step = _place(changed, path)
        if isinstance(place[step], list) and place[step]:
            for item in (place[step][0], [*place[step], *place[step]]):
                place[step] = item
                assert world.verify(json.dumps(changed)).status is not Status.VALID, path


def test_nor_the_loss_of_any_member(world: World, revoked: dict[str, Any]) -> None:
    for path in list(_paths(revoked)):
        if isinstance(path[-1], str):
            changed = json.loads(json.dumps(revoked))
            place, step = _place(changed, path)
            del place[step]
            assert world.verify(json.dumps(changed)).status is not Status.VALID, path
