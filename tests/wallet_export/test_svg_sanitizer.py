"""Sanitizing an SVG: nothing runs or reaches outside, and the picture looks as before."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.wallet_export.pictures import JWT, SVG, png
from tests.work import work_of_at_most
from wallet_export.errors import ImageRefused, NotAnImage
from wallet_export.svg import bake_svg
from wallet_export.svg_css import harmless_css
from wallet_export.svg_sanitizer import sanitize_svg

START = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


def sanitized(inside: str) -> str:
    text = sanitize_svg(START + inside.encode() + b"</svg>").decode()
    ET.fromstring(text)  # noqa: S314 - our own output
    return text[text.index(">") + 1 : text.rindex("<")]


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<script href='data:,alert(1)'/>",
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example'/></foreignObject>",
        "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
        "<animate attributeName='href' values='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<handler xmlns='http://www.w3.org/2001/xml-events'>alert(1)</handler>",
        "<!-- comment --><?xml-stylesheet href='https://evil.example'?>",
        "<feImage href='file:///etc/passwd'/>",
        "<iframe/><object/><embed/><audio/><video/><link rel='stylesheet' href='https://evil.example'/>",
        "<metadata><rdf xmlns='urn:rdf'>x</rdf></metadata>",
        "<font-face-uri xlink:href='https://evil.example'/>",
    ],
)
def test_what_runs_or_is_foreign_is_gone(inside: str) -> None:
    assert sanitized(inside + "<g/>") == "<g></g>"


@pytest.mark.parametrize(
    "attribute",
    [
        "onload='alert(1)'",
        "onclick='alert(1)'",
        "href='https://evil.example/a.svg#b'",
        "xlink:href='javascript:alert(1)'",
        "xlink:href=' &#9;java&#10;script:alert(1)'",
        "href='data:text/html,x'",
        "href='/etc/passwd'",
        "fill='url(https://evil.example/#a)'",
        "fill='url(&quot;//evil.example#a&quot;)'",
        "filter='URL( file:///etc/passwd )'",
        "mask='u\\72 l(x)'",
        "style='fill:url(x.svg#a)'",
        "style='background:image-set(&quot;https://evil.example/a&quot; 1x)'",
        "style='behavior:url(#default#time2)'",
        "xml:base='https://evil.example/'",
        "xmlns:x='urn:x' x:onload='alert(1)'",
        "srcset='x'",
        "formaction='x'",
    ],
)
@pytest.mark.parametrize("element", ["g", "use", "image", "path", "linearGradient"])
def test_attributes_that_act_or_reach_outside_are_gone(element: str, attribute: str) -> None:
    assert sanitized(f"<{element} {attribute} opacity='.5'/>") == f'<{element} opacity=".5"></{element}>'


def test_events_of_the_root_are_gone_too() -> None:
    clean = sanitize_svg(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)" width="9" href="#a"/>')
    assert clean == (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" href="#a"></svg>'
    )


@pytest.mark.parametrize(
    "inside",
    [
        '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"></stop></linearGradient></defs>'
        '<rect fill="url(#a) red" width="5" height="5" transform="rotate(45 2 2)"></rect>',
        "<g style=\"fill:url('#a');filter:drop-shadow(1px 1px 2px rgba(0,0,0,.5))\"></g>",
        '<style type="text/css">.a{fill:url(#b)}@media print{.a{fill:red}}g &gt; .c:not(.d){opacity:.5}</style>',
        '<symbol id="s" viewBox="0 0 1 1"><path d="M0 0h1v1z"></path></symbol><use xlink:href="#s" x="3"></use>',
        '<text x="1" y="2" xml:space="preserve" font-family="Inter, sans-serif">Zoë &lt;b&gt; <tspan dy="1">&amp;'
        "</tspan></text>",
        '<title>A badge</title><clipPath id="c"><circle r="2"></circle></clipPath><g clip-path="url(#c)"></g>',
        '<filter id="f"><feGaussianBlur in="SourceAlpha" stdDeviation="2" result="b"></feGaussianBlur><feMerge>'
        '<feMergeNode in="b"></feMergeNode></feMerge></filter>',
    ],
)
def test_what_draws_is_kept_as_it_is(inside: str) -> None:
    assert sanitized(inside) == inside


def test_a_link_becomes_a_group_and_keeps_what_it_draws() -> None:
    assert sanitized("<a href='https://example.org'><rect/></a>") == "<g><rect></rect></g>"


def test_a_link_within_the_picture_is_no_link_any_more() -> None:
    assert sanitized("<a href='#x'/>") == "<g></g>"


@pytest.mark.parametrize("element", ["title", "desc", "style"])
def test_text_for_people_and_for_styles_has_no_elements_inside(element: str) -> None:
    assert sanitized(f"<{element}>a<g>b<style>c</style></g></{element}>") == f"<{element}>a</{element}>"


def data_url(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, "JPEG")
    return out.getvalue()


def test_raster_images_inside_are_kept_if_they_are_what_they_say() -> None:
    for url in (data_url("png", png()), data_url("jpeg", jpeg((3, 4)))):
        assert sanitized(f"<image href='{url}'/>") == f'<image href="{url}"></image>'


@pytest.mark.parametrize(
    "url",
    [
        data_url("svg+xml", SVG),
        data_url("png", b"not a png"),
        data_url("png", jpeg((3, 3))),
        data_url("jpeg", png()),
        data_url("jpeg", jpeg((3, 3))[:30]),
        data_url("jpeg", jpeg((5000, 4000))),
        data_url("png", png((8000, 8000), "1")),
        data_url("gif", b"GIF89a"),
        "data:image/png;base64,%%%",
        "data:image/png,abc",
    ],
)
def test_other_data_is_not_handed_to_a_renderer(url: str) -> None:
    assert sanitized(f"<image href='{url}'/>") == "<image></image>"


@given(st.text(st.sampled_from("abu rl(/*)\\;{}@:#'\"import,-.\n")))
def test_no_style_sheet_reaches_outside_whatever_it_is_made_of(css: str) -> None:
    clean = harmless_css(css)
    assert "\\" not in clean
    assert "@" not in clean.replace("@media", "")
    assert not re.search(r"url\s*\((?!\s*[\"']?#)", clean)
    assert harmless_css(clean) == clean


@pytest.mark.parametrize(
    ("css", "clean"),
    [
        ("@import url(https://e.example/a.css); .a{fill:red}", "; .a{fill:red}"),
        ('@import "https://e.example/a.css"; .a{fill:red}', "; .a{fill:red}"),
        ("@font-face{font-family:x;src:url(https://e.example/f.woff)}.a{fill:red}", "{font-family:x;}.a{fill:red}"),
        (".a{fill:u/**/rl(x)}", ".a{}"),
        (".a{background:url(x);fill:red}", ".a{;fill:red}"),
        (".a{fill:red}/* unfinished url(x)", ".a{fill:red} "),
        (".a{width:expression(alert(1))}", ".a{}"),
        (".a{fill:\\75rl(x)}", ".a{}"),
    ],
)
def test_style_sheets_lose_only_what_reaches_outside(css: str, clean: str) -> None:
    assert harmless_css(css) == clean


_pieces = st.sampled_from(
    ["<g>", "</g>", "<text>", "</text>", "<style>", "</style>", "a{fill:red}", "&lt;script>", "<script>", "</script>",
     "<rect fill='&quot;&#10;'/>", "<title>", "</title>", "<![CDATA[</style><script>]]>", "x &amp; y", "<a>", "</a>",
     "<use href='#a'/>", "<g id='b'/>", "&#13;"]
)  # fmt: skip


@given(st.lists(_pieces, max_size=12).map("".join))
def test_sanitizing_twice_changes_nothing_and_leaves_no_script(inside: str) -> None:
    try:
        clean = sanitize_svg(START + inside.encode() + b"</svg>")
    except ImageRefused:
        return  # the pieces did not fit together
    assert sanitize_svg(clean) == clean
    assert b"<script" not in clean
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(clean).iter()}  # noqa: S314
    assert tags <= {"svg", "g", "text", "style", "rect", "title", "use"}


def uses(levels: int) -> str:
    return "<path id='a0' d=''/>" + "".join(
        f"<g id='a{level}'>{f'<use href=&quot;#a{level - 1}&quot;/>'.replace('&quot;', chr(34)) * 10}</g>"
        for level in range(1, levels)
    )


def patterns(levels: int, rule: str) -> str:
    return "".join(
        f"<pattern id='p{level}'>{f'<rect {rule.format(level - 1)}/>' * 10}</pattern>" for level in range(1, levels)
    )


def test_references_that_multiply_are_refused_at_once() -> None:
    sanitized(uses(5))
    sheet = "<style>" + "".join(f".c{level}{{fill:url(#p{level})}}" for level in range(12)) + "</style>"
    for bomb in (uses(12), patterns(12, "fill='url(#p{})'"), patterns(12, "style='mask:url(#p{})'"),
                 sheet + patterns(12, "class='c{}'")):  # fmt: skip
        with work_of_at_most(5), pytest.raises(ImageRefused, match="draws more than 1,000,000 elements"):
            sanitized(bomb)


def test_markers_on_a_long_line_are_counted_for_each_vertex() -> None:
    line = "L1 1" * 20_000
    marker = "<marker id='m'>" + "<path/>" * 100 + "</marker>"
    sanitized(marker + "<path d='M0 0L1 1' marker-mid='url(#m)'/>")
    with pytest.raises(ImageRefused, match="draws more than"):
        sanitized(f"{marker}<path d='{line}' marker-mid='url(#m)'/>")


def test_references_in_a_circle_are_refused_and_styles_that_only_seem_so_are_not() -> None:
    with pytest.raises(ImageRefused, match="circle, through #a"):
        sanitized("<g id='a'><use href='#a'/></g>")
    with pytest.raises(ImageRefused, match="in a circle"):
        sanitized("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>")
    sanitized("<style>.x rect{clip-path:url(#c)}</style><clipPath id='c'><rect/></clipPath><g class='x'><rect/></g>")


def test_a_long_chain_of_references_needs_no_recursion() -> None:
    def chain(length: int) -> str:
        return "".join(f"<g id='a{i}'><use href='#a{i + 1}'/></g>" for i in range(length))

    sanitized(chain(900))
    with pytest.raises(ImageRefused, match="draws more than"):
        sanitized(chain(20_000))


def test_a_baked_credential_does_not_survive_so_sanitize_first() -> None:
    assert JWT.encode() not in sanitize_svg(bake_svg(SVG, JWT))
    assert JWT.encode() in bake_svg(sanitize_svg(SVG), JWT)


def test_only_svg_is_sanitized() -> None:
    for other in (b"<html/>", b"<svg/>"):
        with pytest.raises(NotAnImage, match="must be <svg"):
            sanitize_svg(other)
