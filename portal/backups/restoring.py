"""Bring a backup back in an empty place, and make it fit to go on from: `issuer.restored` says what that takes."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from issuer import audit, schema_version, snapshots
from issuer.doctor import SAMPLE, Health, examine
from issuer.errors import DatabaseTooNew, Fault, Refused
from issuer.kept_lists import KeptList, read_kept
from issuer.key_check import check_keys
from issuer.restored import Continued, go_on
from issuer.store import Database
from keys.keyring import Keyring
from portal.backups import postgres_programs
from portal.backups.manifest import DATABASES, KEYS, SETTINGS, BackupRefused, Manifest, Part, read_whole
from portal.backups.unpacked import unpacked
from portal.service import Clock
from portal.settings import FILES, Settings, load_settings
from portal.signers.opening import openers_of

_LARGEST_COPY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, what was done to go on, and what `doctor` found afterwards."""

    manifest: Manifest
    kept: int
    continued: Continued
    health: Health


def restore(
    place: Path,
    home: Path,
    *,
    lists: Path | None,
    environment: Mapping[str, str],
    actor: str,
    clock: Clock,
) -> Restored:
    """Restore a backup into `home` and into the database that its settings, or the environment, name.

    lists: a directory with copies of published status lists that were made after the backup; None: there are none.
    The home may hold nothing but the file that unseals the keys; the database nothing at all. Raises BackupRefused,
    DatabaseError, KeysError, SettingsRefused, Refused. The settings file comes last: what was restored in part is no
    installation yet, and nothing serves it.
    """
    with unpacked(place) as directory:
        manifest = read_whole(directory)
        if manifest.schema_version not in schema_version.known():
            raise DatabaseTooNew(
                f"The backup was made by Guildmark {manifest.guildmark}, whose tables (version "
                f"{manifest.schema_version}) this program does not know: restore it with that version or a later one."
            )
        settings = _require_place(directory, home, manifest, environment)
        made = _bring_keys(directory, settings, manifest)
        database = Database(settings.database)
        try:
            try:
                _bring_database(directory, settings, database, manifest)
            except BaseException:
                _take_away(made)
                raise
            done = _go_on(settings, database, manifest, lists, actor, clock)
        finally:
            database.close()
        _bring(directory, manifest.part(SETTINGS), home / SETTINGS)
        return done


def _require_place(directory: Path, home: Path, manifest: Manifest, environment: Mapping[str, str]) -> Settings:
    """The settings that will hold there, if the place is empty and the keys will open. Raises BackupRefused."""
    settings = load_settings(directory, environment).model_copy(update={"home": home})
    allowed = {(home / path).resolve() for name in FILES if (path := getattr(settings, name)) is not None}
    if home.exists():
        there = [path for path in sorted(home.rglob("*")) if not path.is_dir() and path.resolve() not in allowed]
        if there:
            raise BackupRefused(f"{home} is not empty: {there[0]} is there. Restore into an empty directory.")
    if settings.keys.is_dir() and any(path.resolve() not in allowed for path in settings.keys.iterdir()):
        raise BackupRefused(f"{settings.keys} is not empty. Restore into an empty directory.")
    database = Database(settings.database)
    try:
        kind = snapshots.kind_of(database)
        if kind != manifest.database:
            raise BackupRefused(
                f"the backup holds a database of kind {manifest.database}, but the settings name {database.url_shown}; "
                "set GUILDMARK_DATABASE_URL to an empty one of that kind"
            )
        if kind == "sqlite":
            if (path := _sqlite_file(database)).exists():
                raise BackupRefused(f"{path} exists already and was left as it is. Restore into an empty place.")
        else:
            snapshots.require_empty(database)
            postgres_programs.program("pg_restore")
    finally:
        database.close()
    _require_what_unseals(settings)
    return settings


def _require_what_unseals(settings: Settings) -> None:
    """A backup never holds it. Raises BackupRefused where it is not there, and KeysError where it is no such thing."""
    for path in (settings.key_encryption_key_file, settings.passphrase_file):
        if path is not None and not (settings.home / path).exists():
            raise BackupRefused(
                f"there is no {settings.home / path}, which unseals the keys and is in no backup: put your copy of it "
                "there first, with mode 600"
            )
    if settings.unlock() is None:
        raise BackupRefused(
            "nothing unseals the keys, and the lists must be signed anew: put the key-encryption key where the "
            "settings of the backup look for it, or set GUILDMARK_PASSPHRASE or another secret in the environment"
        )


def _bring_keys(directory: Path, settings: Settings, manifest: Manifest) -> list[Path]:
    """The sealed keys, with the modes that they had; the files that were made."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[Path] = []
    try:
        for part in manifest.parts:
            if part.name.startswith(f"{KEYS}/"):
                made.append(settings.keys / part.name.removeprefix(f"{KEYS}/"))
                _bring(directory, part, made[-1])
    except BaseException:
        _take_away(made)
        raise
    return made


def _bring(directory: Path, part: Part, target: Path) -> None:
    """A file that is not there yet, on the disk when this returns."""
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            with (directory / part.name).open("rb") as source:
                shutil.copyfileobj(source, file)
            os.fchmod(file.fileno(), part.mode)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, target)  # fails if something is there, where a rename would replace it
    finally:
        fresh.unlink(missing_ok=True)


def _take_away(made: list[Path]) -> None:
    for path in made:
        path.unlink(missing_ok=True)


def _bring_database(directory: Path, settings: Settings, database: Database, manifest: Manifest) -> None:
    name = DATABASES[manifest.database]
    if manifest.database == "postgresql":
        postgres_programs.load(settings.database, directory / name)
    else:
        _bring(directory, manifest.part(name), _sqlite_file(database))


def _sqlite_file(database: Database) -> Path:
    return Path(str(database.engine.url.database))


def _go_on(
    settings: Settings, database: Database, manifest: Manifest, lists: Path | None, actor: str, clock: Clock
) -> Restored:
    schema_version.upgrade(database)
    head = audit.Head(manifest.audit_head.sequence, manifest.audit_head.hash)
    trail = audit.verify(database, remembered_head=head)
    if not trail.whole or trail.head != head:
        raise BackupRefused(f"the audit trail in the backup is not the one that was backed up: {trail.fault}")
    unlock = settings.unlock()
    assert unlock is not None  # noqa: S101  (required before anything was touched)
    keyring = Keyring(settings.keys, unlock, openers=openers_of(settings))
    if faults := check_keys(database, keyring)[1]:
        raise Refused("The keys", [Fault(one.key.verification_method, one.why) for one in faults])
    kept: tuple[KeptList, ...] = ()
    if lists is not None:
        copies = [(path.name, _bounded(path)) for path in sorted(lists.iterdir()) if path.is_file()]
        kept = read_kept(database, copies)
    continued = go_on(
        database,
        keyring,
        kept=kept,
        backup=manifest.digest,
        made_at=manifest.made_at,
        actor=actor,
        now=clock(),
        randomness=secrets.token_bytes,
    )
    return Restored(manifest, len(kept), continued, examine(database, now=clock(), sample=SAMPLE))


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_LARGEST_COPY + 1)
    if len(data) > _LARGEST_COPY:
        raise BackupRefused(f"{path} is longer than any status list")
    return data
