"""`python -m tests.bench.scaling SIZE…`: a database of so many credentials, and what its size does to everything.

Credentials are issued in bulk into one installation on SQLite until each size is there (in rising order); at each one
is measured: the rate of the last that were issued, issuing one more, verifying, finding one, its page and its JSON over
HTTP, a change of status with its list, the file. Writes build/scaling.json and prints the table. FOLDER=… keeps the
installation there and goes on with what it holds.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from issuer.catalogue import find_credential
from issuer.issue import issue
from issuer.status import revoke
from issuer.tables import CredentialRow, StatusListRow
from portal.service import Service, open_service
from portal.settings import load_settings
from tests.bench.badges import award
from tests.bench.bulk import issued
from tests.bench.harness import stay_on_one_core
from tests.bench.house import ISSUER, House, found
from tests.bench.http_load import get
from tests.bench.serving import asked, on_server
from verifier.policy import ORDINARY

RESULT = Path(__file__).resolve().parents[2] / "build" / "scaling.json"
_LAST = 10_000
"""So many of each size are issued last and by themselves, to be measured: what comes before is the way there."""
_SAMPLE = 1_000
_ALONE = 20


def measure(home: Path, size: int) -> dict[str, float]:
    """Bring the installation to this size, and measure it there."""
    service = open_service(load_settings(home, {}), _now)
    here = _count(service)
    service.close()
    if size - here > _LAST:
        issued(home, size - here - _LAST, first=here)
        here = size - _LAST
    last = issued(home, size - here, first=here)
    service = open_service(load_settings(home, {}), _now)
    try:
        told = {
            "credentials": size,
            "issue in bulk, each (µs)": 1e6 * last.cpu / last.count,
            "memory of issuing the last (MiB)": last.mib,
            "database, each (bytes)": last.database / size,
            **_in_process(service, size),
            "status lists": _lists(service),
        }
        ids = _ids(service, _SAMPLE)
    finally:
        service.close()
    return {**told, **_over_http(House(home, ids))}


def _in_process(service: Service, size: int) -> dict[str, float]:
    assert service.keyring is not None
    keyring = service.keyring
    ids = [UUID(one) for one in _ids(service, _SAMPLE)]
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
    """Credentials from all over the table: ids are random, so the first in their order are any."""
    with service.database.read() as session:
        query = select(CredentialRow.id).where(CredentialRow.state == "issued", CredentialRow.revoked_at.is_(None))
        return tuple(str(one) for one in session.scalars(query.order_by(CredentialRow.id).limit(count)))


def _count(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(CredentialRow)) or 0


def _lists(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(StatusListRow)) or 0


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def main(sizes: Sequence[int]) -> None:
    """See the module."""
    stay_on_one_core()
    kept = os.environ.get("FOLDER")
    rows = []
    with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
        home = Path(kept or folder) / "home"
        if not home.exists():
            found(home)
        for size in sorted(sizes):
            sys.stderr.write(f"{size:,} …\n")
            rows.append(measure(home, size))
            RESULT.parent.mkdir(exist_ok=True)
            RESULT.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    for name in rows[0]:
        print("| " + " | ".join([name, *(f"{row[name]:,.0f}" for row in rows)]) + " |")  # noqa: T201


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
