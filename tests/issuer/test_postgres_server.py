"""The tests' own PostgreSQL server leaves nothing behind, however the tests end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.postgres import server_binaries

STARTED = """
import time
from tests.postgres import running_server, server_binaries
with running_server(server_binaries()) as server:
    print(server.sockets, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.postgres
def test_a_server_ends_with_the_process_that_started_it() -> None:
    if server_binaries() is None:
        pytest.skip("no PostgreSQL server is installed")
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen([sys.executable, "-c", STARTED], cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        directory = Path(process.stdout.readline().strip())
        assert (directory / "data" / "postmaster.pid").exists()
        process.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not directory.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"the server in {directory} outlived the process that started it")
