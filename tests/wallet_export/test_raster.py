"""SVG drawn as PNG: the right size and look, and no hostile drawing hangs, fills memory or reads a file."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.wallet_export.pictures import JWT
from tests.work import work_of_at_most
from wallet_export.baking import bake, unbake
from wallet_export.errors import ImageRefused, RenderingFailed
from wallet_export.raster import svg_to_png

START = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
HALF_RED = (START + '<rect width="20" height="20" fill="#f00"/></svg>').encode()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image.convert("RGBA")


def drawn(inside: str, width: int = 40) -> Image.Image:
    return opened(svg_to_png(f"{START}{inside}</svg>".encode(), width))


def test_the_picture_has_the_width_asked_for_and_its_own_proportions() -> None:
    image = opened(svg_to_png(HALF_RED, 200))
    assert image.size == (200, 100)
    assert image.getpixel((10, 50)) == (255, 0, 0, 255)
    assert image.getpixel((190, 50)) == (0, 0, 0, 0), "what is not drawn stays transparent"


def test_a_drawn_badge_can_be_baked() -> None:
    png = svg_to_png(HALF_RED, 100)
    assert unbake(bake(png, JWT)).text == JWT


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('width="10mm" height="5mm"', (80, 40)),
        ('width="100%" height="100%" viewBox="0 0 30 60"', (80, 160)),
        ('viewBox="-5,-5 1e1 .5e1"', (80, 40)),
        ('width="2in" height="96px" viewBox="0 0 7 7"', (80, 40)),
        ('width="2em" height="1em" viewBox="0 0 7 7"', (80, 40)),
    ],
)
def test_sizes_in_every_way_svg_says_them(root: str, size: tuple[int, int]) -> None:
    assert opened(svg_to_png(f'<svg xmlns="http://www.w3.org/2000/svg" {root}/>'.encode(), 80)).size == size


def test_text_is_drawn_or_the_lack_of_a_font_is_said(tmp_path: Path) -> None:
    text = '<text x="2" y="16" font-size="16" font-family="sans-serif">Ag</text>'
    with contextlib.suppress(RenderingFailed):  # on a machine without fonts, as below
        assert drawn(text).getbbox() is not None
    no_font = tmp_path / "empty.ttf"
    no_font.write_bytes(b"")
    with pytest.raises(RenderingFailed, match="no font to draw it"):
        svg_to_png(f"{START}{text}</svg>".encode(), 40, font_files=[no_font])


def test_files_of_this_machine_are_not_drawn(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (40, 20), "red").save(secret)
    for reference in (secret, secret.as_uri()):
        picture = drawn(f'<image href="{reference}" width="40" height="20"/>')
        assert picture.getbbox() is None
    style = f'<style>rect{{fill:url("{secret}")}}</style>'
    assert drawn(style + "<rect/>").getbbox() is None


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ('viewBox="0 0 1 100000"', "can be drawn"),
        ('width="1e9" height="1"', "does not say how large"),
        ('viewBox="0 0 100000 1"', "can be drawn"),
        ('viewBox="0 0 0 0"', "does not say how large"),
        ('width="100%"', "does not say how large"),
        ('viewBox="0 0 nan inf"', "does not say how large"),
    ],
)
def test_canvases_of_any_size_are_answered_at_once(root: str, said: str) -> None:
    with work_of_at_most(5), pytest.raises((ImageRefused, RenderingFailed), match=said):
        svg_to_png(f'<svg xmlns="http://www.w3.org/2000/svg" {root}><rect/></svg>'.encode(), 100)


@pytest.mark.parametrize(
    "root", ['width="10" height="100000%"', 'style="width:1px;height:9999999px"', 'width="1rem" height="1e8rem"']
)
def test_no_spelling_of_the_size_gets_past_the_bounds(root: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" {root}><rect width="9" height="9"/></svg>'
    width, height = opened(svg_to_png(svg.encode(), 100)).size
    assert width <= 100
    assert height <= 100


@pytest.mark.slow
def test_a_drawing_that_takes_for_ever_is_stopped() -> None:
    turbulence = '<filter id="f"><feTurbulence baseFrequency=".01" numOctaves="2000000000"/></filter>'
    svg = f'{START}{turbulence}<rect width="40" height="20" filter="url(#f)"/></svg>'.encode()
    with pytest.raises(RenderingFailed, match="longer than 1 seconds and was stopped"):
        svg_to_png(svg, 500, seconds=1)


def test_nested_references_that_the_sanitizer_allows_are_drawn() -> None:
    chain = "".join(f'<g id="a{i}"><use href="#a{i + 1}"/></g>' for i in range(30))
    assert drawn(f'{chain}<rect id="a30" width="9" height="9"/>').getbbox() is not None


@pytest.mark.parametrize("width", [0, -1, 4097])
def test_the_width_is_bounded(width: int) -> None:
    with pytest.raises(RenderingFailed, match=r"1 to 4,096 pixels wide"):
        svg_to_png(HALF_RED, width)
