"""Verifications that misbehave, to be asked in a process of its own: so this module imports little."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from credentials.haste import about_to_take_long
from verifier.presentation import NotAPresentation
from verifier.verify import verify

STUCK = b"stuck"


def process_id(*, fetcher: Any, resolver: Any, now: Any) -> Any:
    """Who answers."""
    return os.getpid()


def sleep(seconds: float, *, fetcher: Any, resolver: Any, now: Any) -> Any:
    """Takes too long, in a way that nothing inside bounds."""
    time.sleep(seconds)


def wait_for(file: Path, *, fetcher: Any, resolver: Any, now: Any) -> Any:
    """Is not done before there is this file."""
    while not file.exists():
        time.sleep(0.01)


def die(*, fetcher: Any, resolver: Any, now: Any) -> Any:
    """Ends the process, as the system does where memory runs out."""
    os._exit(9)


def refuse(*, fetcher: Any, resolver: Any, now: Any) -> Any:
    """Raises what the caller must see."""
    raise NotAPresentation("no presentation")


def verify_or_be_stuck(document: bytes | str, **rest: Any) -> Any:
    """The verification, but for one document that takes the slow road for ever."""
    if STUCK not in (document if isinstance(document, bytes) else document.encode()):
        return verify(document, **rest)
    about_to_take_long()
    time.sleep(60)
    return None
