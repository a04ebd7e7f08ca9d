"""`guildmark serve --conformance`: the profile on a loopback address, and nowhere else."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import typer

from portal.cli.terminal import complain, say


def serve_profile(host: str, port: int, base_url: str | None) -> None:
    """Serve until a signal ends it. Refuses an address that others can reach, and one that is taken."""
    for named in (host, urlsplit(base_url).hostname or "" if base_url is not None else host):
        if not is_loopback(named):
            complain(
                f"the conformance server answers this machine only, and {named or base_url} is not it: use 127.0.0.1"
            )
            raise typer.Exit(2)
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        complain(f"{host}, port {port} cannot be listened on: {error.strerror or error}")
        raise typer.Exit(1) from None
    import uvicorn

    from portal.conformance.application import WARNING, create_profile

    address = (base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}").rstrip("/")
    complain(WARNING)
    say(f"Guildmark’s conformance server: {address}/ lists its instances (stop with Ctrl-C)")
    application = create_profile(address, lambda: datetime.now(UTC).replace(microsecond=0))
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, access_log=False, server_header=False, proxy_headers=False)
    )
    with listening:
        server.run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether the name means this machine alone, wherever it is asked: `localhost`, or an address of the loopback."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
