"""Who reports to whom, as a graph that must have no loop. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID


def loops(manager_of: Mapping[UUID, UUID | None]) -> list[list[UUID]]:
    """Every loop of reporting, each once, as the people on it in their order."""
    done: set[UUID] = set()
    found: list[list[UUID]] = []
    for start in manager_of:
        path: dict[UUID, int] = {}
        at: UUID | None = start
        while at is not None and at not in done and at not in path:
            path[at] = len(path)
            at = manager_of.get(at)
        if at is not None and at in path:
            found.append(list(path)[path[at] :])
        done.update(path)
    return found


def depths(manager_of: Mapping[UUID, UUID | None]) -> dict[UUID, int]:
    """How many managers stand above each, in a graph without loops; so whoever has less is entered first."""
    depth: dict[UUID, int] = {}
    for start in manager_of:
        path: list[UUID] = []
        at: UUID | None = start
        while at is not None and at not in depth:
            path.append(at)
            at = manager_of.get(at)
        above = depth[at] if at is not None else -1
        for one in reversed(path):
            above += 1
            depth[one] = above
    return depth
