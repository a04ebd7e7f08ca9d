"""A process that serves ends when the one that started it was killed, and its port is free again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import PROJECT

PARENT = """
import multiprocessing, socket, sys, time
from portal.outliving import end_with_parent

def serve(port, said):
    end_with_parent()
    listener = socket.create_server(("127.0.0.1", port))
    said.send(True)
    time.sleep(60)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=serve, args=(int(sys.argv[1]), theirs))
    child.start()
    ours.recv()
    print(child.pid, flush=True)
    time.sleep(60)
"""


def test_a_dead_parent_leaves_no_orphan_and_no_held_port(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, script, str(port)], stdout=subprocess.PIPE, env=environment, cwd=PROJECT, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert _gone(child), "the child outlived its parent"
    assert _is_free(port), "the port is held"


def _is_free(port: int) -> bool:
    """Soon: a process is called dead a moment before the last of its threads gives up what it holds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def _gone(process: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
            stat = Path(f"/proc/{process}/stat").read_text()
            if stat.rpartition(")")[2].split()[0] == "Z":  # dead; whoever reaps orphans has not come yet
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)
    return False
