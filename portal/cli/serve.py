"""`guildmark serve`: the web server."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from portal.cli.installation import DEFAULT_HOME, Home, opened
from portal.cli.starting import require_whole
from portal.cli.terminal import complain, say
from portal.home import HOME_VARIABLE

if TYPE_CHECKING:
    from fastapi import FastAPI

    from portal.service import Service


def serve(
    home: Home = DEFAULT_HOME,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: as in the settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: as in the settings.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve; one for each core.")] = 1,
    conformance: Annotated[
        bool,
        typer.Option(
            "--conformance", help="Serve test suites instead: throw-away keys, no installation, this machine only."
        ),
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="With --conformance: under which address a proxy on this machine offers it.")
    ] = None,
) -> None:
    """Serve the public pages and the HTTP API of an installation."""
    if conformance:
        from portal.conformance.serving import serve_profile

        serve_profile(host or "127.0.0.1", port or 8085, base_url)
        return
    if base_url is not None:
        complain("--base-url belongs to --conformance; an installation's address is in its settings")
        raise typer.Exit(2)
    from portal.logs import configure_logging

    with opened(home) as service:
        settings = service.settings
        configure_logging(settings.log_level)
        host, port = host or settings.host, port or settings.listening_port
        refusal = _refusal(host, port)
        if refusal is not None:
            complain(f"{refusal}; choose another address with --host and --port, or stop what listens there")
            raise typer.Exit(1)
        require_whole(service)
        _check_keys(service)
        say(f"Guildmark serves {settings.base_url} (stop with Ctrl-C)")
        if not _leads_here(settings.base_url, port):
            say(f"  listens at    {host}, port {port}: that is where {settings.base_url} must lead, by a proxy")
        say(f"  start page    {settings.base_url}/")
        say(f"  verify        {settings.base_url}/verify")
        say(f"  HTTP API      {settings.base_url}/docs")
        with _counted(service, workers) as counted, _jobs(counted):
            _serve(counted, host, port, workers)


def _check_keys(service: Service) -> None:
    """A key that is not the published one, or does not open, is refused before anybody is served. A holder that does
    not answer is only told of: the server verifies meanwhile, and signs when it is back."""
    from issuer.key_check import check_keys

    if service.keyring is None:
        return
    _, faults = check_keys(service.database, service.keyring)
    for one in faults:
        complain(f"{one.key.verification_method}: {one.why}")
        if one.passing:
            say("  signing waits until its holder answers; everything else goes on")
    if not all(one.passing for one in faults):
        complain("Nothing is served with a key that does not sign as it is published: see docs/keys.md.")
        raise typer.Exit(1)


def _serve(service: Service, host: str, port: int, workers: int) -> None:
    """Until a signal ends it. Several processes share one listening socket and open the installation each anew; one
    that dies is replaced."""
    import uvicorn

    from portal.supervising import GRACE, Supervisor

    application: FastAPI | str
    if workers == 1:
        from portal.app import create_app
        from portal.serving import settled

        application = settled(create_app(service))
    else:
        os.environ[HOME_VARIABLE] = str(service.settings.home.resolve())
        application = "portal.serving:application"
    options: dict[str, Any] = {
        "factory": workers > 1,
        "workers": workers,
        "host": host,
        "port": port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACE,
        "timeout_worker_healthcheck": 30,  # on a machine under load a process may take so long to begin
    }
    if workers > 1:
        Supervisor(uvicorn.Config(application, **options)).run()
    else:
        uvicorn.run(application, **options)


@contextmanager
def _counted(service: Service, workers: int) -> Iterator[Service]:
    """The service that counts what happens, and figures for Prometheus at a port of their own, if they are wanted."""
    port = service.settings.metrics_port
    if port is None:
        yield service
        return
    from portal.metrics.giving import counting, given, together

    if refusal := _refusal(service.settings.metrics_host, port):
        complain(f"metrics_port: {refusal}; choose another one")
        raise typer.Exit(1)
    with together(workers):
        counted = replace(service, counting=counting(port))
        with given(counted, port):
            say(f"  figures       http://{service.settings.metrics_host}:{port}/metrics")
            yield counted


def _jobs(service: Service) -> AbstractContextManager[object]:
    """The jobs, in threads of this process, if they are to be here; else a word where they are."""
    from portal.job_queue import is_embedded
    from portal.worker import working

    if is_embedded(service) and service.settings.jobs:
        signal.signal(signal.SIGTERM, _ended)  # uvicorn raises it again when it has ended: the jobs end then
        return working(service)
    say("  jobs          not here: start `guildmark worker`, on this machine or others")
    return nullcontext()


def _ended(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _leads_here(base_url: str, port: int) -> bool:
    """Whether who goes to the address that everything names comes to this machine's port without anything between."""
    address = urlsplit(base_url)
    return address.scheme == "http" and (address.port or 80) == port


def _refusal(host: str, port: int) -> str | None:
    """Why nobody can listen there, as a sentence's part; None if one can."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        return f"{host}, port {port} cannot be listened on: {error.strerror or error}"
    return None
