"""Logs as JSON lines on standard error."""

from __future__ import annotations

import logging
import os
import stat
import sys
from io import TextIOBase
from pathlib import Path
from threading import Lock
from typing import Any, TextIO, cast

import orjson
import structlog


class Sink(TextIOBase):
    """Standard error that nobody stumbles over: what it cannot take (a full disk, a pipe without a reader) is counted.

    Whoever asked for something gets his answer all the same; the first line that is taken again is preceded by one that
    says how many are missing.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self.lost = 0

    def write(self, text: str) -> int:
        """Never fails."""
        with self._lock:
            try:
                if self.lost:
                    self._stream.write(f'{{"lost": {self.lost}, "event": "lines of the log are missing"}}\n')
                    self._stream.flush()
                    self.lost = 0
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):  # ValueError: it was closed
                self.lost += text.count("\n") or 1
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


_sinks: list[Sink] = []


def lines_lost() -> int:
    """How many lines of the log could not be written since the last that could, by this process."""
    return sum(sink.lost for sink in _sinks)


def log_sink(descriptor: int = 2) -> tuple[str, str]:
    """Where the log goes from here, and what is wrong with that, or an empty string."""
    try:
        kind = os.fstat(descriptor).st_mode
        where = Path(f"/proc/self/fd/{descriptor}")
        name = str(where.readlink()) if where.is_symlink() else "standard error"
        if stat.S_ISREG(kind) and os.fstatvfs(descriptor).f_bavail == 0:
            return name, f"There is no room left where {name} is: lines of the log are lost."
    except OSError as error:
        return "standard error", f"Standard error cannot be written ({error.strerror}): what happens is told nowhere."
    return name, ""


def configure_logging(level: str) -> None:
    """From now on, `structlog` and the standard library log from `level` up, one JSON object a line."""
    sink = Sink(sys.stderr)
    _sinks[:] = [sink]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(_line)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, sink)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    for name in ("httpx", "httpx2", "httpcore", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they name whole addresses, with what is secret in them
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # our own line says it


def _line(event: dict[str, Any], **options: Any) -> str:
    """JSON of an event, quicker than the standard library writes it: there is one for each request."""
    return orjson.dumps(event, default=options["default"], option=orjson.OPT_NON_STR_KEYS).decode()
