"""Line 10: a badge into a PNG of 80 kB and into an SVG, beside openbadges-bakery; QR codes of an address."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

from openbadges_bakery import png_bakery, svg_bakery
from PIL import Image

from tests.bench.badges import BASE_URL
from tests.bench.harness import Bench, Goal, Row, judged, python, told
from wallet_export.baking import bake, unbake
from wallet_export.certificate import Certificate, Group, Line, Look, Words, certificate_pdf
from wallet_export.certificate_room import Block, Part
from wallet_export.credential_text import own_credential_text
from wallet_export.qr import qr_png, qr_svg
from wallet_export.typeset import Typesetter

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
    yield from _baking(bench, "PNG", picture(), _PNG)
    yield from _baking(bench, "SVG", drawing(), _SVG)
    yield from qr_rows(bench)
    yield pdf_row(bench)


def _baking(bench: Bench, form: str, image: bytes, goal: Goal) -> Iterator[Row]:
    """Both bake the same texts into one picture, as for a bulk of one level; ours has read the picture before.

    The bakery takes any text as it is; what it takes to make such a text of our own signed bytes, and of a stranger's,
    is told beside it, and so is what it takes to read a picture that was never seen before.
    """
    baker = png_bakery if form == "PNG" else svg_bakery
    strangers = [body.decode() for body in bench.signed]
    ready = [own_credential_text(body) for body in bench.signed]
    texts = [one.text for one in ready]

    def theirs(text: str) -> bytes:
        return bytes(baker.bake(io.BytesIO(image), text, io.BytesIO()).getvalue())

    baked = bake(image, ready[0])
    found = unbake(baked)
    assert (found.copies, found.text) == (1, texts[0])
    assert texts[0] in theirs(texts[0]).decode("latin-1")
    assert bake(image, own_credential_text(bench.signed[0])) == baked
    assert bake(image, strangers[0]) == baked
    unread = [_another(form, image, number) for number in range(64)]  # twice as many as are kept
    samples = bench.compare(
        python("ours", lambda text: bake(image, text), ready),
        python("openbadges-bakery", theirs, texts),
        python("signed", lambda body: bake(image, own_credential_text(body)), bench.signed),
        python("stranger", lambda text: bake(image, text), strangers),
        python("unread", lambda other: bake(other, ready[0]), unread),
    )
    micros = {name: sample.micros for name, sample in samples.items()}
    own, other = micros["ours"], micros["openbadges-bakery"]
    measured = f"{own:,.1f} µs, bakery {other:,.0f} µs, {len(image):,} B"
    yield judged(LINE, f"bake a {form}: × openbadges-bakery", goal, other / own, measured, ours_us=own, other_us=other)
    words = (
        f"{other / micros['signed']:.0f} × from our signed bytes ({micros['signed']:,.1f} µs); "
        f"{micros['stranger']:,.0f} µs from a stranger’s text, {micros['unread']:,.0f} µs into an unknown picture"
    )
    yield told(LINE, f"bake a {form}: with its text, or its picture, made ready", words, **micros)


def _another(form: str, image: bytes, number: int) -> bytes:
    """The same picture with other bytes: behind IEND they are no part of a PNG, and in an SVG a comment."""
    return image + (b"%d" if form == "PNG" else b"<!-- %d -->") % number


def qr_rows(bench: Bench) -> Iterator[Row]:
    """Codes of addresses that were not asked for before."""
    chance = Random(7)  # noqa: S311
    pools = [[f"{BASE_URL}/credentials/{UUID(bytes=chance.randbytes(16))}" for _ in range(10_000)] for _ in range(2)]
    found = bench.compare(python("PNG", qr_png, pools[0]), python("SVG", qr_svg, pools[1]))
    for form, samples in found.items():
        yield judged(LINE, f"a QR code as {form}", _QR, samples.median * 1_000, "")


def pdf_row(bench: Bench) -> Row:
    """Certificates of one level for people and addresses that were not asked for before, by the clock: the process
    that sets them is another. It has set some before."""
    typesetter = Typesetter()
    try:
        for number in range(5):
            certificate_pdf(_certificate(bench.signed[0], number), typesetter, Look())
        took, size = [], 0
        for number in range(40):
            begun = time.perf_counter()
            size = len(certificate_pdf(_certificate(bench.signed[0], number + 5), typesetter, Look()).pdf)
            took.append((time.perf_counter() - begun) * 1_000)
    finally:
        typesetter.close()
    median, least = statistics.median(took), min(took)
    measured = f"median; least {least:.0f} ms; two pages, PDF/A-3a, {size:,} B"
    return judged(LINE, "a PDF with its QR code", _PDF, median, measured, least_ms=least)


def _certificate(signed: bytes, number: int) -> Certificate:
    facts = Group("On record", tuple(Line(name, f"{name} {number}") for name in ("Holder", "Awarded", "Number")))
    text = "hands in an infrastructure change of their own that reached production, with its design note and its tests"
    return Certificate(
        language="en",
        title=f"Practitioner – Ana Petrović {number}",
        issuer="Brightmoor Academy",
        domain="badges.brightmoor.example",
        holder=f"Ana Petrović {number}",
        holder_language="",
        level="Cloud Engineering Practitioner",
        program="Cloud Engineering",
        about="Designs, automates and operates services on the cloud platform, and brings Associates along.",
        notice="",
        dates=(Line("Awarded", "9 October 2026"), Line("Valid until", "9 October 2028")),
        parts=(Part("What it took", tuple(Block("item", text, str(one)) for one in range(1, 5))),),
        results=Group("Results", (Line("Written exam", "88", "of 100"), Line("Engineering practice", "Proficient"))),
        facts=facts,
        url=f"{BASE_URL}/credentials/{UUID(int=number)}",
        words=Words(
            kind="Certificate",
            certifies="This is to certify that",
            earned="has earned",
            scan="Scan to verify",
            signed="Electronically signed. The signed credential is attached to this file.",
            checks_title="How to check it",
            checks=("Scan the code on the face.", "Give this very file to the verify page.", "Trust no server."),
            more="More stands on its page.",
            qr_alt="QR code",
            badge_alt="Badge",
            told="The credential as it was signed",
        ),
        made_at=datetime(2026, 10, 9, tzinfo=UTC),
        signed=signed,
        signed_name="credential.json",
        signed_type="application/vc",
        picture=drawing(),
    )
