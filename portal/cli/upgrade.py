"""`guildmark upgrade`: bring an installation's database to this version."""

from __future__ import annotations

from portal.cli.installation import DEFAULT_HOME, Home, opened
from portal.cli.terminal import say


def upgrade(home: Home = DEFAULT_HOME) -> None:
    """Bring the database to the version of this program, keeping what is in it; make a copy of it first."""
    from issuer import schema_version

    with opened(home, any_version=True) as service:
        before = schema_version.current(service.database)
        now = schema_version.upgrade(service.database)
    say(f"The database is of version {now}." if before == now else f"The database went from version {before} to {now}.")
