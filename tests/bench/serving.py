"""Lines 7 and 8: requests that one `guildmark serve` process answers, by the processor time that it takes for them.

The rate is requests divided by the processor time of the server (its own, and that of processes which it started):
the requests a second of one worker on a core that has nothing else to do. What the clock on the wall said is told
beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Process

from tests.bench.harness import Bench, Goal, Row, judged, left_out, other_core, told
from tests.bench.house import House, Server, build, serving
from tests.bench.http_load import Measured, get, measure, post, processor_time

VERIFY, PAGES = 7, 8
_RATE = Goal(1_800, 4_000, "{:,.0f}/s")
_TIMES = Goal(17)
_P99 = Goal(50, None, "{:.1f} ms", more_is_better=False)
_PAGE_RATE = Goal(3_000, None, "{:,.0f}/s")
_HALF = 900
_CREDENTIALS = 300
_MANY = 3_000
_BY_PYLD = ("tests.bench.serve_by_pyld",)


def verify_rows(bench: Bench) -> Iterator[Row]:
    """Line 7."""
    seconds = 1.0 if bench.quick else 8.0
    home = _house(bench)
    bodies = home.bodies(_CREDENTIALS)
    with on_server(home) as server:
        fast = asked(server, _verifying(server, bodies), seconds)
        half = asked(server, _verifying(server, bodies), seconds, rate=_HALF)
        mixed = _beside_slow_ones(server, bodies, seconds) if not bench.quick else None
    with on_server(home, module=_BY_PYLD) as server:
        slow = asked(server, _verifying(server, bodies), seconds)
    yield _rate_row(VERIFY, "verify over HTTP", _RATE, fast)
    measured = f"{fast.rate_per_core:,.0f}/s, by PyLD {slow.rate_per_core:,.0f}/s"
    yield judged(VERIFY, "verify over HTTP: × the same with PyLD", _TIMES, _times(fast, slow), measured)
    yield _p99_row(f"verify over HTTP: p99 at {_HALF}/s", half)
    beside = f"verify over HTTP: p99 at {_HALF}/s beside documents on the slow road"
    yield _p99_row(beside, mixed) if mixed else left_out(VERIFY, beside, _P99, "takes longer: run without QUICK=1")


def page_rows(bench: Bench) -> Iterator[Row]:
    """Line 8: credentials that are asked for again, and many in turn."""
    seconds = 1.0 if bench.quick else 6.0
    home = _house(bench)
    count = len(home.ids)
    ways = {"page": {"Accept": "text/html"}, "JSON": {"Accept": "application/json"}}
    with on_server(home) as server:
        for number, ids in ((1, home.ids[:1]), (count, home.ids)):
            for form, headers in ways.items():
                requests = [get(f"{server.url}/credentials/{one}", **headers) for one in ids]
                which = "one asked for again" if number == 1 else f"{number:,} in turn"
                yield _rate_row(PAGES, f"credential {form}, {which}", _PAGE_RATE, asked(server, requests, seconds))
        yield _conditional(server, home, seconds)


def _house(bench: Bench) -> House:
    """The installation that both lines ask; neither changes anything there."""
    return bench.keep("house", lambda folder: build(folder / "home", _CREDENTIALS if bench.quick else _MANY))


def _conditional(server: Server, home: House, seconds: float) -> Row:
    import httpx2

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


def _p99_row(what: str, found: Measured) -> Row:
    measured = f"median {found.percentile(50) * 1000:.1f} ms, {found.rate:,.0f}/s answered; on the wall, machine shared"
    return judged(VERIFY, what, _P99, found.percentile(99) * 1000, measured)


def _times(fast: Measured, slow: Measured) -> float:
    return fast.rate_per_core / slow.rate_per_core


def _verifying(server: Server, bodies: Sequence[bytes]) -> list[bytes]:
    return [post(f"{server.url}/api/verify", b'{"credential":' + body + b"}") for body in bodies]


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
    """Half a second or one to warm up, then the measurement. Raises AssertionError if something else was answered."""
    measure("127.0.0.1", server.port, requests, seconds=min(1.0, seconds / 2))
    pids = server.pids()
    before = processor_time(pids)
    found = measure("127.0.0.1", server.port, requests, seconds=seconds, rate=rate)
    found.cpu = processor_time(pids) - before
    assert set(found.statuses) == {expect}, f"the server answered {dict(found.statuses)}"
    return found


def _beside_slow_ones(server: Server, bodies: Sequence[bytes], seconds: float) -> Measured:
    """The same load while others send documents that only the slow road can take, as fast as they are answered."""
    slow = _verifying(server, [slow_document(body) for body in bodies[:50]])
    other = Process(target=measure, args=("127.0.0.1", server.port, slow), kwargs={"seconds": seconds + 3})
    other.start()
    try:
        return asked(server, _verifying(server, bodies), seconds, rate=_HALF)
    finally:
        other.join()


def slow_document(body: bytes) -> bytes:
    """The badge with a name in a language of its own: the direct road leaves that to the slow one."""
    document = json.loads(body)
    document["name"] = {"@value": document["name"], "@language": "en"}
    return json.dumps(document).encode()
