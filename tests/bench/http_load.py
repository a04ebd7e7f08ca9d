"""A small HTTP/1.1 load generator: keep-alive connections, prepared requests, one process on a core of its own.

    python -m tests.bench.http_load http://127.0.0.1:8000/credentials/… --accept text/html --seconds 5 --cpu 1
    python -m tests.bench.http_load http://127.0.0.1:8000/api/verify --post badge.json --rate 900

Without `--rate` every connection sends its next request as soon as the answer is there (closed loop): what the server
can do. With it, requests begin at fixed times whether or not earlier ones are answered (open loop), and the time of an
answer counts from when its request was due: only so does a stall show in the percentiles.

`--server-pid` tells what the server's processor time was for each request, which a loaded machine does not falsify.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httptools


@dataclass(slots=True)
class Measured:
    """What one run found. Times are seconds; `cpu` is the server's processor time, 0 if its pid was not given."""

    seconds: float
    latencies: list[float]
    statuses: Counter[int] = field(default_factory=Counter)
    failures: int = 0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second of the clock on the wall."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def rate_per_core(self) -> float:
        """Answers a second of the server's processor time; 0 if it is not known."""
        return len(self.latencies) / self.cpu if self.cpu else 0.0

    def percentile(self, percent: float) -> float:
        """The latency that `percent` of the answers did not exceed; 0 without answers."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

    def words(self) -> str:
        """One line for a terminal."""
        told = [
            f"{self.rate:,.0f} requests/s",
            f"p50 {self.percentile(50) * 1000:.2f} ms",
            f"p99 {self.percentile(99) * 1000:.2f} ms",
            f"answers {dict(self.statuses)}",
        ]
        if self.cpu:
            told.insert(1, f"{self.rate_per_core:,.0f} per second of the server's processor")
        return ", ".join([*told, f"{self.failures} failed"] if self.failures else told)


def get(url: str, **headers: str) -> bytes:
    """A GET request as it goes over the wire; underscores in names of headers stand for hyphens."""
    return _request("GET", url, b"", headers)


def post(url: str, body: bytes, media_type: str = "application/json", **headers: str) -> bytes:
    """A POST request as it goes over the wire."""
    return _request("POST", url, body, {"Content_Type": media_type, **headers})


def _request(method: str, url: str, body: bytes, headers: dict[str, str]) -> bytes:
    parts = urlsplit(url)
    lines = [f"{method} {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection(asyncio.Protocol):
    """One connection: sends what it is given, and hands each whole answer's status back."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._parser = httptools.HttpResponseParser(self)
        self._due = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes, due: float) -> None:
        assert self.transport is not None
        self._due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._run.answered(self, self._parser.get_status_code(), time.perf_counter() - self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(self)


class _Run:
    """The requests in turn over idle connections, until the time is up."""

    def __init__(self, requests: Sequence[bytes], measured: Measured, end: float, *, closed: bool) -> None:
        self._requests = requests
        self._number = 0
        self._measured = measured
        self._end = end
        self._closed = closed
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[float] = deque()
        self._under_way = 0
        self.done = asyncio.Event()

    def begin(self, connection: _Connection) -> None:
        if self._closed:
            self._ask(connection, time.perf_counter())
        else:
            self._idle.append(connection)

    def due(self, at: float) -> None:
        if self._idle:
            self._ask(self._idle.popleft(), at)
        else:
            self._waiting.append(at)

    def answered(self, connection: _Connection, status: int, latency: float) -> None:
        self._under_way -= 1
        self._measured.statuses[status] += 1
        self._measured.latencies.append(latency)
        if self._waiting:
            self._ask(connection, self._waiting.popleft())
        elif self._closed and time.perf_counter() < self._end:
            self._ask(connection, time.perf_counter())
        else:
            self._idle.append(connection)
            self.end_if_over()

    def lost(self, connection: _Connection) -> None:
        if connection not in self._idle:
            self._under_way -= 1
            self._measured.failures += 1
            self.end_if_over()

    def end_if_over(self) -> None:
        if self._under_way <= 0 and time.perf_counter() >= self._end:
            self.done.set()

    def _ask(self, connection: _Connection, due: float) -> None:
        self._under_way += 1
        connection.ask(self._requests[self._number % len(self._requests)], due)
        self._number += 1


def measure(
    host: str,
    port: int,
    requests: Sequence[bytes],
    *,
    seconds: float,
    connections: int = 16,
    rate: float | None = None,
    server_pids: Sequence[int] = (),
) -> Measured:
    """Send `requests` in turn for `seconds`. `rate`: so many a second, open loop; None: as fast as answers come."""
    return asyncio.run(_measure(host, port, requests, seconds, connections, rate, server_pids))


async def _measure(
    host: str,
    port: int,
    requests: Sequence[bytes],
    seconds: float,
    connections: int,
    rate: float | None,
    server_pids: Sequence[int],
) -> Measured:
    measured = Measured(seconds, [])
    begun, cpu = time.perf_counter(), processor_time(server_pids)
    run = _Run(requests, measured, begun + seconds, closed=rate is None)
    made = [
        await asyncio.get_running_loop().create_connection(lambda: _Connection(run), host, port)
        for _ in range(connections)
    ]
    for _, connection in made:
        run.begin(connection)
    if rate is not None:
        await _pace(run, begun, seconds, rate)
        run.end_if_over()
    await asyncio.wait_for(run.done.wait(), seconds + 30)
    measured.seconds = time.perf_counter() - begun
    measured.cpu = processor_time(server_pids) - cpu
    failures = measured.failures
    for transport, _ in made:
        transport.abort()
    measured.failures = failures
    return measured


async def _pace(run: _Run, begun: float, seconds: float, rate: float) -> None:
    for number in range(int(seconds * rate)):
        at = begun + number / rate
        ahead = at - time.perf_counter()
        if ahead > 0.0005:
            await asyncio.sleep(ahead)
        run.due(at)
        if number % 16 == 0:
            await asyncio.sleep(0)
    while time.perf_counter() < begun + seconds:
        await asyncio.sleep(0.005)


def processor_time(pids: Sequence[int]) -> float:
    """Seconds of processor time, of user and system, that the processes have used; Linux only, else 0."""
    used = 0.0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def pin(cpu: int | None) -> None:
    """Keep this process on one core, where the system can do that, so that it takes nothing from the server's."""
    if cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="+", help="asked in turn")
    parser.add_argument("--post", type=Path, help="a file to send to each address")
    parser.add_argument("--accept", default="*/*")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, help="requests a second, open loop")
    parser.add_argument("--cpu", type=int, help="the core of this process")
    parser.add_argument("--server-pid", type=int, action="append", default=[])
    given = parser.parse_args()
    pin(given.cpu)
    parts = urlsplit(given.url[0])
    if given.post is None:
        requests = [get(url, Accept=given.accept) for url in given.url]
    else:
        requests = [post(url, given.post.read_bytes(), Accept=given.accept) for url in given.url]
    found = measure(
        parts.hostname or "127.0.0.1",
        parts.port or 80,
        requests,
        seconds=given.seconds,
        connections=given.connections,
        rate=given.rate,
        server_pids=given.server_pid,
    )
    sys.stdout.write(found.words() + "\n")


if __name__ == "__main__":
    main()
