"""Certificates in the header of a token (`x5c`, RFC 7515, 4.1.6): the leaf's key, and whether a root vouches for it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from keys.errors import MalformedKey
from keys.public_key import PublicKey

_MOST: Final = 6  # certificates in one header
_LONGEST: Final = 16 * 1024  # characters of one


def leaf_key(listed: object) -> PublicKey:
    """The key of the first certificate, for which nobody vouches. Raises KeysError."""
    return PublicKey.of(_public_key(_read(listed)[0]))


def vouched_key(listed: object, roots: Sequence[x509.Certificate], now: datetime) -> PublicKey:
    """The key of the first certificate, if the others lead from it to one of these roots. Raises KeysError.

    Each certificate must be valid now, each between the leaf and the root one of an authority, and the leaf one that
    may sign and is no authority's.
    """
    leaf, *between = _read(listed)
    if not roots:
        raise MalformedKey("no root certificate is trusted here")
    if any(one.critical and isinstance(one.value, x509.UnrecognizedExtension) for one in _extensions(leaf)):
        raise MalformedKey("the certificate in x5c has a critical extension that is not understood")
    signs = ExtensionPolicy.permit_all()
    signs = signs.may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_usage)
    signs = signs.may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _check_no_authority)
    policies = {"ca_policy": ExtensionPolicy.webpki_defaults_ca(), "ee_policy": signs}
    builder = PolicyBuilder().store(Store(list(roots))).time(now).max_chain_depth(_MOST)
    try:
        builder.extension_policies(**policies).build_client_verifier().verify(leaf, between)
    except (VerificationError, ValueError) as error:
        raise MalformedKey(f"no trusted root vouches for the certificate in x5c ({str(error)[:200]})") from None
    return PublicKey.of(_public_key(leaf))


def read_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file. Raises MalformedKey."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except (ValueError, x509.InvalidVersion) as error:
        raise MalformedKey(f"no certificates in PEM: {error}") from None


def _read(listed: object) -> list[x509.Certificate]:
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST:
        raise MalformedKey(f"x5c must be an array of one to {_MOST} certificates")
    return [_certificate(one) for one in listed]


def _certificate(text: object) -> x509.Certificate:
    try:
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ValueError("it is no text, or too long")  # noqa: TRY301  (a text from outside)
        return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    except (ValueError, x509.InvalidVersion) as error:
        raise MalformedKey(f"a certificate in x5c cannot be read: {str(error)[:200]}") from None


def _public_key(certificate: x509.Certificate) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedKey(f"the key of the certificate in x5c cannot be read: {str(error)[:200]}") from None


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        return certificate.extensions
    except (ValueError, x509.DuplicateExtension) as error:
        raise MalformedKey(f"the extensions of the certificate in x5c cannot be read: {str(error)[:200]}") from None


def _check_usage(_policy: Any, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.digital_signature:
        raise ValueError("its key is not for signatures")


def _check_no_authority(_policy: Any, _certificate: x509.Certificate, basic: x509.BasicConstraints | None) -> None:
    if basic is not None and basic.ca:
        raise ValueError("it is the certificate of an authority")
