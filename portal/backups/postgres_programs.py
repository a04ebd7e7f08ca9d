"""PostgreSQL's own programs, which copy a database and bring it back. A password never stands in their arguments."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from portal.backups.manifest import BackupRefused

_INSTALLED = Path("/usr/lib/postgresql")
_LONGEST_SAID = 2_000


def dump(database_url: str, snapshot: str, target: Path) -> None:
    """Write the database, as that snapshot shows it, in PostgreSQL's custom format. Raises BackupRefused."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    _run(
        "pg_dump",
        database_url,
        "--format=custom",
        f"--snapshot={snapshot}",
        "--no-owner",
        "--no-privileges",
        f"--file={target}",
    )
    with target.open("rb") as file:
        os.fsync(file.fileno())


def load(database_url: str, source: Path) -> None:
    """Bring a dump back into an empty database, whole or not at all. Raises BackupRefused."""
    _run(
        "pg_restore",
        database_url,
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        last=(str(source),),
    )


def program(name: str) -> Path:
    """Where the program is: the newest that the system's packages brought, else the one on the path.

    Raises BackupRefused.
    """
    versions = [path for path in _INSTALLED.glob(f"*/bin/{name}") if path.parent.parent.name.isdigit()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.parent.name))
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(
            f"the program {name} is not installed, with which PostgreSQL is copied (Debian: postgresql-client)"
        )
    return Path(found)


def _run(name: str, database_url: str, *options: str, last: tuple[str, ...] = ()) -> None:
    url, password = separated(database_url)
    with _password_file(password) as environment:
        done = subprocess.run(  # noqa: S603  (our own arguments)
            [str(program(name)), *options, "--no-password", f"--dbname={url}", *last],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode != 0:
        said = done.stderr.strip()[:_LONGEST_SAID] or f"it ended with status {done.returncode}"
        raise BackupRefused(f"{name} failed: {said.replace(password, '…') if password else said}")


def separated(database_url: str) -> tuple[str, str]:
    """The URL as libpq reads it, without the password; and the password, "" if there is none."""
    url: URL = make_url(database_url).set(drivername="postgresql")
    query = dict(url.query)
    given = query.pop("password", "")
    password = url.password or (given if isinstance(given, str) else given[0])
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=False), password


@contextmanager
def _password_file(password: str) -> Iterator[dict[str, str]]:
    """The environment of a program that is to read the password from a file which nobody else can open."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    if not password:
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="guildmark-") as directory:
        path = Path(directory) / "pgpass"
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        path.touch(mode=0o600)
        path.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
        environment["PGPASSFILE"] = str(path)
        environment.pop("PGPASSWORD", None)
        yield environment
