"""Every form of a credential as files in a directory."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from uuid import UUID

from issuer.catalogue import find_credential
from issuer.errors import UnknownCredential
from portal.certificates.making import NotCertified, certificate
from portal.credential_forms import json_bytes, jwt_bytes, picture_of, png_badge, svg_badge
from portal.europass.making import NotForEuropass, europass_file, is_offered
from portal.language.language import ENGLISH
from portal.pages.credential import published_whole
from portal.service import Service
from wallet_export.qr import ErrorCorrection, qr_png, qr_svg
from wallet_export.qr_size import PRINT_BADGE


def export_credential(service: Service, credential_id: UUID, directory: Path) -> tuple[Path, ...]:
    """Write the credential's forms and return their paths: .json, .jwt, .pdf, baked .png and .svg, -qr.png and -qr.svg,
    -europass.json.

    A form that the credential does not have is left out: no SVG for a badge drawn as a PNG, no JWT for a document
    that was signed as JSON only, no certificate (PDF) of one that is revoked or suspended; why a certificate could not
    be made of one that stands is in the log. Files of the same name are replaced. Raises UnknownCredential.
    """
    view = find_credential(service.database, credential_id)
    if view is None:
        raise UnknownCredential(f"there is no issued credential {credential_id}")
    files: dict[str, bytes | None] = {
        ".json": json_bytes(service, credential_id),
        ".jwt": jwt_bytes(service, credential_id),
        "-qr.png": qr_png(view.record.url, correction=ErrorCorrection.Q, size=PRINT_BADGE),
        "-qr.svg": qr_svg(view.record.url, correction=ErrorCorrection.Q, size=PRINT_BADGE),
    }
    signed = files[".json"] or files[".jwt"]
    picture = picture_of(service, view.document) if view.document is not None else None
    if picture is not None and signed is not None:
        files[".png"] = png_badge(picture, signed)
        files[".svg"] = svg_badge(picture, signed)
    files[".pdf"] = _certificate(service, credential_id)
    files["-europass.json"] = _europass(service, credential_id)
    stem = file_stem(view.record.recipient_name, view.record.level, credential_id)
    paths = []
    for suffix, body in files.items():
        if body is not None:
            path = directory / f"{stem}{suffix}"
            path.write_bytes(body)
            paths.append(path)
    return tuple(sorted(paths))


def _certificate(service: Service, credential_id: UUID) -> bytes | None:
    found = published_whole(service, credential_id)
    if found is None:
        return None
    try:
        return certificate(service, found, service.verify(found.secured), ENGLISH)
    except NotCertified:
        return None


def _europass(service: Service, credential_id: UUID) -> bytes | None:
    found = published_whole(service, credential_id)
    if found is None or not is_offered(service, found):
        return None
    try:
        return europass_file(service, found).body
    except NotForEuropass:
        return None


def file_stem(name: str | None, level: str | None, credential_id: UUID) -> str:
    """A file name for people: the holder in any script, the level, and enough of the id to be unique."""
    parts = [unicodedata.normalize("NFC", part) for part in (name, level) if part]
    words = [_file_word(part) for part in parts]
    return "_".join([*filter(None, words), credential_id.hex[:8]])


def _file_word(text: str) -> str:
    """Letters, digits and the marks that belong to them, in lower case; all else becomes single hyphens."""
    kept = "".join(one if unicodedata.category(one)[0] in "LNM" else " " for one in text)
    return "-".join(kept.lower().split())[:60].strip("-")
