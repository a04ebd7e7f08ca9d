"""Signing with a key that somebody else holds: a token, or a service. The private key is never in this process.

Every call has a deadline in total, whatever library makes it: the work is done in a thread of its own, and whoever
waits gives up when the time is over. After a call that nobody answered the holder rests: for some seconds further
calls fail at once, so that a server with many requests does not end up with all of them waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Thread
from typing import Generic, TypeVar

from keys.errors import HolderDown, KeysError, SignatureMismatch, SigningUnavailable, VerificationUnavailable
from keys.public_key import PublicKey
from keys.signer import Signer

_Made = TypeVar("_Made")
PROBE = b"guildmark asks whether this key signs, and what it publishes verifies that"
"""No document and no token begins so, so a signature over it can be nothing else."""


class _Answer(Generic[_Made]):
    """What a thread made, or why it made nothing."""

    def __init__(self) -> None:
        self.there = Event()
        self.made: _Made | None = None
        self.error: Exception | None = None


class Line:
    """The way to one holder: at most `at_once` calls together, each over within `deadline` seconds.

    `name` is what messages call it. `monotonic` gives seconds. Safe to share between threads.
    """

    REST = 5.0
    """Seconds for which nobody asks after a call that came to nothing."""

    def __init__(self, name: str, *, deadline: float, at_once: int, monotonic: Callable[[], float]) -> None:
        self.name = name
        self.at_once = at_once
        self._deadline = deadline
        self._monotonic = monotonic
        self._places = BoundedSemaphore(at_once)
        self._resting_until: float | None = None
        self._why = ""

    def call(self, work: Callable[[], _Made]) -> _Made:
        """What `work` gives. Raises what it raises of KeysError; HolderDown for anything else, and if time is over."""
        begun = self._monotonic()
        if self._resting_until is not None and begun < self._resting_until:
            wait = max(1, round(self._resting_until - begun))
            raise HolderDown(f"{self._why} It is asked again in {wait} s.", retry_after=wait)
        if not self._places.acquire(timeout=self._deadline):
            raise self._down(
                f"{self.name} has {self.at_once} calls to answer, and answered none in {self._deadline:g} s."
            )
        answer: _Answer[_Made] = _Answer()
        # a daemon: one that hangs in a library for ever must not keep the process from ending
        Thread(target=self._work, args=(work, answer), name=f"signing {self.name}", daemon=True).start()
        if not answer.there.wait(max(0.0, self._deadline - (self._monotonic() - begun))):
            raise self._down(f"{self.name} did not answer within {self._deadline:g} s.")
        if isinstance(answer.error, HolderDown):
            raise self._down(str(answer.error)) from answer.error
        if isinstance(answer.error, KeysError):
            raise answer.error
        if answer.error is not None:
            raise self._down(f"{self.name} failed: {answer.error!r}.") from answer.error
        self._resting_until = None
        return answer.made  # type: ignore[return-value]  # it is there: there was no error

    def _work(self, work: Callable[[], _Made], answer: _Answer[_Made]) -> None:
        try:
            answer.made = work()
        except Exception as error:  # noqa: BLE001  (raised again where somebody waits for it)
            answer.error = error
        finally:
            self._places.release()
            answer.there.set()

    def _down(self, why: str) -> HolderDown:
        self._resting_until, self._why = self._monotonic() + self.REST, why
        return HolderDown(why, retry_after=round(self.REST))


@dataclass(frozen=True)
class HeldSigner:
    """A signer whose private key is with a holder.

    `uri` names exactly this key, its version included, and nothing secret. `make` asks the holder for the raw
    signature, in the form that `PublicKey.verify` takes. A signature that the public key does not verify is not
    handed on, whoever made the mistake.
    """

    uri: str
    public_key: PublicKey
    line: Line = field(repr=False)
    make: Callable[[bytes], bytes] = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The raw signature over `message`. Raises SigningUnavailable."""
        signature = self.line.call(lambda: self.make(message))
        try:
            self.public_key.verify(signature, message)
        except (SignatureMismatch, VerificationUnavailable) as error:
            raise SigningUnavailable(
                f"{self.line.name} answered for {self.uri} with something that its public key does not verify: {error}"
            ) from error
        return signature

    def probe(self) -> None:
        """Return if the holder signs, and with the key that it publishes. Raises SigningUnavailable."""
        self.sign(PROBE)


def at_once(signer: Signer) -> int:
    """How many signatures are asked for together: of a holder several, since each is a round trip."""
    return signer.line.at_once if isinstance(signer, HeldSigner) else 1


def done_together(works: Sequence[Callable[[], _Made]], together: int) -> list[_Made]:
    """What these give, in their order, up to `together` of them at a time.

    Raises what the first that failed raised; then no further one is begun.
    """
    if together == 1:
        return [work() for work in works]
    with ThreadPoolExecutor(min(together, len(works) or 1), thread_name_prefix="signing") as threads:
        begun = [threads.submit(work) for work in works]
        try:
            return [one.result() for one in begun]
        finally:
            threads.shutdown(cancel_futures=True)


def place_of(key_uri: str) -> str:
    """Where a key is, in a word: `file`, or the kind of its holder."""
    return key_uri.partition(":")[0]
