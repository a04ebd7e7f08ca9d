"""A line to the database that can be cut: a Unix socket of our own, whose bytes are carried to the server's."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_NAME = ".s.PGSQL.5432"


@dataclass
class Cutter:
    """`folder` is where clients find the socket."""

    folder: Path
    cuts: int = 0
    _lines: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cut(self) -> None:
        """End every connection now, in the midst of whatever is said."""
        with self._lock:
            lines, self._lines = self._lines, []
        for one in lines:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.cuts += len(lines) // 2

    def carry(self, client: socket.socket, target: str) -> None:
        """Carry bytes both ways until an end is closed."""
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(target)
        except OSError:
            client.close()
            server.close()
            return
        with self._lock:
            self._lines += [client, server]
        threading.Thread(target=self._line, args=(client, server), daemon=True).start()

    def _line(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        client.close()
        server.close()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._lines = [one for one in self._lines if one is not source and one is not target]


@contextmanager
def cutting(sockets: Path) -> Iterator[Cutter]:
    """A line to the server whose socket is there."""
    folder = Path(tempfile.mkdtemp(prefix="guildmark-line-"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / _NAME))
    listener.listen(200)
    cutter = Cutter(folder)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                cutter.carry(client, str(sockets / _NAME))

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield cutter
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        cutter.cut()
        shutil.rmtree(folder, ignore_errors=True)
