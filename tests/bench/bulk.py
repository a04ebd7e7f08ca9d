"""Line 4: many awards through all of issuing, committed on SQLite; each size in a process of its own.

They are signed with an embedded proof. Where the issuer wants JWTs too, its RSA signature costs more than all the rest:
a row tells that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from issuer.signing import FORMATS, JSON
from tests.bench.floors import signed_and_verified, written_again
from tests.bench.harness import Bench, Goal, Row, judged, left_out, told
from tests.bench.house import PROJECT, found

LINE = 4
_RATE = Goal(4_000, 8_000, "{:,.0f}/s")
_FLAT = Goal(0.85, None, "{:.2f}")
_MEMORY = Goal(300, None, "{:,.0f} MiB", more_is_better=False)
_SIZES = (1_000, 10_000, 100_000)
_FULL_SIZE = 1_000_000
_FLOOR_SIZE = 1_000


@dataclass(frozen=True, slots=True)
class Issued:
    """What issuing so many took: seconds, MiB at most, and bytes of the database afterwards."""

    count: int
    cpu: float
    wall: float
    mib: float
    database: int

    @property
    def rate(self) -> float:
        """Credentials in a second of processor time."""
        return self.count / self.cpu


def issued(home: Path, count: int, first: int = 0, formats: tuple[str, ...] = (JSON,)) -> Issued:
    """Issue so many in the installation, in another process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bulk_child", str(home), str(first), str(count), ",".join(formats)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr else "the bulk ended badly")
    took = json.loads(done.stdout)
    size = sum(path.stat().st_size for path in home.glob("*.db*"))
    return Issued(count, took["cpu"], took["wall"], took["mib"], size)


def rows(bench: Bench) -> Iterator[Row]:
    """Sizes one after the other, each in a new installation."""
    sizes = _SIZES[:1] if bench.quick else (*_SIZES, _FULL_SIZE) if bench.full else _SIZES
    done: list[Issued] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
            home = Path(folder) / "home"
            found(home)
            done.append(issued(home, size))
            if size == _FLOOR_SIZE:
                floor = (signed_and_verified(), written_again(home / "guildmark.db") / size)
            if size == sizes[0]:
                both = issued(home, size, first=size, formats=FORMATS)
    for one in done:
        measured = f"{1e6 / one.rate:,.0f} µs each; on the wall {one.count / one.wall:,.0f}/s"
        what = f"issue {one.count:,} on SQLite, all of it"
        yield judged(LINE, what, _RATE, one.rate, measured, count=one.count, wall_per_second=one.count / one.wall)
    crypto, rows_written = floor
    words = (
        f"{1 / sum(floor):,.0f}/s: signature and its verification {crypto * 1e6:,.0f} µs,"
        f" rows {rows_written * 1e6:,.0f} µs of {1e6 / done[0].rate:,.0f} µs"
    )
    yield told(LINE, "libsodium’s and SQLite’s own part in it, alone", words, crypto=crypto, rows=rows_written)
    words = f"{both.rate:,.0f}/s, {1e6 / both.rate:,.0f} µs each"
    yield told(LINE, "the same with a JWT beside, signed with RS256", words, per_second=both.rate)
    first, last = done[0], done[-1]
    yield told(LINE, "bytes of the database for each", f"{last.database / last.count:,.0f} B", bytes=last.database)
    yield judged(LINE, f"memory at {last.count:,}", _MEMORY, last.mib, "")
    flat = f"flat: rate at {_SIZES[-1]:,} / rate at {_SIZES[0]:,}"
    if first is last:
        yield left_out(LINE, flat, _FLAT, "takes longer: run without QUICK=1")
    else:
        yield judged(LINE, f"flat: rate at {last.count:,} / rate at {first.count:,}", _FLAT, last.rate / first.rate, "")
    if not bench.full:
        yield left_out(LINE, f"issue {_FULL_SIZE:,} on SQLite, all of it", _RATE, "only with FULL=1")
