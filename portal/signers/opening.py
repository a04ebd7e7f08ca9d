"""From the settings to the openers of the keyring. Nothing is imported or reached before a key of its kind is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from credentials.sentence import sentence
from keys.errors import HolderRefused
from keys.held_signer import Line
from keys.keyring import Opener
from keys.private_file import read_private_file
from keys.signer import Signer

if TYPE_CHECKING:
    from portal.settings import Settings

_LONGEST_SECRET = 20_000
_Make = Callable[["Settings", Line], Opener]


def openers_of(settings: Settings, *, monotonic: Callable[[], float] = time.monotonic) -> Mapping[str, Opener]:
    """By scheme, what opens keys that others hold."""
    return {
        scheme: _lazily(settings, scheme, name, make, monotonic)
        for scheme, (name, make) in {
            "pkcs11": ("The token", _pkcs11),
            "vault": ("Vault", _vault),
            "awskms": ("AWS KMS", _awskms),
            "gcpkms": ("Google Cloud KMS", _gcpkms),
        }.items()
    }


def secret_of(given: str | None, file: Path | None, home: Path) -> str | None:
    """A secret of the settings, read anew. Raises KeyFileInsecure, KeyFileUnreadable."""
    if file is not None:
        return read_private_file(home / file, max_bytes=_LONGEST_SECRET).decode("utf-8", errors="replace").strip()
    return given


def _lazily(settings: Settings, scheme: str, name: str, make: _Make, monotonic: Callable[[], float]) -> Opener:
    line = Line(
        name,
        deadline=settings.signer_deadline.total_seconds(),
        # the binding initializes libraries without threads (PKCS #11 2.40, 5.4): in a process one call at a time
        at_once=1 if scheme == "pkcs11" else settings.signer_at_once,
        monotonic=monotonic,
    )
    made: list[Opener] = []

    def open_key(uri: str) -> Signer:
        if not made:
            try:
                made.append(make(settings, line))
            except ImportError as error:
                extra = {"pkcs11": "pkcs11", "boto3": "aws", "botocore": "aws"}.get(str(error.name), str(error.name))
                raise HolderRefused(
                    sentence(
                        "Keys {scheme}:… need the package {package}: install it with pip install 'guildmark[{extra}]'.",
                        scheme=scheme,
                        package=str(error.name),
                        extra=extra,
                    )
                ) from error
        return made[0](uri)

    return open_key


def _pkcs11(settings: Settings, line: Line) -> Opener:
    from portal.signers.pkcs11_token import TokenOpener

    if settings.pkcs11_module is None:
        raise HolderRefused(sentence("Set pkcs11_module in the settings: the library that reaches the token."))
    pin = settings.pkcs11_pin.get_secret_value() if settings.pkcs11_pin is not None else None
    return TokenOpener(
        settings.home / settings.pkcs11_module,
        lambda: secret_of(pin, settings.pkcs11_pin_file, settings.home),
        line,
    ).open


def _vault(settings: Settings, line: Line) -> Opener:
    from portal.signers.http_json import HttpJson
    from portal.signers.vault import VaultOpener

    if settings.vault_address is None:
        raise HolderRefused(sentence("Set vault_address in the settings."))
    token = settings.vault_token.get_secret_value() if settings.vault_token is not None else None
    ca_file = settings.home / settings.vault_ca_file if settings.vault_ca_file is not None else None
    return VaultOpener(
        HttpJson(settings.vault_address, timeout=settings.signer_deadline.total_seconds(), ca_file=ca_file),
        lambda: secret_of(token, settings.vault_token_file, settings.home),
        settings.vault_namespace,
        line,
    ).open


def _awskms(settings: Settings, line: Line) -> Opener:
    from portal.signers.awskms import AwsOpener

    return AwsOpener(settings.awskms_endpoint, settings.signer_deadline.total_seconds(), line).open


def _gcpkms(settings: Settings, line: Line) -> Opener:
    from portal.signers.gcp_access import access_of
    from portal.signers.gcpkms import GcpOpener
    from portal.signers.http_json import HttpJson

    timeout = settings.signer_deadline.total_seconds()
    file = settings.gcpkms_credentials_file
    text = secret_of(None, settings.home / file, settings.home) if file is not None else None
    return GcpOpener(
        HttpJson(settings.gcpkms_endpoint or "https://cloudkms.googleapis.com", timeout=timeout),
        access_of(text, timeout=timeout),
        line,
    ).open
