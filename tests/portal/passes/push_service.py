"""A push service on this machine, as Apple's: HTTP/2 over TLS, for those who show a certificate of a pass type."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events


@dataclass
class PushService:
    """What it was told, and what it answers: by device token, status and reason; 200 to the others."""

    origin: str = ""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    told: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def tokens(self) -> list[str]:
        return [one[":path"].removeprefix("/3/device/") for one in self.told]


@contextmanager
def push_service(files: dict[str, Path]) -> Iterator[PushService]:
    """Runs until the end of the block."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["server"], files["server_key"])
    context.load_verify_locations(files["chain"])
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    service = PushService(f"https://localhost:{listener.getsockname()[1]}")
    ending = threading.Event()

    def accept() -> None:
        while not ending.is_set():
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            plain.settimeout(5)
            with suppress(OSError), context.wrap_socket(plain, server_side=True) as stream:
                _speak(service, stream)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        ending.set()
        with suppress(OSError), socket.create_connection(listener.getsockname(), timeout=1):
            pass  # wakes the one that waits
        listener.close()
        thread.join(5)


def _speak(service: PushService, stream: ssl.SSLSocket) -> None:
    service.connections += 1
    subject = dict(part[0] for part in (stream.getpeercert() or {}).get("subject", ()))
    service.certificates.append(str(subject.get("userId", "")))
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    connection.initiate_connection()
    stream.sendall(connection.data_to_send())
    asked: dict[int, dict[str, str]] = {}
    while data := stream.recv(65535):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                asked[event.stream_id] = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                service.bodies += [event.data] if event.data else []
            elif isinstance(event, h2.events.StreamEnded):
                _answer(service, connection, event.stream_id, asked.pop(event.stream_id))
        stream.sendall(connection.data_to_send())


def _answer(service: PushService, connection: h2.connection.H2Connection, stream: int, asked: dict[str, str]) -> None:
    service.told.append(asked)
    status, reason = service.answers.get(asked[":path"].removeprefix("/3/device/"), (200, ""))
    connection.send_headers(stream, [(":status", str(status))], end_stream=not reason)
    if reason:
        connection.send_data(stream, json.dumps({"reason": reason}).encode(), end_stream=True)
