"""Baking a PNG: the chunk that Open Badges 3.0 describes, and nothing else changed."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.wallet_export.pictures import (
    JSON_CREDENTIAL,
    JWT,
    OTHER_JWT,
    chunk,
    chunks_of,
    credentials,
    itxt,
    noisy_png,
    png,
    pngs,
    signed_json,
    with_chunks,
)
from wallet_export.credential_text import credential_text
from wallet_export.errors import ImageRefused, NotACredential
from wallet_export.png import bake_png, unbake_png


@given(pngs(), credentials)
def test_what_is_baked_comes_out_and_every_other_chunk_stays(image: bytes, credential: str) -> None:
    baked = bake_png(image, credential)
    assert unbake_png(baked) == credential_text(credential).text
    before, after = chunks_of(image), chunks_of(baked)
    assert after[0] == before[0]
    assert after[2:] == before[1:]
    text = credential_text(credential).text.encode()
    assert after[1] == (b"iTXt", chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0" + text))


@given(pngs(), credentials, credentials)
def test_baking_again_replaces_the_credential(image: bytes, first: str, second: str) -> None:
    assert bake_png(bake_png(image, first), second) == bake_png(image, second)


def test_pillow_reads_the_credential_and_the_same_pixels() -> None:
    image = noisy_png((40, 30))
    with Image.open(io.BytesIO(bake_png(image, JSON_CREDENTIAL))) as baked, Image.open(io.BytesIO(image)) as plain:
        baked.load()
        assert json.loads(baked.info["openbadgecredential"]) == json.loads(JSON_CREDENTIAL)
        assert baked.tobytes() == plain.tobytes()


def found_by_counting_braces(image: bytes) -> object:
    """What Learner Credential Wallet and verifier-plus do: keyword, first brace, count, without knowing strings."""
    text = image.decode("latin-1")
    start = text.index("{", text.index("openbadgecredential"))
    depth = 0
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return json.loads(text[start : position + 1])
    raise AssertionError("the braces never balance")


@given(pngs(), st.text(st.sampled_from('{}"\\aé张]>'), max_size=20))
def test_readers_that_count_braces_find_the_credential(image: bytes, name: str) -> None:
    credential = signed_json(name=name, nested={"{": [name, {}]})
    assert found_by_counting_braces(bake_png(image, credential)) == json.loads(credential)


def test_every_earlier_credential_goes_wherever_and_however_it_was_baked() -> None:
    plain = with_chunks(png(), chunk(b"tEXt", b"Title\0Practitioner"), chunk(b"tEXt", b"openbadgesX\0kept"))
    crowded = with_chunks(
        plain,
        itxt(b"openbadgecredential", b"{}"),
        itxt(b"openbadgecredential", b"{}", flag=1, language=b"de"),
        chunk(b"tEXt", b"openbadgecredential\0x"),
        itxt(b"openbadges", b"https://example.org/1"),
        chunk(b"tEXt", b"openbadges\0https://example.org/2"),
        chunk(b"zTXt", b"openbadges\0\0junk"),
    )
    assert bake_png(crowded, JWT) == bake_png(plain, JWT)


def test_a_chunk_that_only_looks_like_a_badge_is_never_lost_silently() -> None:
    colours = b"openbadges\0\0"
    image = with_chunks(png((2, 2), "P"), chunk(b"PLTE", colours))
    with pytest.raises(ImageRefused, match="PLTE chunk begins like a baked badge"):
        bake_png(image, JWT)


def test_bytes_after_the_end_are_no_part_of_a_png_and_are_not_copied() -> None:
    image = png()
    assert bake_png(image + b"<?php system('id') ?>", JWT) == bake_png(image, JWT)
    assert unbake_png(bake_png(image, JWT) + b"\n") == JWT


def test_nothing_is_baked_that_is_not_signed() -> None:
    with pytest.raises(NotACredential, match="no proof"):
        bake_png(png(), json.dumps({"type": "AchievementCredential"}))


def test_baking_is_quick() -> None:
    image = noisy_png((176, 176))
    assert 75_000 < len(image) < 90_000
    credential = signed_json(description="x" * 3_000)
    best = {}
    acts: dict[str, Callable[[], object]] = {
        "jwt": lambda: bake_png(image, JWT + "x" * 3_000),
        "json": lambda: bake_png(image, credential),
        "read": lambda: unbake_png(bake_png(image, OTHER_JWT)),
    }
    for name, act in acts.items():
        times = []
        for _ in range(20):
            began = time.process_time()
            act()
            times.append(time.process_time() - began)
        best[name] = min(times)
    assert max(best.values()) < 0.02, f"an 80 kB badge should bake in under a millisecond or so: {best}"


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_random_bytes_never_crash_the_reader(data: bytes) -> None:
    with pytest.raises(ImageRefused):
        bake_png(b"\x89PNG\r\n\x1a\n" + data, JWT)
