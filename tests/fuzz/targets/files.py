"""Files: pictures with badges in them, drawings, PDFs, and whatever somebody has to verify."""

from __future__ import annotations

import base64
import io
import json
import warnings
import zlib
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import zxingcpp
from defusedxml import ElementTree
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.errors import LimitReachedError

from credentials.problems import Unacceptable
from tests.credentials.badges import badge
from tests.fuzz import mutators
from tests.fuzz.mutators import Plain, spliced
from tests.fuzz.target import NOTHING, object_of, require, taken, target, text_of
from tests.fuzz.targets.proofs import _messages, _secured, _tokens
from tests.wallet_export.pictures import chunk, itxt, png, with_chunks
from verifier import extract_enveloped
from verifier.enveloped_presentation import open_envelope
from verifier.extract import Address, Extracted, NotExtracted, extract, from_text, from_value
from wallet_export import baking, pdf_reading_child, png_chunks, qr_reading, qr_reading_child
from wallet_export.errors import ImageRefused, NotAnImage, NothingBaked
from wallet_export.png import bake_png, find_in_png
from wallet_export.svg import bake_svg, find_in_svg
from wallet_export.svg_outline import check_encoding
from wallet_export.svg_sanitizer import sanitize_svg

FILES = ("Verification", "Files given to pages", "Command line")
REFUSED = (NotAnImage, ImageRefused, NothingBaked)


@cache
def _badge() -> str:
    return _tokens()[0].decode()


def _pngs() -> Iterator[bytes]:
    plain = png((3, 2))
    yield from (plain, bake_png(plain, _badge()), bake_png(plain, json.dumps(_secured()[0])))
    text = b'{"type":"Assertion"}'
    yield with_chunks(plain, itxt(b"openbadges", text), chunk(b"tEXt", b"openbadges\0https://a.example/1"))
    yield with_chunks(plain, itxt(b"openbadgecredential", text, flag=1, language=b"de", translated=b"x"))
    yield with_chunks(plain, chunk(b"zTXt", b"openbadgecredential\0\0" + zlib.compress(text)))


@target(
    "wallet_export.png:find_in_png",
    "wallet_export.png_chunks:read_chunks",
    "wallet_export.png:unbake_png",
    "wallet_export.baking:unbake",
    "wallet_export.png_chunks:check_size",
    entries=FILES,
    seeds=_pngs,
    mutator=mutators.png,
)
def pngs(data: bytes) -> None:
    """Chunks are written as they were read; what is baked in is what is found, and nothing else is."""
    chunks = taken(REFUSED, png_chunks.read_chunks, data)
    found = taken(REFUSED, find_in_png, data)
    if chunks is NOTHING:
        require(found is NOTHING, "no badge in what is no PNG", data)
        return
    written = png_chunks.write_chunks((one.type, one.body) for one in chunks)
    require(data.startswith(written), "read(write(x)) is x", data)
    if found is not NOTHING:
        require(baking.unbake(data).text == found.text, "the same by both", data)
    baked = taken((NotAnImage, ImageRefused), bake_png, data, _badge())
    if baked is not NOTHING:
        require(find_in_png(baked).text == _badge() and find_in_png(baked).copies == 1, "one badge", data)


def _svgs() -> Iterator[bytes]:
    plain = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect id="a" width="9" fill="url(#b)"/></svg>'
    )
    yield from (plain, bake_svg(plain, _badge()), bake_svg(plain, json.dumps(_secured()[0])))
    yield (
        b'<?xml version="1.0" encoding="UTF-8"?><!-- c --><s:svg xmlns:s="http://www.w3.org/2000/svg" '
        b'xmlns:openbadges="http://openbadges.org" xmlns:x="http://www.w3.org/1999/xlink"><openbadges:assertion '
        b'verify="https://a.example/1"/><s:style>a{fill:url(#b);background:url(//e)}</s:style><s:defs><s:g id="g"/>'
        b'</s:defs><s:use x:href="#g" onload="x"/><s:a href="javascript:1"><s:script>1</s:script></s:a><s:image '
        b'href="data:image/png;base64,AA=="/><s:text>&#x41;&amp;<![CDATA[<b>]]></s:text></s:svg>'
    )
    yield b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
    yield '<svg xmlns="http://www.w3.org/2000/svg"/>'.encode("utf-16")


_SVG_WORDS = (
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?x ",
    b"?>",
    b"&#0;",
    b"&#x10FFFF;",
    b"&lt;",
    b'xmlns="',
    b' xmlns:a="',
    b"<use ",
    b'href="#',
    b"<openbadges:credential ",
    b' verify="',
    b"https://purl.imsglobal.org/ob/v3p0",
    b"http://openbadges.org",
    b"<style>",
    b"@import",
    b"url(",
    b"\\75rl(",
    b"/*",
    b"*/",
    b"expression(",
    b"<pattern ",
    b"<!DOCTYPE ",
    b"data:image/png;base64,",
    b"<svg ",
    b"</svg>",
    b"/>",
    b"<a:b ",
    b"encoding='latin-1'",
    b"!important",
    b"{",
    b"}",
    b"\xef\xbb\xbf",
    b"<script",
)


@target(
    "wallet_export.svg:find_in_svg",
    "wallet_export.svg:unbake_svg",
    "wallet_export.svg_sanitizer:sanitize_svg",
    "verifier.extract_enclosed:from_drawing",
    "wallet_export.svg_outline:check_encoding",
    entries=FILES,
    seeds=_svgs,
    mutator=spliced(*_SVG_WORDS),
)
def svgs(data: bytes) -> None:
    """What is baked in is what is found; what was sanitized has nothing that runs, and stays as it is."""
    taken(REFUSED, check_encoding, data)
    taken(REFUSED, find_in_svg, data)
    baked = taken((NotAnImage, ImageRefused), bake_svg, data, _badge())
    if baked is not NOTHING:
        text, _ = find_in_svg(baked)
        require(text == _badge(), "the badge that was baked in", data, baked)
    clean = taken((NotAnImage, ImageRefused), sanitize_svg, data)
    if clean is not NOTHING:
        require(sanitize_svg(clean) == clean, "sanitizing again changes nothing", data, clean)
        require(b"<!entity" not in clean.lower(), "clean", clean)
        for one in ElementTree.fromstring(clean).iter():
            ran = str(one.tag).rpartition("}")[2].lower() in ("script", "foreignobject")
            require(not ran and not any(name.lower().startswith("on") for name in one.attrib), "clean", clean)


def _pdfs() -> Iterator[bytes]:
    for texts in ((_tokens()[0],), (b"a", b"b")):
        writer = PdfWriter()
        writer.add_blank_page(9, 9)
        for number, text in enumerate(texts):
            writer.add_attachment(f"credential{number}.json", text)
        out = io.BytesIO()
        writer.write(out)
        yield out.getvalue()


@target(
    "wallet_export.pdf_reading_child:attached",
    "verifier.extract_enclosed:from_pdf",
    entries=FILES,
    seeds=_pdfs,
    mutator=spliced(
        b"/Names",
        b"/Kids [",
        b" 0 R",
        b"/EF",
        b"/FS",
        b"/AF",
        b"/Annots",
        b"<<",
        b">>",
        b"endobj",
        b"stream\n",
        b"/FlateDecode",
        b"/ASCII85Decode",
        b"/Length 99999",
        b"/Prev 0",
        b"/Encrypt",
        b"xref",
        b"trailer",
    ),
)
def pdfs(data: bytes) -> None:
    """The confined reader, in this process: it ends, and nothing but what it lists as damage comes out of it."""
    import logging

    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(io.BytesIO(data), strict=False)
            files = [] if reader.is_encrypted else list(pdf_reading_child.attached(reader))
    except (pdf_reading_child.TooMuch, LimitReachedError, *pdf_reading_child.DAMAGED):
        return
    finally:
        logging.disable(logging.NOTSET)
    for one in files:
        taken(NotExtracted, extract, base64.b64decode(one["body"]))


def _codes() -> Iterator[bytes]:
    for text in ("https://a.example/1", _badge()[:300]):
        code: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        out = io.BytesIO()
        Image.fromarray(code.to_image()).convert("1").save(out, "PNG")
        yield out.getvalue()


@target(
    "wallet_export.qr_reading:picture_kind",
    "wallet_export.qr_reading_child:opened",
    "verifier.extract_enclosed:from_picture",
    entries=FILES,
    seeds=_codes,
    mutator=mutators.png,
)
def qr_pictures(data: bytes) -> None:
    """The confined reader's steps, in this process: a picture is opened or refused, and so is any text in it."""
    qr_reading.picture_kind(data)
    grey = taken(qr_reading_child.NotOpened, qr_reading_child.opened, data, 1_000_000)
    if grey is NOTHING:
        return
    for found in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode):
        taken(NotExtracted, from_text, found.text)


def _given() -> Iterator[bytes]:
    yield from _tokens()
    yield from (json.dumps(one).encode() for one in _secured())
    yield from _messages()[:1]
    yield b"https://acme.example/credentials/1"
    yield b"data:application/vc+jwt," + _tokens()[0]
    enveloped = {
        "@context": badge()["@context"],
        "id": f"data:application/vc+jwt,{_badge()}",
        "type": "EnvelopedVerifiableCredential",
    }
    yield json.dumps(enveloped).encode()
    presented = {
        "@context": badge()["@context"][:1],
        "type": "VerifiablePresentation",
        "verifiableCredential": [enveloped],
    }
    yield json.dumps(presented).encode()
    yield json.dumps({**presented, "id": enveloped["id"], "type": "EnvelopedVerifiablePresentation"}).encode()
    yield json.dumps(
        {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://a.example/1"}
    ).encode()
    yield bake_svg(b'<svg xmlns="http://www.w3.org/2000/svg"/>', _badge())
    message = base64.b64encode(_messages()[0])
    yield b"data:application/vc+cose;base64," + message


def _any_form(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    if data.startswith(b"\x89PNG"):
        return mutators.png(data, most, seed, plain)
    if data.startswith(b"\xd2"):
        return mutators.cbor(data, most, seed, plain)
    return mutators.token(data, most, seed, plain) if Random(seed).random() < 0.8 else plain(data, most)


@target(
    "verifier.extract:extract",
    "verifier.extract:from_text",
    "verifier.extract:from_value",
    "verifier.extract_enveloped:from_sd_jwt",
    "verifier.extract_enveloped:from_message",
    "verifier.extract_enveloped:from_data_url",
    "verifier.enveloped_presentation:open_envelope",
    entries=("Verification", "Command line", "Files given to pages"),
    seeds=_given,
    mutator=_any_form,
    most_bytes=8192,
)
def extraction(data: bytes) -> None:
    """Something to verify, or a sentence that says why not; its text is found again as the same."""
    found = taken(NotExtracted, extract, data)
    text = text_of(data)
    if isinstance(found, Extracted) and found.form in ("json", "jwt", "sd-jwt"):
        again = taken(NotExtracted, from_text, found.text)
        require(isinstance(again, Extracted) and again.document == found.document, "the same again", data, again)
    require(not isinstance(found, Address) or found.url[:4].lower() == "http", "an address on the web", data)
    taken(NotExtracted, extract_enveloped.from_sd_jwt, text, "sd-jwt")
    taken(NotExtracted, extract_enveloped.from_message, data, "cose")
    taken(NotExtracted, extract_enveloped.from_data_url, text, "jwt")
    taken(Unacceptable, open_envelope, text)
    value = object_of(data)
    if value is not None:
        taken(NotExtracted, from_value, value, text, "json")
        taken(Unacceptable, open_envelope, value)
