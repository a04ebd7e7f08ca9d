"""As whom passes are made: Apple's certificate and Google's service account, from the files that the settings name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import structlog

from keys.errors import KeyFileUnreadable, KeysError
from keys.private_file import read_private_file
from portal.settings import Settings
from wallet_export.errors import WalletExportError
from wallet_export.google_wallet import ServiceAccount, read_account
from wallet_export.pkpass import AppleIdentity, read_identity

log = structlog.get_logger("guildmark.passes")

_LONGEST = 64 * 1024  # bytes of a file
Unusable = (KeysError, WalletExportError, OSError)
"""What is raised for files that passes cannot be made with."""


def is_set_up(settings: Settings) -> bool:
    """Whether passes are made at all."""
    return settings.apple_pass_certificate_file is not None or settings.google_wallet_issuer is not None


def apple_identity(settings: Settings) -> AppleIdentity | None:
    """None if passes for Apple are not set up. Raises one of `Unusable`, with a sentence."""
    files = _apple_files(settings)
    return _apple(*files, *(_mark(one) for one in files)) if files is not None else None


def apple_files(settings: Settings) -> tuple[Path, Path]:
    """Certificate and key. Raises ValueError if passes for Apple are not set up."""
    files = _apple_files(settings)
    if files is None:
        raise ValueError("passes for Apple Wallet are not set up")
    return files[:2]


def google_account(settings: Settings) -> ServiceAccount | None:
    """None if passes for Google are not set up. Raises one of `Unusable`, with a sentence."""
    file = settings.google_wallet_key_file
    return _google(settings.home / file, _mark(settings.home / file)) if file is not None else None


def usable_apple(settings: Settings) -> AppleIdentity | None:
    """The same for pages: what is wrong with the files stands in the log and in `guildmark doctor`."""
    try:
        return apple_identity(settings)
    except Unusable as error:
        log.warning("no passes for Apple Wallet", reason=str(error))
        return None


def usable_google(settings: Settings) -> ServiceAccount | None:
    """The same for pages."""
    try:
        return google_account(settings)
    except Unusable as error:
        log.warning("no passes for Google Wallet", reason=str(error))
        return None


def _apple_files(settings: Settings) -> tuple[Path, Path, Path] | None:
    certificate, key = settings.apple_pass_certificate_file, settings.apple_pass_key_file
    intermediate = settings.apple_wwdr_certificate_file
    if certificate is None or key is None or intermediate is None:
        return None
    return (settings.home / certificate, settings.home / key, settings.home / intermediate)


def _mark(path: Path) -> int:
    """Changes when the file is replaced: certificates are renewed each year, while we run."""
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise KeyFileUnreadable(f"{path} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=4)
def _apple(certificate: Path, key: Path, intermediate: Path, *_marks: int) -> AppleIdentity:
    own, above = certificate.read_bytes()[:_LONGEST], intermediate.read_bytes()[:_LONGEST]
    return read_identity(own, read_private_file(key, max_bytes=_LONGEST), above)


@lru_cache(maxsize=4)
def _google(file: Path, _mark: int) -> ServiceAccount:
    return read_account(read_private_file(file, max_bytes=_LONGEST))
