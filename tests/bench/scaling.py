"""`python -m tests.bench.scaling SIZE…`: a database of so many credentials, and what its size does to everything.

Credentials are issued in bulk into one installation until each size is there (in rising order); at each one is
measured: the rate of the last that were issued, issuing one more, verifying, finding one, its page and its JSON over
HTTP, a change of status with its list, what is stored. On SQLite; with POSTGRES=1 on a server of its own, with its
ordinary settings, which keeps a core or more busy beside. Writes build/scaling.json (build/scaling-postgres.json) and
prints the table. FOLDER=… keeps the installation on SQLite there and goes on with what it holds. COPIES=10 then makes
ten times as many rows of what was issued (`tests.bench.copies`), issues the last 10,000 among them and measures again,
with credentials that are no copies.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from issuer.catalogue import find_credential
from issuer.issue import issue
from issuer.status import revoke
from issuer.tables import CredentialRow, StatusListRow
from portal.service import Service, open_service
from portal.settings import load_settings
from tests.bench.badges import award
from tests.bench.bulk import Issued, issued
from tests.bench.copies import NOBODY_YET
from tests.bench.harness import stay_on_one_core
from tests.bench.house import ISSUER, House, found
from tests.bench.http_load import get
from tests.bench.serving import asked, on_server
from tests.postgres import running_server, server_binaries
from verifier.policy import ORDINARY

_BUILD = Path(__file__).resolve().parents[2] / "build"
_AS_IN_USE = ("shared_buffers=1GB", "max_wal_size=4GB", "listen_addresses=", "log_min_messages=warning")
"""Of PostgreSQL: what it comes with, and the memory that its documentation advises to give it."""
_LAST = 10_000
"""So many of each size are issued last and by themselves, to be measured: what comes before is the way there."""
_SAMPLE = 1_000
_ALONE = 20


def measure(home: Path, size: int) -> dict[str, float]:
    """Bring the installation to this size, and measure it there."""
    here = _held(home)
    if size - here > _LAST:
        issued(home, size - here - _LAST, first=here)
        here = size - _LAST
    return _measured(home, size, issued(home, size - here, first=here))


def measure_among_copies(home: Path, times: int) -> dict[str, float]:
    """Copy what the installation has until there are so many times as many, issue the last, and measure there."""
    service = open_service(load_settings(home, {}), _now)
    try:
        ids = _ids(service, _SAMPLE)
    finally:
        service.close()
    # in a process of its own: what that takes in memory would be told of whatever is started by this one
    subprocess.run([sys.executable, "-m", "tests.bench.copies", home / "guildmark.db", str(times)], check=True)
    last = issued(home, _LAST, first=NOBODY_YET)
    return _measured(home, _held(home), last, ids)


def _held(home: Path) -> int:
    service = open_service(load_settings(home, {}), _now)
    try:
        return _count(service)
    finally:
        service.close()


def _measured(home: Path, size: int, last: Issued, ids: tuple[str, ...] = ()) -> dict[str, float]:
    """At this size, with the credentials named, or some from all over the table."""
    service = open_service(load_settings(home, {}), _now)
    try:
        ids = ids or _ids(service, _SAMPLE)
        told = {
            "credentials": size,
            "issue in bulk, each (µs)": 1e6 * last.cpu / last.count,
            "the same on the wall (µs)": 1e6 * last.wall / last.count,
            "memory of issuing the last (MiB)": last.mib,
            "database, each (bytes)": (last.database or _stored(service)) / size,
            **_in_process(service, size, ids),
            "status lists": _lists(service),
        }
    finally:
        service.close()
    return {**told, **_over_http(House(home, ids))}


def _in_process(service: Service, size: int, named: Sequence[str]) -> dict[str, float]:
    assert service.keyring is not None
    keyring = service.keyring
    ids = [UUID(one) for one in named]
    bodies = [found.body for one in ids if (found := service.documents.find(f"/credentials/{one}.json")) is not None]
    chance = Random(size)  # noqa: S311

    def issue_one(number: int) -> None:
        issue(
            service.database,
            keyring,
            issuer=ISSUER,
            requests=[award(10**9 + size + number)],
            actor="bench",
            now=_now(),
            randomness=chance.randbytes,
        )

    def revoke_one(one: UUID) -> None:
        revoke(service.database, keyring, credential_id=one, reason="bench", actor="bench", now=_now())

    return {
        "issue one (µs)": _each(issue_one, range(_ALONE)),
        "find one (µs)": _each(lambda one: find_credential(service.database, one), ids),
        "verify (µs)": _each(lambda body: service.verify(body, policy=ORDINARY).require(), bodies),
        "revoke one and publish (µs)": _each(revoke_one, ids[-_ALONE:]),
    }


def _each(work: Callable[[Any], object], things: Sequence[Any]) -> float:
    """The median of the processor time of each, in µs, after a tenth of them unmeasured."""
    taken = []
    for one in things:
        begun = time.process_time()
        work(one)
        taken.append(time.process_time() - begun)
    return 1e6 * statistics.median(taken[len(taken) // 10 :])


def _over_http(home: House) -> dict[str, float]:
    with on_server(home) as server:
        told = {}
        for form, accept in {"page": "text/html", "JSON": "application/json"}.items():
            requests = [get(f"{server.url}/credentials/{one}", Accept=accept) for one in home.ids[:-_ALONE]]
            told[f"{form} over HTTP (µs)"] = 1e6 / asked(server, requests, 4.0).rate_per_core
    return told


def _ids(service: Service, count: int) -> tuple[str, ...]:
    """Credentials from all over the table."""
    with service.database.read() as session:
        query = select(CredentialRow.id).where(CredentialRow.state == "issued", CredentialRow.revoked_at.is_(None))
        return tuple(str(one) for one in session.scalars(query.order_by(func.random()).limit(count)))


def _stored(service: Service) -> int:
    """Bytes of a database on PostgreSQL, its indexes among them."""
    with service.database.read() as session:
        return session.scalar(text("SELECT pg_database_size(current_database())")) or 0


def _count(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(CredentialRow)) or 0


def _lists(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(StatusListRow)) or 0


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def _home(on_postgres: bool) -> Iterator[Path]:
    """An installation, empty or the one that is kept."""
    with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
        home = Path(os.environ.get("FOLDER") or folder) / "home"
        if not on_postgres:
            stay_on_one_core()
            if not home.exists():
                found(home)
            yield home
            return
        binaries = server_binaries()
        if binaries is None:
            raise SystemExit("no PostgreSQL server is installed here")
        with running_server(binaries, _AS_IN_USE) as server:
            stay_on_one_core()  # the server does not
            found(home, database_url=server.create("scaling"))
            yield home


def _keep(rows: Sequence[Mapping[str, float]], result: Path) -> None:
    result.parent.mkdir(exist_ok=True)
    result.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def main(sizes: Sequence[int]) -> None:
    """See the module."""
    on_postgres = bool(os.environ.get("POSTGRES"))
    rows: list[dict[str, float]] = []
    result = _BUILD / ("scaling-postgres.json" if on_postgres else "scaling.json")
    with _home(on_postgres) as home:
        for size in sorted(sizes):
            sys.stderr.write(f"{size:,} …\n")
            rows.append(measure(home, size))
            _keep(rows, result)
        if times := int(os.environ.get("COPIES", "0")):
            sys.stderr.write(f"{times} times as many …\n")
            rows.append(measure_among_copies(home, times))
            _keep(rows, result)
    for name in rows[0]:
        print("| " + " | ".join([name, *(f"{row[name]:,.0f}" for row in rows)]) + " |")  # noqa: T201


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
