"""Whose attestations of keys count here, and whether one is demanded: by the settings."""

from __future__ import annotations

import json
from pathlib import Path

from keys import jwk
from keys.errors import KeysError
from keys.public_key import PublicKey
from portal.service import Service
from wallet_export.oid4vci_metadata import Attestations
from wallet_export.oid4vci_proofs import Trust

_LONGEST = 256 * 1024  # bytes of the file


def attestations_of(service: Service) -> Attestations:
    """What is demanded of wallets."""
    settings = service.settings
    return Attestations(
        settings.wallet_attestations_required,
        settings.wallet_key_storage,
        believed=settings.wallet_attestation_keys_file is not None,
    )


def trust_of(service: Service) -> Trust:
    """Whom to believe. Raises KeysError if the file cannot be read as a JWK Set."""
    file = service.settings.wallet_attestation_keys_file
    keys = trusted_keys(service.settings.home / file) if file is not None else ()
    return Trust(keys, attestations_of(service))


def trusted_keys(path: Path) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set in a file. Raises KeysError."""
    try:
        text = path.read_text("utf-8")[:_LONGEST]
        listed = json.loads(text)["keys"]
        return tuple(jwk.from_jwk({**one, "use": "sig"}) for one in listed)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise KeysError(f"{path} is no JWK Set with the keys of those who attest: {error}") from error
