"""What a job is, and one run of it: under its lease, if it is due, with an outcome that is a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from issuer.errors import IssuerError, Refused
from issuer.jobs import leases
from issuer.signing import Signings
from issuer.store import Database
from keys.errors import KeysError
from keys.keyring import Keyring

LEASE = timedelta(minutes=5)
EARLY = timedelta(seconds=20)
"""So much before its time a job is due: workers look once a minute, and a run is done a moment after they looked."""
"""How long a killed worker's job waits at most for another one; longer work renews its lease (`Parts.still_mine`)."""

Report = Mapping[str, int]
"""What a run did, counted: numbers only, so that it can be logged."""


class Stopped(Exception):  # noqa: N818  (no error: somebody asked for it)
    """The worker was asked to stop; what is left is left to the next run."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What jobs work with. `worker` names this worker and thread in leases; `stopping` says that it should end soon;
    `gone` whether a worker of such a name is known to have died.

    keyring is None while the keys are locked: jobs that need it wait.
    """

    database: Database
    keyring: Keyring | None
    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    worker: str
    stopping: Callable[[], bool] = field(default=lambda: False)
    signings: Signings = field(default_factory=Signings)
    gone: Callable[[str], bool] = field(default=lambda _: False)

    @property
    def keys(self) -> Keyring:
        """The keyring, for jobs whose `needs_keys` promised that it is there."""
        assert self.keyring is not None, "this job was to wait until the keys are unlocked"  # noqa: S101
        return self.keyring

    def pause(self, job: str) -> None:
        """Between two pieces of work: keeps the job's lease. Raises Stopped if the worker should end."""
        if self.stopping():
            raise Stopped
        leases.renew(self.database, job, holder=self.worker, now=self.clock(), length=LEASE)


Run = Callable[[Parts, datetime, datetime | None], Report]
"""`run(parts, now, last_done_at)`: one sweep, harmless to repeat from any point."""


@dataclass(frozen=True, slots=True)
class Job:
    """A sweep, how often, and in a sentence for people what it does.

    together: any number of workers may be at it at once; otherwise one at a time, as far as leases can see to it.
    """

    name: str
    every: timedelta
    does: str
    run: Run
    needs_keys: bool = False
    together: bool = False


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    NOT_DUE = "not due"
    LOCKED = "keys locked"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ran:
    """One run. `error` is there if it failed; `begun` and `ended` are the clock's."""

    job: str
    outcome: Outcome
    begun: datetime
    ended: datetime
    report: Report = field(default_factory=dict)
    error: Exception | None = None

    @property
    def sentence(self) -> str:
        """What became of it, without anything about people."""
        if self.error is not None:
            return f"{self.outcome}: {_words(self.error)}"
        counted = ", ".join(f"{number} {what}" for what, number in self.report.items() if number)
        return f"{self.outcome}: {counted or 'nothing to do'}" if self.outcome is Outcome.DONE else str(self.outcome)


def run_job(job: Job, parts: Parts, *, force: bool = False) -> Ran:
    """Run it once if it is due, or anyway with `force`; unless it may be, never twice at once.

    Raises nothing: an error is the outcome. What was done before it is kept, and the job stays due.
    """
    now = parts.clock()
    if job.needs_keys and parts.keyring is None:
        return Ran(job.name, Outcome.LOCKED, now, now)
    try:
        last = None
        if not job.together:
            due = None if force else now - job.every + EARLY
            lease = leases.take(
                parts.database,
                job.name,
                holder=parts.worker,
                now=now,
                length=LEASE,
                unless_done_after=due,
                gone=parts.gone,
            )
            if lease is None:
                return Ran(job.name, Outcome.NOT_DUE, now, now)
            last = lease.last_done_at
        ran = _run(job, parts, now, last)
        _record(job, parts, ran)
    except Exception as error:  # noqa: BLE001  (the database is away: the outcome says so, and the worker goes on)
        return Ran(job.name, Outcome.FAILED, now, parts.clock(), error=error)
    return ran


def _run(job: Job, parts: Parts, now: datetime, last: datetime | None) -> Ran:
    try:
        report = job.run(parts, now, last)
    except Stopped:
        return Ran(job.name, Outcome.STOPPED, now, parts.clock())
    except Exception as error:  # noqa: BLE001  (whatever it is, other jobs go on)
        return Ran(job.name, Outcome.FAILED, now, parts.clock(), error=error)
    return Ran(job.name, Outcome.DONE, now, parts.clock(), report)


def _record(job: Job, parts: Parts, ran: Ran) -> None:
    done_at = ran.begun if ran.outcome is Outcome.DONE else None
    if job.together:
        leases.note(parts.database, job.name, now=ran.ended, outcome=ran.sentence, done_at=done_at)
    else:
        leases.release(
            parts.database, job.name, holder=parts.worker, now=ran.ended, outcome=ran.sentence, done_at=done_at
        )


def _words(error: Exception) -> str:
    """The error for operators: its own sentence, but never what it quotes of a list of people."""
    if isinstance(error, Refused):
        return f"{error.subject} has {len(error.faults)} fault{'' if len(error.faults) == 1 else 's'}"
    return str(error) if isinstance(error, IssuerError | KeysError) else type(error).__name__
