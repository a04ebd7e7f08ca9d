"""Figures for Prometheus at a port of their own, which the public server knows nothing of."""

from __future__ import annotations

import hmac
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from portal.metrics.counting import SILENT, Counting
from portal.service import Service

DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
"""What several processes write into; prometheus_client looks for it when it is imported."""


def counting(port: int | None) -> Counting:
    """What counts in this process: nothing if there is no port at which anybody could ask."""
    if port is None:
        return SILENT
    from prometheus_client import REGISTRY  # a tenth of a second to import

    from portal.metrics.counters import Counters

    global _here  # noqa: PLW0603  (a process has one registry, and each name once in it)
    if _here is None:
        _here = Counters(REGISTRY)
    return _here


_here: Counting | None = None


@contextmanager
def together(processes: int) -> Iterator[None]:
    """What several processes count is one sum until the block ends. Before anything counts."""
    if processes == 1:
        yield
        return
    directory = tempfile.mkdtemp(prefix="guildmark-metrics-")
    os.environ[DIRECTORY] = directory
    try:
        yield
    finally:
        del os.environ[DIRECTORY]
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def given(service: Service, port: int | None) -> Iterator[None]:
    """Answer at /metrics until the block ends. Raises OSError if nobody can listen there, KeysError for a token that
    others may read.
    """
    if port is None:
        yield
        return
    settings = service.settings
    host = settings.metrics_host
    application = _application(service, settings.metrics_token)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server_class: type[WSGIServer] = type("Server", (_Server,), {"address_family": family})
    with make_server(host, port, application, server_class, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(WSGIServer):
    """Binds without asking a name server for its own name."""

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    """Does not log, and does not wait for somebody who connects and says nothing."""

    timeout = 5

    def log_message(self, format: str, *_: Any) -> None:
        pass


def _application(service: Service, token: str | None) -> Callable[..., Iterable[bytes]]:
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    from portal.metrics.recorded import Recorded

    directory = os.environ.get(DIRECTORY)
    counted, recorded = REGISTRY, CollectorRegistry()
    if directory is not None:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=directory)  # type: ignore[no-untyped-call]
    recorded.register(Recorded(service.database, service.clock))

    def answer(environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
        said = str(environ.get("HTTP_AUTHORIZATION", ""))
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b""]
        if token is not None and not hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
            start("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
            return [b""]
        body = generate_latest(counted) + generate_latest(recorded)
        start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST), ("Content-Length", str(len(body)))])
        return [body if environ["REQUEST_METHOD"] == "GET" else b""]

    return answer
