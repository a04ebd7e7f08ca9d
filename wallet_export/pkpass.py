"""Passes for Apple Wallet: `pass.json`, its strings and pictures, the manifest, the signature, and all in a ZIP.

Apple, “Creating a Generic Pass”, “Building a Pass”. The signature is a detached PKCS #7 of the manifest by the
certificate of the pass type, with Apple's intermediate (WWDR) in it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from wallet_export.errors import WalletExportError
from wallet_export.phone_pass import WHITE, PassContent, Words, label_colour, rgb

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate, Name, ObjectIdentifier

MEDIA_TYPE: Final = "application/vnd.apple.pkpass"
_STILL: Final = (2026, 1, 1, 0, 0, 0)  # of every file: the same pass is the same bytes but for its signature


class PassRefused(WalletExportError):  # noqa: N818
    """Certificate, key and intermediate do not make an identity that passes can be signed with."""


@dataclass(frozen=True, slots=True)
class AppleIdentity:
    """Who signs passes: for which pass type, of which team, and until when the certificate holds."""

    pass_type: str
    team: str
    until: datetime
    certificate: Certificate = field(repr=False)
    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    intermediate: Certificate = field(repr=False)


def read_identity(certificate: bytes, key: bytes, intermediate: bytes) -> AppleIdentity:
    """From PEM (the intermediate also DER, as Apple gives it). Raises PassRefused with what does not fit."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import NameOID

    if b"-----BEGIN" not in certificate:  # the connection to Apple takes nothing else
        raise PassRefused("The certificate is not in PEM; convert it with openssl x509 -inform der -out pass.pem.")
    own, above = _certificate(certificate, "The certificate"), _certificate(intermediate, "The intermediate")
    try:
        private = load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PassRefused("The key is no private key in PEM, or it has a password; export it without one.") from None
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PassRefused("The key is neither RSA nor of an elliptic curve.")
    try:
        certified = own.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise PassRefused("The certificate holds no key that can be used.") from None
    if private.public_key() != certified:
        raise PassRefused("The key is not that of the certificate.")
    try:
        own.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        raise PassRefused("The certificate was not issued by the intermediate; take the WWDR of its issuer.") from None
    pass_type, team = _one(own.subject, NameOID.USER_ID), _one(own.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if not pass_type.startswith("pass.") or not team:
        raise PassRefused("The certificate is not that of a pass type: its subject names no UID that begins with pass.")
    return AppleIdentity(pass_type, team, own.not_valid_after_utc, own, private, above)


def pass_json(
    content: PassContent, words: Words, *, pass_type: str, team: str, web_service: str | None, secret: str
) -> dict[str, Any]:
    """`pass.json`. Its texts are those of `words`, by which `strings_file` translates them.

    web_service: where phones ask whether the pass changed, showing `secret`; None: they do not.
    """
    ended = content.standing in {"revoked", "suspended"}
    document: dict[str, Any] = {
        "formatVersion": 1,
        "passTypeIdentifier": pass_type,
        "teamIdentifier": team,
        "serialNumber": content.serial,
        "organizationName": content.organization,
        "description": words.description,
        "logoText": content.organization,
        "foregroundColor": rgb(WHITE),
        "labelColor": rgb(label_colour(content.ground)),
        "backgroundColor": rgb(content.ground),
        "sharingProhibited": True,
        "barcodes": [{"format": "PKBarcodeFormatQR", "message": content.url, "messageEncoding": "iso-8859-1"}],
        "generic": _fields(content, words),
    }
    if content.valid_until is not None:
        document["expirationDate"] = content.valid_until.isoformat(timespec="seconds")
    if ended:
        document["voided"] = True
    if web_service is not None:
        document["webServiceURL"], document["authenticationToken"] = web_service, secret
    return document


def strings_file(words: Words, others: Words) -> bytes:
    """`pass.strings`: the texts of `words`, which stand in the pass, in another language. UTF-16, as Apple has it."""
    pairs = dict(zip(_texts(words), _texts(others), strict=True))
    lines = (f'"{_quoted(text)}" = "{_quoted(other)}";\n' for text, other in pairs.items() if text)
    return "".join(lines).encode("utf-16")


def pkpass(files: Mapping[str, bytes], identity: AppleIdentity) -> bytes:
    """The files with their manifest and its signature."""
    manifest = json.dumps({name: hashlib.sha1(body).hexdigest() for name, body in files.items()}).encode()  # noqa: S324
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {**files, "manifest.json": manifest, "signature": _signature(manifest, identity)}.items():
            entry = zipfile.ZipInfo(name, _STILL)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return out.getvalue()


def _signature(manifest: bytes, identity: AppleIdentity) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

    return (
        PKCS7SignatureBuilder()
        .set_data(manifest)
        .add_signer(identity.certificate, identity.key, SHA256())
        .add_certificate(identity.intermediate)
        .sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])
    )


def _fields(content: PassContent, words: Words) -> dict[str, Any]:
    generic: dict[str, list[dict[str, Any]]] = {
        "primaryFields": [{"key": "level", "label": content.program, "value": content.level}],
        "secondaryFields": [],
        "auxiliaryFields": [
            {
                "key": "status",
                "label": words.status,
                "value": words.standings[content.standing],
                "changeMessage": "%@",
            },
        ],
        "backFields": [
            {"key": "url", "label": words.address, "value": content.url},
            {"key": "organization", "label": words.organization, "value": content.organization},
            {"key": "program", "label": words.program, "value": content.program},
            {"key": "about", "label": words.about, "value": words.about_text},
        ],
    }
    if content.holder:
        generic["secondaryFields"].append({"key": "holder", "label": words.holder, "value": content.holder})
    if content.awarded_on is not None:
        day = {"value": f"{content.awarded_on}T12:00:00Z", "dateStyle": "PKDateStyleMedium", "ignoresTimeZone": True}
        generic["auxiliaryFields"].append({"key": "awarded", "label": words.awarded, **day})
    if content.valid_until is not None:
        end = {"value": content.valid_until.isoformat(timespec="minutes"), "dateStyle": "PKDateStyleMedium"}
        ends = {"key": "until", "label": words.valid_until, **end, "ignoresTimeZone": True}
        generic["auxiliaryFields"].insert(0, {**ends, "changeMessage": words.new_end})
    return generic


def _texts(words: Words) -> tuple[str, ...]:
    named = (
        *(words.valid_until, words.new_end, words.holder, words.awarded, words.status, words.address),
        *(words.organization, words.program, words.about, words.about_text, words.description),
    )
    return (*named, *words.standings.values())


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _certificate(data: bytes, which: str) -> Certificate:
    from cryptography.x509 import InvalidVersion, load_der_x509_certificate, load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(data) if b"-----BEGIN" in data else load_der_x509_certificate(data)
    except (ValueError, InvalidVersion):
        raise PassRefused(f"{which} is no certificate, neither in PEM nor in DER.") from None


def _one(name: Name, oid: ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if len(found) == 1 else ""
