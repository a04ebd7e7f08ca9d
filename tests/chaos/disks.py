"""A small disk that gets full under load: refused in words, nothing acknowledged is lost, and it goes on afterwards."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.chaos.ground import somewhere
from tests.chaos.load import loading
from tests.chaos.over_http import audited
from tests.chaos.results import Result
from tests.chaos.serving import served

_MEGABYTE = 1024 * 1024
_SIZES = {True: 160, False: 48}
"""Megabytes: an empty cluster of PostgreSQL has some 60, with its log of transactions."""


class NoSmallDisk(Exception):  # noqa: N818
    """A tmpfs may not be mounted here."""


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A tmpfs of that size. Mounting takes root, or sudo that does not ask. Raises NoSmallDisk."""
    place = Path(tempfile.mkdtemp(prefix="guildmark-disk-"))
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={megabytes}m,mode=0755,uid={os.geteuid()},gid={os.getegid()}"
    mounted = _ran(*sudo, "mount", "-t", "tmpfs", "-o", options, "guildmark-chaos", str(place))
    try:
        if mounted:
            raise NoSmallDisk(f"a tmpfs could not be mounted: {mounted}")
        yield place
    finally:
        if not mounted:
            _ran(*sudo, "umount", "--lazy", str(place))
        with suppress(OSError):
            place.rmdir()


def _ran(*command: str) -> str:
    """Why it failed; empty if it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return str(error)
    return done.stderr.strip() or "it failed" if done.returncode else ""


def _fill(disk: Path, but: int = 0) -> None:
    """Take all room but so many bytes."""
    with suppress(OSError), (disk / "ballast").open("ab", buffering=0) as ballast:
        while True:
            room = os.statvfs(disk)
            left = room.f_bavail * room.f_frsize - but
            if left <= 0 or not ballast.write(b"\0" * min(left, _MEGABYTE)):
                return


def disk_full(times: int, *, postgres: bool) -> Result:
    """The disk gets full, stays so for some seconds, and has room again; so many times."""
    result = Result(f"a full disk (tmpfs), {'PostgreSQL' if postgres else 'SQLite'}")
    restarts, resumed = 0, []
    try:
        with small_disk(_SIZES[postgres]) as disk, somewhere(postgres=postgres, disk=disk) as here:
            with served(here) as site, loading(site, issuing=2, reading=0) as load:
                for _ in range(times):
                    time.sleep(2)
                    refused, until = load.refused, time.monotonic() + 30
                    while load.refused < refused + 5 and time.monotonic() < until:  # the log of transactions goes on
                        _fill(disk)
                        time.sleep(0.1)
                    time.sleep(2)
                    result.require(load.refused > refused, "nothing was refused")
                    (disk / "ballast").unlink()
                    if here.server is not None and not here.server.is_up():
                        here.server.return_()
                        restarts += 1
                    room = time.monotonic()
                    while load.last < room and time.monotonic() < room + 30:
                        time.sleep(0.01)
                    result.require(load.last > room, "nothing was issued when there was room again")
                    resumed.append(time.monotonic() - room)
            result.acknowledged, result.refused = len(load.issued), load.refused
            result.missed += load.wrong
            result.resume = max(resumed)
            result.more |= {"disks full": times, "answers": load.answers}
            if postgres:
                result.more["databases that gave up and were started again"] = restarts
            audited(here, result)
    except NoSmallDisk as error:
        result.missed.append(str(error))
    return result
