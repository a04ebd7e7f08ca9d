"""Documents set by typst from a template, by a process that stays: it cannot hang, grow, write files or ask a network.

What people wrote comes to the template as data (JSON) and is only ever shown: typst reads no markup in it. Fonts are
those within typst (Libertinus Serif, with DejaVu Sans Mono for Arabic among others), so that a document is the same on
every machine; only where these lack a character are the machine's own asked. The same template, data and instant give
the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from wallet_export.errors import LettersMissing, TypesettingFailed

_CONFINED: Final = Path(__file__).with_name("confined_child.py")
_CHILD: Final = Path(__file__).with_name("typeset_child.py")
ARCHIVAL: Final = ("a-2a",)
"""PDF/A-2a (ISO 19005-2, level A): self-contained and tagged, so that screen readers know headings and tables."""
MOST_BYTES: Final = 8 << 20
"""Bytes of data for one document."""
_MOST_MADE: Final = 64 << 20
_MEMORY_BYTES: Final = 2 << 30  # of addresses: the fonts of a machine are mapped, which takes no memory of it
_PROCESSOR_SECONDS: Final = 3_600  # of the process, whose documents have a time of their own
_PATIENCE: Final = 4  # times the processor time, by the clock: on a busy machine much of the time is not its own
_MOST_DOCUMENTS: Final = 1_000  # then another process: what typst keeps of each adds up
_LENGTH: Final = 8  # bytes before each message, which say how long it is
_TOO_LONG: Final = (-27, -24)  # SIGPROF, SIGXCPU: by these a system ends what has used up its processor time
_NOWHERE: Final = "/dev/null"
_NOBODY = "http://127.0.0.1:9"
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class Typeset:
    """A document, and how it came out.

    `own_fonts`: typst's own fonts had every character. `whole`: no character was left without a font; where one was,
    the document shows a box for it and is no PDF/A.
    """

    pdf: bytes
    own_fonts: bool
    whole: bool


class Typesetter:
    """Sets documents; threads may share it, and take turns, and so may processes forked from this one, each by a child
    of its own. Nothing is started before the first document, which takes some tenths of a second; the next ones take
    milliseconds.

    seconds: of processor time for one document.
    """

    def __init__(self, *, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: _Process | None = None
        _ALL.add(self)

    def set(
        self,
        template: str,
        data: Mapping[str, Any],
        *,
        at: datetime,
        standards: Sequence[str] = ARCHIVAL,
        texts: Mapping[str, str] | None = None,
        fonts: Sequence[Path] = (),
        machine_fonts: bool = False,
        boxes: bool = False,
    ) -> Typeset:
        """The PDF that `template` (typst) makes of `data`, which it reads with `json(bytes(sys.inputs.data))`.

        `at` is written into the file as the time of its making, and data holds it as `made` (year, month, day) for the
        document's date. texts: what the template finds, as it is, as `sys.inputs.…`. fonts: folders with fonts that are
        there besides typst's own. machine_fonts: the machine's are there from the first, and not only where others lack
        a letter. boxes: rather boxes for letters that no font has, and no PDF/A, than nothing.

        Raises LettersMissing, and TypesettingFailed, whose message tells of a faulty template what is wrong with it.
        """
        instant = at.astimezone(UTC)
        given = {**data, "made": {"year": instant.year, "month": instant.month, "day": instant.day}}
        request = json.dumps(
            {
                "template": template,
                "inputs": {"data": json.dumps(given, ensure_ascii=False), **(texts or {})},
                "standards": list(standards),
                "timestamp": int(instant.timestamp()),
                "fonts": [str(one) for one in fonts],
                "machine_fonts": machine_fonts,
                "boxes": boxes,
                "seconds": self._seconds,
            }
        ).encode("ascii")
        if len(request) > MOST_BYTES:
            raise TypesettingFailed(f"The document is larger than {MOST_BYTES >> 20} MiB; make it of less.")
        with self._lock:
            kind, body = self._asked(request)
        if kind == b"?":
            raise LettersMissing(body.decode("utf-8", "replace")[:100])
        if kind == b"!":
            raise TypesettingFailed(f"The document could not be set: {body.decode('utf-8', 'replace')[:600]}")
        return Typeset(body, own_fonts=kind == b"o", whole=kind != b"b")

    def close(self) -> None:
        """End the process; the next document starts another."""
        with self._lock:
            self._end()

    def _asked(self, request: bytes) -> tuple[bytes, bytes]:
        while True:
            process, fresh = self._running()
            try:
                answer = process.answer(request, _PATIENCE * self._seconds)
            except (OSError, EOFError):
                code = process.end()
                self._process = None
                if process.late or code in _TOO_LONG:
                    raise TypesettingFailed(
                        f"Setting the document took longer than {self._seconds:g} seconds and was stopped."
                    ) from None
                if fresh:
                    raise TypesettingFailed(
                        "Setting the document broke off, most likely for lack of memory. Make it of less."
                    ) from None
                continue  # ended since the last document, or by what that left behind
            if process.made >= _MOST_DOCUMENTS:
                self._end()
            return answer

    def _running(self) -> tuple[_Process, bool]:
        if self._process is None:
            self._process = _Process()
            weakref.finalize(self, self._process.end)
            return self._process, True
        return self._process, False

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _forked(self) -> None:
        """The child stays the parent's; a thread of which only the parent goes on may have had its turn."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.leave()
            self._process = None


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    at: datetime,
    standards: Sequence[str] = ARCHIVAL,
    seconds: float = 20.0,
) -> Typeset:
    """One document, by a process for it alone, with boxes where letters are missing; else as `Typesetter.set`."""
    alone = Typesetter(seconds=seconds)
    try:
        return alone.set(template, data, at=at, standards=standards, boxes=True)
    finally:
        alone.close()


class _Process:
    """A confined child and its pipes, until it ends. It belongs to the process that started it."""

    def __init__(self) -> None:
        limits = (str(_MEMORY_BYTES), str(_PROCESSOR_SECONDS))
        self._owner = os.getpid()
        self._child = subprocess.Popen(  # noqa: S603  (the command is ours alone; what is hostile goes through its input)
            [sys.executable, "-P", str(_CONFINED), *limits, str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        self.late = False
        self.made = 0

    def answer(self, request: bytes, seconds: float) -> tuple[bytes, bytes]:
        """Its answer; it is killed if that is `late`. Raises OSError or EOFError when it ends before."""
        alarm = threading.Timer(seconds, self._stop)
        alarm.daemon = True
        alarm.start()
        try:
            given, taken = self._child.stdin, self._child.stdout
            if given is None or taken is None:
                raise EOFError
            given.write(len(request).to_bytes(_LENGTH, "big") + request)
            given.flush()
            kind = _exactly(taken, 1)
            length = int.from_bytes(_exactly(taken, _LENGTH), "big")
            body = _exactly(taken, length) if length <= _MOST_MADE else b""
        finally:
            alarm.cancel()
        if length > _MOST_MADE:
            raise EOFError
        self.made += 1
        return kind, body

    def end(self) -> int:
        """Kill it, and say how it had ended: negative, the signal. Nothing where it is another process's."""
        if os.getpid() != self._owner:
            return 0
        self._shut()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(0.2)  # its input is over: whatever ended it before, it ends now
        self._child.kill()
        return self._child.wait()

    def leave(self) -> None:
        """After a fork: close this side's copies of the pipes, and wait for nothing."""
        self._shut()
        self._child.returncode = 0  # else Popen would wait for a child that is its parent's

    def _shut(self) -> None:
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _stop(self) -> None:
        self.late = True
        self._child.kill()


def _environment() -> dict[str, str] | None:
    """Nothing of this process's own, which may hold secrets, and no folders from which typst would take packages of
    others. Where the system does not refuse sockets, nobody is at the proxy."""
    if sys.platform == "win32":
        return None  # its libraries do not load without
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), _NOWHERE)
    path = os.pathsep.join(one for one in sys.path if one)
    return {"PYTHONPATH": path, **nowhere, **dict.fromkeys(_PROXIES, _NOBODY)}


def _exactly(stream: IO[bytes], length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return body


_ALL: weakref.WeakSet[Typesetter] = weakref.WeakSet()


def _after_fork() -> None:
    for one in list(_ALL):
        one._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
