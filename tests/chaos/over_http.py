"""What clients see over HTTP while keys are rotated, credentials revoked, databases and serving processes killed."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpcore2

from issuer.issue import resume
from issuer.log.growing import grow
from tests.chaos.auditor.auditing import audit
from tests.chaos.ground import Ground, somewhere
from tests.chaos.load import VERIFY, Load, loading
from tests.chaos.results import Result
from tests.chaos.serving import Client, Site, command, served, wait_for
from verifier.fetch import GuardedFetcher
from verifier.policy import ORDINARY
from verifier.resolve import DidResolver
from verifier.result import Status
from verifier.verify import verify

_VISIBLE = 1.0  # second
_DOWN = 3.0  # seconds
Stranger = Callable[[object], Status]


def audited(here: Ground, result: Result, *, sample: int | None = None) -> None:
    """What was told is held against the rows, with everything that the auditor looks at.

    Who was refused, and never asked again, left a credential in preparation: first it is finished, as a worker would.
    """
    service = here.service()
    assert service.keyring is not None
    resume(service.database, service.keyring, actor="t", now=service.clock())
    grow(service.database, service.keyring, now=service.clock(), randomness=os.urandom)
    service.close()
    result.audited(audit(here.url, here.told(), sample=sample))


def rotated_and_revoked(seconds: float) -> list[Result]:
    """Keys are rotated every 10 s under load, and credentials revoked: no request fails, and every verifier sees it."""
    rotation, visible = Result("keys rotated every 10 s under HTTP load"), Result("a revocation told, under HTTP load")
    with somewhere(postgres=True) as here:
        with served(here, servers=2, worker=True) as site, loading(site) as load:
            until, rotations = time.monotonic() + seconds, 0
            revoking = threading.Thread(target=_revoking, args=(site, load, visible, until))
            revoking.start()
            while (left := until - time.monotonic()) > 0:
                command(here, "keys", "rotate")
                rotations += 1
                time.sleep(min(10.0, left))
            revoking.join()
            stranger = stranger_at(here)
            some = load.issued[:: max(1, len(load.issued) // 40)]
            judged = [stranger(document) for _, document in some]
        rotation.acknowledged, rotation.refused, rotation.missed = len(load.issued), load.refused, load.wrong
        rotation.more |= {"rotations": rotations, "answers": load.answers, "failed": len(load.wrong)}
        rotation.more["slowest answer"] = f"{load.slowest:.2f} s"
        rotation.more["verified by a stranger"] = sum(one in (Status.VALID, Status.REVOKED) for one in judged)
        rotation.require(rotation.more["verified by a stranger"] == len(some), f"a stranger says {set(judged)}")
        rotation.require(load.refused == 0, f"{load.refused} requests were refused")
        rotation.in_time(len(load.issued) > seconds, f"only {len(load.issued)} issued")
        audited(here, rotation)
        visible.violations.clear()
    return [rotation, visible]


def stranger_at(here: Ground) -> Stranger:
    """Somebody else's verifier, which fetches keys and lists over HTTP and remembers nothing."""
    origin = f"http://localhost:{here.port}"
    fetcher = GuardedFetcher(
        allowed_origins=(origin,),
        deadline=timedelta(seconds=10),
        tls=httpcore2.default_ssl_context(),
        monotonic=time.monotonic,
    )
    resolver = DidResolver(fetcher, allowed_origins=(origin,))

    def judged(document: object) -> Status:
        text = json.dumps(document)
        return verify(text, resolver=resolver, fetcher=fetcher, policy=ORDINARY, now=datetime.now(UTC)).status

    return judged


def _revoking(site: Site, load: Load, result: Result, until: float) -> None:
    """One after another is revoked; the seconds from the moment when that is told until a verifier's answer says so:
    by turns another server of ours, and a stranger who fetches keys and lists."""
    client, other, stranger = site.client(0), site.client(1), stranger_at(site.here)
    waits: list[float] = []
    asked: list[float] = []
    late = 0
    try:
        while time.monotonic() < until:
            if not load.issued:
                time.sleep(0.1)
                continue
            with load.lock:
                identifier, document = load.issued.pop(random.randrange(len(load.issued)))  # noqa: S311
            begun = time.monotonic()
            body = {"kind": "revoke", "credentials": [identifier], "reason": "Chaos."}
            bulk = client.ask("POST", "/api/default/bulks", body).json
            while client.ask("GET", f"/api/default/bulks/{bulk['id']}").json["state"] != "done":
                time.sleep(0.02)
            told = time.monotonic()
            site.here.note("revoked", id=identifier)
            seen = (
                (lambda: stranger(document) is Status.REVOKED)  # noqa: B023  (called at once)
                if len(waits) % 2
                else (lambda: other.ask("POST", VERIFY, {"verifiableCredential": document}).status == 400)  # noqa: B023
            )
            while not seen():
                late += 1
            waits.append(time.monotonic() - told)
            asked.append(time.monotonic() - begun)
    except Exception as error:  # noqa: BLE001  (it is said, and counts)
        result.missed.append(f"{type(error).__name__}: {error}")
    result.acknowledged, result.visibility = len(waits), max(waits, default=None)
    result.more["verifications begun after it was told that did not show it"] = late
    result.more["from the request until seen"] = f"{max(asked, default=0):.2f} s"
    result.require(bool(waits), "nothing was revoked")
    result.in_time(max(waits, default=0) < _VISIBLE, "not visible within a second")


def databases_killed(rounds: int, every: float = 20.0) -> Result:
    """`pg_ctl -m immediate` every 20 s under load: nothing acknowledged is lost, and meanwhile the answer is 503."""
    result = Result(f"pg_ctl -m immediate every {every:.0f} s under HTTP load")
    public, resumed = [0, 0], []
    with somewhere(postgres=True) as here:
        assert here.server is not None
        with served(here, worker=True) as site, loading(site) as load:
            for _ in range(rounds):
                begun = time.monotonic()
                time.sleep(every / 2)
                refused, paths, asking = load.refused, ("/.well-known/did.json", *here.lists()), site.client()
                _public(asking, paths, [0, 0], time.monotonic())  # so that they are known there
                here.server.die()
                _public(asking, paths, public, time.monotonic() + _DOWN)
                result.require(load.refused > refused, "no 503 while the database was down")
                here.server.return_()
                up = time.monotonic()
                while load.last < up and time.monotonic() < up + 30:
                    time.sleep(0.005)
                resumed.append(load.last - up if load.last > up else 30.0)
                time.sleep(max(0.0, begun + every - time.monotonic()))
        result.acknowledged, result.refused, result.missed = len(load.issued), load.refused, result.missed + load.wrong
        result.resume = max(resumed)
        result.more |= {"databases killed": rounds, "answers": load.answers, "slowest answer": f"{load.slowest:.2f} s"}
        result.more["public documents answered meanwhile"] = f"{public[0]} of {public[1]}"
        result.require(public[0] == public[1], "public documents were not answered while the database was down")
        audited(here, result)
    return result


def _public(client: Client, paths: Sequence[str], counts: list[int], until: float) -> None:
    """What strangers need for verifying is asked for again and again."""
    while True:
        for path in paths:
            counts[1] += 1
            counts[0] += client.ask("GET", path).status == 200
        if time.monotonic() >= until:
            return
        time.sleep(0.1)


def servers_killed(kills: int, *, postgres: bool) -> Result:
    """The processes that serve are killed under load; who was not answered asks again by the same key."""
    result = Result(f"serving processes killed, {'PostgreSQL' if postgres else 'SQLite'}")
    chance, waits = random.Random(7), []  # noqa: S311
    with somewhere(postgres=postgres) as here:
        with served(here, servers=2) as site, loading(site, tolerates=True) as load:
            while result.kills < kills:
                time.sleep(chance.uniform(0.2, 1.0))
                port = chance.choice(list(site.servers))
                site.kill(port)
                result.kills += 1
                killed = time.monotonic()
                wait_for(here, port, site.servers[port])
                waits.append(time.monotonic() - killed)
        result.acknowledged, result.refused, result.missed = len(load.issued), load.refused, load.wrong
        result.more |= {"answers": load.answers, "connections lost": load.unanswered}
        result.more["longest until another serves"] = f"{max(waits):.2f} s"
        result.require(len(load.issued) > kills, "hardly anything was issued")
        audited(here, result)
    return result
