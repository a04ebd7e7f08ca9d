"""A backup as a directory, whether it lies there as one or as one file."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.backups.manifest import NAME, PART_NAME, BackupRefused

_MOST_FILES = 100_000


@contextmanager
def unpacked(place: Path) -> Iterator[Path]:
    """The directory with the backup's parts; one that was unpacked is gone after the block. Raises BackupRefused."""
    if place.is_dir():
        yield place
        return
    if not place.is_file():
        raise BackupRefused(f"there is no backup at {place}")
    with tempfile.TemporaryDirectory(prefix="guildmark-restore-") as made:
        _unpack(place, Path(made))
        yield Path(made)


def _unpack(place: Path, directory: Path) -> None:
    """Files of the names that a backup has, and nothing else: no link, no other path."""
    try:
        with tarfile.open(place, "r:") as archive:
            for number, member in enumerate(archive):
                named = member.name == NAME or PART_NAME.fullmatch(member.name)
                if number >= _MOST_FILES or not member.isfile() or not named:
                    raise BackupRefused(f"{place} holds {member.name!r}, which is no part of a backup")
                target = directory / member.name
                target.parent.mkdir(mode=0o700, exist_ok=True)
                source = archive.extractfile(member)
                assert source is not None  # noqa: S101  (it is a file)
                with source, target.open("xb") as file:
                    target.chmod(0o600)
                    shutil.copyfileobj(source, file)
    except (tarfile.TarError, FileExistsError, EOFError) as error:
        raise BackupRefused(f"{place} is no backup: {error}") from error
