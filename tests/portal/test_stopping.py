"""`serve --workers 2` ends in time, whatever its processes are at."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from issuer.issuer_file import named
from portal.installing import install
from portal.supervising import KILLED_AFTER
from tests.conftest import PROJECT
from tests.portal.test_without_database import until

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


def children(parent: int) -> list[int]:
    """Its serving processes: those that are no more than that began them."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are told by /proc")
def test_a_process_that_answers_nobody_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    home = tmp_path / "home"
    install(
        home, named("Acme"), base_url=f"http://localhost:{port}", database_url=None, passphrase_file=None, actor="t",
        now=datetime.now(UTC),
    )  # fmt: skip
    command = [sys.executable, "-m", "portal", "serve", "--home", str(home), "--workers", "2", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    with (
        (tmp_path / "log").open("wb") as out,
        subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=out, stderr=out) as server,
    ):
        until(port, "/readyz", 200)
        processes = children(server.pid)
        assert len(processes) == 2
        os.kill(processes[0], signal.SIGSTOP)
        time.sleep(2)  # its parent asks it by now, and waits for the answer
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(120)
        assert time.monotonic() - begun < KILLED_AFTER + 10, "10: the machine is busy"
    for one in processes:
        assert not Path(f"/proc/{one}").exists()
