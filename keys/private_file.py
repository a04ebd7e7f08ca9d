"""Files that hold secrets: created once with mode 0600, read only if nobody else can."""

from __future__ import annotations

import os
import secrets
import shlex
import stat
from contextlib import suppress
from pathlib import Path

from keys.errors import KeyExists, KeyFileInsecure, KeyFileUnreadable, KeyFileUnwritable

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def read_private_file(path: Path, *, max_bytes: int) -> bytes:
    """The bytes of a regular file that only its owner can open.

    The mode is that of the opened file, not of its name a moment before. Raises KeyFileInsecure if group or
    others have any permission, KeyFileUnreadable if it is missing, no file, or longer than `max_bytes`.
    """
    try:
        # non-blocking, or a pipe of this name would hang the reader
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyFileUnreadable(f"{path} is not a file.")
            _require_closed(path, status.st_mode)
            data = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise KeyFileUnreadable(f"There is no file {path}. Check its name and directory in the settings.") from error
    except OSError as error:
        raise KeyFileUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > max_bytes:
        raise KeyFileUnreadable(f"{path} is longer than the {max_bytes} bytes that such a file can have.")
    return data


def create_private_file(path: Path, data: bytes) -> None:
    """Create a file with mode 0600, whole or not at all, and never in the place of another one.

    The bytes are on the disk when this returns. Raises KeyExists if the name is taken, KeyFileUnwritable if
    the file cannot be made.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # a link fails if the name is taken, where a rename would replace what is there
            os.link(fresh, path)
        finally:
            with suppress(FileNotFoundError):
                fresh.unlink()
        _sync_directory(path.parent)
    except FileExistsError as error:
        raise KeyExists(f"{path} exists already and was left as it is. Choose another name.") from error
    except OSError as error:
        raise KeyFileUnwritable(f"{path} cannot be created: {error.strerror}.") from error


def require_private_directory(directory: Path, pattern: str) -> None:
    """Refuse (KeyFileInsecure) a directory in which others can replace files, or can open one that fits `pattern`.

    One open key file makes every key beside it suspect, so all of them are looked at, and all open ones are named.
    """
    try:
        mode = directory.stat().st_mode
        found = [(path, path.stat().st_mode) for path in sorted(directory.glob(pattern)) if path.is_file()]
    except FileNotFoundError as error:
        raise KeyFileUnreadable(f"There is no directory {directory}, or a key file in it vanished.") from error
    except OSError as error:
        raise KeyFileUnreadable(f"The directory {directory} cannot be read: {error.strerror}.") from error
    if mode & _OTHERS_WRITE:
        raise KeyFileInsecure(
            f"Others can put files into {directory} (mode {stat.S_IMODE(mode):04o}). "
            f"Run: chmod 700 {shlex.quote(str(directory))}"
        )
    opened = [str(path) for path, file_mode in found if file_mode & _OTHERS]
    if opened:
        raise KeyFileInsecure(_open_to_others(opened))


def _require_closed(path: Path, mode: int) -> None:
    if mode & _OTHERS:
        raise KeyFileInsecure(_open_to_others([str(path)]))


def _open_to_others(paths: list[str]) -> str:
    return (
        f"Other users of this machine can open {', '.join(paths)}. Run: chmod 600 {shlex.join(paths)} "
        "(and replace these keys if anyone else has had access)."
    )


def _sync_directory(directory: Path) -> None:
    """Make the new name survive a power cut as well."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
