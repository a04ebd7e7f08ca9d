"""The desk that every document given over HTTP to be verified comes to: it finds the place for it."""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import UTC, tzinfo
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread

from credentials.haste import TakesLong, in_haste
from credentials.sentence import sentence
from issuer.change_mark import Mark
from portal.service import Service
from portal.verifying.at_once import InMemory
from portal.verifying.places import Answer, MustWait, Overloaded, Question, Unfamiliar
from verifier.checks.examined import Examined
from verifier.extract import Extracted
from verifier.given import judge_given
from verifier.known_shapes import KnownShapes
from verifier.policy import ORDINARY, Policy
from verifier.presentation import Challenge, PresentationResult, verify_presentation
from verifier.result import VerificationResult
from verifier.verify import verify

AT_ONCE = 32 * 1024
"""Bytes of a document that the event loop takes on, some milliseconds of work; a badge has 3 to 6 thousand."""
IN_A_THREAD = 512 * 1024
"""Bytes that a thread of this process takes on, which shares the processor with the event loop: a badge's picture."""
_THREADS = 24
_WAITING = 96
_AGAIN = 5  # seconds


class _LearnsAside(KnownShapes):
    """Learning a level takes a tenth of a second: it is done in a thread, one at a time, and not in the event loop."""

    def __init__(self, *, is_own: Callable[[str], bool]) -> None:
        super().__init__(is_own=is_own)
        self._learning: Future[None] | None = None
        self.alone = _Alone(self)

    def learn(self, found: Extracted) -> None:
        """Begin to learn, if nothing is being learned already; else another badge of the shape will come."""
        if self._learning is None or self._learning.done():
            self._learning = get_running_loop().run_in_executor(None, super().learn, found)


class _Alone(KnownShapes):
    """The same memory for who asks about badges of known levels alone: raises Unfamiliar for all others."""

    def __init__(self, shapes: KnownShapes) -> None:
        self._all = shapes

    def recognize(self, data: bytes | str) -> tuple[Extracted, Examined]:
        """As `KnownShapes.recognize`."""
        found = self._all.recognize(data)
        if found is None:
            raise Unfamiliar
        return found


class Desk:
    """Belongs to one event loop. look: the mark of the database, asked without blocking."""

    def __init__(self, service: Service, look: Callable[[], Awaitable[Mark]]) -> None:
        self._service = service
        self._look = look
        self._threads = CapacityLimiter(_THREADS)
        self._world = InMemory(service.documents, service.allowed_origins)
        self._shapes = _LearnsAside(is_own=service.is_own)

    async def verify(
        self, document: bytes | str, *, policy: Policy = ORDINARY, zone: tzinfo = UTC
    ) -> VerificationResult:
        """As `Service.verify`. Raises Overloaded."""
        question = partial(verify, document, policy=policy, zone=zone)
        found = await self._answer(question, len(document), here=partial(question, shapes=self._shapes))
        assert isinstance(found, VerificationResult)  # noqa: S101  (what `verify` gives)
        return found

    async def verify_at_once(
        self, document: bytes | str, *, policy: Policy = ORDINARY, zone: tzinfo = UTC
    ) -> VerificationResult | None:
        """As `verify`, if that is quick and all that it takes is in memory; else None."""
        if len(document) > AT_ONCE:
            return None
        found = await self._at_once(partial(verify, document, policy=policy, zone=zone, shapes=self._shapes))
        assert found is None or isinstance(found, VerificationResult)  # noqa: S101  (what `verify` gives)
        return found

    async def verify_familiar(self, document: bytes) -> VerificationResult | None:
        """As `verify_at_once`, if it is a badge of a level that is known by its bytes, as they stand here; else None.

        So it need not have been parsed before: what is recognized is JSON that means one thing.
        """
        if len(document) > AT_ONCE:
            return None
        found = await self._at_once(partial(verify, document, policy=ORDINARY, shapes=self._shapes.alone))
        assert found is None or isinstance(found, VerificationResult)  # noqa: S101  (what `verify` gives)
        return found

    async def remembers(self, key: Hashable) -> bool:
        """Whether `Service.documents.memory` holds something that is still so."""
        return self._service.documents.memory.find(key, await self._look()) is not None

    async def judge(
        self, document: bytes | str, *, policy: Policy = ORDINARY, zone: tzinfo = UTC
    ) -> VerificationResult | PresentationResult:
        """The verdict on a credential or a presentation, or on what lies at an address. Raises Overloaded."""
        question = partial(judge_given, document, policy=policy, zone=zone)
        found = await self._answer(question, len(document), here=partial(question, shapes=self._shapes))
        assert isinstance(found, VerificationResult | PresentationResult)  # noqa: S101  (what `judge_given` gives)
        return found

    async def verify_presentation(
        self, presentation: Mapping[str, Any] | str, size: int, *, challenge: Challenge
    ) -> PresentationResult:
        """As `Service.verify_presentation`; `size`: bytes it came in. Raises Overloaded, NotAPresentation."""
        question = partial(verify_presentation, presentation, challenge=challenge, policy=ORDINARY)
        found = await self._answer(question, size)
        assert isinstance(found, PresentationResult)  # noqa: S101  (what `verify_presentation` gives)
        return found

    async def _answer(self, question: Question, size: int, *, here: Question | None = None) -> Answer:
        """here: the same question, as it is asked in the event loop."""
        return self._counted(await self._found(question, size, here))

    def _counted(self, answer: Answer) -> Answer:
        self._service.counting.verdict(answer.status.value)
        return answer

    async def _found(self, question: Question, size: int, here: Question | None) -> Answer:
        takes_long = size > IN_A_THREAD
        if size <= AT_ONCE:
            try:
                return await self._tried(here or question)
            except MustWait:
                pass
            except TakesLong:
                takes_long = True
        if self._threads.statistics().tasks_waiting >= _WAITING:
            raise Overloaded(sentence("Too many documents are being verified that wait for other servers."), _AGAIN)
        asked = partial(patiently, self._service, question, takes_long=takes_long)
        return await to_thread.run_sync(asked, limiter=self._threads)

    async def _at_once(self, question: Question) -> Answer | None:
        """The answer, if all that it takes is in memory and the work is quick."""
        try:
            return self._counted(await self._tried(question))
        except (MustWait, TakesLong, Unfamiliar):
            return None

    async def _tried(self, question: Question) -> Answer:
        """The answer, in the event loop. Raises MustWait, TakesLong, and what the question raises."""
        mark, now = await self._look(), self._service.clock()
        world = self._world.at(mark, now)  # and nobody else's until the answer is there: nothing is awaited meanwhile
        with in_haste():
            return question(fetcher=world, resolver=world, now=now)


def patiently(service: Service, question: Question, *, takes_long: bool = False) -> Answer:
    """The answer to a question, in a thread: what waits is waited for here, what takes long is given to a process.

    Raises Overloaded.
    """
    if not takes_long:
        try:
            with in_haste():
                reach = service.reach()
                return question(fetcher=reach, resolver=reach, now=service.clock())
        except TakesLong:
            pass
    return service.processes.ask(question, service.reach(), service.clock)
