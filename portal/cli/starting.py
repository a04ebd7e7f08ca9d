"""A half-configured installation is told what it lacks, and not started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from portal.cli.terminal import complain

if TYPE_CHECKING:
    from portal.service import Service


def require_whole(service: Service) -> None:
    """Return if nothing is missing; else say every reason and end with status 1."""
    from portal.starting import what_is_missing

    faults = what_is_missing(service)
    for one in faults:
        complain(str(one))
    if faults:
        raise typer.Exit(1)
