"""The process in which one verification after the other is worked on that takes long. It opens nothing by itself.

Whatever the verification asks of the world, the process that waits for it is asked to fetch: messages are pairs of a
word and a value, ("fetch", …), ("resolve", …) or ("renew", …) and back, until ("answered", …) or ("raised", …).
"""

from __future__ import annotations

import os
import signal
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from portal.verifying.places import Answer, Question
from verifier.fetcher import Fetched

NICENESS = 19
"""Far below what serves: where there is one core for both, the quick answers go first, and this has what they leave."""


class AskedThere:
    """The world as this process sees it: the other end of the connection."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        found: Fetched = self._ask("fetch", {"url": url, "accept": accept, "max_bytes": max_bytes})
        return found

    def resolve(self, identifier: str) -> dict[str, Any]:
        """See `verifier.resolve.Resolver`."""
        found: dict[str, Any] = self._ask("resolve", {"identifier": identifier})
        return found

    def renew(self, identifier: str) -> bool:
        """See `verifier.resolve.Renews`."""
        return bool(self._ask("renew", {"identifier": identifier}))

    def _ask(self, word: str, arguments: dict[str, Any]) -> Any:
        self._connection.send((word, arguments))
        kind, value = self._connection.recv()
        if kind == "raised":
            error, given = value
            raise error(*given)
        return value


def work(connection: Connection[Any, Any]) -> None:
    """Answer questions until the connection ends. Verification's imports are made before the first one comes."""
    import verifier.verify  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends this
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    world = AskedThere(connection)
    while True:
        try:
            question, now = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(_answered(question, world, now))


def _answered(question: Question, world: AskedThere, now: datetime) -> tuple[str, Answer | Exception]:
    try:
        return "answered", question(fetcher=world, resolver=world, now=now)
    except Exception as error:  # noqa: BLE001  (it is raised where the question came from)
        return "raised", error
