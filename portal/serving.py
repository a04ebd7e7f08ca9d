"""The web application of the installation that the environment names: what each of several serving processes runs."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from portal.app import create_app
from portal.home import HOME_VARIABLE
from portal.logs import configure_logging
from portal.service import open_service
from portal.settings import load_settings


def application() -> FastAPI:
    """Opened anew in each process: connections and locks are not to be inherited. They end with the process.

    The process that started these has looked at the installation already, and said what is wrong with it.
    """
    settings = load_settings(Path(os.environ[HOME_VARIABLE]), os.environ)
    configure_logging(settings.log_level)
    return create_app(open_service(settings, lambda: datetime.now(UTC)))
