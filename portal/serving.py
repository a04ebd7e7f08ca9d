"""The web application of the installation that the environment names: what each of several serving processes runs."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from portal.app import create_app
from portal.home import HOME_VARIABLE
from portal.logs import configure_logging
from portal.metrics.giving import counting
from portal.outliving import end_with_parent
from portal.pages.rendering import read_templates
from portal.service import open_service
from portal.settings import load_settings


def application() -> FastAPI:
    """Opened anew in each process: connections and locks are not to be inherited. They end with the process.

    The process that started these has looked at the installation already, and said what is wrong with it.
    """
    end_with_parent()
    settings = load_settings(Path(os.environ[HOME_VARIABLE]), os.environ)
    configure_logging(settings.log_level)
    service = open_service(settings, lambda: datetime.now(UTC))
    return settled(create_app(replace(service, counting=counting(settings.metrics_port))))


def settled(app: FastAPI) -> FastAPI:
    """The same with its templates read, and all that was imported and made for it out of the garbage collector's sight.

    It is there until the process ends. Looking through some hundred thousand objects that are no garbage holds all
    requests up, each time for longer than fifty of them take.
    """
    read_templates()
    app.state.service.documents.last_words.begin()
    gc.collect()
    gc.freeze()
    return app
