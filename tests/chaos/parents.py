"""Who started others is killed: they are gone soon after him, and so is whoever holds his port."""

from __future__ import annotations

import os
import signal
import socket
import time

from tests.chaos.ground import Ground, somewhere
from tests.chaos.load import loading
from tests.chaos.results import Result
from tests.chaos.serving import Site, end, family, is_alive, served, start, wait_for
from tests.journeys.command import forks

_GONE = 10.0
"""Seconds: what is under way is finished for five (`portal.outliving.PATIENCE`), and a busy machine is slow."""


def parents_killed() -> Result:
    """`serve --workers 2`, its embedded jobs, `worker`, and the processes in which long documents are verified."""
    result = Result("a parent killed leaves nobody behind")
    longest = 0.0
    with somewhere(postgres=False) as here, served(here) as site:
        port = here.port
        site.end()
        site.servers.clear()
        for arguments in (("serve", "--workers", "2"), ("serve",)):
            pid = start(here, *arguments)
            try:
                wait_for(here, port, pid)
                with loading(_at(here, port, pid), issuing=2, tolerates=True) as load:
                    until = time.monotonic() + 30
                    while len(load.issued) < 5 and time.monotonic() < until:
                        time.sleep(0.05)
                    _ask_for_long_ones(site, here, port)
                    others = family(pid)[1:]
                    result.require(bool(load.issued), f"{arguments}: nothing was issued")
                    os.kill(pid, signal.SIGKILL)
                    killed = time.monotonic()
                    forks.order(ended=pid, wait=True)
                    while any(map(is_alive, others)) and time.monotonic() < killed + _GONE:
                        time.sleep(0.01)
                    took = time.monotonic() - killed
            finally:
                if is_alive(pid):
                    end(pid, 0)
            longest = max(longest, took)
            left = [one for one in others if is_alive(one)]
            result.kills += 1
            result.acknowledged += len(load.issued)
            name = " ".join(arguments)
            result.more[f"children of `{name}`"] = len(others)
            result.require(not left, f"{name}: {len(left)} of {len(others)} processes outlived it")
            result.require(_is_free(port), f"{name}: its port is held")
            for one in left:
                os.kill(one, signal.SIGKILL)
    result.more["orphans"] = sum("outlived" in words for words in result.missed)
    result.more["ports held"] = sum("held" in words for words in result.missed)
    result.more["all gone after"] = f"{longest:.2f} s"
    return result


def _at(here: Ground, port: int, pid: int) -> Site:
    return Site(here, {port: pid})


def _ask_for_long_ones(site: Site, here: Ground, port: int) -> None:
    """What is verified in a process of its own, so that there is one."""
    client = Site(here, {port: 0}).client()
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "x": "y" * 600_000,
    }
    client.ask("POST", "/vc-api/default/credentials/verify", {"verifiableCredential": document})
    client.close()


def _is_free(port: int) -> bool:
    try:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            trial.listen()
    except OSError:
        return False
    return True
