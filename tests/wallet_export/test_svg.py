"""Baking an SVG: one element directly after the root's start tag, every other byte where it was."""

from __future__ import annotations

import json
from xml.dom.minidom import CDATASection

import pytest
from defusedxml import minidom
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wallet_export.pictures import JSON_CREDENTIAL, JWT, OTHER_JWT, SVG, credentials, json_credentials
from wallet_export.baking import Generation, bake, unbake
from wallet_export.credential_text import credential_text
from wallet_export.errors import NothingBaked
from wallet_export.svg import bake_svg, unbake_svg

NAMESPACE = b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'

# (what stands before the root's name ends, the rest of its start tag, everything after)
ROOTS = {
    "plain": (b"<svg", b' xmlns="http://www.w3.org/2000/svg">', b"<g/></svg>"),
    "declaration, comments and a late root": (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- <svg> ' + b"x" * 5000 + b" -->\n<?pi <svg ?>\n<svg",
        b'\n  xmlns = "http://www.w3.org/2000/svg"\n  viewBox=\'0 0 9 9\' >',
        b"\n<title>\xc3\xa9 &lt;svg&gt;</title></svg><!-- after -->\n",
    ),
    "prefixed": (b"<s:svg", b' xmlns:s="http://www.w3.org/2000/svg">', b"<s:g/></s:svg>"),
    "byte order mark": (b"\xef\xbb\xbf<svg", b' xmlns="http://www.w3.org/2000/svg">', b"</svg>"),
    "angle bracket and quotes in an attribute": (
        b"<svg", b""" xmlns='http://www.w3.org/2000/svg' aria-label='a > b "/> c' id="it's/">""", b"<g/></svg>",
    ),
    "public document type": (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg',
        b' xmlns="http://www.w3.org/2000/svg">', b"</svg>",
    ),
    "windows line ends": (b"\r\n<svg", b'\r\n\txmlns="http://www.w3.org/2000/svg"\r\n>', b"\r\n\r\n</svg>\r\n"),
}  # fmt: skip


def element(credential: str) -> bytes:
    text = credential_text(credential)
    if text.form == "jwt":
        return f'<openbadges:credential verify="{text.text}"/>'.encode()
    return f"<openbadges:credential><![CDATA[{text.text}]]></openbadges:credential>".encode()


@pytest.mark.parametrize("root", ROOTS)
@settings(max_examples=25)
@given(credential=credentials)
def test_only_the_prefix_and_the_element_are_put_in(root: str, credential: str) -> None:
    name, tag, rest = ROOTS[root]
    baked = bake_svg(name + tag + rest, credential)
    assert baked == name + b" " + NAMESPACE + tag + element(credential) + rest
    assert unbake_svg(baked) == credential_text(credential).text


@pytest.mark.parametrize("root", ROOTS)
@settings(max_examples=25)
@given(first=credentials, second=credentials)
def test_baking_again_replaces_the_credential(root: str, first: str, second: str) -> None:
    image = b"".join(ROOTS[root])
    assert bake_svg(bake_svg(image, first), second) == bake_svg(image, second)


@given(json_credentials())
def test_any_xml_reader_finds_the_credential_in_one_cdata_section(credential: str) -> None:
    document = minidom.parseString(bake_svg(SVG, credential).decode())
    (found,) = document.getElementsByTagNameNS("https://purl.imsglobal.org/ob/v3p0", "credential")
    assert document.documentElement is not None
    assert document.documentElement.firstChild is found
    (section,) = found.childNodes
    assert isinstance(section, CDATASection)
    assert not found.hasAttribute("verify")
    assert json.loads(section.data) == json.loads(credential)


def test_the_root_s_start_tag_ends_where_it_ends() -> None:
    """White space before `>` and an equals sign later on were once read as one more attribute."""
    image = b'<svg xmlns="http://www.w3.org/2000/svg" ><g id="x"/></svg>'
    once = bake_svg(image, '{"=": "=", "proof": {"a": "b"}}')
    assert bake_svg(once, JWT) == bake_svg(image, JWT)


def test_a_jwt_stands_in_the_attribute_and_nothing_inside() -> None:
    document = minidom.parseString(bake_svg(SVG, JWT).decode())
    (found,) = document.getElementsByTagName("openbadges:credential")
    assert found.getAttribute("verify") == JWT
    assert not found.childNodes


def test_a_root_without_content_is_opened() -> None:
    baked = bake_svg(b'<s:svg xmlns:s="http://www.w3.org/2000/svg" id="a/b" />\n', JWT)
    assert baked == (
        b"<s:svg " + NAMESPACE + b' xmlns:s="http://www.w3.org/2000/svg" id="a/b" >' + element(JWT) + b"</s:svg>\n"
    )
    assert unbake_svg(bake_svg(baked, JSON_CREDENTIAL)) == credential_text(JSON_CREDENTIAL).text


@pytest.mark.parametrize(
    "old",
    [
        b'<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0" verify="a.b.c"/>',
        b'<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{"a":">"}]]></b:credential >',
        b'<credential xmlns="https://purl.imsglobal.org/ob/v3p0"><credential/>x</credential>',
        b'<o:assertion xmlns:o="http://openbadges.org" verify="https://example.org/1">{}</o:assertion>',
        b'<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="https://example.org/1"/>',
    ],
)
@pytest.mark.parametrize("place", ["<g>{}</g>", "{}<g/>", "<g/>{}", "{}{}<g>{}</g>"])
def test_old_credentials_go_under_any_prefix_and_at_any_depth(old: bytes, place: str) -> None:
    start, end = b'<svg xmlns="http://www.w3.org/2000/svg">', b"</svg>"
    filled = start + place.encode().replace(b"{}", old) + end
    empty = start + place.encode().replace(b"{}", b"") + end
    assert bake_svg(filled, JWT) == bake_svg(empty, JWT)


def test_a_prefix_that_open_badges_2_declared_is_declared_anew() -> None:
    old = (
        b"<svg xmlns:openbadges='http://openbadges.org' xmlns=\"http://www.w3.org/2000/svg\">"
        b'<openbadges:assertion verify="https://example.org/1"/><g/></svg>'
    )
    assert bake_svg(old, JWT) == (
        b"<svg " + NAMESPACE + b' xmlns="http://www.w3.org/2000/svg">' + element(JWT) + b"<g/></svg>"
    )


@pytest.mark.parametrize(
    ("inside", "text", "generation"),
    [
        (b'<x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0" verify=" a.b.c "/>', "a.b.c", Generation.V3),
        (b'<x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0">\n {"a":1}\n</x:credential>', '{"a":1}',
         Generation.V3),
        (b'<x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{"a":"]]]]><![CDATA[>"}]]>'
         b"</x:credential>", '{"a":"]]>"}', Generation.V3),
        (b'<o:assertion xmlns:o="http://openbadges.org" verify="https://e.org/1"/>', "https://e.org/1", Generation.V2),
        (b'<o:assertion xmlns:o="http://openbadges.org">{"uid":"1"}</o:assertion>', '{"uid":"1"}', Generation.V1),
    ],
)  # fmt: skip
def test_what_other_bakers_wrote_is_read(inside: bytes, text: str, generation: Generation) -> None:
    found = unbake(b'<svg xmlns="http://www.w3.org/2000/svg"><g/>' + inside + b"</svg>")
    assert (found.text, found.generation, found.form) == (text, generation, "svg")


def test_the_first_wins_and_the_newer_generation_goes_first() -> None:
    old = b'<o:assertion xmlns:o="http://openbadges.org" verify="https://e.org/1"/>'
    new = b'<x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0" verify="%s"/>'
    start, end = b'<svg xmlns="http://www.w3.org/2000/svg">', b"</svg>"
    found = unbake(start + old + new % JWT.encode() + new % OTHER_JWT.encode() + end)
    assert (found.text, found.generation, found.copies) == (JWT, Generation.V3, 2)


def test_an_svg_of_openbadges_bakery_is_read_and_baked_anew() -> None:
    from importlib import resources

    baked = resources.files("openbadges_bakery").joinpath("testfiles", "baked_example.svg").read_bytes()
    assert unbake(baked).text == "https://example.org/assertion.json"
    assert unbake(baked).generation is Generation.V2
    again = bake(baked, JWT)
    assert unbake(again).text == JWT
    assert b"openbadges:assertion" not in again


def test_an_svg_without_a_badge_says_so() -> None:
    with pytest.raises(NothingBaked, match="No badge is baked"):
        unbake_svg(SVG)
    with pytest.raises(NothingBaked, match="empty"):
        unbake_svg(
            b'<svg xmlns="http://www.w3.org/2000/svg"><c:credential xmlns:c="https://purl.imsglobal.org/ob/v3p0"> '
            b"</c:credential></svg>"
        )


_names = st.sampled_from(["g", "rect", "title", "svg", "a"])
_trees = st.recursive(
    st.text(st.characters(min_codepoint=32, exclude_characters="<&>", exclude_categories=("Cs", "Cn")), max_size=9),
    lambda inner: st.builds(lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", _names, st.lists(inner)),
    max_leaves=8,
)


@given(_trees, credentials)
def test_any_drawing_survives(inside: str, credential: str) -> None:
    image = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()
    baked = bake_svg(image, credential)
    assert baked.replace(element(credential), b"", 1).replace(b" " + NAMESPACE, b"", 1) == image
