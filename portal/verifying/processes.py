"""A few processes for what takes long, with a bound on everything: how many, how many wait, and how long."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from credentials.sentence import sentence
from portal.verifying.child import work
from portal.verifying.places import Answer, Overloaded, Question, World
from verifier.fetcher import FetchError
from verifier.resolve import Unresolved

MOST = 2
WAITING = 16
PATIENCE = timedelta(seconds=20)
"""For one verification in all, also for what it waits for; the bounds of canonicalization end most much sooner."""
_AGAIN = 5  # seconds: by then one of those under way has ended, or been ended


class _Process:
    """One child and the connection to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # nothing of this process goes along: no key, no connection
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True, name="guildmark-verifying")
        self._process.start()
        theirs.close()

    def ask(self, question: Question, world: World, now: datetime, end: float) -> Answer | Exception:
        """The child's answer, or what the question raised there.

        If this raises the child is of no more use: TimeoutError when `end` (monotonic) has come, EOFError or OSError
        when it has died, or what the world raises unforeseen.
        """
        self._ours.send((question, now))
        while True:
            if not self._ours.poll(max(0.0, end - time.monotonic())):
                raise TimeoutError
            word, value = self._ours.recv()
            if word in ("answered", "raised"):
                answer: Answer | Exception = value
                return answer
            self._ours.send(_fetched(world, word, value))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def _fetched(world: World, word: str, arguments: dict[str, Any]) -> tuple[str, Any]:
    """What the world says, or how to raise what it raised: these errors take more than their message."""
    try:
        asked: dict[str, Callable[..., Any]] = {"fetch": world.fetch, "resolve": world.resolve, "renew": world.renew}
        return "found", asked[word](**arguments)
    except FetchError as error:
        return "raised", (type(error), (error.url, error.reason))
    except Unresolved as error:
        return "raised", (Unresolved, (error.reason,))


class Processes:
    """Started when they are needed, and kept. Threads may share it, and each waits in `ask` for its own answer."""

    def __init__(self, *, most: int = MOST, waiting: int = WAITING, patience: timedelta = PATIENCE) -> None:
        self._patience = patience
        self._places = threading.BoundedSemaphore(most + waiting)
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[_Process] = []
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, question: Question, world: World, clock: Callable[[], datetime]) -> Answer:
        """The answer to the question. Raises Overloaded if too many wait already or it takes too long, and whatever
        the question raises."""
        if not self._places.acquire(blocking=False):
            raise Overloaded(sentence("Too many documents that take long are being verified already."), _AGAIN)
        try:
            end = time.monotonic() + self._patience.total_seconds()
            if not self._free.acquire(timeout=self._patience.total_seconds()):
                why = sentence("Too many documents that take long are being verified at the moment.")
                raise Overloaded(why, _AGAIN)
            try:
                return self._ask(question, world, clock(), end)
            finally:
                self._free.release()
        finally:
            self._places.release()

    def _ask(self, question: Question, world: World, now: datetime, end: float) -> Answer:
        process = self._taken()
        is_good = False
        try:
            answer = process.ask(question, world, now, end)
            is_good = True
        except TimeoutError:
            seconds = self._patience.total_seconds()
            why = sentence("This document takes longer than {seconds} seconds to verify.", seconds=f"{seconds:g}")
            raise Overloaded(why, _AGAIN) from None
        except (EOFError, OSError):
            why = sentence("The verification ended without an answer, most likely for lack of memory.")
            raise Overloaded(why, _AGAIN) from None
        finally:
            self._give_back(process, is_good=is_good)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _taken(self) -> _Process:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Process()

    def _give_back(self, process: _Process, *, is_good: bool) -> None:
        with self._lock:
            if is_good and not self._closed:
                self._idle.append(process)
                return
        with suppress(OSError):
            process.kill()

    def close(self) -> None:
        """End every process that is not at work; those that are end with their question."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.kill()
