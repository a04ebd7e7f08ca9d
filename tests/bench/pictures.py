"""Line 10: a badge into a PNG of 80 kB and into an SVG, beside openbadges-bakery; QR codes of an address."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

from openbadges_bakery import png_bakery, svg_bakery
from PIL import Image

from tests.bench.badges import BASE_URL
from tests.bench.harness import Bench, Goal, Row, judged, left_out, python
from wallet_export.baking import bake, unbake
from wallet_export.qr import qr_png, qr_svg

LINE = 10
_PNG = Goal(13, 25)
_SVG = Goal(100)
_QR = Goal(2.0, None, "{:.2f} ms", more_is_better=False)
_PDF = Goal(15, None, "{:.0f} ms", more_is_better=False)
_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def picture() -> bytes:
    """A PNG of about 80 kB: a picture that compresses as badly as painted ones do."""
    side = 160
    noise = Random(1).randbytes(side * side * 3)  # noqa: S311
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(out, "PNG")
    return out.getvalue()


def drawing() -> bytes:
    """The example program's badge."""
    return (_EXAMPLES / "badges" / "practitioner.svg").read_bytes()


def rows(bench: Bench) -> Iterator[Row]:
    """All figures of the line."""
    texts = [body.decode() for body in bench.signed]
    yield from _baking(bench, "PNG", picture(), texts, _PNG)
    yield from _baking(bench, "SVG", drawing(), texts, _SVG)
    yield from qr_rows(bench)
    yield left_out(LINE, "a PDF with its QR code", _PDF, "the product writes no PDF")


def _baking(bench: Bench, form: str, image: bytes, texts: list[str], goal: Goal) -> Iterator[Row]:
    baker = png_bakery if form == "PNG" else svg_bakery
    baked = bake(image, texts[0])
    assert unbake(baked).copies == 1
    assert len(baked) > len(image)

    def theirs(text: str) -> bytes:
        return bytes(baker.bake(io.BytesIO(image), text, io.BytesIO()).getvalue())

    found = bench.compare(
        python("ours", lambda text: bake(image, text), texts), python("openbadges-bakery", theirs, texts)
    )
    own, other = found["ours"].micros, found["openbadges-bakery"].micros
    measured = f"{own:,.0f} µs, bakery {other:,.0f} µs, {len(image):,} B"
    yield judged(LINE, f"bake a {form}: × openbadges-bakery", goal, other / own, measured, ours_us=own, other_us=other)


def qr_rows(bench: Bench) -> Iterator[Row]:
    """Codes of addresses that were not asked for before."""
    chance = Random(7)  # noqa: S311
    pools = [[f"{BASE_URL}/credentials/{UUID(bytes=chance.randbytes(16))}" for _ in range(10_000)] for _ in range(2)]
    found = bench.compare(python("PNG", qr_png, pools[0]), python("SVG", qr_svg, pools[1]))
    for form, samples in found.items():
        yield judged(LINE, f"a QR code as {form}", _QR, samples.median * 1_000, "")
