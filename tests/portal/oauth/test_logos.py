"""The logo of an application on the page that asks (requirement 131): fetched by us, drawn anew, shown from here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, PngImagePlugin

from issuer.authorizations.logos import logo_of, take_turn
from issuer.tables import ApplicationLogoRow
from tests.portal.oauth.conftest import ABOUT, App, Provider
from verifier.fetch import Fetched, FetchFailed
from wallet_export.errors import WalletExportError
from wallet_export.logo import MOST_BYTES, SIDE, logo_png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><path fill="#f00" d="M0 0h40v20H0z"/></svg>'


@dataclass
class Internet:
    """The application's server, as our fetcher finds it."""

    body: bytes | None
    asked: list[tuple[str, int]] = field(default_factory=list)

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        self.asked.append((url, max_bytes))
        if self.body is None:
            raise FetchFailed(url, "no answer")
        return Fetched(url, self.body, "text/html")


@contextmanager
def internet(provider: Provider, body: bytes | None) -> Iterator[Internet]:
    there = Internet(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider.house.service.documents, "_others", there)
        yield there


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (300, 100), **more: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, more.pop("colour", "#f00")).save(out, kind, **more)
    return out.getvalue()


def logo_of_page(provider: Provider, app: App, path: str, browser: Any) -> Any:
    page = browser.get(path)
    found = re.search(r'<img class="app-logo" src="([^"]+)" alt=""', page.text)
    assert "folio.example/logo.png" not in page.text, "the browser is told of no picture of a stranger's"
    assert "img-src 'self'" in page.headers["content-security-policy"]
    return browser.get(found[1]) if found else None


def test_131_the_logo_is_fetched_once_and_comes_from_here(provider: Provider) -> None:
    app, browser = provider.app(), provider.signed_in()
    with internet(provider, SVG) as there:
        path = provider.asked(app, browser)
        assert there.asked == [], "nobody who is not signed in makes us ask strangers"
        answers = [logo_of_page(provider, app, path, browser) for _ in range(2)]
        assert there.asked == [(ABOUT["logo_uri"], MOST_BYTES)]
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert Image.open(BytesIO(answer.content)).size == (SIDE, SIDE)
    stranger = provider.client.get(path + "/logo.png")
    assert stranger.status_code == 401, "who is not asked does not see it"


def test_131_a_logo_that_cannot_be_had_is_no_failure_and_is_asked_for_again_a_day_later(provider: Provider) -> None:
    app, browser = provider.app(), provider.signed_in()
    path = provider.asked(app, browser)
    with internet(provider, None) as there:
        plain = [logo_of_page(provider, app, path, browser) for _ in range(2)]
        assert {one.headers["location"].rpartition("/")[2] for one in plain} == {"application.svg"}
        assert len(there.asked) == 1
    assert browser.post(path, answer="allow").status_code == 303
    provider.house.clock.now += timedelta(days=1)
    path = provider.asked(app, provider.signed_in())
    with internet(provider, picture("WEBP")):
        first = logo_of_page(provider, app, path, provider.signed_in()).content
    provider.house.clock.now += timedelta(days=1)
    path = provider.asked(app, provider.signed_in())
    with internet(provider, None) as there:
        again = logo_of_page(provider, app, path, provider.signed_in())
    assert (again.content, len(there.asked)) == (first, 1), "what was had is kept"


def test_one_of_several_asks_and_a_forgotten_application_leaves_no_logo(provider: Provider) -> None:
    database, now = provider.house.service.database, provider.house.clock()
    client = UUID(provider.app().about["client_id"])
    assert [take_turn(database, client, now=now) for _ in range(3)] == [True, False, False]
    assert not logo_of(database, client, now=now).to_fetch
    assert not take_turn(database, UUID(int=7), now=now), "no such application"
    provider.house.clock.now += timedelta(days=2)
    provider.app()
    with database.read() as session:
        assert session.get(ApplicationLogoRow, client) is None


@pytest.mark.parametrize(
    "data",
    [
        picture("PNG"),
        picture("PNG", "P", (40, 400), colour=1),
        picture("PNG", "I;16", (40, 40), colour=1),
        picture("JPEG", "CMYK", colour=(0, 255, 255, 0)),
        picture("GIF", save_all=True, append_images=[Image.new("RGB", (300, 100), "#00f")]),
        picture("WEBP", "RGBA", colour="#ff000000"),
        SVG,
    ],
)
def test_any_usual_picture_becomes_a_plain_square(data: bytes) -> None:
    drawn = Image.open(BytesIO(logo_png(data)))
    assert (drawn.format, drawn.mode, drawn.size) == ("PNG", "RGB", (SIDE, SIDE))


def test_nothing_of_the_file_is_left() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>")
    made = logo_png(picture("PNG", pnginfo=told) + b"<script>alert(2)</script>")
    assert b"script" not in made
    drawn = Image.open(BytesIO(made))
    assert drawn.getpixel((SIDE // 2, SIDE // 2)) == (255, 0, 0)
    assert drawn.getpixel((SIDE // 2, 2)) == (255, 255, 255), "whole, in the middle, on white"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        picture("PNG")[:60],
        picture("BMP"),
        picture("PNG", "1", (9_000, 9_000), colour=0),
        b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES),
        b"RIFF....AVI ",
        SVG.replace(b"<path", b'<image href="https://folio.example/x.png"/><path').replace(b"</svg>", b""),
    ],
    ids=["nothing", "a page", "a PDF", "broken", "BMP", "a bomb", "too long", "no picture", "a broken SVG"],
)
def test_what_is_no_picture_is_none(data: bytes) -> None:
    with pytest.raises(WalletExportError):
        logo_png(data)
