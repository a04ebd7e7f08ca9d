"""A serving process does not outlive the one that started it: who is killed leaves nobody behind who holds his port."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from typing import Final

PATIENCE: Final = 5.0
"""Seconds for requests that are under way when the parent is gone."""


def end_with_parent() -> None:
    """End this process soon after the one that spawned it, however that one ended. In a process of its own nothing
    happens.

    What is under way is finished as when a server is stopped, for PATIENCE; then the process ends, whatever it does.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), name="parent", daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(PATIENCE)
    os._exit(1)
