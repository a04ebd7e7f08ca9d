"""Which images a level may have: a PNG or SVG that a credential can be baked into."""

from __future__ import annotations

from credentials.sentence import sentence
from wallet_export.baking import bake, image_form
from wallet_export.errors import WalletExportError
from wallet_export.svg_sanitizer import sanitize_svg

MAX_BYTES = 2_097_152
# Shaped like a compact JWS: enough to try whether the image can carry a credential at all.
_TRIAL = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"


def accepted_image(image: bytes) -> tuple[str, bytes]:
    """Media type and bytes to keep: a PNG as it is, an SVG without scripts and foreign references.

    Raises ValueError with a sentence for anything that is no PNG or SVG, is damaged, or cannot be baked.
    """
    if len(image) > MAX_BYTES:
        raise ValueError(
            sentence("it has {count} bytes, and at most {max_bytes} are allowed", count=len(image), max_bytes=MAX_BYTES)
        )
    try:
        if image_form(image) == "png":
            bake(image, _TRIAL)
            return "image/png", image
        clean = sanitize_svg(image)
        bake(clean, _TRIAL)
    except WalletExportError as error:
        raise ValueError(str(error)) from error
    return "image/svg+xml", clean
