"""Programs of others at work on a stranger's file: in a process that cannot hang, grow, or do harm to this one."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_CHILD = Path(__file__).with_name("confined_child.py")
_MEMORY_BYTES = 1 << 30
_PATIENCE = 4
_KILLED = (-9, -24)  # SIGKILL and SIGXCPU, by which a system ends what has used up its processor time


@dataclass(frozen=True, slots=True)
class Ended:
    """How a confined process ended: its exit status, and what it wrote."""

    code: int
    out: bytes
    said: str


def work_confined(script: Path, given: bytes, *, seconds: float) -> Ended | None:
    """Run `script`, a file of this room, on `given` as its standard input; None if it took longer than `seconds`
    (see `run_bounded`).

    It gets at most 1 GiB of memory and `seconds` of processor time, and may write no files (where the system can see to
    that). A status other than one that the script gives itself means that it broke off, most likely for lack of these.
    """
    # -P: the script's own folder must not shadow installed packages (it has a module named png).
    limits = (str(_MEMORY_BYTES), str(math.ceil(seconds) + 1))
    command = [sys.executable, "-P", str(_CHILD), *limits, str(script)]
    return run_bounded(command, given, seconds=seconds)


def run_bounded(command: Sequence[str], given: bytes, *, seconds: float) -> Ended | None:
    """Run a command that bounds its own processor time; None if it took longer than `seconds` of that.

    By the clock it has four times as long, since on a busy machine much of the time is not its own.
    """
    begun = time.monotonic()
    try:
        # The command is ours alone; what is hostile goes through standard input.
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, timeout=_PATIENCE * seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode in _KILLED and time.monotonic() - begun >= seconds:
        return None
    return Ended(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())
