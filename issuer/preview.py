"""What a change of many credentials would do, before it is done: whom it touches, whom it cannot, who would be told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from issuer.selection import Selected
from issuer.status_transitions import Change, Obstacle, obstacle


@dataclass(frozen=True, slots=True)
class Preview:
    """`touched` would be changed; `already` stand so; `refused` cannot be changed, each with the reason why."""

    touched: tuple[Selected, ...]
    already: tuple[Selected, ...]
    refused: tuple[tuple[Selected, str], ...]

    @property
    def told(self) -> int:
        """How many people would get a message: one each, however many of their credentials are touched."""
        return len({one.person_id for one in self.touched if one.person_id and one.row.erased_at is None})

    @property
    def people(self) -> int:
        """How many people are touched."""
        return len({one.person_id for one in self.touched if one.person_id})

    @property
    def replaced_elsewhere(self) -> tuple[Selected, ...]:
        """Those touched whose successor, a renewal or a correction, is not touched with them."""
        ids = {one.id for one in self.touched}
        return tuple(one for one in self.touched if one.successor_id is not None and one.successor_id not in ids)

    @property
    def levels(self) -> tuple[tuple[str, int], ...]:
        """How many of each level are touched, by the level's name, the most first."""
        counts: dict[str, int] = {}
        for one in self.touched:
            counts[one.level_name] = counts.get(one.level_name, 0) + 1
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def preview_status(selected: Sequence[Selected], change: Change) -> Preview:
    """What `issuer.bulk_status.change_many` would do now if a person asked for it."""
    return preview(selected, lambda one: obstacle(one.row, one.purposes, change, takes_over=one.suspended_by_rule))


def preview(selected: Sequence[Selected], judge: Callable[[Selected], Obstacle | None]) -> Preview:
    """Sort a selection by what `judge` finds standing against the change."""
    touched: list[Selected] = []
    already: list[Selected] = []
    refused: list[tuple[Selected, str]] = []
    for one in selected:
        found = judge(one)
        if found is None:
            touched.append(one)
        elif found.already:
            already.append(one)
        else:
            refused.append((one, found.shown))
    return Preview(tuple(touched), tuple(already), tuple(refused))
