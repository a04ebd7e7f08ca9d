"""Make a new installation in a directory: settings, secret, database, issuer, keys."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from issuer import schema_version
from issuer.addresses import checked_base_url
from issuer.errors import AlreadyExists
from issuer.issuer_file import IssuerDefinition
from issuer.issuers import Issuer, create_issuer
from issuer.signing_keys import SigningKey, Use, create_initial_keys
from keys.key_encryption_key import create_key_encryption_key
from portal.home import FILE_NAME
from portal.service import open_service
from portal.settings import PREFIX, load_settings
from portal.signers.settings import SignerSettings

_SECRET = "key-encryption.key"  # noqa: S105  (a file's name)


@dataclass(frozen=True, slots=True)
class Installed:
    """What was made. `secret_file` is the new key-encryption key, None if the operator named a secret."""

    home: Path
    settings_file: Path
    secret_file: Path | None
    issuer: Issuer
    keys: tuple[SigningKey, ...]


def install(
    home: Path,
    definition: IssuerDefinition,
    *,
    base_url: str,
    database_url: str | None,
    passphrase_file: Path | None,
    actor: str,
    now: datetime,
    more: Mapping[str, str | int] = MappingProxyType({}),
    held: Mapping[Use, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Installed:
    """A new installation in `home`, able to issue as the organization of `definition`; more: settings beside.

    held: URIs of keys that others hold, by use; how they are reached is among `more`, or in the environment.

    Raises AlreadyExists if there is one already, AddressRefused for an unusable base URL, DatabaseError, KeysError.
    A failed attempt leaves no settings file, so that the next one starts over with what is there.
    """
    settings_file = home / FILE_NAME
    if settings_file.exists():
        raise AlreadyExists(f"there is an installation in {home} already ({FILE_NAME}); choose another --home")
    base = checked_base_url(base_url)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "keys").mkdir(mode=0o700, exist_ok=True)
    secret_file = None
    if passphrase_file is None:
        secret_file = home / _SECRET
        if not secret_file.exists():
            create_key_encryption_key(secret_file)
    draft = home / f".{FILE_NAME}"
    draft.write_text(_settings(base, definition.slug, database_url, passphrase_file, more), encoding="utf-8")
    try:
        draft.replace(settings_file)
        issuer, keys = _fill(home, definition, base, actor, now, held, environment)
    except BaseException:
        settings_file.unlink(missing_ok=True)
        raise
    return Installed(home, settings_file, secret_file, issuer, keys)


def _fill(
    home: Path,
    definition: IssuerDefinition,
    base_url: str,
    actor: str,
    now: datetime,
    held: Mapping[Use, str],
    environment: Mapping[str, str],
) -> tuple[Issuer, tuple[SigningKey, ...]]:
    service = open_service(load_settings(home, _reaching(environment)), lambda: now)
    try:
        schema_version.upgrade(service.database)
        issuer = create_issuer(
            service.database,
            slug=definition.slug,
            name=definition.name,
            base_url=base_url,
            url=definition.url,
            description=definition.description,
            email=definition.email,
            image=definition.picture,
            actor=actor,
            now=now,
        )
        assert service.keyring is not None  # noqa: S101  (the settings just written name a secret)
        keys = create_initial_keys(
            service.database,
            service.keyring,
            issuer=issuer.slug,
            actor=actor,
            now=now,
            randomness=secrets.token_bytes,
            held=held,
        )
    finally:
        service.close()
    return issuer, keys


def _reaching(environment: Mapping[str, str]) -> dict[str, str]:
    """Of the environment, what says how holders of keys are reached."""
    names = {PREFIX + name.upper() for name in SignerSettings.model_fields}
    return {name: value for name, value in environment.items() if name in names}


def _settings(
    base_url: str, issuer: str, database_url: str | None, passphrase_file: Path | None, more: Mapping[str, str | int]
) -> str:
    """The settings file; JSON strings are TOML strings."""
    lines = [
        "# Settings of this installation. GUILDMARK_… in the environment wins over what stands here.",
        f"base_url = {json.dumps(base_url)}",
        f"issuer = {json.dumps(issuer)}",
    ]
    if database_url is not None:
        lines.append(f"database_url = {json.dumps(database_url)}")
    if passphrase_file is not None:
        lines.append(f"passphrase_file = {json.dumps(str(passphrase_file.resolve()))}")
    else:
        lines.append(f"key_encryption_key_file = {json.dumps(_SECRET)}")
    lines.extend(f"{name} = {json.dumps(value)}" for name, value in more.items())
    return "\n".join(lines) + "\n"
