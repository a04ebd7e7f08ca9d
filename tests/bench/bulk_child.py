"""`python -m tests.bench.bulk_child HOME FIRST COUNT FORMATS`: issue credentials and tell as JSON what it took.

In a process of its own, so that its memory is that of issuing. One call issues them all; its records are made when it
asks for them, as a reader of a long file would give them, and the time of making them is taken off.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from issuer.awards import AwardRequest
from issuer.issue import issue_in_chunks
from portal.service import open_service
from portal.settings import load_settings
from tests.bench.badges import award
from tests.bench.house import ISSUER

_AT_ONCE = 1_000


class Records:
    """The awards of some people, one by one; `cpu` is what making them took."""

    def __init__(self, first: int, count: int) -> None:
        self._people = range(first, first + count)
        self.cpu = 0.0

    def __iter__(self) -> Iterator[AwardRequest]:
        for start in range(0, len(self._people), _AT_ONCE):
            begun = time.process_time()
            made = [award(number) for number in self._people[start : start + _AT_ONCE]]
            self.cpu += time.process_time() - begun
            yield from made


def main(home: Path, first: int, count: int, formats: tuple[str, ...]) -> None:
    """Issue to the people `first` to `first + count`."""
    service = open_service(load_settings(home, {}), lambda: datetime.now(UTC))
    assert service.keyring is not None
    records = Records(first, count)
    begun, begun_wall, done = time.process_time(), time.monotonic(), 0
    for chunk in issue_in_chunks(
        service.database,
        service.keyring,
        issuer=ISSUER,
        requests=records,
        actor="bench",
        now=datetime.now(UTC),
        randomness=Random(first).randbytes,  # noqa: S311
        formats=formats,
    ):
        done += len(chunk)
    cpu, wall = time.process_time() - begun - records.cpu, time.monotonic() - begun_wall
    assert done == count, f"{done} of {count} were issued"
    service.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"cpu": cpu, "wall": wall, "mib": memory}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), tuple(sys.argv[4].split(",")))
