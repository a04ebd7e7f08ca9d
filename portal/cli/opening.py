"""Open an installation, for a command: without typer, which takes longer to import than a badge to verify."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from portal.home import FILE_NAME, HOME_VARIABLE

if TYPE_CHECKING:
    from portal.service import Service


class NoInstallation(Exception):  # noqa: N818
    """There is no installation where one was looked for, or its keys are locked."""


def clock() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def exists(home: Path) -> bool:
    """Whether there is an installation in this directory."""
    return (home / FILE_NAME).is_file()


@contextmanager
def opened(home: Path, *, more_origins: tuple[str, ...] = (), any_version: bool = False) -> Iterator[Service]:
    """The service of the installation; closed after use.

    Its database is one that this version understands, unless `any_version` is wanted. `more_origins` are allowed
    beside those of the settings. Raises NoInstallation, SettingsRefused, DatabaseError, KeysError.
    """
    from issuer import schema_version
    from portal.service import open_service
    from portal.settings import load_settings

    if not exists(home):
        raise NoInstallation(
            f"there is no installation in {home} (no {FILE_NAME}); make one with `guildmark init --home {home}`, "
            f"or name another with --home or {HOME_VARIABLE}"
        )
    environment = dict(os.environ)
    settings = load_settings(home, environment)
    if more_origins:
        environment["GUILDMARK_ALLOWED_ORIGINS"] = ",".join([*settings.allowed_origins, *more_origins])
        settings = load_settings(home, environment)
    service = open_service(settings, clock)
    try:
        if not any_version:
            schema_version.check(service.database)
        yield service
    finally:
        service.close()
