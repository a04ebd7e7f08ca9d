"""PNGs baked by others: what they wrote is read, also where the usual library misreads it."""

from __future__ import annotations

import io
import json
import zlib
from importlib import resources

import pytest
from openbadges_bakery import png_bakery

from tests.wallet_export.pictures import JSON_CREDENTIAL, JWT, OTHER_JWT, chunk, itxt, png, with_chunks
from wallet_export.baking import Generation, bake, unbake
from wallet_export.credential_text import credential_text
from wallet_export.png import unbake_png

ASSERTION = json.dumps(
    {"@context": "https://w3id.org/openbadges/v2", "id": "https://example.org/ü"}, ensure_ascii=False
)


def read_by_the_bakery(image: bytes) -> str | None:
    try:
        text: str | None = png_bakery.unbake(io.BytesIO(image))
    except UnicodeDecodeError:
        return None
    return text


def test_a_badge_of_openbadges_bakery_is_read() -> None:
    baked = png_bakery.bake(io.BytesIO(png()), ASSERTION, io.BytesIO()).getvalue()
    assert unbake(baked).text == ASSERTION
    assert unbake(baked).generation is Generation.V2


def test_the_bakery_s_own_example_is_read() -> None:
    heart = resources.files("openbadges_bakery").joinpath("testfiles", "baked_heart.png").read_bytes()
    found = unbake(heart)
    assert json.loads(found.text)["uid"] == "123"
    assert found.generation is Generation.V1
    assert unbake(bake(heart, JWT)).text == JWT


def test_our_chunk_put_in_by_the_bakery_gives_the_same_file() -> None:
    image = png()
    reader = png_bakery.png.Reader(file=io.BytesIO(image))
    body = b"openbadgecredential\0\0\0\0\0" + credential_text(JSON_CREDENTIAL).text.encode()
    out = io.BytesIO()
    png_bakery.png.write_chunks(out, png_bakery.baked_chunks(reader.chunks(), (b"iTXt", body)))
    assert out.getvalue() == bake(image, JSON_CREDENTIAL)


@pytest.mark.parametrize("keyword", [b"openbadgecredential", b"openbadges"])
@pytest.mark.parametrize("flag", [0, 1])
@pytest.mark.parametrize("language", [b"", b"en-GB"])
def test_language_tags_and_compression_are_read(keyword: bytes, flag: int, language: bytes) -> None:
    foreign = itxt(keyword, ASSERTION.encode(), flag=flag, language=language, translated=language and b"Abz.")
    image = with_chunks(png(), foreign)
    assert unbake_png(image) == ASSERTION
    if keyword == b"openbadges" and (flag or language):
        assert read_by_the_bakery(image) != ASSERTION, "the library learnt it: our own reader may go"


def test_old_text_chunks_are_read() -> None:
    url = "https://example.org/assertions/1"
    assert unbake_png(with_chunks(png(), chunk(b"tEXt", b"openbadges\0" + url.encode()))) == url
    assert unbake_png(with_chunks(png(), chunk(b"zTXt", b"openbadges\0\0" + zlib.compress(url.encode())))) == url
    latin = chunk(b"tEXt", b"openbadges\0" + '{"name": "Zoë"}'.encode("latin-1"))
    assert unbake_png(with_chunks(png(), latin)) == '{"name": "Zoë"}'


def test_the_first_chunk_wins_and_copies_are_counted() -> None:
    two = with_chunks(png(), itxt(b"openbadgecredential", JWT.encode()), itxt(b"openbadgecredential", b"second"))
    assert unbake(two).text == JWT
    assert unbake(two).copies == 2
    assert unbake(bake(two, OTHER_JWT)).copies == 1


def test_the_newer_generation_wins_over_the_older_whatever_their_order() -> None:
    both = with_chunks(png(), itxt(b"openbadges", b"https://example.org/1"), itxt(b"openbadgecredential", JWT.encode()))
    assert unbake(both).text == JWT
    assert unbake(both).generation is Generation.V3


def test_the_first_international_text_chunk_is_the_one_that_counts() -> None:
    image = with_chunks(
        png(),
        chunk(b"tEXt", b"openbadgecredential\0text"),
        itxt(b"openbadgecredential", JWT.encode()),
        itxt(b"openbadgecredential", OTHER_JWT.encode()),
    )
    assert unbake(image).text == JWT
    assert unbake(image).copies == 3
    assert unbake(with_chunks(png(), chunk(b"tEXt", b"openbadgecredential\0" + JWT.encode()))).text == JWT


def test_itxt_goes_before_text_and_several_old_chunks_are_told_apart() -> None:
    image = with_chunks(png(), chunk(b"tEXt", b"openbadges\0old"), itxt(b"openbadges", b"https://example.org/2"))
    assert unbake(image).text == "https://example.org/2"
    assert read_by_the_bakery(image) == "old", "the library learnt it: our own reader may go"


@pytest.mark.parametrize(
    ("carrier", "generation"),
    [
        (itxt(b"openbadges", b"https://example.org/hosted"), Generation.V2),
        (itxt(b"openbadges", OTHER_JWT.encode()), Generation.V2),
        (itxt(b"openbadges", b'{"uid": "1"}'), Generation.V1),
        (chunk(b"tEXt", b"openbadges\0https://example.org/hosted"), Generation.V1),
        (itxt(b"openbadges", b'{"@context": ["https://www.w3.org/ns/credentials/v2"]}'), Generation.V3),
    ],
)
def test_the_generation_is_told_from_what_is_there(carrier: bytes, generation: Generation) -> None:
    assert unbake(with_chunks(png(), carrier)).generation is generation
