"""`guildmark worker`: does what is to be done by itself, on as many machines as wanted."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, Home, opened
from portal.cli.starting import require_whole
from portal.cli.terminal import say

_HEALTH = 10.0  # seconds


def worker(
    home: Home = DEFAULT_HOME,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, once, and end: for cron, or to look at it.")
    ] = False,
) -> None:
    """Do the jobs: send mail, issue bulks, publish status lists, remind, escalate; until it is stopped.

    With SQLite, `guildmark serve` does them itself. With PostgreSQL, start at least one worker, on this machine or
    others; each needs the installation's settings and keys. A worker may be stopped or killed at any time.
    """
    from portal.logs import configure_logging

    with opened(home) as service:
        configure_logging(service.settings.log_level)
        require_whole(service)
        if once:
            from portal.cli.jobs import run_jobs

            run_jobs(service, None, force=False, as_json=False)
            return
        stop = threading.Event()
        _until_stopped(stop)
        from portal.metrics.giving import counting, given
        from portal.worker import working

        port = service.settings.worker_metrics_port
        counted = replace(service, counting=counting(port))
        with given(counted, port), working(counted) as threads:
            say("Working (stop with Ctrl-C; what is being done is finished).")
            while not stop.wait(_HEALTH):
                threads.check_worker_health()


def _until_stopped(stop: threading.Event) -> None:
    """The first signal asks for the end, a second one ends at once, as a crash would."""

    def asked(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
