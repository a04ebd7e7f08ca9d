"""How long others took, read for one and kept for all: in a large company it takes thousands of rows to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from issuer.people.forecast import MOST_LEVELS, Forecast, forecasts
from issuer.recertification.facts import LevelKey
from portal.service import Service

_MANY: Final = 300
"""People of all forecasts: among so many, one more or less, who may be the reader himself, changes nothing."""


def forecasts_for(
    service: Service, levels: Sequence[LevelKey], every: Sequence[LevelKey], person_id: UUID
) -> Mapping[LevelKey, Forecast]:
    """Forecasts of these levels for somebody; `every` are all that there are, asked for together where they are few."""
    asked = tuple(sorted(every if len(every) <= MOST_LEVELS else levels))
    found, _ = service.counted.recall(
        ("forecasts", service.issuer, asked),
        lambda: forecasts(service.database, service.issuer, asked, apart_from=person_id),
        now=service.clock(),
        takes_long=lambda known: sum(one.people for one in known.values()) >= _MANY,
    )
    return {key: one for key, one in found.items() if key in set(levels)}
