"""Credentials in files that are no badges: attached to a PDF, or behind the QR code in a picture or photo."""

from __future__ import annotations

import random
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageFilter
from pypdf import PdfWriter

from credentials.haste import TakesLong, in_haste
from tests.world import Issuer, World
from verifier.result import Status
from wallet_export.baking import bake
from wallet_export.qr import qr_png, qr_svg


def pdf(**files: bytes) -> bytes:
    """A PDF of one empty page with these files attached."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    for name, body in files.items():
        writer.add_attachment(name, body)
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def code(text: str) -> Image.Image:
    return Image.open(BytesIO(qr_png(text))).convert("L")


def photo(text: str, *, kind: str = "JPEG") -> bytes:
    """A code as somebody's phone sees it on a screen: turned, small in the picture, unsharp, noisy."""
    picture = Image.new("L", (1600, 1200), 150)
    picture.paste(code(text).resize((520, 520)).rotate(11, expand=True, fillcolor=150), (640, 330))
    noise = Image.frombytes("L", picture.size, random.Random(1).randbytes(1600 * 1200))  # noqa: S311
    made = BytesIO()
    Image.blend(picture.filter(ImageFilter.GaussianBlur(1.2)), noise, 0.12).save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize("form", ["json", "jwt", "png"])
def test_a_certificate_with_its_credential_attached(world: World, acme: Issuer, form: str) -> None:
    badge = acme.issue()
    made = BytesIO()
    Image.new("RGB", (8, 8)).save(made, "PNG")
    body = bake(made.getvalue(), badge.json.decode()) if form == "png" else badge.forms()[form]
    result = world.verify(pdf(terms=b"Terms and conditions", credential=body))
    assert (result.status, result.form) == (Status.VALID, "pdf")
    assert result.check("extract").sentence == "A credential was read out of a file attached to a PDF."


def test_the_same_credential_twice_is_one(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    assert world.verify(pdf(one=badge.json, two=badge.json)).verified


def test_what_is_changed_in_an_attachment_shows(world: World, acme: Issuer) -> None:
    forged = acme.issue().json.replace(b'"name":"', b'"name":"Great ')
    assert world.verify(pdf(credential=forged)).status is Status.INVALID


def encrypted() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def bomb() -> bytes:
    """A PDF of some hundred kilobytes whose attachment would unpack to 100 MB."""
    head, _, rest = pdf(bomb=b"x" * 5000).partition(b"stream\n")
    _, _, tail = rest.partition(b"endstream")
    packed = zlib.compress(bytes(100_000_000), 1)
    length = head.rindex(b"/Length")
    head = head[:length] + f"/Filter /FlateDecode /Length {len(packed)}\n>>\n".encode()
    return head + b"stream\n" + packed + b"\nendstream" + tail


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (pdf, "No credential is attached"),
        (lambda: pdf(notes=b"hello"), "neither a badge"),
        (lambda: pdf(notes=b"hello", more=b"again"), "None of the 2 files"),
        (lambda: pdf(address=b"https://acme.example/badge"), "Only an address"),
        (lambda: pdf(again=pdf()), "A PDF is attached to this PDF"),
        (lambda: pdf(**{str(n): str(n).encode() for n in range(20)}), "more files attached"),
        (encrypted, "encrypted"),
        (lambda: pdf(notes=b"x" * 3000)[:-900], ""),
        (lambda: b"%PDF-1.7" + random.Random(2).randbytes(20_000), ""),  # noqa: S311
        (bomb, "larger ones"),
    ],
    ids=["empty", "note", "notes", "address", "nested", "many", "encrypted", "cut", "noise", "bomb"],
)
def test_a_sentence_for_other_pdfs(world: World, file: object, words: str) -> None:
    result = world.verify(file())  # type: ignore[operator]
    assert result.status is Status.INVALID
    assert words in result.sentence
    assert result.sentence.endswith(".")


def test_two_credentials_in_one_pdf_are_not_mixed_up(world: World, acme: Issuer) -> None:
    result = world.verify(pdf(one=acme.issue().json, two=acme.issue().json))
    assert "2 credentials are attached" in result.sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_photo_of_a_code_leads_to_the_credential(world: World, acme: Issuer, kind: str) -> None:
    badge = acme.issue()
    world.fetcher.serve(badge.id, badge.json, "application/vc")
    result = world.verify(photo(badge.id, kind=kind))
    assert (result.status, result.source, result.form) == (Status.VALID, badge.id, "json")
    assert result.check("extract").sentence.startswith(f"The QR code leads to {badge.id}. A credential")


def test_the_code_that_is_to_be_printed_leads_there_too(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    world.fetcher.serve(badge.id, badge.json, "application/vc")
    result = world.verify(qr_svg(badge.id))
    assert (result.status, result.source, result.form) == (Status.VALID, badge.id, "json")


@pytest.mark.parametrize("inside", [b'<path d="M1 1h9v9z"/>', b"<text>Ana</text>", b"<foreignObject/>"])
def test_a_drawing_without_a_code_is_a_badge_without_a_credential(world: World, inside: bytes) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">' + inside + b"</svg>"
    assert "No badge is baked into the SVG" in world.verify(drawing).check("extract").sentence


def test_a_code_that_holds_the_credential_itself(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    made = BytesIO()
    code(badge.jwt.decode()).save(made, "PNG")
    result = world.verify(made.getvalue())
    assert (result.status, result.form) == (Status.VALID, "qr")


def white() -> bytes:
    made = BytesIO()
    Image.new("RGB", (60, 60), "white").save(made, "PNG")
    return made.getvalue()


def two_codes() -> bytes:
    picture = Image.new("L", (900, 420), 255)
    for number in range(2):
        picture.paste(code(f"https://acme.example/{number}").resize((400, 400)), (20 + 440 * number, 10))
    made = BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def huge() -> bytes:
    made = BytesIO()
    Image.new("1", (8_100, 8_000)).save(made, "GIF")
    return made.getvalue()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (white, "no QR code was found"),
        (two_codes, "2 different QR codes"),
        (huge, "pixels"),
        (lambda: photo("WIFI:S:guests;;"), "neither a credential nor the address"),
        (lambda: photo("https://acme.example/")[:3000], "damaged"),
    ],
    ids=["white", "two", "huge", "wifi", "cut"],
)
def test_a_sentence_for_other_pictures(world: World, file: object, words: str) -> None:
    result = world.verify(file())  # type: ignore[operator]
    assert result.status is Status.INVALID
    assert words in result.sentence
    assert world.fetcher.requests == []


def test_who_is_in_haste_is_told_that_it_takes_long(world: World) -> None:
    for file in (pdf(), white()):
        with in_haste(), pytest.raises(TakesLong):
            world.verify(file)


def test_what_is_fetched_on_the_way_is_not_opened(world: World, acme: Issuer) -> None:
    """An issuer whose status list is a picture gets no program of others to look at it."""
    badge = acme.issue()
    world.fetcher.serve(badge.document["credentialStatus"]["statusListCredential"], white(), "image/png")
    result = world.verify(badge.json)
    assert result.status is not Status.VALID
    assert "QR" not in result.check("status").sentence
