"""One door for both kinds of image: the content decides."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.wallet_export.pictures import JWT, SVG, credentials, png, pngs
from wallet_export.baking import Generation, Unbaked, bake, image_form, unbake
from wallet_export.credential_text import credential_text
from wallet_export.errors import ImageRefused, NotAnImage, NothingBaked, WalletExportError


@given(pngs() | st.just(SVG), credentials)
def test_bake_then_unbake_gives_the_credential_back(image: bytes, credential: str) -> None:
    form = "png" if image.startswith(b"\x89PNG") else "svg"
    assert unbake(bake(image, credential)) == Unbaked(credential_text(credential).text, form, Generation.V3, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "start",
    [b"", b"\n\n  ", b"\xef\xbb\xbf", b'<?xml version="1.0"?>', b"<!--" + b" " * 9000 + b"-->", b"<!-- PNG -->"],
)  # fmt: skip
def test_an_svg_is_known_wherever_its_root_begins(start: bytes) -> None:
    assert image_form(start + SVG) == "svg"


def saved_as(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 3)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "said"), [("JPEG", "a JPEG"), ("GIF", "a GIF"), ("WEBP", "a WebP"), ("BMP", "a BMP")])
def test_other_images_are_named(kind: str, said: str) -> None:
    with pytest.raises(NotAnImage, match=said):
        bake(saved_as(kind), JWT)


@pytest.mark.parametrize("data", [b"", b"hello", b'{"a": "<svg"}', JWT.encode(), b"\x89PNX\r\n\x1a\n" + png()[8:]])
def test_what_is_no_image_is_no_image(data: bytes) -> None:
    with pytest.raises(NotAnImage, match="Only PNG and SVG"):
        unbake(data)


def test_images_without_a_badge_say_so() -> None:
    for image in (png(), SVG):
        with pytest.raises(NothingBaked, match="No badge is baked"):
            unbake(image)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda data: b"<svg" + data))
def test_random_bytes_give_a_sentence(data: bytes) -> None:
    with pytest.raises(WalletExportError, match=r"(?s)^[A-Z].*\.$"):
        unbake(data)


def test_ten_mebibytes_are_the_most() -> None:
    with pytest.raises(ImageRefused, match="10,485,760"):
        unbake(bytes(10 * 1024 * 1024 + 1))
