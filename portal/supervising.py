"""Several serving processes under one parent, as uvicorn keeps them, and an end that comes in time.

uvicorn's parent notes a signal and looks at it between two looks at its processes. While it asks one that does not
answer (a machine under load, a process that is just beginning) it notices nothing for as long as it would wait for the
answer; and then it waits for each process without end. Both are bounded here.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

from uvicorn.config import Config
from uvicorn.supervisors import Multiprocess

GRACE = 10
"""Seconds that a process has for the requests that it is at."""
KILLED_AFTER = GRACE + 5
"""Seconds after which a process that has not ended is killed: what it was at is what a crash would cut off."""


class _Stopped(Exception):  # noqa: N818
    """A signal came."""


class Supervisor(Multiprocess):
    """uvicorn's parent; `run` returns at the latest KILLED_AFTER and a moment after SIGTERM or SIGINT."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, [config.bind_socket()])
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)

    def run(self) -> None:
        """Until a signal ends it."""
        try:
            super().run()
        except _Stopped:
            self.terminate_all()
            self.join_all()

    def join_all(self) -> None:
        """All processes have ended, by themselves or killed."""
        end = time.monotonic() + KILLED_AFTER
        for process in self.processes:
            process.process.join(max(0.0, end - time.monotonic()))
            if process.process.is_alive():
                process.process.kill()
                process.process.join()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Out of whatever is waited for; only the first time."""
        if not self.should_exit.is_set():
            self.should_exit.set()
            raise _Stopped
