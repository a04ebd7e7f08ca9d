"""Bake a credential into an image and read it out again, whichever of the two forms the image has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from credentials.sentence import sentence
from wallet_export.credential_text import CredentialText
from wallet_export.errors import NotAnImage
from wallet_export.png import KEYWORD, bake_png, find_in_png
from wallet_export.png_chunks import SIGNATURE, check_size
from wallet_export.svg import bake_svg, find_in_svg
from wallet_export.svg_outline import BADGE_NAMESPACE

ImageForm = Literal["png", "svg"]

_OTHER_IMAGES = {
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
    b"RIFF": "a WebP",
    b"%PDF": "a PDF",
    b"BM": "a BMP",
    b"II*\x00": "a TIFF",
    b"MM\x00*": "a TIFF",
}
# How XML begins: after white space, or in an encoding or packing that the SVG reader names and refuses.
_XML_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xfe\xff|\xff\xfe|<\x00|\x00<|\x1f\x8b")
_VERSION_2_OR_3_CONTEXT = re.compile(r'"https://(?:www\.w3\.org/ns/credentials/v2|www\.w3\.org/2018/credentials/v1)"')


class Generation(StrEnum):
    """Which Open Badges a baked text belongs to."""

    V3 = "3.0"
    V2 = "2.0"
    V1 = "1.0"


@dataclass(frozen=True, slots=True)
class Unbaked:
    """A credential read out of an image, exactly as it was baked and not verified.

    `copies` counts the places in the image where a credential of this generation was found: the first one is
    `text`, and Open Badges 3.0 allows one.
    """

    text: str
    form: ImageForm
    generation: Generation
    copies: int = 1


def bake(image: bytes, credential: str | CredentialText) -> bytes:
    """The same image with the credential baked in, as `bake_png` and `bake_svg` guarantee it.

    `credential` is signed: JSON with its `proof`, or a compact JWS, of any origin; or the text of one that this
    installation signed (`own_credential_text`). A credential that is in the image already is replaced. An image is
    read and checked when it first comes; then a credential is joined to it. Raises NotAnImage, ImageRefused or
    NotACredential.
    """
    return bake_png(image, credential) if image_form(image) == "png" else bake_svg(image, credential)


def unbake(image: bytes) -> Unbaked:
    """The first credential in the image; raises NotAnImage, ImageRefused or NothingBaked.

    Files of other bakers are read as well: see `find_in_png` and `find_in_svg`. Nothing is fetched or
    verified; an Open Badges 2.0 image often holds only a URL.
    """
    if image_form(image) == "png":
        chunk = find_in_png(image)
        old = chunk.keyword != KEYWORD
        generation = _old_generation(chunk.text, chunk.chunk_type) if old else Generation.V3
        return Unbaked(chunk.text, "png", generation, chunk.copies)
    text, badges = find_in_svg(image)
    old = badges[0].namespace != BADGE_NAMESPACE
    return Unbaked(text, "svg", _old_generation(text, b"") if old else Generation.V3, len(badges))


def image_form(image: bytes) -> ImageForm:
    """Whether the bytes begin as a PNG or as XML that may be an SVG; raises NotAnImage, ImageRefused if huge.

    The content decides, never a file's name. openbadges-bakery's test for SVG (`<svg` in the first 256 bytes)
    misses late and prefixed roots and takes text for images, so any start of an XML file counts here, and the
    SVG reader then looks for the root.
    """
    check_size(image)
    if image.startswith(SIGNATURE):
        return "png"
    if _XML_START.match(image):
        return "svg"
    what = next((name for start, name in _OTHER_IMAGES.items() if image.startswith(start)), None)
    if what is None:
        what = sentence("neither") if image else sentence("empty")
    raise NotAnImage(
        sentence("Only PNG and SVG images can carry a badge (Open Badges 3.0, 5.3); this file is {what}.", what=what)
    )


def _old_generation(text: str, chunk_type: bytes) -> Generation:
    """What stands under the older marks: 1.0 wrote tEXt or JSON without a context; some write 3.0 there."""
    if _VERSION_2_OR_3_CONTEXT.search(text):
        return Generation.V3
    has_context = '"@context"' in text or not text.lstrip().startswith("{")
    return Generation.V2 if has_context and chunk_type != b"tEXt" else Generation.V1
