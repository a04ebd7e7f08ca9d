"""The worker: every job of the table on its timetable, in threads of this process.

Each minute a tick asks which jobs are due and puts a trigger for each in the queue; any worker's thread takes it.
Several workers put several: the lease of a job lets one through, and what has been done a moment ago is not due.
"""

from __future__ import annotations

import logging
import secrets
import socket
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from os import getpid
from pathlib import Path

import structlog

from credentials.sentence import sentence
from issuer.errors import DatabaseError
from issuer.jobs.bulk import waiting_bulks
from issuer.jobs.job import EARLY, Job, Outcome, Parts, Ran, Report, Run, run_job
from issuer.jobs.leases import leases
from issuer.jobs.table import BULK, jobs
from issuer.webhooks.collecting import collect
from portal.job_queue import Workers, is_embedded, open_queue, task
from portal.living import Life
from portal.mail.deliver import deliver
from portal.passes.identities import is_set_up
from portal.service import Service
from portal.webhooks import tell_systems

THREADS = 2
"""Of a process: a long bulk does not keep mail waiting."""
PATIENCE = timedelta(seconds=60)
"""How long a stop waits for what is being done; what is cut off then is what a crash would cut off."""
_MINUTE = timedelta(minutes=1)
_WEBHOOKS = "webhooks"
GRADES = "grades"
HELD = "elsewhere"
PASSES = "passes"
_QUARTER = timedelta(minutes=15)
_HOURLY = timedelta(hours=1)
_MOST_TRIGGERS = 100
_TICK = 2
"""Before whatever waits: else a worker that takes over from a dead one has his triggers to look at first."""
_BULK_PAUSE = 1.0  # seconds before looking again at a bulk that others are working on

log = structlog.get_logger("guildmark.jobs")


def all_jobs(service: Service) -> tuple[Job, ...]:
    """The jobs of `issuer.jobs.table`, and those that need the network."""

    def delivered(_parts: Parts, now: datetime, _last: datetime | None) -> Report:
        report = deliver(service, now)
        if report.trouble is not None:
            log.warning("mail cannot be sent", reason=report.trouble)
        return {
            "sent": report.sent,
            "deferred": report.deferred,
            "refused": report.refused,
            "unclear": report.unclear,
        }

    send = Job("deliver", _MINUTE, sentence("Send the mails that are due."), delivered)
    tell = Job(_WEBHOOKS, _MINUTE, sentence("Tell other systems what happened."), _tell(service), needs_keys=True)
    grades = Job(GRADES, _QUARTER, sentence("Ask learning platforms for grades."), _read(service), needs_keys=True)
    held = Job(HELD, _HOURLY, sentence("Check badges from elsewhere again, each once a day."), _recheck(service))
    known = jobs(service.settings.time_zone, linkedin=service.settings.linkedin_organization)
    passes = Job(PASSES, _MINUTE, sentence("Bring passes in phones up to date."), _follow(service))
    set_up = is_set_up(service.settings)
    return (*known, send, tell, grades, held, *((passes,) if set_up else ()))


def _recheck(service: Service) -> Run:
    def checked(parts: Parts, _now: datetime, _last: datetime | None) -> Report:
        from portal.elsewhere.rechecking import recheck  # it takes what verifies, which few jobs need

        found = recheck(service, parts, keep=lambda: parts.pause(HELD))
        return {"checked": found.checked, "changed": found.changed, "unclear": found.unclear}

    return checked


def _read(service: Service) -> Run:
    def read(parts: Parts, _now: datetime, _last: datetime | None) -> Report:
        from portal.lti.grading import read_grades  # it takes libraries that few need
        from portal.lti.tool import make_tool

        read = read_grades(make_tool(service), parts, keep=lambda: parts.pause(GRADES))
        return {"asked": read.asked, "led to something": read.led, "failed": read.failed}

    return read


def _follow(service: Service) -> Run:
    def followed(parts: Parts, _now: datetime, _last: datetime | None) -> Report:
        from portal.passes.work import follow  # as above

        return follow(service, parts, keep=lambda: parts.pause(PASSES))

    return followed


def _tell(service: Service) -> Run:
    def told(parts: Parts, now: datetime, _last: datetime | None) -> Report:
        found = collect(parts.database, now=now, randomness=parts.randomness, pause=lambda: parts.pause(_WEBHOOKS))
        sent = tell_systems(service, parts, keep=lambda: parts.pause(_WEBHOOKS))
        return {"to tell": found, "told": sent.taken, "failed": sent.failed}

    return told


class Runner:
    """Runs jobs for one process and logs each run in a line: numbers and names of jobs, nothing of people."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.jobs = {job.name: job for job in all_jobs(service)}
        self._stop = threading.Event()
        self._here: set[str] = set()
        self._lock = threading.Lock()
        self._told_locked = False
        self._life = Life(service.settings.home) if is_embedded(service) else None

    def stop(self) -> None:
        """Whatever runs ends after the piece of work that it is at."""
        self._stop.set()

    def end(self) -> None:
        """Nothing runs any more."""
        if self._life is not None:
            self._life.end()

    def _is_gone(self, holder: str) -> bool:
        return self._life is not None and self._life.is_gone(holder)

    def due(self) -> list[str]:
        """The jobs whose time has come, and that nobody holds; those for several at once, unless we are at it."""
        now = self._service.clock()
        known = leases(self._service.database, self.jobs)
        found = []
        for name, job in self.jobs.items():
            lease = known.get(name)
            held = lease is not None and lease.held(now) and not self._is_gone(lease.holder)
            last = lease.last_done_at if lease is not None else None
            fresh = last is not None and last > now - job.every + EARLY
            if name not in self._here if job.together else not held and not fresh:
                found.append(name)
        return found

    def run(self, name: str, *, force: bool = False) -> Ran | None:
        """Run a job if it is due (or with `force`). None if it is running in this process already."""
        with self._lock:
            if name in self._here:
                return None
            self._here.add(name)
        try:
            ran = run_job(self.jobs[name], self._parts(), force=force)
            self._log(ran)
            self._service.counting.job(name, "failed" if ran.error else ran.outcome.value, _seconds(ran))
            return ran
        finally:
            with self._lock:
                self._here.discard(name)

    def run_on(self, name: str) -> None:
        """What a trigger does: run the job; of bulks, until nothing waits or nothing goes on."""
        if name not in self.jobs:  # a trigger of another version of this program
            return
        while not self._stop.is_set():
            ran = self.run(name)
            if name != BULK or ran is None or ran.outcome is not Outcome.DONE or ran.report.get("stuck"):
                return
            if not waiting_bulks(self._service.database) or self._stop.wait(_BULK_PAUSE):
                return

    def _parts(self) -> Parts:
        """Each run is a worker of its own name: a claim is that of one run."""
        life = (self._life.name,) if self._life is not None else ()
        return Parts(
            database=self._service.database,
            keyring=self._service.keyring,
            clock=self._service.clock,
            randomness=secrets.token_bytes,
            worker=":".join((socket.gethostname(), str(getpid()), *life, secrets.token_hex(4))),
            stopping=self._stop.is_set,
            gone=self._is_gone,
        )

    def _log(self, ran: Ran) -> None:
        seconds = round(_seconds(ran), 3)
        counts = {name: number for name, number in ran.report.items() if number}
        if ran.outcome is Outcome.LOCKED:
            if not self._told_locked:
                self._told_locked = True
                waiting = [job.name for job in self.jobs.values() if job.needs_keys]
                log.warning("the keys are locked: these jobs wait, the others go on", jobs=waiting)
        elif ran.error is not None:
            kind, where = type(ran.error).__name__, _where(ran.error)
            log.error("job failed", job=ran.job, seconds=seconds, error=kind, where=where)
        elif counts or ran.outcome is Outcome.STOPPED:
            log.info("job", job=ran.job, outcome=ran.outcome.value, seconds=seconds, counts=counts)
        else:
            log.debug("job", job=ran.job, outcome=ran.outcome.value, seconds=seconds)


def _seconds(ran: Ran) -> float:
    return (ran.ended - ran.begun).total_seconds()


def _where(error: Exception) -> str:
    """Where it was raised; not what it says, which may be of people."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


@contextmanager
def working(service: Service, *, threads: int = THREADS) -> Iterator[Workers]:
    """Jobs run in threads of this process until the block ends; then what is being done is finished."""
    logging.getLogger("huey").setLevel(logging.WARNING)
    runner = Runner(service)
    queue = open_queue(service)
    job = task(queue, "job", runner.run_on)

    def tick() -> None:
        """Triggers of workers that were killed are still there: another one for the same job is only in the way."""
        if queue.pending_count() < _MOST_TRIGGERS:
            there = {str(one.args[0]) for one in queue.pending() if one.args}
            for name in runner.due():
                if name not in there:
                    job(name, priority=_priority(name))

    queue.periodic_task(lambda _now: True, name="tick", priority=_TICK)(tick)
    workers = Workers(queue, workers=threads, max_delay=1.0, shutdown_timeout=PATIENCE.total_seconds())
    log.info("jobs begin", threads=threads, jobs=list(runner.jobs))
    with suppress(DatabaseError):  # it comes again; huey's own first one only up to two polls later, a second each
        tick()
    workers.start()
    try:
        yield workers
    finally:
        runner.stop()
        workers.stop(graceful=True)
        runner.end()
        queue.storage.close()
        log.info("jobs ended")


def _priority(name: str) -> int:
    """What somebody looks on at comes first."""
    return 1 if name == BULK else 0


def nudge(service: Service, name: str) -> None:
    """Have a worker look at a job now. Without one, or without a queue, the job comes when it is due."""
    try:
        queue = open_queue(service)
        try:
            task(queue, "job", lambda _name: None)(name, priority=_priority(name))
        finally:
            queue.storage.close()
    except Exception as error:  # noqa: BLE001  (a lost trigger costs a delay only)
        log.warning("no worker could be told", job=name, error=type(error).__name__)


def run_once(service: Service, names: Sequence[str] | None = None, *, force: bool) -> Iterator[Ran]:
    """One pass: these jobs, or all, one after another; only those that are due unless `force`."""
    runner = Runner(service)
    try:
        for name in names if names is not None else runner.jobs:
            ran = runner.run(name, force=force)
            if ran is not None:
                yield ran
    finally:
        runner.end()
