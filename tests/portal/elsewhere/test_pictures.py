"""Pictures of badges of others: drawn anew, or not at all; and the pages that applications are told of."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.elsewhere.pictures import MOST_BYTES, picture_of
from portal.settings import SettingsRefused, load_settings
from tests.portal.conftest import House
from tests.world import WorldFetcher

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/>{}</svg>'


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(side: int, extra: bytes = b"") -> bytes:
    rows = zlib.compress(b"".join(b"\0" + b"\x20\x40\x80" * side for _ in range(side)))
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _data(kind: str, body: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(body).decode()}"


def _badge(image: Any) -> dict[str, Any]:
    return {"credentialSubject": {"achievement": {"image": image}}}


def test_an_svg_loses_what_runs() -> None:
    harmful = SVG.format("<script>alert(1)</script><image href='http://169.254.169.254/'/>").encode()
    drawn = picture_of(_badge({"id": _data("svg+xml", harmful), "type": "Image"}), WorldFetcher())
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    assert b"script" not in drawn
    assert b"169.254" not in drawn


def test_a_png_is_drawn_anew_without_what_else_is_in_it() -> None:
    text = _chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
    drawn = picture_of(_badge(_data("png", _png(40, text))), WorldFetcher())
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    assert struct.unpack(">II", drawn[16:24]) == (256, 256)
    assert b"script" not in drawn


def test_one_that_lies_elsewhere_is_fetched_by_us() -> None:
    wire = WorldFetcher()
    wire.serve("https://elsewhere.example/badge.png", _png(8), "text/html")
    assert picture_of(_badge("https://elsewhere.example/badge.png"), wire) is not None
    wire.serve("https://elsewhere.example/page", b"<html>", "image/png")
    for url in ("https://elsewhere.example/page", "https://elsewhere.example/none"):
        assert picture_of(_badge(url), wire) is None


@pytest.mark.parametrize(
    "image",
    [
        None,
        7,
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html;base64,PGI+",
        "data:image/png;base64,not base64",
        _data("png", b"<svg/>"),
        _data("png", b"\x89PNG\r\n\x1a\n"),
        _data("svg+xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><svg/>"),
        _data("png", b"\x89PNG\r\n\x1a\n" + b"x" * (MOST_BYTES + 100)),
    ],
)
def test_what_is_no_picture_is_none(image: object) -> None:
    assert picture_of(_badge(image), WorldFetcher()) is None


def test_117_the_pages_that_applications_are_told_of(house: House, tmp_path: Path) -> None:
    given = {"GUILDMARK_TERMS_URL": "https://x.example/terms", "GUILDMARK_PRIVACY_URL": "https://x.example/privacy"}
    settings = load_settings(tmp_path, {"GUILDMARK_BASE_URL": "https://x.example/badges", **given})
    service = replace(house.service, settings=settings)
    client = TestClient(create_app(service), base_url="https://x.example", follow_redirects=False)
    info = client.get("/badges/ims/ob/v3p0/discovery").json()["info"]
    assert (info["termsOfService"], info["x-imssf-privacyPolicyUrl"]) == tuple(given.values())
    assert client.get("/badges/terms").headers["location"] == given["GUILDMARK_TERMS_URL"]
    assert client.get("/badges/privacy").headers["location"] == given["GUILDMARK_PRIVACY_URL"]
    # RFC 8414, section 3.1: the path of the issuer stands behind the well-known name.
    metadata = client.get("/.well-known/oauth-authorization-server/badges").json()
    assert metadata["issuer"] == "https://x.example/badges"
    assert client.get("/.well-known/oauth-authorization-server/other").status_code == 404
    for wrong in ("http://x.example/terms", "terms", "https://a@b.example"):
        with pytest.raises(SettingsRefused):
            load_settings(tmp_path, {"GUILDMARK_TERMS_URL": wrong})
