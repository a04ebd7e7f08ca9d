"""Make a backup of an installation while it runs: first the database, then the keys, so that it has all of its keys."""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from credentials.instants import format_instant
from issuer import snapshots
from issuer.snapshots import Moment
from issuer.store import Database
from portal.backups import postgres_programs
from portal.backups.manifest import (
    DATABASES,
    KEYS,
    NAME,
    SETTINGS,
    AuditHead,
    BackupRefused,
    Manifest,
    part_of,
    read_whole,
)
from portal.backups.settings_file import without_secret
from portal.settings import FILES, Settings

ARCHIVE = ".tar"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that lies there whole."""

    place: Path
    manifest: Manifest


def make_backup(settings: Settings, database: Database, place: Path, *, version: str, now: datetime) -> Made:
    """Write a backup to a new directory, or to one file if the place's name ends with `.tar`.

    It appears under its name when it is whole and on the disk; only its owner can open it. Raises BackupRefused,
    DatabaseError.
    """
    if place.exists() or place.is_symlink():
        raise BackupRefused(f"{place} exists already and was left as it is; choose another name")
    if not place.parent.is_dir():
        raise BackupRefused(f"there is no directory {place.parent} to put the backup in")
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(8)}.new")
    fresh.mkdir(mode=0o700)
    try:
        manifest = _fill(settings, database, fresh, version, now)
        read_whole(fresh)
        if place.suffix == ARCHIVE:
            _archive(fresh, place)
        else:
            _sync(fresh)
            fresh.rename(place)
            _sync(place.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Made(place, manifest)


def _fill(settings: Settings, database: Database, directory: Path, version: str, now: datetime) -> Manifest:
    kind = snapshots.kind_of(database)
    moment = _copy_database(settings, database, directory / DATABASES[kind])
    parts = [part_of(directory, DATABASES[kind], 0o600)]
    text, had_secret = without_secret(_read_settings(settings))
    mode = _mode(settings.home / SETTINGS)
    _write(directory / SETTINGS, text.encode(), mode)
    parts.append(part_of(directory, SETTINGS, mode))
    secret_files = [settings.home / path for name in FILES if (path := getattr(settings, name)) is not None]
    (directory / KEYS).mkdir(mode=0o700)
    for path in sorted(settings.keys.glob("*.key")) if settings.keys.is_dir() else ():
        if path.is_file() and not any(_same(path, secret) for secret in secret_files):
            name = f"{KEYS}/{path.name}"
            _write(directory / name, path.read_bytes(), _mode(path))
            parts.append(part_of(directory, name, _mode(path)))
    manifest = Manifest(
        format=1,
        made_at=format_instant(now),
        guildmark=version,
        database="sqlite" if kind == "sqlite" else "postgresql",
        schema_version=moment.schema,
        audit_head=AuditHead(sequence=moment.head.sequence, hash=moment.head.hash),
        credentials=moment.credentials,
        base_url=settings.base_url,
        parts=tuple(parts),
        left_out=tuple(_left_out(settings, had_secret)),
    )
    _write(directory / NAME, manifest.text.encode(), 0o600)
    return manifest


def _copy_database(settings: Settings, database: Database, target: Path) -> Moment:
    if snapshots.kind_of(database) == "sqlite":
        return snapshots.copy_sqlite(database, target)
    with snapshots.exported(database) as moment:
        postgres_programs.dump(settings.database, moment.snapshot, target)
    return moment


def _left_out(settings: Settings, had_secret: bool) -> list[str]:
    found = [f"{name}: {path}" for name in FILES if (path := getattr(settings, name)) is not None]
    if had_secret or settings.key_encryption_key is not None or settings.passphrase is not None:
        found.append("what opens the keys: it stood in the settings or the environment")
    return found


def _read_settings(settings: Settings) -> str:
    path = settings.home / SETTINGS
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _mode(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    return 0o600


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())


def _archive(directory: Path, place: Path) -> None:
    fresh = place.with_name(f"{directory.name}.tar")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for path in sorted(directory.rglob("*")):
                    if path.is_file():
                        archive.add(path, path.relative_to(directory).as_posix(), recursive=False)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, place)  # fails if the name was taken meanwhile
    finally:
        fresh.unlink(missing_ok=True)
    _sync(place.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
