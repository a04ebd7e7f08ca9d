"""Lines 7 and 8: requests that one `guildmark serve` process answers, by the processor time that it takes for them.

The rate is requests divided by the processor time of the server (its own, and that of processes which it started):
the requests a second of one worker on a core that has nothing else to do. What the clock on the wall said is told
beside it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from multiprocessing import Process

import httpx2

from tests.bench.harness import Bench, Goal, Row, judged, other_core, told
from tests.bench.house import House, Server, build, serving
from tests.bench.http_load import Measured, get, measure, post, processor_time

VERIFY, PAGES = 7, 8
_RATE = Goal(1_800, 4_000, "{:,.0f}/s")
_TIMES = Goal(17)
_P99 = Goal(50, None, "{:.1f} ms", more_is_better=False)
_PAGE_RATE = Goal(3_000, None, "{:,.0f}/s")
_CREDENTIALS = 300
_MANY = 3_000
_WARM, _WARM_QUICKLY = 300, 50
_ROUNDS = 10
_BY_PYLD = ("tests.bench.serve_by_pyld",)


def verify_rows(bench: Bench) -> Iterator[Row]:
    """Line 7."""
    seconds = 0.5 if bench.quick else 8.0
    home = _house(bench)
    bodies = home.bodies(_CREDENTIALS)
    with on_server(home) as server:
        _require_right(server, bodies[0])
        fast = asked(server, _verifying(server, bodies), seconds)
        rate = round(min(fast.rate, fast.rate_per_core) / 2)
        half = asked(server, _verifying(server, bodies), seconds, rate=rate)
        mixed = _beside_slow_ones(server, bodies, seconds, rate)
    with on_server(home, module=_BY_PYLD) as server:
        _require_right(server, bodies[0])
        slow = asked(server, _verifying(server, bodies), seconds)
    yield _rate_row(VERIFY, "verify over HTTP", _RATE, fast)
    measured = f"{fast.rate_per_core:,.0f}/s, by PyLD {slow.rate_per_core:,.0f}/s"
    yield judged(VERIFY, "verify over HTTP: × the same with PyLD", _TIMES, _times(fast, slow), measured)
    yield _p99_row("verify over HTTP: p99 at half of it", rate, half)
    yield _p99_row("verify over HTTP: the same beside documents on the slow road", rate, mixed)


def page_rows(bench: Bench) -> Iterator[Row]:
    """Line 8: credentials that are asked for again, and many in turn."""
    seconds = 0.4 if bench.quick else 6.0
    home = _house(bench)
    many = len(home.ids)
    ways = {"page": {"Accept": "text/html"}, "JSON": {"Accept": "application/json"}}
    with on_server(home) as server:
        for number, ids in ((1, home.ids[:1]), (many, home.ids)):
            for form, headers in ways.items():
                requests = _anew(server, ids, headers) if number > 1 else [_get(server, ids[0], headers["Accept"])]
                which = "one asked for again" if number == 1 else f"{number:,} in turn"
                yield _rate_row(PAGES, f"credential {form}, {which}", _PAGE_RATE, asked(server, requests, seconds))
        yield _conditional(server, home, seconds)
        again, pages = [_get(server, home.ids[0], "text/html")], _anew(server, home.ids, ways["page"])
        for which, requests in (("one asked for again", again), (f"{many:,} in turn", pages)):
            with _commits(home):
                found = asked(server, requests, seconds)
            words = f"{found.rate_per_core:,.0f}/s ({1e6 / found.rate_per_core:,.0f} µs)"
            yield told(PAGES, f"credential page, {which}, a commit every 50 ms", words, per_second=found.rate_per_core)


def _anew(server: Server, ids: Sequence[str], headers: Mapping[str, str]) -> list[bytes]:
    """Requests none of which is that of another: what was answered is kept by path and Accept header."""
    return [_get(server, one, f"{headers['Accept']};round={number}") for number in range(_ROUNDS) for one in ids]


def _get(server: Server, credential: str, accept: str) -> bytes:
    return get(f"{server.url}/credentials/{credential}", Accept=accept)


def _house(bench: Bench) -> House:
    """The installation that both lines ask; neither changes anything there."""
    return bench.keep("house", lambda folder: build(folder / "home", _CREDENTIALS if bench.quick else _MANY))


@contextmanager
def _commits(home: House) -> Iterator[None]:
    """Something is committed every 50 ms meanwhile, as where credentials are issued all day."""
    writer = Process(target=_commit, args=(str(home.home / "guildmark.db"),), daemon=True)
    writer.start()
    try:
        yield
    finally:
        writer.kill()
        writer.join()


def _commit(path: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for number in count():
        connection.execute(f"PRAGMA user_version = {number % 1000}")
        time.sleep(0.05)


def _conditional(server: Server, home: House, seconds: float) -> Row:
    url = f"{server.url}/credentials/{home.ids[0]}.json"
    answer = httpx2.get(url)
    tag, keep = answer.headers["etag"], answer.headers["cache-control"]
    again = asked(server, [get(url, If_None_Match=tag)], seconds, expect=304)
    words = f"304 at {again.rate_per_core:,.0f}/s; Cache-Control: {keep}"
    return told(PAGES, "credential JSON, the client has it", words, per_second=again.rate_per_core)


def _rate_row(line: int, what: str, goal: Goal, found: Measured) -> Row:
    micros = 1e6 / found.rate_per_core
    measured = f"{micros:,.0f} µs; on the wall {found.rate:,.0f}/s"
    return judged(line, what, goal, found.rate_per_core, measured, wall_per_second=found.rate, us=micros)


def _p99_row(what: str, rate: int, found: Measured) -> Row:
    measured = f"median {found.percentile(50) * 1000:.1f} ms at {rate:,}/s; on the wall, machine shared"
    return judged(VERIFY, what, _P99, found.percentile(99) * 1000, measured)


def _times(fast: Measured, slow: Measured) -> float:
    return fast.rate_per_core / slow.rate_per_core


def _verifying(server: Server, bodies: Sequence[bytes]) -> list[bytes]:
    return [post(f"{server.url}/api/verify", b'{"credential":' + body + b"}") for body in bodies]


def _require_right(server: Server, body: bytes) -> None:
    """Both servers find the badge valid, and not when it was changed."""
    for given, verified in ((body, True), (body.replace(b"Data Analysis", b"Data Analyses"), False)):
        answer = httpx2.post(f"{server.url}/api/verify", json={"credential": json.loads(given)}, timeout=60)
        assert answer.json()["verified"] is verified


@contextmanager
def on_server(home: House, module: Sequence[str] = ("portal", "serve")) -> Iterator[Server]:
    """The server on this process's core, and this process, which makes the load, on another."""
    if not hasattr(os, "sched_setaffinity"):
        with serving(home.home, module=module) as server:
            yield server
        return
    before = os.sched_getaffinity(0)
    core = max(before)
    with serving(home.home, module=module, core=core) as server:
        os.sched_setaffinity(0, {other_core(core) or 0})
        try:
            yield server
        finally:
            os.sched_setaffinity(0, before)


def asked(
    server: Server, requests: Sequence[bytes], seconds: float, *, rate: float | None = None, expect: int = 200
) -> Measured:
    """Some requests to warm up, then the measurement. Raises AssertionError if something else was answered."""
    warm = 0
    while warm < (_WARM if seconds >= 1 else _WARM_QUICKLY):
        warm += len(measure("127.0.0.1", server.port, requests, seconds=min(1.0, seconds / 2)).latencies)
        requests = [*requests[warm:], *requests[:warm]]
    pids = server.pids()
    before = processor_time(pids)
    found = measure("127.0.0.1", server.port, requests, seconds=seconds, rate=rate)
    found.cpu = processor_time(pids) - before
    assert set(found.statuses) == {expect}, f"the server answered {dict(found.statuses)}"
    return found


def _beside_slow_ones(server: Server, bodies: Sequence[bytes], seconds: float, rate: float) -> Measured:
    """The same load while others send documents that only the slow road can take, as fast as they are answered."""
    slow = _verifying(server, [slow_document(body) for body in bodies[:50]])
    measure("127.0.0.1", server.port, slow, seconds=0.2, connections=2)  # the processes for them are started, and kept
    assert len(server.pids()) > 1, "these documents are not slow"
    other = Process(target=measure, args=("127.0.0.1", server.port, slow), kwargs={"seconds": seconds + 3})
    other.start()
    try:
        return asked(server, _verifying(server, bodies), seconds, rate=rate)
    finally:
        other.join()


def slow_document(body: bytes) -> bytes:
    """The badge with parts that only the full algorithm tells apart, which takes long."""
    document = json.loads(body)
    alike = [{"type": ["Alignment"], "targetName": "a", "targetUrl": "https://example.org/1"}] * 2
    document["credentialSubject"]["result"] = [{"type": ["Result"], "value": "1", "alignment": alike}] * 2
    return json.dumps(document).encode()
