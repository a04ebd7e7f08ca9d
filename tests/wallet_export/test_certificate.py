"""A certificate is two pages of PDF/A-3 that can be read, scanned and verified, whatever script the name is in."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from wallet_export.card_fonts import Face, Fonts
from wallet_export.certificate import Certificate, Group, Line, Look, Words, certificate_pdf
from wallet_export.certificate_room import Block, Part, Room, ems, fitted, fitting
from wallet_export.errors import LettersMissing, TypesettingFailed
from wallet_export.guilloche import border, rosette
from wallet_export.typeset import Typesetter

URL = "https://badges.brightmoor.example/credentials/93114351-dcbe-4407-a3e6-b605b99e8306"
BADGE = Path(__file__).parents[2] / "examples" / "badges" / "practitioner.svg"
SIGNED = '{"name": "Zoë \\u0000 “さくら”", "n": 1.0}\r\n'.encode()
NAMES = {
    "Latin": ("Zoë Kjærsgaard", ""),
    "Arabic": ("فاطمة الزهراء بنت عبد الرحمن المنصوري", ""),
    "Chinese": ("王小明", ""),
    "Devanagari": ("अनुष्का शर्मा", ""),
    "Japanese": ("田中 さくら", "ja"),
    "78 letters": ("Maximiliane Alexandra Freifrau von und zu Hohenlohe-Schillingsfürst-Waldenburg", ""),
}
CERTIFICATE = Certificate(
    language="en",
    title="Practitioner – Zoë Kjærsgaard",
    issuer="Brightmoor Academy",
    domain="badges.brightmoor.example",
    holder="Zoë Kjærsgaard",
    holder_language="",
    level="Cloud Engineering Practitioner",
    program="Cloud Engineering",
    about="Designs and operates services.",
    notice="",
    dates=(Line("Awarded", "9 October 2026"), Line("Valid until", "9 October 2028")),
    parts=(
        Part("What it took", (Block("head", "In short"), Block("text", "#panic() *much*"), Block("item", "an exam"))),
    ),
    results=Group("Results", (Line("Written exam", "88", "of 100"),)),
    facts=Group("On record", (Line("Number", "93114351", code=True),)),
    url=URL,
    words=Words(
        kind="Certificate",
        certifies="This is to certify that",
        earned="has earned",
        scan="Scan",
        signed="Signed by badges.brightmoor.example.",
        checks_title="How to check it",
        checks=("Scan it", "Give it", "Run it"),
        more="More stands on its page.",
        qr_alt="QR code",
        badge_alt="Badge",
        told="As signed",
    ),
    made_at=datetime(2026, 10, 9, tzinfo=UTC),
    signed=SIGNED,
    signed_name="credential.json",
    signed_type="application/vc",
    picture=BADGE.read_bytes(),
)


@pytest.fixture(scope="module")
def setter() -> Iterator[Typesetter]:
    one = Typesetter()
    yield one
    one.close()


def text_of(pdf: bytes) -> str:
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(unicodedata.normalize("NFKC", said).split())


def need(name: str) -> None:
    if not Fonts().letters([(Face.BOLD, name)]).has(Face.BOLD, name):
        pytest.skip("this machine has no font for it")


class TestFile:
    """What archives and screen readers ask of it, as far as pypdf tells."""

    def test_it_says_what_it_is(self, setter: Typesetter) -> None:
        reader = PdfReader(io.BytesIO(certificate_pdf(CERTIFICATE, setter, Look()).pdf))
        root = reader.trailer["/Root"]
        told = root["/Metadata"].get_object().get_data().decode()
        assert re.search(r"<pdfaid:part>3<", told)
        assert re.search(r"<pdfaid:conformance>A<", told)
        assert re.search(r"<pdfuaid:part>1<", told)
        assert CERTIFICATE.title in told
        assert reader.metadata is not None
        assert reader.metadata.title == CERTIFICATE.title
        assert reader.metadata.author == "Brightmoor Academy"
        assert root["/Lang"] == "en"
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        intent = root["/OutputIntents"][0].get_object()
        assert intent["/S"] == "/GTS_PDFA1"
        assert intent["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
        assert "/Encrypt" not in reader.trailer
        assert "/OpenAction" not in root
        fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
        for font in fonts:
            inside = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(inside)
            assert "/ToUnicode" in font

    def test_the_credential_is_attached_byte_for_byte_as_what_it_was_made_of(self, setter: Typesetter) -> None:
        reader = PdfReader(io.BytesIO(certificate_pdf(CERTIFICATE, setter, Look()).pdf))
        assert reader.attachments == {"credential.json": [SIGNED]}
        (file,) = reader.trailer["/Root"]["/AF"]
        assert file["/AFRelationship"] == "/Source"
        assert file["/Desc"] == "As signed"
        assert file["/EF"]["/F"].get_object()["/Subtype"] == "/application/vc"

    def test_the_same_is_the_same_bytes(self, setter: Typesetter) -> None:
        first = certificate_pdf(CERTIFICATE, setter, Look())
        certificate_pdf(replace(CERTIFICATE, holder="Somebody Else"), setter, Look())
        assert certificate_pdf(CERTIFICATE, setter, Look()) == first
        assert first.own_fonts
        assert len(first.pdf) < 100_000

    def test_what_is_written_is_shown_and_never_read(self, setter: Typesetter) -> None:
        hostile = replace(CERTIFICATE, holder="#panic() *b* $x$ <script> \\u{41} @here")
        said = text_of(certificate_pdf(hostile, setter, Look()).pdf)
        assert "#panic() *b* $x$ <script> \\u{41} @here" in said
        assert "#panic() *much*" in said


class TestPages:
    """Two, with everything on them."""

    @pytest.mark.parametrize("paper", ["a4", "letter"])
    @pytest.mark.parametrize("script", NAMES)
    def test_names_of_every_script(self, setter: Typesetter, script: str, paper: str) -> None:
        name, language = NAMES[script]
        need(name)
        made = certificate_pdf(
            replace(CERTIFICATE, holder=name, holder_language=language),
            setter,
            Look(paper="letter" if paper == "letter" else "a4"),
        )
        assert made.whole
        reader = PdfReader(io.BytesIO(made.pdf))
        assert len(reader.pages) == 2
        width, height = (float(one) for one in reader.pages[0].mediabox[2:])
        assert (round(width), round(height)) == ((842, 595) if paper == "a4" else (792, 612))
        said = text_of(made.pdf)
        for one in ("Cloud Engineering Practitioner", "9 October 2028", "What it took", "88 of 100", "Run it", URL):
            assert one.replace(" ", "").upper() in said.replace(" ", "").upper(), one  # spaced letters fall apart
        if script in {"Latin", "Chinese", "Japanese", "78 letters"}:  # pypdf puts letters of others in another order
            assert name in said

    def test_more_text_than_there_is_room_for_ends_where_the_rest_is_told(self, setter: Typesetter) -> None:
        for text in (
            "It takes rather long to say what all of this took. " * 120,
            "这需要很长的时间才能说清楚。" * 200,
            "x" * 9000,
        ):
            need(text[:20])
            parts = (Part("What it took", (Block("text", "Before."), Block("item", text, "1"))), Part("Skills", ()))
            made = certificate_pdf(replace(CERTIFICATE, parts=parts), setter, Look())
            assert len(PdfReader(io.BytesIO(made.pdf)).pages) == 2
            assert "More stands on its page." in text_of(made.pdf)

    def test_all_that_can_be_long_at_once_still_is_two_pages(self, setter: Typesetter) -> None:
        long = "Senior Specialist for the Operation of Distributed Booking Platforms under Supervision"
        facts = tuple(Line(f"Fact {n}", long, code=n % 2 == 0) for n in range(9))
        full = replace(
            CERTIFICATE,
            issuer=long,
            holder=NAMES["78 letters"][0],
            level=f"{long}, {long}",
            program=long,
            about=long * 3,
            notice="Expired on 5 January 2026",
            results=Group("Results", tuple(Line(long, "exemplary", "of 100") for _ in range(6))),
            facts=Group("On record", facts[:5]),
        )
        for paper in (Look(), Look(paper="letter")):
            assert len(PdfReader(io.BytesIO(certificate_pdf(full, setter, paper).pdf)).pages) == 2

    def test_little_to_say(self, setter: Typesetter) -> None:
        bare = replace(
            CERTIFICATE,
            holder="",
            about="",
            parts=(),
            picture=None,
            results=Group("Results", ()),
            dates=(Line("Valid", "without an end"),),
        )
        said = text_of(certificate_pdf(bare, setter, Look()).pdf)
        assert "without an end" in said
        assert "Results" not in said
        assert "This is to certify" not in said

    def test_letters_that_no_font_has_are_said_and_signs_left_out(self, setter: Typesetter) -> None:
        with pytest.raises(LettersMissing, match="\U0001e6c0"):  # a letter of Tai Yo, new in Unicode 17
            certificate_pdf(replace(CERTIFICATE, holder="Ana \U0001e6c0"), setter, Look())
        made = certificate_pdf(replace(CERTIFICATE, about="All well \U0010fffd here"), setter, Look())
        assert "All well here" in text_of(made.pdf)

    def test_a_png_is_a_badge_too(self, setter: Typesetter) -> None:
        from PIL import Image

        file = io.BytesIO()
        Image.new("RGB", (64, 64), (200, 30, 30)).save(file, "PNG")
        reader = PdfReader(
            io.BytesIO(certificate_pdf(replace(CERTIFICATE, picture=file.getvalue()), setter, Look()).pdf)
        )
        assert len(reader.pages) == 2


class TestOwnLook:
    """An organization's template."""

    TEMPLATE = """#let d = json(bytes(sys.inputs.data))
#set document(title: d.title, date: datetime(..d.made))
#set text(font: "No Such Font", lang: d.language)
= Ours: #d.holder
#image(bytes(sys.inputs.qr), format: "svg", width: 30mm, alt: d.qr_alt)
"""

    def test_it_is_used_and_the_credential_is_attached_whatever_it_says(self, setter: Typesetter) -> None:
        made = certificate_pdf(CERTIFICATE, setter, Look(template=self.TEMPLATE))
        reader = PdfReader(io.BytesIO(made.pdf))
        assert text_of(made.pdf).startswith("Ours: Zoë Kjærsgaard")
        assert reader.attachments == {"credential.json": [SIGNED]}
        assert len(reader.pages) == 1

    def test_what_is_wrong_with_it_is_told(self, setter: Typesetter) -> None:
        with pytest.raises(TypesettingFailed, match=r"no_such; line 6, column 1"):
            certificate_pdf(CERTIFICATE, setter, Look(template=self.TEMPLATE + "#no_such\n"))

    def test_fonts_of_its_own(self, setter: Typesetter, tmp_path: Path) -> None:
        from PIL import ImageFont

        font = ImageFont.load_default(20)
        assert isinstance(font, ImageFont.FreeTypeFont)
        (tmp_path / "own.ttf").write_bytes(font.font_bytes)
        template = self.TEMPLATE.replace("No Such Font", "Aileron")
        made = certificate_pdf(CERTIFICATE, setter, Look(template=template, fonts=(tmp_path,)))
        assert b"Aileron" in made.pdf


class TestRoom:
    """What is estimated."""

    @given(st.text(max_size=200))
    def test_type_shrinks_and_stays_within_its_sizes(self, text: str) -> None:
        sizes = (40.0, 30.0, 20.0, 10.0)
        size = fitted(text, sizes, 200)
        assert size in sizes
        assert size == 40 or ems(text) * 40 > 200 * 72 / 25.4

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.lists(st.text(max_size=600), max_size=5), max_size=4), st.text(max_size=500))
    def test_what_is_left_out_is_told(self, texts: list[list[str]], about: str) -> None:
        parts = tuple(Part("T", tuple(Block("text", one) for one in some)) for some in texts)
        size, kept = fitting(about, parts, Room(130, 110), "MORE")
        assert kept == parts or kept[-1].blocks[-1].text == "MORE"
        assert size >= 8.2
        assert len(kept) <= len(parts)

    def test_ornaments_stay_on_their_page_and_small(self) -> None:
        frame = border(297, 210, inset=12.5, depth=5.2, ink="#000", second="#111")
        points = [float(one) for one in re.findall(r"-?\d+\.\d\d", frame)]
        assert min(points) > 0
        assert max(points) < 297
        assert frame.count("C") < 1_500
        assert rosette(128, ink="#eee").count("C") < 500
