"""`guildmark serve`: the web server."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, Home, opened
from portal.cli.terminal import say


def serve(
    home: Home = DEFAULT_HOME,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: as in the settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: as in the settings.")] = None,
) -> None:
    """Serve the public pages and the HTTP API of an installation."""
    import uvicorn

    from portal.app import create_app
    from portal.logs import configure_logging

    with opened(home) as service:
        settings = service.settings
        configure_logging(settings.log_level)
        say(f"Guildmark serves {settings.base_url} (stop with Ctrl-C)")
        say(f"  start page    {settings.base_url}/")
        say(f"  verify        {settings.base_url}/verify")
        say(f"  HTTP API      {settings.base_url}/docs")
        uvicorn.run(
            create_app(service),
            host=host or settings.host,
            port=port or settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
        )
