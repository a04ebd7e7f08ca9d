"""Workers that are killed: an installation on PostgreSQL, a mail server that counts, and what must hold at the end.

python -m tests.journeys.chaos MINUTES [SEED]
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import UUID

from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from issuer import audit
from issuer.awards import AwardRequest
from issuer.issuer_file import IssuerDefinition
from issuer.jobs.bulk import BulkState, find_bulk
from issuer.jobs.bulk_issue import issue_in_background
from issuer.jobs.bulk_work import work_on_bulks
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, MessageRow, NoticeRow, RenderingRow, StatusEntryRow
from portal.home import FILE_NAME
from portal.installing import install
from portal.service import Service, open_service
from portal.settings import load_settings
from portal.worker import Runner, run_once
from tests.journeys.conftest import free_port
from tests.postgres import running_server, server_binaries

PROGRAM = b"""\
program: first-aid
name: First aid at work
mail_hours: {from: 0, to: 24, weekdays_only: false}
levels:
  - {name: First aider, criteria: Passed the course., validity: 24 months}
"""


@dataclass
class Sink:
    """A mail server that takes everything and counts, by recipient and Message-ID."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content)
        for one in envelope.rcpt_tos:
            self.taken[one, str(mail["Message-ID"])] += 1
        return "250 taken"


@dataclass
class Ground:
    """The installation on which workers live and die."""

    home: Path
    sink: Sink
    bulks: list[UUID] = field(default_factory=list)
    people: int = 0

    def service(self) -> Service:
        """A service of one's own: connections are no good across a fork."""
        return open_service(load_settings(self.home, {}), lambda: datetime.now(UTC))

    def begin(self, count: int) -> UUID:
        """A bulk of awards for people who were never there before."""
        service = self.service()
        numbers = range(self.people, self.people + count)
        self.people += count
        requests = [
            AwardRequest(f"Person {one}", f"p{one}@example.org", "first-aid", "first-aider", date(2026, 1, 5))
            for one in numbers
        ]
        bulk = issue_in_background(
            service.database, issuer=None, requests=requests, actor="t", now=service.clock(), randomness=os.urandom
        )
        service.close()
        self.bulks.append(bulk.id)
        return bulk.id


@contextmanager
def ground(directory: Path) -> Iterator[Ground]:
    """An installation on a PostgreSQL server of its own, with a mail server."""
    binaries = server_binaries()
    assert binaries is not None
    sink = Sink()
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with running_server(binaries) as server:
            home = directory / "home"
            url = server.create("guildmark")
            definition = IssuerDefinition.model_validate({"name": "Acme", "slug": "acme"})
            now = datetime.now(UTC)
            install(home, definition, base_url="http://localhost:8000", database_url=url, passphrase_file=None,
                    actor="test", now=now)  # fmt: skip
            with (home / FILE_NAME).open("a") as settings:
                settings.write(f'smtp_host = "127.0.0.1"\nsmtp_port = {port}\nsmtp_security = "none"\n')
                settings.write('mail_from = "badges@example.org"\n')
            here = Ground(home, sink)
            service = here.service()
            apply_program(service.database, issuer=None, definition=read_program(PROGRAM), actor="test", now=now)
            service.close()
            yield here
    finally:
        controller.stop()


def forked(work: Callable[[], None]) -> int:
    """A process of its own that does this and ends; its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as error:  # noqa: BLE001  (a child must not become a second test run)
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        os._exit(1)
    os._exit(0)


def bulk_worker(here: Ground, dies_at: str | None = None) -> Callable[[], None]:
    """Works on all bulks; kills itself as `kill -9` does when it reaches that step."""

    def reached(step: str) -> None:
        if step == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        service = here.service()
        work_on_bulks(Runner(service)._parts(), chunk_size=2, reached=reached)

    return work


def whole_worker(here: Ground) -> Callable[[], None]:
    """Does every job, again and again, until it is killed."""

    def work() -> None:
        service = here.service()
        while True:
            for _ in run_once(service, ["resume", "bulk", "recertify", "bundle", "deliver"], force=True):
                pass
            time.sleep(0.05)

    return work


def at_last(here: Ground) -> None:
    """One worker who lives: now, and when what the dead held is over."""
    for wait in (timedelta(), timedelta(minutes=20), timedelta(minutes=40)):
        service = replace(here.service(), clock=lambda wait=wait: datetime.now(UTC) + wait)
        for ran in run_once(service, ["resume", "bulk", "bundle", "deliver"], force=True):
            assert ran.error is None, ran.error
        service.close()


def check(here: Ground) -> dict[str, int]:
    """What no killing may break; the numbers of it."""
    service = here.service()
    db = service.database
    for bulk_id in here.bulks:
        bulk = find_bulk(db, bulk_id)
        assert (bulk.state, bulk.done) == (BulkState.DONE, bulk.total), bulk
    numbers = _credentials(db, here.people)
    assert audit.verify(db).whole
    with db.read() as session:
        notices = Counter(session.scalars(select(NoticeRow.state)).all())
        states = Counter(session.scalars(select(MessageRow.state)).all())
    assert notices == {"bundled": here.people}, notices
    received = Counter(address for address, _ in here.sink.taken.elements())
    assert not [one for one, count in received.items() if count > 1], "a mail was sent twice"
    assert set(states) <= {"sent", "unclear"}, states
    assert states["sent"] <= len(received) <= states["sent"] + states["unclear"]
    service.close()
    return {**numbers, "mails": len(received), "unclear": states["unclear"]}


def _credentials(db: Database, people: int) -> dict[str, int]:
    with db.read() as session:
        issued = session.scalar(select(func.count()).where(CredentialRow.state == "issued"))
        other = session.scalar(select(func.count()).where(CredentialRow.state != "issued"))
        awards = session.scalar(select(func.count(AwardRow.id)))
        renderings = session.scalar(select(func.count()).select_from(RenderingRow))
        slots = session.execute(select(StatusEntryRow.list_id, StatusEntryRow.position)).all()
    assert (issued, other, awards, renderings) == (people, 0, people, 2 * people)
    assert len(set(slots)) == len(slots) == people
    return {"issued": people}


def storm(here: Ground, minutes: float, seed: int) -> int:
    """Two workers at a time, killed at random, replaced at once; how many were killed."""
    chance = random.Random(seed)  # noqa: S311
    end = time.monotonic() + 60 * minutes
    workers = [forked(whole_worker(here)) for _ in range(2)]
    killed = 0
    while time.monotonic() < end:
        if len(here.bulks) * 6 < killed + 6:
            here.begin(chance.randint(5, 60))
        time.sleep(chance.uniform(0.05, 1.5))
        victim = workers.pop(chance.randrange(2))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        killed += 1
        workers.append(forked(whole_worker(here)))
    for one in workers:
        os.kill(one, signal.SIGKILL)
        os.waitpid(one, 0)
    return killed


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="guildmark-chaos-") as folder, ground(Path(folder)) as field_:
        seed_ = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10_000)
        died = storm(field_, float(sys.argv[1]), seed_)
        at_last(field_)
        print(f"{died} workers killed (seed {seed_}); nothing lost, nothing twice: {check(field_)}")  # noqa: T201
