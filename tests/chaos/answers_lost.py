"""Answers that are lost between the commit and the client: the same key again finds what was made."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from uuid import uuid4

from tests.chaos.ground import somewhere
from tests.chaos.load import ISSUE, NO_ANSWER, document_of
from tests.chaos.over_http import audited
from tests.chaos.results import Result
from tests.chaos.serving import Client, served


@contextmanager
def swallowing(port: int) -> Iterator[int]:
    """A way to a server on which no answer comes back: the port. What was sent arrives; then, when the server has
    answered (every second time: at once), the line is cut."""
    listener = socket.create_server(("127.0.0.1", 0))
    count = 0

    def carry(client: socket.socket, at_once: bool) -> None:
        with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
            asked = b""
            client.settimeout(0.3)
            with suppress(TimeoutError):
                while data := client.recv(65536):
                    asked += data
            server.sendall(asked)
            if not at_once:
                server.settimeout(60)
                server.recv(65536)

    def accept() -> None:
        nonlocal count
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                count += 1
                threading.Thread(target=carry, args=(client, count % 2 == 0), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answers_lost(times: int, *, postgres: bool) -> Result:
    """Each answer is lost once, then asked for twice at once: one credential. Another body by the key is refused."""
    result = Result(f"an answer lost, and asked for again, {'PostgreSQL' if postgres else 'SQLite'}")
    counts: Counter[str] = Counter()
    with somewhere(postgres=postgres) as here:
        with served(here, servers=2) as site, swallowing(here.port) as way, ThreadPoolExecutor(4) as pool:

            def once(port: int, key: str, name: str = "First aid") -> tuple[int, bytes]:
                client = Client(port, here.token)
                try:
                    answer = client.ask("POST", ISSUE, document_of(key, name), key)
                finally:
                    client.close()
                return answer.status, answer.body

            def one(_: int) -> None:
                key = str(uuid4())
                try:
                    once(way, key)
                except NO_ANSWER:
                    counts["answers lost"] += 1
                again = [pool_of_two.submit(once, port, key) for port in site.servers]
                told = {future.result() for future in again}
                if len(told) != 1 or {status for status, _ in told} != {201}:
                    result.missed.append(f"the same key, two answers: {[(s, b[:200]) for s, b in told]}")
                    return
                issued = next(iter(told))[1]
                identifier = json.loads(issued)["verifiableCredential"]["id"].rpartition("/")[2]
                here.note("issued", key=f"given:{key}", id=identifier, award=f"given:{key}")
                counts["acknowledged"] += 1
                status, _ = once(here.port, key, "Somebody else’s")
                counts["other bodies refused"] += status == 409

            with ThreadPoolExecutor(8) as pool_of_two:
                list(pool.map(one, range(times)))
            time.sleep(0.5)  # what was cut off at once may still be at work
        result.acknowledged = counts["acknowledged"]
        result.more |= {name: counts[name] for name in ("answers lost", "other bodies refused")}
        for name in ("acknowledged", "answers lost", "other bodies refused"):
            result.require(counts[name] == times, f"{name}: {counts[name]} of {times}")
        audited(here, result)
        result.require(result.more["credentials"] == times + 1, "other credentials than those that were asked for")
    return result
