"""QR codes: read back by a reader that nobody here wrote, from a screen and from a printed badge."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from tests.work import work_of_at_most
from wallet_export.errors import QrRefused
from wallet_export.qr import ErrorCorrection, qr_modules, qr_png, qr_svg
from wallet_export.qr_colours import BLACK_ON_WHITE, QrColours
from wallet_export.qr_size import PRINT_BADGE, PRINT_CERTIFICATE, SCREEN, PrintSize, QrSize, ScreenSize
from wallet_export.raster import svg_to_png

URL = "https://badges.example.com/credentials/3f2b1c9e-8a54-4c0e-9d5e-2f1a7b6c5d4e"
NAVY = QrColours("#0f2a5c", "#eef4ff")


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def read(image: Image.Image) -> tuple[str, str]:
    """The one code in the picture: its text and error correction level."""
    (found,) = zxingcpp.read_barcodes(image.convert("L"))
    return found.text, found.ec_level


@pytest.mark.parametrize("correction", ErrorCorrection)
@pytest.mark.parametrize("size", [SCREEN, PRINT_BADGE, PRINT_CERTIFICATE, PrintSize(15, dpi=600), ScreenSize(200)])
@pytest.mark.parametrize("colours", [BLACK_ON_WHITE, NAVY])
def test_every_code_reads_back_with_the_level_asked_for(
    correction: ErrorCorrection, size: QrSize, colours: QrColours
) -> None:
    assert read(opened(qr_png(URL, correction=correction, size=size, colours=colours))) == (URL, correction)


@settings(max_examples=25)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200))
def test_any_address_reads_back(text: str) -> None:
    assert read(opened(qr_png(text)))[0] == text


@pytest.mark.parametrize("size", [SCREEN, PRINT_BADGE])
def test_the_svg_is_the_same_code_and_says_its_size(size: QrSize) -> None:
    svg = qr_svg(URL, correction=ErrorCorrection.Q, size=size, colours=NAVY)
    assert read(opened(svg_to_png(svg, 500))) == (URL, "Q")
    root = ET.fromstring(svg)  # noqa: S314 - our own
    across = len(qr_modules(URL, ErrorCorrection.Q))
    assert root.get("viewBox") == f"0 0 {across} {across}"
    assert root.get("width") == root.get("height")
    assert re.fullmatch(r"\d+" if size is SCREEN else r"\d+\.\d{3}mm", root.get("width", ""))


@pytest.mark.parametrize("size", [SCREEN, PRINT_BADGE, PRINT_CERTIFICATE, PrintSize(1), ScreenSize(1)])
def test_modules_are_whole_pixels_of_two_colours_with_four_empty_modules_around(size: QrSize) -> None:
    image = opened(qr_png(URL, size=size, colours=NAVY)).convert("RGB")
    modules = qr_modules(URL)
    pixels = size.module_pixels(len(modules))
    assert image.size == (pixels * len(modules),) * 2
    assert {colour for _, colour in image.getcolors() or []} == {(0x0F, 0x2A, 0x5C), (0xEE, 0xF4, 0xFF)}
    rebuilt = image.resize((len(modules),) * 2, Image.Resampling.NEAREST)
    dark = tuple(
        "".join("01"[rebuilt.getpixel((x, y)) == (0x0F, 0x2A, 0x5C)] for x in range(len(modules)))
        for y in range(len(modules))
    )
    assert dark == modules
    assert {row[:4] + row[-4:] for row in modules} == {"0" * 8}
    assert {*modules[:4], *modules[-4:]} == {"0" * len(modules)}
    assert modules[4][4] == "1"
    assert modules[-5][4] == "1"


def test_a_printed_code_is_as_wide_as_asked_and_its_modules_large_enough() -> None:
    for size, least in ((PRINT_BADGE, 20), (PRINT_CERTIFICATE, 40), (PrintSize(5), 5)):
        image = opened(qr_png(URL, size=size))
        dots_per_inch = image.info["dpi"][0]
        assert dots_per_inch == pytest.approx(300, abs=0.01)
        millimetres = image.width / dots_per_inch * 25.4
        assert millimetres >= least
        assert millimetres / len(qr_modules(URL)) >= 0.33
        assert f"{millimetres:.2f}" in size.width(len(qr_modules(URL)))


@pytest.mark.parametrize("correction", [ErrorCorrection.M, ErrorCorrection.Q])
def test_a_screen_s_code_reads_after_scaling_blurring_and_rotating(correction: ErrorCorrection) -> None:
    code = opened(qr_png(URL, correction=correction, size=SCREEN)).convert("L")
    for factor in (0.37, 0.5, 0.83, 1.7, 3.1):
        side = round(code.width * factor)
        assert read(code.resize((side, side), Image.Resampling.BILINEAR))[0] == URL, factor
    for radius in (1, 2, 3):
        assert read(code.filter(ImageFilter.GaussianBlur(radius)))[0] == URL, radius
    for degrees in (7, 33, 90, 171):
        turned = code.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=200)
        assert read(turned)[0] == URL, degrees


def badge_with_code() -> Image.Image:
    """A name badge of 54 by 86 mm at 300 dpi, dark and patterned, the code printed at 20 mm on it."""
    badge = Image.new("RGB", (638, 1016), "#12325f")
    draw = ImageDraw.Draw(badge)
    for offset in range(0, 1700, 24):
        draw.line([(offset, 0), (offset - 1016, 1016)], fill="#e8a13a", width=5)
    code = opened(qr_png(URL, correction=ErrorCorrection.Q, size=PRINT_BADGE)).convert("RGB")
    badge.paste(code, (320, 690))
    return badge


def test_a_code_on_a_printed_badge_reads_from_a_photograph() -> None:
    badge = badge_with_code()
    assert read(badge)[0] == URL
    seen = badge.rotate(11, Image.Resampling.BICUBIC, expand=True, fillcolor="#777777")
    seen = seen.resize((seen.width * 3 // 4, seen.height * 3 // 4), Image.Resampling.BILINEAR)
    seen = ImageEnhance.Contrast(seen.filter(ImageFilter.GaussianBlur(0.8))).enhance(0.5)
    photograph = io.BytesIO()
    seen.save(photograph, "JPEG", quality=50)
    assert read(opened(photograph.getvalue()))[0] == URL


def test_a_stained_badge_still_reads_at_level_q() -> None:
    badge = badge_with_code()
    ImageDraw.Draw(badge).ellipse([425, 800, 475, 850], fill="#5a3a1a")
    assert read(badge)[0] == URL


@pytest.mark.parametrize(("correction", "most"), [("L", 2_953), ("M", 2_331), ("Q", 1_663), ("H", 1_273)])
def test_the_longest_text_fits_and_one_more_byte_is_refused_with_the_limit(correction: str, most: int) -> None:
    level = ErrorCorrection(correction)
    assert len(qr_modules("x" * most, level)) == 177 + 8
    with pytest.raises(QrRefused, match=rf"has {most + 1:,} bytes, .* correction {correction} holds at most {most:,}"):
        qr_png("x" * (most + 1), correction=level)


def test_a_novel_is_refused_at_once() -> None:
    with work_of_at_most(5), pytest.raises(QrRefused, match="holds at most 2,331"):
        qr_svg("x" * 5_000_000)


@pytest.mark.parametrize("text", ["", "https://example.org/\n", "a\0b"])
def test_text_that_no_address_has_is_refused(text: str) -> None:
    with pytest.raises(QrRefused, match="empty or has control characters"):
        qr_png(text)


@pytest.mark.parametrize(
    ("dark", "light", "said"),
    [
        ("#ffffff", "#000000", "not darker"),
        ("#000000", "#000000", "not darker"),
        ("#777777", "#ffffff", "too little contrast"),
        ("#000000", "#777777", "too little contrast"),
        ("#ff0000", "#ffffff", "too little contrast"),
        ("#000000", "#aaaaaa", "too little contrast"),
        ("black", "#ffffff", "not of the form"),
        ('#000"/>', "#ffffff", "not of the form"),
        ("#000000\n", "#ffffff", "not of the form"),
    ],
)
def test_colours_that_scanners_may_not_tell_apart_are_refused(dark: str, light: str, said: str) -> None:
    with pytest.raises(QrRefused, match=said):
        QrColours(dark, light)


@pytest.mark.parametrize(
    "size", [PrintSize(0), PrintSize(-5), PrintSize(5000), PrintSize(float("nan")), ScreenSize(10**6)]
)
def test_impossible_sizes_are_refused_or_grow_to_the_smallest_that_scans(size: QrSize) -> None:
    if isinstance(size, PrintSize) and size.millimetres <= 0:
        assert read(opened(qr_png(URL, size=size)))[0] == URL
        return
    with pytest.raises(QrRefused, match="size asked for is not possible"):
        qr_png(URL, size=size)
