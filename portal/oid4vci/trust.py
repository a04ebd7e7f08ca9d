"""Whose attestations of keys count here, and whether one is demanded: by the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from keys import jwk
from keys.errors import KeysError
from keys.public_key import PublicKey
from portal.service import Service
from wallet_export.oid4vci_metadata import Attestations
from wallet_export.oid4vci_proofs import Trust

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LONGEST = 256 * 1024  # bytes of the file


def attestations_of(service: Service) -> Attestations:
    """What is demanded of wallets."""
    settings = service.settings
    return Attestations(
        settings.wallet_attestations_required,
        settings.wallet_key_storage,
        believed=bool(settings.wallet_attestation_keys_file or settings.wallet_attestation_roots_file),
    )


def trust_of(service: Service) -> Trust:
    """Whom to believe. Raises KeysError if a file of the settings cannot be read."""
    settings = service.settings
    keys_file, roots_file = settings.wallet_attestation_keys_file, settings.wallet_attestation_roots_file
    return Trust(
        keys=trusted_keys(settings.home / keys_file) if keys_file is not None else (),
        roots=trusted_roots(settings.home / roots_file) if roots_file is not None else (),
        demanded=attestations_of(service),
    )


def trusted_keys(path: Path) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set in a file. Raises KeysError."""
    try:
        text = path.read_text("utf-8")[:_LONGEST]
        listed = json.loads(text)["keys"]
        return tuple(jwk.from_jwk({**one, "use": "sig"}) for one in listed)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise KeysError(f"{path} is no JWK Set with the keys of those who attest: {error}") from error


def trusted_roots(path: Path) -> tuple[Certificate, ...]:
    """The root certificates in a PEM file. Raises KeysError."""
    from wallet_export.certificate_chains import read_roots

    try:
        return read_roots(path.read_bytes())
    except OSError as error:
        raise KeysError(f"{path} with the roots of those who attest cannot be read: {error}") from error
    except KeysError as error:
        raise KeysError(f"{path} has no certificates of those who attest: {error}") from error
